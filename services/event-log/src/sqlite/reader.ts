/** Reads of the SQLite store, on a connection and a file descriptor of their own. */

import { join } from 'node:path';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { OperatingError, type Position, type StoredEnvelope, type StoredEvent } from '../port.ts';
import { openForReading, type SqliteDatabase, VAULT_FILE } from './database.ts';
import { decryptPayload, payloadKey } from './payload-cipher.ts';
import { VaultReader } from './vault.ts';

type EnvelopeRow = readonly [number, number, number, Buffer, Buffer, string | null];
type EventRow = readonly [...EnvelopeRow, Buffer | null];

const COLUMNS = 'position, stream, revision, event_id, envelope, disclosure';
const POSITION_DIGITS = 16;
const COMMITMENT_MARK = '"payloadCommitment":"';

export class Reader {
  readonly #database: SqliteDatabase;
  readonly #vault: VaultReader;
  readonly #streamNames = new Map<number, StreamId>();
  readonly #ofStream;
  readonly #after;
  readonly #envelopesAfter;
  readonly #nameOf;
  readonly #idOf;

  constructor(directory: string) {
    this.#database = openForReading(directory);
    this.#vault = new VaultReader(join(directory, VAULT_FILE));
    this.#ofStream = this.#database
      .prepare<[number, number, number], EventRow>(
        `SELECT ${COLUMNS}, ciphertext FROM event WHERE stream = ? AND revision >= ?
         ORDER BY revision LIMIT ?`,
      )
      .raw();
    this.#after = this.#database
      .prepare<[number, number], EventRow>(
        `SELECT ${COLUMNS}, ciphertext FROM event WHERE position > ? ORDER BY position LIMIT ?`,
      )
      .raw();
    this.#envelopesAfter = this.#database
      .prepare<[number, number], EnvelopeRow>(
        `SELECT ${COLUMNS} FROM event WHERE position > ? ORDER BY position LIMIT ?`,
      )
      .raw();
    this.#nameOf = this.#database
      .prepare<[number], Buffer>('SELECT name FROM stream WHERE id = ?')
      .pluck();
    this.#idOf = this.#database
      .prepare<[Buffer], number>('SELECT id FROM stream WHERE name = ?')
      .pluck();
  }

  stream(stream: StreamId, fromRevision: number, limit: number): StoredEvent[] {
    const id = this.#idOf.get(Buffer.from(stream, 'hex'));
    return id === undefined ? [] : this.#events(this.#ofStream.all(id, fromRevision, limit));
  }

  after(from: Position | 'start', limit: number): StoredEvent[] {
    return this.#events(this.#after.all(positionNumber(from), limit));
  }

  envelopesAfter(from: Position | 'start', limit: number): StoredEnvelope[] {
    return this.#envelopesAfter.all(positionNumber(from), limit).map((row) => this.#envelope(row));
  }

  // Salts are read after the rows: each row's salt was durable before the row, so a salt that is missing
  // now has been erased and was not merely written later.
  #events(rows: readonly EventRow[]): StoredEvent[] {
    const first = rows[0]?.[0] ?? 0;
    const last = rows.at(-1)?.[0] ?? 0;
    const isDense = rows.length > 0 && last - first === rows.length - 1;
    const dense = isDense ? this.#vault.range(first, last) : [];
    return rows.map((row, index) => {
      const salt = isDense ? dense[index] : this.#vault.range(row[0], row[0])[0];
      const ciphertext = row[6];
      const envelope = this.#envelope(row);
      if (salt === null || salt === undefined || ciphertext === null) {
        return { ...envelope, payload: null, salt: null };
      }
      const key = payloadKey(salt, commitmentIn(row[4]));
      return { ...envelope, payload: open(key, ciphertext, envelope.position), salt };
    });
  }

  #envelope(row: EnvelopeRow | EventRow): StoredEnvelope {
    return {
      eventId: row[3].toString('hex') as Hash,
      stream: this.#streamName(row[1]),
      revision: row[2],
      position: String(row[0]).padStart(POSITION_DIGITS, '0') as Position,
      envelope: row[4],
      disclosure: row[5],
    };
  }

  #streamName(id: number): StreamId {
    const cached = this.#streamNames.get(id);
    if (cached !== undefined) return cached;
    const name = (this.#nameOf.get(id)?.toString('hex') ?? '') as StreamId;
    this.#streamNames.set(id, name);
    return name;
  }

  close(): void {
    this.#database.close();
    this.#vault.close();
  }
}

function commitmentIn(envelope: Buffer): Buffer {
  const start = envelope.indexOf(COMMITMENT_MARK) + COMMITMENT_MARK.length;
  return Buffer.from(envelope.toString('latin1', start, start + 64), 'hex');
}

function open(key: Buffer, ciphertext: Buffer, position: Position): string {
  try {
    return decryptPayload(key, ciphertext);
  } catch (cause) {
    throw new OperatingError({
      code: 'store_damaged',
      outcome: 'not_applied',
      shortMessage: 'a payload does not decrypt; restore the store from a backup',
      facts: { position },
      cause,
    });
  }
}

function positionNumber(from: Position | 'start'): number {
  if (from === 'start') return 0;
  if (/^\d{16}$/.test(from)) return Number(from);
  throw new OperatingError({
    code: 'position_unknown',
    outcome: 'not_applied',
    shortMessage: 'this is no position of this store',
    facts: { position: from },
  });
}
