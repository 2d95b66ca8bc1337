/**
 * Goal: what was acknowledged survives a loss of power, and a failing disk stops the store. Method: the
 * load runs once under shim.c, which records every write and sync; then the disk is rebuilt at many cuts
 * without the writes that no sync covered, and the store opened there. The same with `synchronous = OFF`
 * has to show losses: a test that cannot fail shows nothing.
 *
 * Needs Linux and a C compiler: `npm run test:faults`, not part of `npm test`.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '@atomicity/event-log/port';
import { Reader } from '@atomicity/event-log/sqlite/reader';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { Writer } from '@atomicity/event-log/sqlite/writer';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { acknowledge, nothingAcknowledged, seeded, violations } from '../acknowledged.ts';
import { Disk, type Operation, readRecording } from './recording.ts';
import { compileShim, runUnderShim } from './shim.ts';

const SEED = Number(process.env['SEED'] ?? 20261121);
const ROUNDS = 25;
const CUTS = 150;
console.log(`power-loss: seed ${SEED}, ${CUTS} cuts, each clean and torn`);

let library: string;
let folder: string;
let directory: string;
beforeAll(() => {
  library = compileShim();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomicity-power-'));
  directory = join(folder, 'store');
  mkdirSync(directory);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens what a power loss left and lists what is wrong with it. */
function inspect(image: string, acknowledged: Parameters<typeof violations>[0]): string[] {
  try {
    const options = { synchronous: 'FULL', integrityCheck: 'full' } as const;
    const writer = new Writer({ directory: image, ...options });
    const reader = new Reader(image);
    const events: StoredEvent[] = reader.after('start', 1_000_000);
    reader.close();
    writer.close();
    return violations(acknowledged, events);
  } catch (error) {
    return [`the store does not open: ${String(error)}`];
  }
}

type Finding = { readonly cut: number; readonly variant: string; readonly wrong: string[] };

function replay(operations: readonly Operation[]): Finding[] {
  const acksFile = operations.find((op) => op.kind === 'name' && op.path === 'acks');
  if (acksFile?.kind !== 'name') throw new Error('the load wrote no acknowledgements');
  const random = seeded(SEED);
  const every = Math.max(1, Math.floor(operations.length / CUTS));
  const disk = new Disk();
  const acknowledged = nothingAcknowledged();
  const findings: Finding[] = [];
  operations.forEach((operation, index) => {
    // Acknowledgements went to the world: they are no part of the disk.
    if ('file' in operation && operation.file === acksFile.file) {
      if (operation.kind !== 'write') return;
      for (const line of operation.bytes.toString().split('\n')) acknowledge(acknowledged, 1, line);
    } else {
      disk.apply(operation);
    }
    if (index % every !== 0 && index !== operations.length - 1) return;
    for (const variant of ['clean', 'torn']) {
      const image = join(folder, `image-${index}-${variant}`);
      mkdirSync(image);
      disk.writeTo(image, variant === 'torn' ? random : undefined);
      const wrong = inspect(image, acknowledged);
      if (wrong.length > 0) findings.push({ cut: index, variant, wrong });
      rmSync(image, { recursive: true });
    }
  });
  return findings;
}

function record(environment: Readonly<Record<string, string>>): Operation[] {
  const log = join(folder, 'recording');
  const run = runUnderShim(library, directory, ROUNDS, {
    POWER_LOSS_LOG: log,
    ACKS: join(directory, 'acks'),
    ...environment,
  });
  expect(run.status, run.complaint).toBe(0);
  return readRecording(log);
}

test('with synchronous = FULL no acknowledged event is lost at any cut', () => {
  const operations = record({});
  const syncs = operations.filter((operation) => operation.kind === 'sync').length;
  console.log(`power-loss: ${operations.length} operations, ${syncs} syncs`);
  expect(replay(operations)).toEqual([]);
});

test('with synchronous = OFF the loss is seen', () => {
  const findings = replay(record({ SYNCHRONOUS: 'OFF' }));
  const lost = findings.flatMap((finding) => finding.wrong).filter((w) => w.endsWith('missing'));
  console.log(`power-loss: ${findings.length} cuts lose events when nothing is synced`);
  expect(lost.length).toBeGreaterThan(0);
});

test.each([
  ['a full disk', 'write', constants.errno.ENOSPC],
  ['a failing write', 'write', constants.errno.EIO],
  ['a failing sync', 'sync', constants.errno.EIO],
])('%s stops the store, which says so and loses nothing', async (_, call, errno) => {
  const random = seeded(SEED + errno);
  for (let round = 0; round < 6; round += 1) {
    const target = join(directory, String(round));
    mkdirSync(target);
    // Opening makes about 40 writes and 20 syncs: the fault comes after it.
    const after = (call === 'write' ? 120 : 60) + Math.floor(random() * 60);
    const run = runUnderShim(library, target, 1_000, {
      FAULT_CALL: call,
      FAULT_AFTER: String(after),
      FAULT_ERRNO: String(errno),
    });
    const lines = run.output.trim().split('\n');
    expect(run.status, run.complaint).toBe(3);
    expect(lines).toContain('fatal store_failed unknown');
    expect(lines.at(-1)).toBe('refused store_failed not_applied');
    const acknowledged = nothingAcknowledged();
    for (const line of lines) acknowledge(acknowledged, 1, line);
    const store = await openSqliteEventStore({ directory: target, integrityCheck: 'full' });
    const events: StoredEvent[] = [];
    for await (const event of store.readAll('start')) events.push(event);
    expect(violations(acknowledged, events)).toEqual([]);
    await store.close();
  }
});
