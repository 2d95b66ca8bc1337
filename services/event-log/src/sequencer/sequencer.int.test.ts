/**
 * Goal: dense indexes and the tree follow the store exactly, checkpoints never run ahead of what is durable
 * or behind what was published, and one sequencer writes. Method: over the cluster fake (sparse positions)
 * and SQLite; tree, proofs and tiles are recomputed from the envelopes alone.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { nodeNoteSigner, nodeVerifyEd25519 } from '../checkpoint/node-signer.ts';
import { collect, exampleEvents, exampleStream } from '../contract.ts';
import { ClusterEventStore } from '../memory/cluster-event-store.ts';
import { CompactRange, merkleRoot } from '../merkle/compact-range.ts';
import { nodeTreeHasher } from '../merkle/node-tree-hasher.ts';
import { decodeEntryBundle, tilePath, tileWidthAt } from '../merkle/tiles.ts';
import { verifyConsistency, verifyInclusion } from '../merkle/verify.ts';
import type { EventStore } from '../port.ts';
import { openSqliteEventStore } from '../sqlite/sqlite-event-store.ts';
import { exportTiles } from './export-tiles.ts';
import { CHECKPOINT_FILE, openSequencer, type Sequencer, TREE_FILE } from './sequencer.ts';

const STREAM = exampleStream(1);
const signer = nodeNoteSigner('test.example/log', new Uint8Array(32).fill(3));

let folder: string;
let open: { close(): Promise<void> }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomicity-sequencer-'));
  open = [];
});
afterEach(async () => {
  for (const one of open.reverse()) await one.close();
  rmSync(folder, { recursive: true });
});

function keep<T extends { close(): Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

async function sequencerOf(
  store: EventStore,
  directory = join(folder, 'tree'),
): Promise<Sequencer> {
  return keep(await openSequencer({ store, directory, signer }));
}

async function fill(store: EventStore, from: number, count: number): Promise<void> {
  const events = exampleEvents(`e${from}`, count);
  for (let start = 0; start < count; start += 400) {
    await store.append(STREAM, from + start - 1, events.slice(start, start + 400));
  }
}

async function envelopes(store: EventStore): Promise<Uint8Array[]> {
  return (await collect(store.readAll('start'))).map((event) => event.envelope);
}

test('index, root, proofs and tiles are those of the envelopes in feed order', async () => {
  const store = new ClusterEventStore();
  await fill(store, 0, 700);
  const sequencer = await sequencerOf(store);
  const first = await sequencer.checkpoint();
  await fill(store, 700, 613);
  const second = await sequencer.checkpoint();
  const all = await envelopes(store);
  expect([first.size, second.size]).toEqual([700, 1313]);
  expect(Buffer.from(first.root)).toEqual(Buffer.from(merkleRoot(all.slice(0, 700))));
  expect(Buffer.from(second.root)).toEqual(Buffer.from(merkleRoot(all)));
  expect(openCheckpoint(second.note, signer, nodeVerifyEd25519)).toMatchObject({ size: 1313 });
  const proof = sequencer.consistencyProof(700, 1313);
  const sizes = { from: 700, to: 1313, fromRoot: first.root, toRoot: second.root };
  expect(verifyConsistency({ ...sizes, proof })).toBe(true);
  for (const [index, size, root] of [
    [0, 700, first.root],
    [699, 700, first.root],
    [255, 1313, second.root],
    [256, 1313, second.root],
    [1312, 1313, second.root],
  ] as const) {
    const leafHash = nodeTreeHasher.leaf(all[index] ?? new Uint8Array(0));
    const path = sequencer.inclusionProof(index, size);
    expect(verifyInclusion({ index, size, leafHash, proof: path, root })).toBe(true);
  }
  const events = await collect(sequencer.events(1310));
  expect(events.map((event) => event.index)).toEqual([1310, 1311, 1312]);
  expect(
    sequencer.indexOf(
      exampleEvents('e700', 613)[612]?.eventId ?? events[0]?.eventId ?? ('' as never),
    ),
  ).toBe(1312);
  expect((await sequencer.entry(5))?.envelope).toEqual(all[5]);
  expect(await sequencer.entry(1313)).toBeUndefined();
  expect(() => sequencer.inclusionProof(0, 1314)).toThrow(RangeError);
  expect(sequencer.checkpointNotes(0, 1313)).toEqual([first.note, second.note]);
  expect((await sequencer.checkpoint()).note).toBe(second.note);
});

test('tiles hold the hashes and entries of the tree, and only what a checkpoint covers', async () => {
  const store = new ClusterEventStore();
  await fill(store, 0, 600);
  const sequencer = await sequencerOf(store);
  expect(await sequencer.tile('tile/0/000')).toBeUndefined();
  await sequencer.checkpoint();
  await fill(store, 600, 5);
  await sequencer.catchUp();
  const all = await envelopes(store);
  const leaves = new Map<string, Uint8Array>();
  const range = new CompactRange();
  for (const envelope of all.slice(0, 600)) {
    range.append(nodeTreeHasher.leaf(envelope), (level, i, hash) =>
      leaves.set(`${level}/${i}`, hash),
    );
  }
  for (const [level, n] of [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
  ] as const) {
    const width = tileWidthAt(level, n, 600);
    const hashes = Array.from({ length: width }, (_, at) =>
      leaves.get(`${8 * level}/${n * 256 + at}`),
    );
    const expected = Buffer.concat(hashes.map((hash) => hash ?? new Uint8Array(0)));
    const bytes = await sequencer.tile(tilePath({ level, n, width }));
    expect(Buffer.from(bytes ?? [])).toEqual(expected);
  }
  const bundle = (await sequencer.tile('tile/entries/002.p/88')) ?? new Uint8Array(1);
  expect(decodeEntryBundle(bundle)?.map((entry) => Buffer.from(entry))).toEqual(
    all.slice(512, 600).map((entry) => Buffer.from(entry)),
  );
  for (const path of ['tile/0/002.p/89', 'tile/0/003', 'tile/2/000', 'tile/0/2', 'x']) {
    expect(await sequencer.tile(path)).toBeUndefined();
  }
  expect(await exportTiles(sequencer, join(folder, 'export'))).toBe(8);
});

test('a sequencer opened again continues the same tree, whatever the size', async () => {
  const store = new ClusterEventStore();
  let size = 0;
  for (const count of [1, 254, 1, 1, 255, 300]) {
    await fill(store, size, count);
    size += count;
    const sequencer = await sequencerOf(store);
    const { root } = await sequencer.checkpoint();
    expect(Buffer.from(root)).toEqual(Buffer.from(merkleRoot(await envelopes(store))));
    await sequencer.close();
    open.pop();
  }
});

test('the older of two sequencers is fenced off', async () => {
  const store = new ClusterEventStore();
  await fill(store, 0, 10);
  const older = await sequencerOf(store);
  await fill(store, 10, 10);
  const newer = await sequencerOf(store);
  await fill(store, 20, 10);
  const fenced = { code: 'sequencer_fenced', outcome: 'not_applied' };
  await expect(older.catchUp()).rejects.toMatchObject(fenced);
  expect((await newer.checkpoint()).size).toBe(30);
  await expect(older.checkpoint()).rejects.toMatchObject(fenced);
  expect(older.latest()).toBeUndefined();
});

test('a restored backup that lags the last checkpoint is refused, with the way out', async () => {
  const directory = join(folder, 'store');
  const tree = join(folder, 'tree');
  const store = keep(await openSqliteEventStore({ directory }));
  await fill(store, 0, 50);
  const sequencer = await sequencerOf(store, tree);
  await sequencer.checkpoint();
  await sequencer.backup(join(folder, 'backup'));
  await store.backup(join(folder, 'backup'));
  await fill(store, 50, 50);
  await sequencer.checkpoint();

  const restored = keep(await openSqliteEventStore({ directory: join(folder, 'backup') }));
  // Only the store was restored: the tree's file knows better.
  await expect(sequencerOf(restored, tree)).rejects.toMatchObject({
    code: 'behind_last_checkpoint',
    outcome: 'not_applied',
    facts: { size: 50, checkpointSize: 100 },
    shortMessage: expect.stringContaining('Restore a newer backup'),
  });
  // The tree's file was restored with it: the checkpoint file knows better.
  cpSync(join(tree, CHECKPOINT_FILE), join(folder, 'backup', CHECKPOINT_FILE));
  await expect(sequencerOf(restored, join(folder, 'backup'))).rejects.toMatchObject({
    code: 'behind_last_checkpoint',
  });
  // Even when it grew other events meanwhile.
  await restored.append(STREAM, 49, exampleEvents('other', 60));
  await expect(sequencerOf(restored, join(folder, 'backup'))).rejects.toMatchObject({
    code: 'differs_from_last_checkpoint',
  });
});

test('a tree that is ahead of the store without a checkpoint says so and can be made again', async () => {
  const store = new ClusterEventStore();
  await fill(store, 0, 20);
  const sequencer = await sequencerOf(store);
  await fill(store, 20, 20);
  await sequencer.catchUp();
  const shorter = new ClusterEventStore();
  await fill(shorter, 0, 20);
  await expect(sequencerOf(shorter)).rejects.toMatchObject({
    code: 'tree_ahead_of_store',
    shortMessage: expect.stringContaining(TREE_FILE),
  });
  expect((await sequencerOf(shorter, join(folder, 'again'))).size).toBe(20);
});

test('a tree of another origin is refused', async () => {
  const store = new ClusterEventStore();
  await sequencerOf(store);
  const other = nodeNoteSigner('test.example/other', new Uint8Array(32).fill(3));
  const opening = openSequencer({ store, directory: join(folder, 'tree'), signer: other });
  await expect(opening).rejects.toMatchObject({ code: 'origin_differs' });
});
