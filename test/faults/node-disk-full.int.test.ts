/**
 * Goal, with npm alone: a disk that takes no more bytes stops the whole node, which says so and loses
 * nothing. Method: the node runs under a limit on file size (POSIX `ulimit -f`), which fails writes as a
 * full disk does, and takes a load over HTTP until it fails; then it starts again without the limit.
 * Disks that fail file by file, and syncs that fail, need a preloaded library: node-failing-disk.fault.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NodeClient } from '@atomicity/client/node-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeProcess } from '../e2e/node-process.ts';
import { expectRecovery, NodeUnderLoad } from './node-under-load.ts';

const LINGERING = fileURLToPath(new URL('./lingering-node.ts', import.meta.url));

/** Runs a command with no file larger than so many KiB. */
const limited = (kibibytes: number) => ['sh', '-c', `ulimit -f ${2 * kibibytes}; exec "$0" "$@"`];

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'atomicity-full-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

// Windows has no such limit; the tests then state what they cannot show and check nothing.
const withLimits = test.runIf(process.platform !== 'win32');

withLimits.each([400, 900, 1500])(
  'a node that may write %i KiB a file ends itself',
  async (kib) => {
    const node = await NodeProcess.start(dataDir, { prefix: limited(kib) });
    const under = await NodeUnderLoad.begin(node, dataDir);
    expect(await under.ended()).toEqual({ code: 1, signal: null });
    expect(node.said.map((line) => JSON.parse(line).message)).toContain('the node ends itself');
    await expectRecovery(under);
  },
);

withLimits('a node that has failed says so, and takes nothing more', async () => {
  const node = await NodeProcess.start(dataDir, { prefix: limited(600), entry: LINGERING });
  const failure = node.line(({ message }) => message === 'failed');
  const under = await NodeUnderLoad.begin(node, dataDir);
  await failure;
  const at = (path: string) => fetch(new URL(path, node.url));
  const readiness = await at('/readyz');
  expect(readiness.status).toBe(503);
  expect(readiness.headers.get('content-type')).toMatch('application/problem+json');
  expect(await readiness.json()).toMatchObject({ status: 503, reason: 'stopped' });
  // It lives, and whoever runs it can look before they start it again.
  expect((await at('/healthz')).status).toBe(200);
  expect((await at('/metrics')).status).toBe(200);
  const [provider] = under.load.fleet.providers;
  if (provider === undefined) throw new Error('a provider');
  const late = under.load.quote(provider);
  const asker = new NodeClient({ baseUrl: node.url, key: provider.party.key, retriesMax: 0 });
  await expect(asker.submitOne({ commandId: late.id, text: late.text })).rejects.toMatchObject({
    problem: { status: 503, reason: 'stopped' },
  });
  expect(await node.stop()).toEqual({ code: 3, signal: null });
  await expectRecovery(under);
});
