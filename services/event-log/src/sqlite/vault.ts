/**
 * The vault: one 32-byte salt per event, at offset 32 × position, in a file of its own.
 *
 * A flat file and not a database, because what matters here is erasure: overwriting 32 bytes in place
 * leaves no copy, while a database keeps old pages in its log and its free space. Torn writes are no
 * concern: a salt is durable before the event that needs it, and a record that no event needs is free.
 * 32 zero bytes mean "erased or never written". Record 0 is the header.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { SALT_BYTES } from '../envelope/seal-event.ts';
import { OperatingError } from '../port.ts';

const HEADER = Buffer.alloc(SALT_BYTES);
HEADER.write('atomicity vault v1\n');

// The file grows by whole zeroed steps: syncing a write inside them moves data only, no file metadata.
const GROWTH_RECORDS = 8192;

export class VaultWriter {
  readonly #file: number;
  #capacityRecords: number;

  /**
   * Opens or creates the vault, and makes what an earlier process left in the page cache durable.
   * `recordsMin` is what the events need: a vault that is missing or shorter is refused, because its
   * payloads would all read as erased.
   *
   * @throws OperatingError `store_damaged`, not_applied.
   */
  constructor(path: string, recordsMin: number) {
    const isNew = !existsSync(path);
    if (isNew && recordsMin > 1) throw damaged('the vault file is missing');
    this.#file = openSync(path, isNew ? 'wx+' : 'r+', 0o600);
    // A crash during creation may have left the file without its header.
    if (recordIn(readRecords(this.#file, 0, 1), 0) === null) writeAll(this.#file, HEADER, 0);
    assertHeader(this.#file);
    this.#capacityRecords = Math.floor(fstatSync(this.#file).size / SALT_BYTES);
    if (this.#capacityRecords < recordsMin) throw damaged('the vault file is too short');
    fsyncSync(this.#file);
  }

  /** Writes the salts of consecutive positions. Durable only after `sync`. */
  write(firstPosition: number, salts: Uint8Array): void {
    const end = firstPosition + salts.length / SALT_BYTES;
    if (end > this.#capacityRecords) this.#grow(end);
    writeAll(this.#file, salts, firstPosition * SALT_BYTES);
  }

  #grow(recordsMin: number): void {
    const start = this.#capacityRecords;
    const end = Math.ceil(recordsMin / GROWTH_RECORDS) * GROWTH_RECORDS;
    writeAll(this.#file, new Uint8Array((end - start) * SALT_BYTES), start * SALT_BYTES);
    fsyncSync(this.#file);
    this.#capacityRecords = end;
  }

  sync(): void {
    fdatasyncSync(this.#file);
  }

  /** Overwrites a salt with zeros. Durable when it returns. */
  erase(position: number): void {
    writeAll(this.#file, new Uint8Array(SALT_BYTES), position * SALT_BYTES);
    fsyncSync(this.#file);
  }

  /** The salt at a position, or null when it is erased. */
  read(position: number): Uint8Array | null {
    return recordIn(readRecords(this.#file, position, 1), 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Reads salts, from another file descriptor than the writer's. */
export class VaultReader {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    assertHeader(this.#file);
  }

  /** Salts of the positions first … last; null where erased. */
  range(first: number, last: number): (Uint8Array | null)[] {
    const count = last - first + 1;
    const bytes = readRecords(this.#file, first, count);
    return Array.from({ length: count }, (_, index) => recordIn(bytes, index));
  }

  close(): void {
    closeSync(this.#file);
  }
}

function recordIn(bytes: Buffer, index: number): Uint8Array | null {
  const record = bytes.subarray(index * SALT_BYTES, (index + 1) * SALT_BYTES);
  return record.every((byte) => byte === 0) ? null : record;
}

function readRecords(file: number, first: number, count: number): Buffer {
  // What lies behind the end of the file stays zero: never written.
  const bytes = Buffer.alloc(count * SALT_BYTES);
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(file, bytes, done, bytes.length - done, first * SALT_BYTES + done);
    if (read === 0) break;
    done += read;
  }
  return bytes;
}

function writeAll(file: number, bytes: Uint8Array, offset: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(file, bytes, done, bytes.length - done, offset + done);
  }
}

function assertHeader(file: number): void {
  if (readRecords(file, 0, 1).equals(HEADER)) return;
  throw damaged('the vault file does not start with its header');
}

function damaged(finding: string): OperatingError {
  return new OperatingError({
    code: 'store_damaged',
    outcome: 'not_applied',
    shortMessage: `${finding}; restore it from a backup`,
    facts: { finding },
  });
}
