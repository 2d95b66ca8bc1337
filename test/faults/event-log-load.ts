/**
 * The process that the fault tests kill, starve or record: concurrent appends over several streams and a
 * sequencer that publishes checkpoints, each acknowledged with one line written synchronously.
 *
 * Arguments: folder, run number, mode (`loop` until killed, or a number of rounds).
 * Environment: ACKS = file for the lines instead of standard output; SYNCHRONOUS = FULL | OFF.
 *
 * Lines: `opening`, `ready`, `a <stream> <first revision> <last revision>`, `c <size> <root hex>`,
 * `fatal <code> <outcome>`, `unpublished <code> <outcome>`, `refused <code> <outcome>`, `done`.
 */

import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import { OperatingError } from '@atomicity/event-log/port';
import { openSequencer } from '@atomicity/event-log/sequencer/sequencer';
import {
  openSqliteEventStore,
  type SqliteEventStore,
} from '@atomicity/event-log/sqlite/sqlite-event-store';
import { exampleEvent, exampleStream } from './example-events.ts';

const [directory = '', runText = '0', mode = 'loop'] = process.argv.slice(2);
const run = Number(runText);
const rounds = mode === 'loop' ? Number.POSITIVE_INFINITY : Number(mode);
const acksPath = process.env['ACKS'];
const acks = acksPath === undefined ? 1 : openSync(acksPath, 'a');
const STREAMS = 6;

function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(acks, bytes, done);
    } catch (error) {
      // The pipe is full because the reader is busy: what is acknowledged must still be said.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

function report(label: string, error: unknown): void {
  if (error instanceof OperatingError) say(`${label} ${error.code} ${error.outcome}`);
  else say(`${label} ${String(error)} none`);
}

async function appendRounds(store: SqliteEventStore, stream: number): Promise<void> {
  let last = -1;
  for await (const event of store.readStream(exampleStream(stream), 0, 1_000_000)) {
    last = event.revision;
  }
  for (let round = 0; round < rounds; round += 1) {
    const count = 1 + ((run + stream + round) % 4);
    const events = Array.from({ length: count }, (_, n) => exampleEvent(run, stream, last + 1 + n));
    const answer = await store.append(exampleStream(stream), last, events);
    if (answer.kind !== 'appended') throw new Error(`unexpected answer ${answer.kind}`);
    say(`a ${stream} ${answer.firstRevision} ${answer.lastRevision}`);
    last = answer.lastRevision;
  }
}

async function main(): Promise<void> {
  say('opening');
  const store = await openSqliteEventStore({
    directory,
    synchronous: process.env['SYNCHRONOUS'] === 'OFF' ? 'OFF' : 'FULL',
    onFatal: (error) => report('fatal', error),
  });
  const signer = nodeNoteSigner('faults.example/log', new Uint8Array(32).fill(5));
  const sequencer = await openSequencer({ store, directory: join(directory, 'tree'), signer });
  say('ready');
  let running = STREAMS;
  const streams = Array.from({ length: STREAMS }, async (_, stream) => {
    try {
      await appendRounds(store, stream);
    } finally {
      running -= 1;
    }
  });
  const publishing = (async () => {
    let published = -1;
    while (running > 0) {
      const { size, root } = await sequencer.checkpoint();
      if (size > published) say(`c ${size} ${Buffer.from(root).toString('hex')}`);
      published = size;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })().catch((error) => report('unpublished', error));
  const results = await Promise.allSettled(streams);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) {
    await publishing;
    await sequencer.close();
    await store.close();
    say('done');
    return;
  }
  // What the store says once it has failed: nothing is accepted any more.
  await store
    .append(exampleStream(99), -1, [exampleEvent(run, 99, 0)])
    .catch((error) => report('refused', error));
  process.exit(3);
}

await main();
