/**
 * Measures the SQLite event store: unsigned durable appends at 1, 100 and 1000 events per append call, reads
 * in global order, and sequencing. The control is the same bytes written to a plain file with fdatasync, in
 * the same run, interleaved, because the speed of a sync changes from one minute to the next.
 *
 * `node --conditions=source test/bench/event-log.ts [--json] [--seed N] [--seconds S] [--concurrency C]`
 */

import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import type { NewEvent } from '@atomicity/event-log/port';
import { openSequencer } from '@atomicity/event-log/sequencer/sequencer';
import {
  openSqliteEventStore,
  type SqliteEventStore,
} from '@atomicity/event-log/sqlite/sqlite-event-store';
import { type Hash, parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '20261121' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '64' },
  },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);

type Row = { readonly what: string; readonly batch: number; readonly perSecond: number[] };

let serial = Number(options.seed);

function nextEvent(): NewEvent {
  serial += 1;
  const hash = createHash('sha256').update(String(serial)).digest('hex') as Hash;
  const data = { amount: String(serial), edge: hash, fee: '12', payer: hash, payee: hash };
  const payload = JSON.stringify({ cause: { object: { body: data } }, data: { hold: hash } });
  return {
    eventId: hash,
    type: 'HoldPlaced',
    at: unixMs(1_795_251_960_000),
    payload,
    disclosure: null,
  };
}

function nextEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, nextEvent);
}

function nextStream(): StreamId {
  serial += 1;
  const stream = parseStreamId(createHash('md5').update(String(serial)).digest('hex'));
  if (stream === undefined) throw new Error('invariant: 32 hex digits');
  return stream;
}

/** Runs `step` for the set time and gives its units per second. */
async function rate(step: () => Promise<number>): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let units = 0;
  while (performance.now() < end) units += await step();
  return Math.round((units * 1000) / (performance.now() - start));
}

async function appendRate(
  store: SqliteEventStore,
  batch: number,
  callers: number,
): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: callers }, async () => {
      const stream = nextStream();
      let last = -1;
      return await rate(async () => {
        const answer = await store.append(stream, last, nextEvents(batch));
        if (answer.kind !== 'appended') throw new Error(`unexpected ${answer.kind}`);
        last = answer.lastRevision;
        return batch;
      });
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function controlRate(file: number, batch: number): Promise<number> {
  return await rate(async () => {
    writeSync(
      file,
      nextEvents(batch)
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(''),
    );
    fdatasyncSync(file);
    return batch;
  });
}

async function measure(directory: string): Promise<Row[]> {
  const store = await openSqliteEventStore({ directory });
  const file = openSync(join(directory, 'control'), 'a');
  const rows = new Map<string, Row>();
  const add = (what: string, batch: number, perSecond: number): void => {
    const row = rows.get(`${what}/${batch}`) ?? { what, batch, perSecond: [] };
    rows.set(`${what}/${batch}`, row);
    row.perSecond.push(perSecond);
  };
  const concurrency = Number(options.concurrency);
  for (let round = 0; round < rounds; round += 1) {
    for (const batch of [1, 100, 1000]) {
      add('plain file + fdatasync', batch, await controlRate(file, batch));
      add('append, one caller', batch, await appendRate(store, batch, 1));
    }
    add(`append, ${concurrency} callers`, 1, await appendRate(store, 1, concurrency));
  }
  const signer = nodeNoteSigner('bench.example/log', new Uint8Array(32).fill(1));
  const start = performance.now();
  const sequencer = await openSequencer({ store, directory: join(directory, 'tree'), signer });
  add('sequence', 0, Math.round((sequencer.size * 1000) / (performance.now() - start)));
  await sequencer.close();
  let count = 0;
  const reading = performance.now();
  for await (const event of store.readAll('start')) count += event.payload === null ? 0 : 1;
  add(
    'read in global order, decrypted',
    0,
    Math.round((count * 1000) / (performance.now() - reading)),
  );
  const scanning = performance.now();
  let envelopes = 0;
  for await (const batch of store.readEnvelopes('start')) envelopes += batch.length;
  add('read envelopes', 0, Math.round((envelopes * 1000) / (performance.now() - scanning)));
  closeSync(file);
  await store.close();
  return [...rows.values()];
}

const directory = mkdtempSync(join(tmpdir(), 'atomicity-bench-'));
const rows = await measure(directory);
rmSync(directory, { recursive: true });
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  node: process.version,
  load: loadavg()[0],
};
const summary = rows.map(({ what, batch, perSecond }) => {
  const sorted = perSecond.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { what, batch, median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
});
if (options.json) {
  console.log(JSON.stringify({ bench: 'event-log', seed: options.seed, machine, rows: summary }));
} else {
  console.log(`event-log: seed ${options.seed}, ${JSON.stringify(machine)}`);
  for (const row of summary) {
    const batch = row.batch === 0 ? '' : ` × ${row.batch}`;
    console.log(`${row.what}${batch}: ${row.median}/s (${row.min} to ${row.max})`);
  }
}
