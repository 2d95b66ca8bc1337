/**
 * What an invoice desk has promised: an append-only file of one JSON line each, synced before anybody is
 * answered. One process at a time. It holds preimages of hold invoices, so only its owner may read it.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canonicalJson, parseCanonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { Failure, nullable, object, oneOf, pattern, text } from '@atomicity/kernel/wire/codec';
import { DESCRIPTION_SIZE_BYTES_MAX } from './description.ts';

/** One promise; a later line for the same key replaces an earlier one. */
export type JournalEntry = {
  readonly v: 1;
  /** Of which invoice: `<batch>/<edge>`. */
  readonly key: string;
  readonly description: string;
  readonly paymentHash: string;
  /** Null while a hold invoice is being issued: nobody has seen it then. */
  readonly bolt11: string | null;
  /** Of a hold invoice, 64 hex digits; null where the node draws it. */
  readonly preimage: string | null;
};

const hex64 = pattern('64 lower-case hex digits', /^[0-9a-f]{64}$/);
const codec = object<JournalEntry>({
  v: oneOf<1>([1]),
  key: pattern('<batch>/<edge>', /^[0-9a-f]{64}\/[0-9a-f]{64}$/),
  description: text('a description', (value) =>
    value.length <= DESCRIPTION_SIZE_BYTES_MAX ? value : undefined,
  ),
  paymentHash: hex64,
  bolt11: nullable(pattern('an invoice', /^[a-z0-9]{1,7089}$/)),
  preimage: nullable(hex64),
});

function entryOf(line: string, number: number): JournalEntry {
  const parsed = parseCanonicalJson(line);
  const read = parsed.ok ? codec.read(parsed.value) : new Failure('wrong_type', parsed.reason);
  if (!(read instanceof Failure)) return read;
  throw new RangeError(`line ${number}${read.path}: ${read.rule ?? read.reason}`);
}

export class InvoiceJournal {
  readonly #handle: FileHandle;
  readonly #entries = new Map<string, JournalEntry>();
  #size: number;
  /** Lines are written one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle, entries: readonly JournalEntry[], size: number) {
    this.#handle = handle;
    this.#size = size;
    for (const entry of entries) this.#entries.set(entry.key, entry);
  }

  get(key: string): JournalEntry | undefined {
    return this.#entries.get(key);
  }

  /** The newest entry of every key. */
  entries(): readonly JournalEntry[] {
    return [...this.#entries.values()];
  }

  /** Durable when it resolves. @throws the error of the disk: then the entry does not count. */
  append(entry: Omit<JournalEntry, 'v'>): Promise<void> {
    const whole: JournalEntry = { v: 1, ...entry };
    const line = Buffer.from(`${canonicalJson(codec.write(whole))}\n`);
    const turn = this.#turn.then(async () => {
      // At the known end: over what an append that failed may have left.
      await this.#handle.write(line, 0, line.length, this.#size);
      await this.#handle.datasync();
      // Durable from here.
      this.#size += line.length;
      this.#entries.set(whole.key, whole);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#handle.close();
  }
}

/**
 * Opens the journal, or makes an empty one. A last line without its end was never answered and is cut off.
 *
 * @throws {RangeError} that names the line and the field of what cannot be read.
 */
export async function openInvoiceJournal(file: string): Promise<InvoiceJournal> {
  const handle = await open(file, 'a+', 0o600).then(async (made) => {
    // Appending mode would ignore the place that is written to.
    await made.close();
    return open(file, 'r+');
  });
  try {
    const bytes = await handle.readFile();
    const end = bytes.lastIndexOf(0x0a) + 1;
    const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
    const entries = lines.map((line, i) => entryOf(line, i + 1));
    await handle.truncate(end);
    await handle.sync();
    const folder = await open(dirname(file), 'r');
    await folder.sync();
    await folder.close();
    return new InvoiceJournal(handle, entries, end);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
