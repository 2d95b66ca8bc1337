// Goal: a node runs as a process of its own, stops in order on a signal, and is backed up beside it.
// Method: `serve` as a child from the sources; its log lines and exit code are all that is looked at.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TREE_FILE } from '@atomicity/event-log/sequencer/sequencer';
import { TreeStore } from '@atomicity/event-log/sequencer/tree-store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openOffline } from '../compose/offline-node.ts';
import { atomicity, startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet } from '../testing/test-fleet.ts';

const folder = workFolder('serve');
const data = folder.path('data');
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

type LogEntry = Readonly<Record<string, string | number>>;
type Served = { readonly child: ChildProcess; readonly lines: LogEntry[]; readonly url: string };
let served: Served;

async function serve(...more: string[]): Promise<Served> {
  const argv = ['--conditions=source', main, 'serve', '--data-dir', data, '--port', '0', ...more];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: LogEntry[] = [];
  const listening = Promise.withResolvers<string>();
  createInterface({ input: child.stderr }).on('line', (text) => {
    const line: LogEntry = JSON.parse(text);
    lines.push(line);
    if (line['message'] === 'listening') listening.resolve(String(line['url']));
  });
  child.once('exit', (code) => listening.reject(new Error(`exit ${code}`)));
  return { child, lines, url: await listening.promise };
}

beforeAll(async () => {
  served = await serve();
});

afterAll(() => {
  if (served.child.exitCode === null) served.child.kill('SIGKILL');
  folder.remove();
});

it('answers on its address and says where it anchors', async () => {
  expect((await fetch(`${served.url}/readyz`)).status).toBe(200);
  const [proving, listening] = served.lines;
  expect(proving).toMatchObject({ level: 'info', message: 'proving' });
  expect(listening).toMatchObject({
    level: 'info',
    message: 'listening',
    anchors: expect.stringContaining('proves nothing to outsiders'),
    keys: 'development',
  });
});

it('does not start with development keys when it is told to take those of a ceremony', async () => {
  const second = await atomicity([
    'serve',
    '--data-dir',
    folder.path('other'),
    '--keys',
    'ceremony',
  ]);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('ceremony_keys_missing: no keys of a ceremony are installed');
  expect(existsSync(folder.path('other'))).toBe(false);
});

it('keeps another process out of its data directory', async () => {
  const second = await atomicity(['serve', '--data-dir', data, '--port', '0']);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('has this data directory open');
});

it('is backed up and reconciled while it runs, from another process', async () => {
  const to = folder.path('backup');
  const { code, stderr } = await atomicity(['backup', '--data-dir', data, '--to', to]);
  expect([code, stderr]).toEqual([0, expect.stringContaining('The keys are not in it')]);
  expect((await atomicity(['reconcile', '--data-dir', data])).code).toBe(0);
  const restore = ['restore', '--from', to, '--data-dir', data];
  const refused = await atomicity(restore);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('data directory open'),
  ]);
});

it('stops in order on SIGTERM, with exit code 0, and leaves no lock', async () => {
  const exited = once(served.child, 'exit');
  served.child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(served.lines.at(-1)).toMatchObject({ message: 'stopped', after: 'interrupted' });
  expect(existsSync(folder.path('data', 'node.lock'))).toBe(false);
  const again = await startTestNode(data);
  await again.stop();
});

it('ends itself with exit code 1 when it can no longer vouch for the log', async () => {
  const { child, lines, url } = await serve();
  const exited = once(child, 'exit');
  const offline = openOffline(data);
  const { config, dir } = offline;
  // Another sequencer takes the log over, as a second machine on the same disk would.
  const usurper = new TreeStore(join(dir.log, TREE_FILE), config.origin);
  // The first event gives the node away; whether it is answered before the end is chance.
  await assembleTestFleet({ url }, 'serve').catch(() => undefined);
  expect(await exited).toEqual([1, null]);
  usurper.close();
  await offline.close();
  const errors = lines.filter(({ level }) => level === 'error');
  expect(errors[0]).toMatchObject({
    message: 'the node ends itself',
    error: expect.stringContaining('sequencer_fenced'),
  });
});

it('logs nothing below the asked level', async () => {
  const stop = Promise.withResolvers<void>();
  stop.resolve();
  const argv = ['serve', '--data-dir', data, '--port', '0', '--log-level', 'error'];
  expect(await atomicity(argv, stop.promise)).toEqual({ code: 0, stdout: '', stderr: '' });
});
