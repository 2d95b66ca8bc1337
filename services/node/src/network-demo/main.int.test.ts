// Goal: however the demonstration ends, no node and no file of it stays. Method: the process itself.
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

/** Starts the story in a temporary folder of its own; resolves when the first node's address is told. */
async function untilFirstNode() {
  const folder = mkdtempSync(join(tmpdir(), 'atomicity-demo-test-'));
  folders.push(folder);
  const child = spawn(process.execPath, ['--conditions=source', MAIN, '--scenes', '1'], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:[0-9]+/.exec(line)?.[0];
    if (url !== undefined) return { child, exited, url, folder };
  }
  throw new Error('the story ended before it began');
}

it.each([
  ['its reader goes', 1, 'destroy'],
  ['it is told to stop', 143, 'SIGTERM'],
] as const)(
  'leaves nothing behind when %s',
  async (_when, code, how) => {
    const { child, exited, url, folder } = await untilFirstNode();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    if (how === 'destroy') child.stdout.destroy();
    else child.kill(how);
    expect((await exited)[0]).toBe(code);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  },
  120_000,
);
