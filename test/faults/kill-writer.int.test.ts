/**
 * Goal: kill -9 loses no acknowledged event. Method: a process under a load of concurrent appends is killed
 * 200 times, each time after a random number of acknowledgements (none included, which is during opening);
 * then the store is opened with its full check, compared with everything ever acknowledged, and its tree
 * is made again and compared with every checkpoint published. A kill cannot show a missing fsync:
 * power-loss/ is for that.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import type { StoredEvent } from '@atomicity/event-log/port';
import { openSequencer } from '@atomicity/event-log/sequencer/sequencer';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { expect, test } from 'vitest';
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
const LOAD = fileURLToPath(new URL('./event-log-load.ts', import.meta.url));
const signer = nodeNoteSigner('faults.example/log', new Uint8Array(32).fill(5));

console.log(`kill-writer: seed ${SEED}, ${LANES * KILLS_PER_LANE} kills`);

/** Runs the load, kills it at acknowledgement number `killAt`, and takes in what it said. */
async function runAndKill(
  directory: string,
  run: number,
  killAt: number,
  acknowledged: Acknowledged,
): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', LOAD, directory, String(run)], {
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

async function check(directory: string, acknowledged: Acknowledged): Promise<number> {
  const store = await openSqliteEventStore({ directory, integrityCheck: 'full' });
  const events: StoredEvent[] = [];
  for await (const event of store.readAll('start')) events.push(event);
  const sequencer = await openSequencer({ store, directory: join(directory, 'tree'), signer });
  expect(sequencer.size).toBe(events.length);
  const { size, root } = await sequencer.checkpoint();
  acknowledged.checkpoints.set(size, Buffer.from(root).toString('hex'));
  expect(violations(acknowledged, events)).toEqual([]);
  await sequencer.close();
  await store.close();
  return events.length;
}

async function lane(number: number): Promise<number> {
  const random = seeded(SEED + number);
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-kill-'));
  const acknowledged = nothingAcknowledged();
  let events = 0;
  for (let run = 0; run < KILLS_PER_LANE; run += 1) {
    const killAt = 1 + Math.floor(random() * ACKS_MAX);
    await runAndKill(directory, number * KILLS_PER_LANE + run, killAt, acknowledged);
    events = await check(directory, acknowledged);
  }
  rmSync(directory, { recursive: true });
  return events;
}

test('200 kills lose nothing that was acknowledged', { timeout: 600_000 }, async () => {
  let stored = 0;
  const pairs = Array.from({ length: LANES / 2 }, (_, pair) => [2 * pair, 2 * pair + 1]);
  for (const pair of pairs) {
    const counts = await Promise.all(pair.map(lane));
    stored += counts.reduce((sum, count) => sum + count, 0);
  }
  console.log(`kill-writer: ${stored} events in ${LANES} stores after the last kill`);
});
