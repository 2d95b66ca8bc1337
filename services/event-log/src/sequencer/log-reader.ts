import { join } from 'node:path';
import type { Hash } from '@atomicity/kernel/units/id';
import Database from 'better-sqlite3';
import { readCheckpoint } from '../checkpoint/checkpoint.ts';
import type { EventStore, Position } from '../port.ts';
import { ReadOnlyEventStore } from '../sqlite/read-only-store.ts';
import { type IndexedEvent, type PublishedCheckpoint, TREE_FILE } from './sequencer.ts';
import { TiledTree } from './tiled-tree.ts';

/**
 * A log's files, read without a sequencer: no epoch is taken, so the node that writes them goes on.
 * Events that the tree does not hold yet get their dense index in memory, by `catchUp`.
 */
export class LogReader {
  readonly store: EventStore;
  readonly #tree: Database.Database;
  readonly #treeSize: number;
  /** Positions and ids of the events behind the tree. */
  readonly #tail: { readonly position: Position; readonly eventId: Hash }[] = [];

  /** @throws SqliteError when the folder holds no log. */
  constructor(directory: string) {
    this.#tree = new Database(join(directory, TREE_FILE), { readonly: true });
    this.#treeSize = Number(this.#value<number>('SELECT size FROM sequencer') ?? 0);
    this.store = new ReadOnlyEventStore(directory);
  }

  /** Events that have a dense index. */
  get size(): number {
    return this.#treeSize + this.#tail.length;
  }

  /** The log's name, or undefined before the first start has ended. */
  get origin(): string | undefined {
    return this.#value<string>('SELECT origin FROM sequencer');
  }

  /** The last checkpoint that the sequencer recorded. Its signature is not checked. */
  latest(): PublishedCheckpoint | undefined {
    const note = this.#value<string>('SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1');
    const checkpoint = note === undefined ? undefined : readCheckpoint(note);
    return note === undefined || checkpoint === undefined ? undefined : { ...checkpoint, note };
  }

  /** Checkpoint notes with fromSize < size ≤ toSize, smallest first. */
  checkpointNotes(fromSize: number, toSize: number): string[] {
    return this.#tree
      .prepare<[number, number], string>(
        'SELECT note FROM checkpoint WHERE size > ? AND size <= ? ORDER BY size',
      )
      .pluck()
      .all(fromSize, toSize);
  }

  /** Counts everything that the store has durable now; answers the size. */
  async catchUp(): Promise<number> {
    const from = this.size === 0 ? 'start' : this.#positionOf(this.size - 1);
    for await (const batch of this.store.readEnvelopes(from)) {
      for (const { position, eventId } of batch) this.#tail.push({ position, eventId });
    }
    return this.size;
  }

  indexOf(eventId: Hash): number | undefined {
    const id = Buffer.from(eventId, 'hex');
    const index = this.#value<number>('SELECT leaf_index FROM leaf WHERE event_id = ?', id);
    if (index !== undefined && index < this.size) return index;
    const behind = this.#tail.findIndex((entry) => entry.eventId === eventId);
    return behind < 0 ? undefined : this.#treeSize + behind;
  }

  async entry(index: number): Promise<{ readonly position: Position } | undefined> {
    return index < this.size ? { position: this.#positionOf(index) } : undefined;
  }

  /** Root over the first `size` leaves of the tree. @throws RangeError behind the tree. */
  rootAt(size: number): Uint8Array {
    const tile = this.#tree
      .prepare<[number, number], Buffer>('SELECT hashes FROM tile WHERE level = ? AND n = ?')
      .pluck();
    return new TiledTree(this.#treeSize, (level, n) => tile.get(level, n)).rootAt(size);
  }

  /** The events from a dense index on, payloads included, at most `limit`. */
  async *events(from: number, limit = Number.MAX_SAFE_INTEGER): AsyncGenerator<IndexedEvent> {
    const count = Math.min(limit, this.size - from);
    if (count <= 0) return;
    let index = from;
    const after = from === 0 ? 'start' : this.#positionOf(from - 1);
    for await (const event of this.store.readAll(after, count)) {
      yield { ...event, index };
      index += 1;
    }
  }

  async close(): Promise<void> {
    this.#tree.close();
    await this.store.close();
  }

  #positionOf(index: number): Position {
    const position =
      index < this.#treeSize
        ? this.#value<Position>('SELECT position FROM leaf WHERE leaf_index = ?', index)
        : this.#tail[index - this.#treeSize]?.position;
    if (position === undefined) throw new Error(`invariant: leaf ${index} has a position`);
    return position;
  }

  #value<T>(sql: string, ...values: (number | Buffer)[]): T | undefined {
    return this.#tree
      .prepare<(number | Buffer)[], T>(sql)
      .pluck()
      .get(...values);
  }
}
