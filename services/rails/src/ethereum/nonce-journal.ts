/**
 * Which batch holds which nonce of the rail's account. What is prepared and not yet sent is unknown to the
 * chain, so this file is what keeps two batches from signing with one nonce after a crash. It is not needed for
 * safety: of two transactions with one nonce at most one takes effect, and the registry takes a batch once.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import { openFolder, writeFileDurably } from './durable-file.ts';
import type { AnchorForm, FeeOffer } from './fee-bounds.ts';
import { readOffer, writeOffer } from './prepared-anchor.ts';

export type NonceHold = {
  readonly nonce: number;
  readonly batch: Hash;
  readonly form: AnchorForm;
  /** The most that any transaction signed with the nonce offered. */
  readonly offer: FeeOffer;
  /** Whether one of them may have left the node. */
  readonly isSent: boolean;
  /** How often the last one signed was handed over. */
  readonly sends: number;
  /** Newest block when its batch was last asked about. */
  readonly touchedAt: number;
};

/** Nonces that a reorganisation may free again; older holds are forgotten. */
const KEPT_BEHIND = 64;
const MEMBERS = 'batch,form,isSent,nonce,offer,sends,touchedAt';

function readHold(value: JsonValue): NonceHold | undefined {
  if (!isJsonObject(value) || Object.keys(value).join() !== MEMBERS) return undefined;
  const { nonce, batch, form, isSent, sends, touchedAt } = value;
  const offer = readOffer(value['offer']);
  const id = typeof batch === 'string' ? parseHash(batch) : undefined;
  if (typeof nonce !== 'number' || typeof touchedAt !== 'number') return undefined;
  if (typeof isSent !== 'boolean' || typeof sends !== 'number') return undefined;
  if (id === undefined || offer === undefined || (form !== 'blob' && form !== 'calldata')) {
    return undefined;
  }
  return { nonce, batch: id, form, offer, isSent, sends, touchedAt };
}

function readHolds(text: string): readonly NonceHold[] | undefined {
  const parsed = parseCanonicalJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value) || parsed.value['v'] !== 1) return undefined;
  const { holds } = parsed.value;
  if (!Array.isArray(holds)) return undefined;
  const read = holds.map(readHold);
  return read.every((hold) => hold !== undefined) ? read : undefined;
}

export class NonceJournal {
  readonly #file: string;
  #holds: readonly NonceHold[];
  /** Changes follow one another: each is of what the one before left. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(file: string, holds: readonly NonceHold[]) {
    this.#file = file;
    this.#holds = holds;
  }

  /** @throws Error for a file that the journal did not write; the file system's errors. */
  static async open(file: string): Promise<NonceJournal> {
    await openFolder(dirname(file));
    const bytes = await readFile(file).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    const holds = bytes === undefined ? [] : readHolds(textFromUtf8(bytes) ?? '');
    if (holds === undefined) throw new Error(`${file}: is no journal of nonces`);
    return new NonceJournal(file, holds);
  }

  /** The holds of nonces from `nonce` on, ascending. */
  from(nonce: number): readonly NonceHold[] {
    return this.#holds.filter((hold) => hold.nonce >= nonce);
  }

  /** How often the last one signed with the nonce for the batch was handed over. */
  sends(nonce: number, batch: Hash): number {
    return this.#holds.find((hold) => hold.nonce === nonce && hold.batch === batch)?.sends ?? 0;
  }

  /** Puts the hold in the place of what held its nonce, or its batch from that nonce on. Durable. */
  hold(hold: NonceHold): Promise<void> {
    return this.#exclusively(() => this.#put(hold));
  }

  /** Notes that something signed with the nonce for the batch may leave the node. Durable. */
  async sending(nonce: number, batch: Hash): Promise<void> {
    await this.#change(nonce, batch, (hold) => ({
      ...hold,
      isSent: true,
      sends: hold.sends + 1,
    }));
  }

  /** Notes that the batch is being attended to; written only when that is news of `step` blocks. */
  async touch(nonce: number, batch: Hash, block: number, step: number): Promise<void> {
    await this.#change(nonce, batch, (hold) =>
      block - hold.touchedAt >= step ? { ...hold, touchedAt: block } : hold,
    );
  }

  #change(nonce: number, batch: Hash, change: (hold: NonceHold) => NonceHold): Promise<void> {
    return this.#exclusively(async () => {
      const found = this.#holds.find((hold) => hold.nonce === nonce && hold.batch === batch);
      if (found === undefined) return;
      const changed = change(found);
      if (canonicalJson(jsonOf(changed)) !== canonicalJson(jsonOf(found))) await this.#put(changed);
    });
  }

  #exclusively(act: () => Promise<void>): Promise<void> {
    const turn = this.#changing.then(act);
    this.#changing = turn.catch(() => undefined);
    return turn;
  }

  async #put(hold: NonceHold): Promise<void> {
    await this.#write([
      ...this.#holds.filter(
        ({ nonce, batch }) =>
          nonce !== hold.nonce &&
          !(batch === hold.batch && nonce > hold.nonce) &&
          nonce >= hold.nonce - KEPT_BEHIND,
      ),
      hold,
    ]);
  }

  async #write(holds: readonly NonceHold[]): Promise<void> {
    const sorted = [...holds].sort((x, y) => x.nonce - y.nonce);
    const text = canonicalJson({ v: 1, holds: sorted.map(jsonOf) });
    await writeFileDurably(this.#file, utf8(text));
    this.#holds = sorted;
  }
}

function jsonOf({ offer, ...rest }: NonceHold) {
  return { ...rest, offer: writeOffer(offer) };
}
