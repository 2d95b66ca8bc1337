/**
 * Goal: kill -9 loses no acknowledged event. Method: a process under a load of concurrent appends is killed
 * 200 times, each time after a random number of acknowledgements (none included, which is during opening);
 * then the store is opened with its full check and compared with everything ever acknowledged, roots of
 * published checkpoints included. The next process opens the sequencer on it, which checks its tree. A kill cannot show a missing fsync:
 * power-loss/ is for that.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import { openSequencer } from '@atomicity/event-log/sequencer/sequencer';
import { Reader } from '@atomicity/event-log/sqlite/reader';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { Writer } from '@atomicity/event-log/sqlite/writer';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import {
  type Acknowledged,
  acknowledge,
  nothingAcknowledged,
  seeded,
  violations,
} from './acknowledged.ts';

const SEED = Number(process.env['SEED'] ?? 20261121);
// Lanes are stores of their own: short ones are quick to check after every kill.
const LANES = 10;
const KILLS_PER_LANE = 20;
const ACKS_MAX = 40;
const signer = nodeNoteSigner('faults.example/log', new Uint8Array(32).fill(5));

console.log(`kill-writer: seed ${SEED}, ${LANES * KILLS_PER_LANE} kills`);

/** One file for the load and one for its worker: 200 starts from source would take most of the time. */
async function bundleLoad(): Promise<string> {
  const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  // Inside the workspace, so that the native module is found.
  const outdir = mkdtempSync(source('../../node_modules/.atomicity-load-'));
  await build({
    entryPoints: {
      load: source('./event-log-load.ts'),
      'writer-worker': source('../../services/event-log/src/sqlite/writer-worker.ts'),
    },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    external: ['better-sqlite3'],
  });
  writeFileSync(join(outdir, 'package.json'), '{"type":"module"}');
  bundles.push(outdir);
  return join(outdir, 'load.js');
}

const bundles: string[] = [];
afterAll(() => {
  for (const bundle of bundles) rmSync(bundle, { recursive: true });
});

/** Runs the load, kills it at acknowledgement number `killAt`, and takes in what it said. */
async function runAndKill(
  load: string,
  directory: string,
  run: number,
  killAt: number,
  acknowledged: Acknowledged,
): Promise<void> {
  const child = spawn(process.execPath, [load, directory, String(run)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += String(chunk);
  });
  let lines = 0;
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    acknowledge(acknowledged, run, line);
    lines += 1;
    if (lines >= killAt) child.kill('SIGKILL');
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('close', (_, signal) => resolve(signal));
  });
  expect(await ended, complaint).toBe('SIGKILL');
}

/** Opens what the killed process left, checks every event of it, and compares. */
function check(directory: string, acknowledged: Acknowledged): number {
  const writer = new Writer({ directory, synchronous: 'FULL', integrityCheck: 'full' });
  const reader = new Reader(directory);
  const events = reader.after('start', 1_000_000);
  reader.close();
  writer.close();
  expect(violations(acknowledged, events)).toEqual([]);
  return events.length;
}

/** The sequencer over the same files: its tree is the one that the events give. */
async function checkTree(directory: string, acknowledged: Acknowledged): Promise<void> {
  const store = await openSqliteEventStore({ directory });
  const sequencer = await openSequencer({ store, directory: join(directory, 'tree'), signer });
  const { size, root } = await sequencer.checkpoint();
  acknowledged.checkpoints.set(size, Buffer.from(root).toString('hex'));
  await sequencer.close();
  await store.close();
  expect(check(directory, acknowledged)).toBe(size);
}

async function lane(load: string, number: number): Promise<number> {
  const random = seeded(SEED + number);
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-kill-'));
  const acknowledged = nothingAcknowledged();
  let events = 0;
  for (let run = 0; run < KILLS_PER_LANE; run += 1) {
    const killAt = 1 + Math.floor(random() * ACKS_MAX);
    await runAndKill(load, directory, number * KILLS_PER_LANE + run, killAt, acknowledged);
    events = check(directory, acknowledged);
  }
  await checkTree(directory, acknowledged);
  rmSync(directory, { recursive: true });
  return events;
}

test('200 kills lose nothing that was acknowledged', { timeout: 600_000 }, async () => {
  const load = await bundleLoad();
  let stored = 0;
  const pairs = Array.from({ length: LANES / 2 }, (_, pair) => [2 * pair, 2 * pair + 1]);
  for (const pair of pairs) {
    const counts = await Promise.all(pair.map((number) => lane(load, number)));
    stored += counts.reduce((sum, count) => sum + count, 0);
  }
  console.log(`kill-writer: ${stored} events in ${LANES} stores after the last kill`);
});
