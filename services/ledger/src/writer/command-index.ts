import type { Hash } from '@atomicity/kernel/units/id';

/** What a command id was used for. */
export type KnownCommand = {
  /** First 8 bytes of the SHA-256 of the object's text; `UNKNOWN_FINGERPRINT` where the payload was erased. */
  readonly fingerprint: bigint;
  readonly firstRevision: number;
  readonly eventCount: number;
};

const WORDS = 8;
const CAPACITY_MIN = 1024;

/**
 * Every command id that a book has ever recorded, by the id of its first event: 32 bytes an entry in
 * one open-addressed table, so that ten million commands fit beside the book. Ids are compared by
 * their first 128 bits, which come from SHA-256.
 */
export class CommandIndex {
  #words = new Uint32Array(CAPACITY_MIN * WORDS);
  #capacity = CAPACITY_MIN;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(firstEventId: Hash): KnownCommand | undefined {
    const at = this.#slotOf(idWords(firstEventId));
    const eventCount = this.#words[at + 7] ?? 0;
    if (eventCount === 0) return undefined;
    const high = BigInt(this.#words[at + 4] ?? 0);
    const low = BigInt(this.#words[at + 5] ?? 0);
    return {
      fingerprint: (high << 32n) | low,
      firstRevision: this.#words[at + 6] ?? 0,
      eventCount,
    };
  }

  /** Records a command; a second call for one id replaces what was recorded. */
  set(firstEventId: Hash, command: KnownCommand): void {
    if ((this.#size + 1) * 2 > this.#capacity) this.#grow();
    const id = idWords(firstEventId);
    const at = this.#slotOf(id);
    if (this.#words[at + 7] === 0) this.#size += 1;
    this.#words.set(id, at);
    this.#words[at + 4] = Number(command.fingerprint >> 32n);
    this.#words[at + 5] = Number(command.fingerprint & 0xffffffffn);
    this.#words[at + 6] = command.firstRevision;
    this.#words[at + 7] = command.eventCount;
  }

  /** Offset of the entry with this id, or of the free one where it belongs. */
  #slotOf(id: Uint32Array): number {
    let slot = (id[0] ?? 0) & (this.#capacity - 1);
    for (;;) {
      const at = slot * WORDS;
      const words = this.#words;
      const free = words[at + 7] === 0;
      const same =
        words[at] === id[0] &&
        words[at + 1] === id[1] &&
        words[at + 2] === id[2] &&
        words[at + 3] === id[3];
      if (free || same) return at;
      slot = (slot + 1) & (this.#capacity - 1);
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#capacity *= 2;
    this.#words = new Uint32Array(this.#capacity * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 7] === 0) continue;
      this.#words.set(old.subarray(at, at + WORDS), this.#slotOf(old.subarray(at, at + 4)));
    }
  }
}

function idWords(id: Hash): Uint32Array {
  const words = new Uint32Array(4);
  for (let i = 0; i < 4; i++) words[i] = Number.parseInt(id.slice(i * 8, i * 8 + 8), 16);
  return words;
}
