/**
 * The single writer. Synchronous: a group of appends goes in, is decided one by one against what is stored
 * and what came before it in the group, and is durable when `commit` returns.
 */

import { randomFillSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { envelopeText, payloadCommitmentHex, SALT_BYTES } from '../envelope/seal-event.ts';
import type { AppendResult, EraseResult, NewEvent } from '../port.ts';
import {
  lockForWriting,
  openForWriting,
  type SqliteDatabase,
  type Synchronous,
  syncDirectory,
  VAULT_FILE,
} from './database.ts';
import { assertIntegrity, type IntegrityCheck } from './integrity.ts';
import { encryptPayload, payloadKey } from './payload-cipher.ts';
import { VaultWriter } from './vault.ts';
import { prepareWriterStatements, type StoredRow } from './writer-statements.ts';

export type AppendRequest = {
  readonly stream: StreamId;
  readonly expectedRevision: number;
  readonly events: readonly NewEvent[];
};

type Head = { readonly id: number; lastRevision: number };

export type WriterOptions = {
  readonly directory: string;
  readonly synchronous: Synchronous;
  readonly integrityCheck: IntegrityCheck;
};

export class Writer {
  readonly #lock: SqliteDatabase;
  readonly #database: SqliteDatabase;
  readonly #vault: VaultWriter;
  readonly #statements: ReturnType<typeof prepareWriterStatements>;
  readonly #heads = new Map<StreamId, Head>();
  #nextPosition: number;
  // Salts of the group being written, one record after another from `#groupStart` on.
  #salts = Buffer.alloc(4096 * SALT_BYTES);
  #groupStart = 0;
  readonly #drawn = new RandomSalts();

  /** @throws OperatingError `store_locked`, `store_unknown_version` or `store_damaged`. */
  constructor(options: WriterOptions) {
    mkdirSync(options.directory, { recursive: true });
    this.#lock = lockForWriting(options.directory);
    this.#database = openForWriting(options.directory, options.synchronous);
    // A killed process may have left commits in the page cache that were never synced. Nothing may be
    // read, acknowledged or checkpointed from them before they are: this syncs log and file.
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#statements = prepareWriterStatements(this.#database);
    this.#nextPosition = this.#statements.lastPosition() + 1;
    this.#vault = new VaultWriter(join(options.directory, VAULT_FILE), this.#nextPosition);
    syncDirectory(options.directory);
    assertIntegrity(this.#database, this.#vault, options.integrityCheck);
  }

  /**
   * Answers each request of a group; what has to be written is durable when this returns.
   *
   * @throws whatever SQLite or the file system throws: nothing may be appended after that, because
   * nobody knows which part of the group will be found after a restart.
   */
  commit(requests: readonly AppendRequest[]): AppendResult[] {
    this.#groupStart = this.#nextPosition;
    this.#database.exec('BEGIN IMMEDIATE');
    const answers = requests.map((request) => this.#append(request));
    const count = this.#nextPosition - this.#groupStart;
    if (count > 0) {
      // Salts first: an event whose salt is missing would read as erased.
      this.#vault.write(this.#groupStart, this.#salts.subarray(0, count * SALT_BYTES));
      this.#vault.sync();
    }
    this.#database.exec('COMMIT');
    // Durable from here.
    return answers;
  }

  #append(request: AppendRequest): AppendResult {
    const head = this.#head(request.stream);
    if (request.expectedRevision !== head.lastRevision) {
      const known = this.#alreadyThere(request);
      return known ?? { kind: 'wrong_expected_revision', actual: head.lastRevision };
    }
    const firstPosition = this.#nextPosition;
    try {
      for (const event of request.events) this.#insert(request.stream, head, event);
    } catch (error) {
      // The id of one of the events is taken. The statement alone failed: undo the ones before it.
      if (!isUniqueViolation(error)) throw error;
      this.#statements.deleteFrom(firstPosition);
      this.#nextPosition = firstPosition;
      head.lastRevision = request.expectedRevision;
      const known = this.#alreadyThere(request);
      if (known === undefined) throw error;
      return known;
    }
    const { lastRevision } = head;
    const firstRevision = request.expectedRevision + 1;
    return { kind: 'appended', firstRevision, lastRevision, nextRevision: lastRevision + 1 };
  }

  #insert(stream: StreamId, head: Head, event: NewEvent): void {
    const salt = this.#stageSalt(event.salt);
    const commitment = payloadCommitmentHex(salt, event.payload);
    const key = payloadKey(salt, Buffer.from(commitment, 'hex'));
    const revision = head.lastRevision + 1;
    this.#statements.insert(
      this.#nextPosition,
      head.id,
      revision,
      Buffer.from(event.eventId, 'hex'),
      Buffer.from(envelopeText(stream, revision, event, commitment), 'latin1'),
      event.disclosure,
      encryptPayload(key, event.payload),
    );
    head.lastRevision = revision;
    this.#nextPosition += 1;
  }

  #stageSalt(given: Uint8Array | undefined): Buffer {
    const offset = (this.#nextPosition - this.#groupStart) * SALT_BYTES;
    if (offset >= this.#salts.length) {
      this.#salts = Buffer.concat([this.#salts, Buffer.alloc(this.#salts.length)]);
    }
    const salt = this.#salts.subarray(offset, offset + SALT_BYTES);
    salt.set(given ?? this.#drawn.next());
    return salt;
  }

  /** The stream's row, made on its first append; an answer of refusal leaves an empty row behind. */
  #head(stream: StreamId): Head {
    const cached = this.#heads.get(stream);
    if (cached !== undefined) return cached;
    const head = this.#statements.streamHead(Buffer.from(stream, 'hex'));
    this.#heads.set(stream, head);
    return head;
  }

  /** The answer when any of the ids is stored, here or earlier in the group. */
  #alreadyThere(request: AppendRequest): AppendResult | undefined {
    const { stream, events } = request;
    const rows = events.map((event) => this.#statements.byId(Buffer.from(event.eventId, 'hex')));
    const taken = events.find((_, index) => rows[index] !== undefined);
    if (taken === undefined) return undefined;
    const firstRevision = rows[0]?.revision ?? 0;
    const streamId = this.#head(stream).id;
    const different = events.findIndex((event, index) => {
      const row = rows[index];
      const isThere = row?.stream === streamId && row.revision === firstRevision + index;
      return !isThere || !this.#hasContent(row, event);
    });
    if (different >= 0) {
      const named = rows[different] === undefined ? taken : (events[different] ?? taken);
      return { kind: 'exists_with_different_payload', eventId: named.eventId };
    }
    const nextRevision = firstRevision + events.length;
    const lastRevision = nextRevision - 1;
    return { kind: 'already_appended', firstRevision, lastRevision, nextRevision };
  }

  #hasContent(row: StoredRow, event: NewEvent): boolean {
    if (row.disclosure !== event.disclosure) return false;
    const envelope = JSON.parse(row.envelope.toString()) as Record<string, unknown>;
    if (envelope['type'] !== event.type) return false;
    const salt = this.#saltAt(row.position);
    // Erased: nothing is left to compare the payload with.
    return (
      salt === null || envelope['payloadCommitment'] === payloadCommitmentHex(salt, event.payload)
    );
  }

  #saltAt(position: number): Uint8Array | null {
    if (position < this.#groupStart) return this.#vault.read(position);
    const offset = (position - this.#groupStart) * SALT_BYTES;
    return this.#salts.subarray(offset, offset + SALT_BYTES);
  }

  /** Destroys an event's salt, then its ciphertext. Durable when it returns. */
  erase(eventId: Hash): EraseResult {
    this.#groupStart = this.#nextPosition;
    const row = this.#statements.byId(Buffer.from(eventId, 'hex'));
    if (row === undefined) return 'unknown';
    const wasThere = this.#vault.read(row.position) !== null;
    // The key is gone from here on: what follows only removes bytes that nobody can read any more.
    if (wasThere) this.#vault.erase(row.position);
    if (this.#statements.dropCiphertext(row.position) > 0) {
      this.#database.pragma('wal_checkpoint(TRUNCATE)');
    }
    return wasThere ? 'erased' : 'already_erased';
  }

  /** Leaves one file without a write-ahead log, and frees the lock. */
  close(): void {
    try {
      this.#database.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // On a full disk everything durable stays in the write-ahead log: the next start reads it there.
    }
    this.#database.close();
    this.#vault.close();
    this.#lock.close();
  }
}

/** Random salts, drawn many at a time: one call of the generator costs as much as its first kilobyte. */
class RandomSalts {
  readonly #pool = Buffer.alloc(256 * SALT_BYTES);
  #used = this.#pool.length;

  /** The next salt, good until the call after this one. */
  next(): Uint8Array {
    if (this.#used === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const salt = this.#pool.subarray(this.#used, this.#used + SALT_BYTES);
    this.#used += SALT_BYTES;
    return salt;
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}
