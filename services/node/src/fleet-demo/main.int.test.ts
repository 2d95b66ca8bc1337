// Goal: however the demonstration ends, no chain and no file of it stays. Method: the process itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Starts the story in a temporary folder of its own; resolves when a line of it matches. */
async function untilTold(pattern: RegExp) {
  const folder = mkdtempSync(join(tmpdir(), 'atomicity-fleet-test-'));
  folders.push(folder);
  const argv = ['--conditions=source', MAIN, '--agents', '5', '--payments', '2', '--json'];
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    url = /"url":"(http[^"]+)"/.exec(line)?.[1] ?? url;
    if (pattern.test(line)) return { child, exited, url, folder };
  }
  throw new Error('the story ended before it came to that');
}

const ask = (url: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
  });

it.each([
  ['its reader goes', /"event":"deployed"/, 1, 'destroy'],
  ['it is told to stop while agents are proven', /"event":"expired"/, 143, 'SIGTERM'],
] as const)(
  'leaves nothing behind when %s',
  async (_when, pattern, code, how) => {
    const { child, exited, url, folder } = await untilTold(pattern);
    expect((await ask(url)).status).toBe(200);
    if (how === 'destroy') child.stdout.destroy();
    else child.kill(how);
    expect((await exited)[0]).toBe(code);
    await expect(ask(url)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  },
  300_000,
);
