/**
 * Bech32 without its limit of 90 characters, as invoices use it: words of 5 bits behind a readable part.
 * Pure. Source: BIP-0173; BOLT 11, "Encoding Overview".
 */

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHECKSUM_WORDS = 6;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;

const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((letter, i) => [letter, i]));

/** Why a text is not Bech32, in order of precedence. */
export const BECH32_REFUSALS = [
  'mixed_case',
  'separator_missing',
  'too_short',
  'character_unknown',
  'checksum_wrong',
] as const;

export type Bech32Refusal = (typeof BECH32_REFUSALS)[number];

export type Bech32Decoded =
  | {
      readonly kind: 'decoded';
      /** The readable part, in lower case. */
      readonly prefix: string;
      /** Words 0 … 31, without the checksum. */
      readonly words: readonly number[];
    }
  | { readonly kind: 'refused'; readonly reason: Bech32Refusal };

function step(checksum: number, word: number): number {
  const top = checksum >>> 25;
  let next = ((checksum & 0x1ffffff) << 5) ^ word;
  for (let bit = 0; bit < 5; bit++) if ((top >>> bit) & 1) next ^= GENERATOR[bit] ?? 0;
  return next;
}

function checksumOf(prefix: string, words: readonly number[]): number {
  let checksum = 1;
  for (const letter of prefix) checksum = step(checksum, letter.charCodeAt(0) >>> 5);
  checksum = step(checksum, 0);
  for (const letter of prefix) checksum = step(checksum, letter.charCodeAt(0) & 31);
  for (const word of words) checksum = step(checksum, word);
  return checksum;
}

/** Reads Bech32 in lower or upper case. Refusals: `BECH32_REFUSALS`. The caller bounds the length. */
export function decodeBech32(text: string): Bech32Decoded {
  const refused = (reason: Bech32Refusal): Bech32Decoded => ({ kind: 'refused', reason });
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return refused('mixed_case');
  const at = lower.lastIndexOf('1');
  if (at < 1) return refused('separator_missing');
  const prefix = lower.slice(0, at);
  const letters = lower.slice(at + 1);
  if (letters.length < CHECKSUM_WORDS) return refused('too_short');
  if (!/^[!-~]+$/.test(prefix)) return refused('character_unknown');
  const words: number[] = [];
  for (const letter of letters) {
    const word = VALUES.get(letter);
    if (word === undefined) return refused('character_unknown');
    words.push(word);
  }
  if (checksumOf(prefix, words) !== 1) return refused('checksum_wrong');
  return { kind: 'decoded', prefix, words: words.slice(0, -CHECKSUM_WORDS) };
}

/** Writes Bech32 in lower case: the inverse of `decodeBech32`. */
export function encodeBech32(prefix: string, words: readonly number[]): string {
  const checksum = checksumOf(prefix, [...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const tail = [25, 20, 15, 10, 5, 0].map((shift) => (checksum >>> shift) & 31);
  return `${prefix}1${[...words, ...tail].map((word) => ALPHABET[word] ?? '').join('')}`;
}

/** Words as bytes with zero bits appended to the next whole byte: what an invoice signs. */
export function bytesOfWords(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((words.length * 5) / 8));
  words.forEach((word, i) => {
    const bit = i * 5;
    // A word lies in one byte or in two neighbours.
    const shifted = word << (11 - (bit % 8));
    const at = Math.floor(bit / 8);
    bytes[at] = (bytes[at] ?? 0) | (shifted >>> 8);
    if (at + 1 < bytes.length) bytes[at + 1] = (bytes[at + 1] ?? 0) | (shifted & 0xff);
  });
  return bytes;
}

/** The whole bytes in words whose left-over bits, fewer than 5, are zero; undefined otherwise. */
export function exactBytesOfWords(words: readonly number[]): Uint8Array | undefined {
  const size = Math.floor((words.length * 5) / 8);
  if (words.length !== Math.ceil((size * 8) / 5)) return undefined;
  const bytes = bytesOfWords(words);
  return bytes.length === size || bytes[size] === 0 ? bytes.subarray(0, size) : undefined;
}

/** Bytes as words, zero bits appended: the inverse of `exactBytesOfWords`. */
export function wordsOfBytes(bytes: Uint8Array): number[] {
  const words: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit += 5) {
    const at = Math.floor(bit / 8);
    const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    words.push((pair >>> (11 - (bit % 8))) & 31);
  }
  return words;
}
