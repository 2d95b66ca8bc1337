import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '@atomicity/kernel/units/id';
import { type Checkpoint, readCheckpoint, signCheckpoint } from '../checkpoint/checkpoint.ts';
import type { NoteSigner } from '../checkpoint/signed-note.ts';
import { nodeTreeHasher } from '../merkle/node-tree-hasher.ts';
import { consistencyProof, inclusionProof } from '../merkle/proofs.ts';
import {
  encodeEntryBundle,
  parseTilePath,
  TILE_WIDTH,
  type TileName,
  tileWidthAt,
} from '../merkle/tiles.ts';
import { equalHashes, HASH_BYTES } from '../merkle/tree-hasher.ts';
import {
  type EventStore,
  OperatingError,
  type Position,
  type StoredEnvelope,
  type StoredEvent,
} from '../port.ts';
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
import { TiledTree } from './tiled-tree.ts';
import { TreeStore } from './tree-store.ts';

export type SequencerOptions = {
  readonly store: EventStore;
  /** Folder of the sequencer's file; made when it is not there. */
  readonly directory: string;
  /** Signs checkpoints; its name is the log's origin. */
  readonly signer: NoteSigner;
  /** File of the last published checkpoint, kept out of backups. Default `last-checkpoint` in the folder. */
  readonly checkpointFile?: string | undefined;
};

export type PublishedCheckpoint = Checkpoint & { readonly note: string };

export const TREE_FILE = 'tree.db';
export const CHECKPOINT_FILE = 'last-checkpoint';

/** One leaf with its dense index. */
export type IndexedEnvelope = StoredEnvelope & { readonly index: number };
export type IndexedEvent = StoredEvent & { readonly index: number };

/**
 * Opens the sequencer of a log, catches up with the store, and checks it against the last checkpoint.
 *
 * @throws OperatingError, all not_applied: `behind_last_checkpoint` when the store holds fewer events than
 * the last published checkpoint covers; `differs_from_last_checkpoint` when it holds others;
 * `tree_ahead_of_store` when only the unpublished tree is ahead; `origin_differs`; `sequencer_fenced`.
 */
export async function openSequencer(options: SequencerOptions): Promise<Sequencer> {
  mkdirSync(options.directory, { recursive: true });
  const checkpointFile = options.checkpointFile ?? join(options.directory, CHECKPOINT_FILE);
  const fromFile = readCheckpointFile(checkpointFile);
  const tree = new TreeStore(join(options.directory, TREE_FILE), options.signer.name);
  try {
    const last = newest(fromFile, tree.lastCheckpointNote());
    const sequencer = new Sequencer({ ...options, checkpointFile }, tree, last);
    await sequencer.assertStoreHolds(last);
    // A crash may have come between recording a checkpoint and writing its file.
    if (last !== undefined) writeCheckpointFile(checkpointFile, last.note);
    return sequencer;
  } catch (error) {
    tree.close();
    throw error;
  }
}

/**
 * Gives every event of a store a dense index, in feed order, and keeps the Merkle tree over their envelopes.
 * One sequencer a log: a newer one fences off this one, which then refuses to write.
 */
export class Sequencer {
  readonly #store: EventStore;
  readonly #signer: NoteSigner;
  readonly #checkpointFile: string;
  readonly #files: TreeStore;
  #tree: TiledTree;
  #last: PublishedCheckpoint | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #failure: OperatingError | undefined;

  constructor(
    options: SequencerOptions & { readonly checkpointFile: string },
    files: TreeStore,
    last: PublishedCheckpoint | undefined,
  ) {
    this.#store = options.store;
    this.#signer = options.signer;
    this.#checkpointFile = options.checkpointFile;
    this.#files = files;
    this.#tree = this.#load();
    this.#last = last;
  }

  #load(): TiledTree {
    return new TiledTree(this.#files.size(), (level, n) => this.#files.tile(level, n));
  }

  /** Number of leaves sequenced so far; a checkpoint may cover fewer. */
  get size(): number {
    return this.#tree.size;
  }

  /** The last published checkpoint, or undefined before the first. */
  latest(): PublishedCheckpoint | undefined {
    return this.#last;
  }

  /**
   * Sequences everything that the store has durable. Gives the tree's size. A second call finds nothing new.
   *
   * @throws OperatingError `sequencer_fenced`, not_applied; `sequencer_failed`, unknown, when a write or
   * sync failed, and not_applied for every call after that.
   */
  async catchUp(): Promise<number> {
    return await this.#exclusively(() => this.#catchUp());
  }

  async #catchUp(): Promise<number> {
    const from = this.#tree.size === 0 ? 'start' : this.#positionOf(this.#tree.size - 1);
    for await (const batch of this.#store.readEnvelopes(from)) {
      const first = this.#tree.size;
      const tiles = this.#tree.append(batch.map((event) => nodeTreeHasher.leaf(event.envelope)));
      try {
        this.#files.append(first, batch, tiles);
      } catch (error) {
        // Memory is ahead of the file now: go back to what is stored.
        this.#tree = this.#load();
        throw error;
      }
    }
    return this.#tree.size;
  }

  /**
   * Catches up, signs size and root, and publishes: durable in the tree's file, then in the checkpoint file.
   * Without new events the last checkpoint is given again, unsigned anew.
   *
   * @throws OperatingError as `catchUp`.
   */
  async checkpoint(): Promise<PublishedCheckpoint> {
    return await this.#exclusively(async () => {
      const size = await this.#catchUp();
      if (this.#last?.size === size) return this.#last;
      const checkpoint = { origin: this.#signer.name, size, root: this.#tree.root() };
      const note = await signCheckpoint(checkpoint, this.#signer);
      this.#files.addCheckpoint(size, note);
      writeCheckpointFile(this.#checkpointFile, note);
      // Published from here: a store without these events is refused from now on.
      this.#last = { ...checkpoint, note };
      return this.#last;
    });
  }

  /** Checkpoint notes with fromSize < size ≤ toSize, smallest first. */
  checkpointNotes(fromSize: number, toSize: number): string[] {
    return this.#files.checkpointNotes(fromSize, toSize);
  }

  // One change at a time; a refused one does not stop the next, a failed one stops them all.
  #exclusively<T>(body: () => Promise<T>): Promise<T> {
    const result = this.#work.then(async () => {
      if (this.#failure !== undefined) throw failedEarlier(this.#failure);
      try {
        return await body();
      } catch (error) {
        if (error instanceof OperatingError) throw error;
        // A flush failed: what is on disk is unknown until the file is opened anew.
        this.#failure = failedFlush(error);
        throw this.#failure;
      }
    });
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** The audit path of a leaf in the tree of `size`. @throws RangeError unless 0 ≤ index < size ≤ this size. */
  inclusionProof(index: number, size: number): Uint8Array[] {
    this.#assertSize(size);
    return inclusionProof(index, size, this.#tree.readNode, nodeTreeHasher);
  }

  /** That the tree of `to` extends the tree of `from`. @throws RangeError unless 0 ≤ from ≤ to ≤ this size. */
  consistencyProof(from: number, to: number): Uint8Array[] {
    this.#assertSize(to);
    return consistencyProof(from, to, this.#tree.readNode, nodeTreeHasher);
  }

  /** The root at an earlier size. @throws RangeError beyond this size. */
  rootAt(size: number): Uint8Array {
    this.#assertSize(size);
    return this.#tree.rootAt(size);
  }

  #assertSize(size: number): void {
    if (Number.isSafeInteger(size) && size >= 0 && size <= this.#tree.size) return;
    throw new RangeError(`the tree has ${this.#tree.size} leaves, not ${size}`);
  }

  /**
   * The bytes at a tile path, or undefined when the path is malformed or the last checkpoint does not
   * cover the tile: nothing is shown that no checkpoint answers for.
   */
  async tile(path: string): Promise<Uint8Array | undefined> {
    const name = parseTilePath(path);
    return name === undefined ? undefined : await this.tileOf(name);
  }

  async tileOf(name: TileName): Promise<Uint8Array | undefined> {
    const { level, n, width } = name;
    if (width > tileWidthAt(level, n, this.#last?.size ?? 0)) return undefined;
    if (level !== 'entries') return this.#files.tile(level, n)?.subarray(0, width * HASH_BYTES);
    const entries = await this.entries(n * TILE_WIDTH, n * TILE_WIDTH + width);
    return encodeEntryBundle(entries.map((entry) => entry.envelope));
  }

  /** The dense index of an event, or undefined while it has none. */
  indexOf(eventId: Hash): number | undefined {
    return this.#files.indexOf(eventId);
  }

  /** The leaf at an index, or undefined beyond the tree. */
  async entry(index: number): Promise<IndexedEnvelope | undefined> {
    const [entry] = await this.entries(index, index + 1);
    return entry;
  }

  /** The leaves from … to−1, cut off at the tree's size. */
  async entries(from: number, to: number): Promise<IndexedEnvelope[]> {
    const found: IndexedEnvelope[] = [];
    const count = Math.min(to, this.#tree.size) - from;
    if (count <= 0) return found;
    for await (const batch of this.#store.readEnvelopes(this.#before(from), count)) {
      for (const event of batch) found.push({ ...event, index: from + found.length });
    }
    return found;
  }

  /** The events from a dense index on, payloads included, at most `limit` and only sequenced ones. */
  async *events(from: number, limit = Number.MAX_SAFE_INTEGER): AsyncGenerator<IndexedEvent> {
    const count = Math.min(limit, this.#tree.size - from);
    if (count <= 0) return;
    let index = from;
    for await (const event of this.#store.readAll(this.#before(from), count)) {
      yield { ...event, index };
      index += 1;
    }
  }

  #before(index: number): Position | 'start' {
    return index === 0 ? 'start' : this.#positionOf(index - 1);
  }

  #positionOf(index: number): Position {
    const position = this.#files.positionOf(index);
    if (position === undefined) throw new Error(`invariant: leaf ${index} has a position`);
    return position;
  }

  /** The opening check of `openSequencer`; catches up on the way. */
  async assertStoreHolds(last: PublishedCheckpoint | undefined): Promise<void> {
    const isAhead = !(await this.#storeHoldsLastLeaf());
    const size = isAhead ? await countEvents(this.#store) : await this.catchUp();
    if (last !== undefined && size < last.size) throw behind(size, last);
    if (isAhead) throw treeAhead(size, this.#tree.size);
    if (last !== undefined && !equalHashes(this.#tree.rootAt(last.size), last.root)) {
      throw differs(last);
    }
  }

  async #storeHoldsLastLeaf(): Promise<boolean> {
    const { size } = this.#tree;
    if (size === 0) return true;
    const entry = await this.entry(size - 1);
    return entry !== undefined && this.indexOf(entry.eventId) === size - 1;
  }

  /** Copies the tree's file while it is in use; the checkpoint file is left out on purpose. */
  async backup(toDirectory: string): Promise<void> {
    mkdirSync(toDirectory, { recursive: true });
    await this.#exclusively(() => this.#files.backup(join(toDirectory, TREE_FILE)));
  }

  /** Waits for work under way and closes the file; the store stays open. */
  async close(): Promise<void> {
    await this.#work;
    this.#files.close();
  }
}

function newest(...notes: readonly (string | undefined)[]): PublishedCheckpoint | undefined {
  let last: PublishedCheckpoint | undefined;
  for (const note of notes) {
    const checkpoint = note === undefined ? undefined : readCheckpoint(note);
    if (note === undefined || checkpoint === undefined) continue;
    if (last === undefined || checkpoint.size > last.size) last = { ...checkpoint, note };
  }
  return last;
}

async function countEvents(store: EventStore): Promise<number> {
  let count = 0;
  for await (const batch of store.readEnvelopes('start')) count += batch.length;
  return count;
}

function behind(size: number, last: PublishedCheckpoint): OperatingError {
  return new OperatingError({
    code: 'behind_last_checkpoint',
    outcome: 'not_applied',
    shortMessage:
      `the store holds ${size} events, but a checkpoint over ${last.size} has been published. ` +
      'Starting would fork the log. Restore a newer backup of the store, or add the missing events ' +
      'from a copy or a full audit bundle; if they are lost for good, begin a new log under a new ' +
      'origin and tell everyone who holds the old checkpoint',
    facts: { size, checkpointSize: last.size, origin: last.origin },
  });
}

function differs(last: PublishedCheckpoint): OperatingError {
  return new OperatingError({
    code: 'differs_from_last_checkpoint',
    outcome: 'not_applied',
    shortMessage:
      `the first ${last.size} events are not those that the last checkpoint was signed over. ` +
      'Restore the store from a backup of this log; starting would fork it',
    facts: { checkpointSize: last.size, origin: last.origin },
  });
}

function failedFlush(cause: unknown): OperatingError {
  return new OperatingError({
    code: 'sequencer_failed',
    outcome: 'unknown',
    shortMessage: `a write to the tree’s files failed (${cause instanceof Error ? cause.message : cause})`,
    cause,
  });
}

function failedEarlier(cause: OperatingError): OperatingError {
  return new OperatingError({
    code: 'sequencer_failed',
    outcome: 'not_applied',
    shortMessage: 'a write failed earlier; the sequencer does nothing until it is opened again',
    cause,
  });
}

function treeAhead(size: number, treeSize: number): OperatingError {
  return new OperatingError({
    code: 'tree_ahead_of_store',
    outcome: 'not_applied',
    shortMessage:
      `the tree has ${treeSize} leaves and the store ${size} events; no checkpoint covers the ` +
      `difference. Remove ${TREE_FILE}: it is made again from the store`,
    facts: { size, treeSize },
  });
}
