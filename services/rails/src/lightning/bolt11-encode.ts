/**
 * Writes and signs invoices: for the scripted node and for tests, which need some that no real node would
 * make. Pure.
 */

import { concatBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesOfWords, encodeBech32, wordsOfBytes } from './bech32.ts';
import type { TaggedField } from './bolt11-fields.ts';

/** A number in the fewest words. */
export function wordsOfNumber(value: number): number[] {
  const words: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 32)) words.unshift(rest % 32);
  return words;
}

/** Amount in the shortest form, as the part of the prefix after the chain. 1 msat or more. */
export function amountText(amountMsat: bigint): string {
  for (const [multiplier, unit] of [
    ['', 100_000_000_000n],
    ['m', 100_000_000n],
    ['u', 100_000n],
    ['n', 100n],
  ] as const) {
    if (amountMsat % unit === 0n) return `${amountMsat / unit}${multiplier}`;
  }
  return `${amountMsat * 10n}p`;
}

export type UnsignedInvoice = {
  /** As it stands before the separator: `lnbcrt21u`. */
  readonly prefix: string;
  readonly timestamp: number;
  readonly fields: readonly TaggedField[];
};

/** What the signature is over, and the words it is over. */
function signedPart({ prefix, timestamp, fields }: UnsignedInvoice) {
  const time = wordsOfNumber(timestamp);
  const words = [
    ...new Array<number>(7 - time.length).fill(0),
    ...time,
    ...fields.flatMap(({ type, words: data }) => [
      type,
      data.length >>> 5,
      data.length & 31,
      ...data,
    ]),
  ];
  return { words, message: concatBytes(utf8(prefix), bytesOfWords(words)) };
}

/** The invoice, signed with a secret key of 32 bytes. `alter` changes r ‖ s ‖ recovery id, to spoil it. */
export function encodeBolt11(
  invoice: UnsignedInvoice,
  secretKey: Uint8Array,
  alter: (signature: Uint8Array) => Uint8Array = (signature) => signature,
): string {
  const { words, message } = signedPart(invoice);
  const made = secp256k1.sign(sha256(message), secretKey, { prehash: false, format: 'recovered' });
  const signature = concatBytes(made.subarray(1), made.subarray(0, 1));
  return encodeBech32(invoice.prefix, [...words, ...wordsOfBytes(alter(signature))]);
}
