// Goal: however the demonstration ends, no chain, no Lightning node and no file of it stays. Method: the process
// itself, told to stop while settlers are being killed.
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

it('leaves nothing behind when it is told to stop among its settlers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'atomicity-rails-test-'));
  folders.push(folder);
  const argv = ['--conditions=source', MAIN, '--kills', '1', '--payments', '1', '--json'];
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const urls: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, calendar, headers } = JSON.parse(line);
    if (event === 'calendar') urls.push(calendar, headers);
    if (event === 'drilled') break;
  }
  for (const url of urls) expect((await fetch(url)).status).toBe(404);
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(143);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([]);
});
