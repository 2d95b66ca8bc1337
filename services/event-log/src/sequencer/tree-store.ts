/**
 * The sequencer's file: which event has which dense index, and the tree's tiles. Every change is fenced:
 * it is written only while this process's epoch is still the newest.
 */

import type { Hash } from '@atomicity/kernel/units/id';
import Database from 'better-sqlite3';
import { OperatingError, type Position, type StoredEnvelope } from '../port.ts';

export type TileRow = {
  readonly level: number;
  readonly n: number;
  readonly hashes: Uint8Array;
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sequencer (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS leaf (
    leaf_index INTEGER PRIMARY KEY,
    position TEXT NOT NULL,
    event_id BLOB NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tile (
    level INTEGER NOT NULL,
    n INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, n)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
  ) STRICT;
`;

export class TreeStore {
  readonly #database: Database.Database;
  readonly #epoch: number;
  readonly #advance;
  readonly #holdsEpoch;
  readonly #addLeaf;
  readonly #putTile;
  readonly #getTile;
  readonly #positionOf;
  readonly #indexOf;
  readonly #addCheckpoint;

  /** Opens or creates the file and takes the next epoch: from here on earlier sequencers are refused. */
  constructor(path: string, origin: string) {
    this.#database = new Database(path);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.pragma('fullfsync = ON');
    this.#database.exec(SCHEMA);
    this.#database
      .prepare('INSERT OR IGNORE INTO sequencer (one, origin, epoch, size) VALUES (1, ?, 0, 0)')
      .run(origin);
    const row = this.#database
      .prepare<[string], number>(
        'UPDATE sequencer SET epoch = epoch + 1 WHERE origin = ? RETURNING epoch',
      )
      .pluck()
      .get(origin);
    if (row === undefined) throw wrongOrigin(origin);
    this.#epoch = row;
    this.#advance = this.#database.prepare(
      'UPDATE sequencer SET size = ? WHERE epoch = ? AND size = ?',
    );
    this.#holdsEpoch = this.#database
      .prepare<[number], number>('SELECT 1 FROM sequencer WHERE epoch = ?')
      .pluck();
    this.#addLeaf = this.#database.prepare(
      'INSERT INTO leaf (leaf_index, position, event_id) VALUES (?, ?, ?)',
    );
    this.#putTile = this.#database.prepare(
      'INSERT OR REPLACE INTO tile (level, n, hashes) VALUES (?, ?, ?)',
    );
    this.#getTile = this.#database
      .prepare<[number, number], Buffer>('SELECT hashes FROM tile WHERE level = ? AND n = ?')
      .pluck();
    this.#positionOf = this.#database
      .prepare<[number], Position>('SELECT position FROM leaf WHERE leaf_index = ?')
      .pluck();
    this.#indexOf = this.#database
      .prepare<[Buffer], number>('SELECT leaf_index FROM leaf WHERE event_id = ?')
      .pluck();
    this.#addCheckpoint = this.#database.prepare(
      'INSERT OR IGNORE INTO checkpoint (size, note) VALUES (?, ?)',
    );
  }

  /** Number of leaves. */
  size(): number {
    return Number(this.#database.prepare('SELECT size FROM sequencer').pluck().get());
  }

  /**
   * Adds leaves and the tiles that they changed, in one transaction that is NOT synced by itself: until
   * a checkpoint covers them they can be made again from the store, in the same order.
   *
   * @throws OperatingError `sequencer_fenced`, not_applied, when a later sequencer has taken over.
   */
  append(from: number, events: readonly StoredEnvelope[], tiles: Iterable<TileRow>): void {
    this.#transaction('NORMAL', () => {
      this.#compareAndSwap(from, from + events.length);
      events.forEach((event, offset) => {
        this.#addLeaf.run(from + offset, event.position, Buffer.from(event.eventId, 'hex'));
      });
      for (const tile of tiles) this.#putTile.run(tile.level, tile.n, tile.hashes);
    });
  }

  /** Records a checkpoint. Durable on return, with every leaf and tile before it. @throws as `append`. */
  addCheckpoint(size: number, note: string): void {
    this.#transaction('FULL', () => {
      if (this.#holdsEpoch.get(this.#epoch) === undefined) throw this.#fenced();
      this.#addCheckpoint.run(size, note);
    });
    // Durable from here: one sync of the log covers every transaction before it.
  }

  #transaction(synchronous: 'FULL' | 'NORMAL', body: () => void): void {
    this.#database.pragma(`synchronous = ${synchronous}`);
    this.#database.transaction(body).immediate();
  }

  #compareAndSwap(from: number, to: number): void {
    if (this.#advance.run(to, this.#epoch, from).changes !== 1) throw this.#fenced();
  }

  #fenced(): OperatingError {
    return new OperatingError({
      code: 'sequencer_fenced',
      outcome: 'not_applied',
      shortMessage: 'another sequencer has taken over this log; stop this process',
      facts: { epoch: this.#epoch },
    });
  }

  tile(level: number, n: number): Uint8Array | undefined {
    return this.#getTile.get(level, n);
  }

  positionOf(index: number): Position | undefined {
    return this.#positionOf.get(index);
  }

  indexOf(eventId: Hash): number | undefined {
    return this.#indexOf.get(Buffer.from(eventId, 'hex'));
  }

  lastCheckpointNote(): string | undefined {
    return this.#database
      .prepare<[], string>('SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1')
      .pluck()
      .get();
  }

  /** All checkpoint notes with from < size ≤ to, smallest first. */
  checkpointNotes(from: number, to: number): string[] {
    return this.#database
      .prepare<[number, number], string>(
        'SELECT note FROM checkpoint WHERE size > ? AND size <= ? ORDER BY size',
      )
      .pluck()
      .all(from, to);
  }

  async backup(path: string): Promise<void> {
    await this.#database.backup(path);
  }

  close(): void {
    this.#database.close();
  }
}

function wrongOrigin(origin: string): OperatingError {
  return new OperatingError({
    code: 'origin_differs',
    outcome: 'not_applied',
    shortMessage: 'this tree belongs to another log origin',
    facts: { origin },
  });
}
