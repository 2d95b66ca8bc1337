import { bytesToHex } from '../codec/bytes.ts';
import { taggedHash } from '../codec/tagged-hash.ts';
import type { Amount } from '../units/amount.ts';
import { keyOfPartyId, type PartyId } from '../units/id.ts';

/**
 * The region of a party: taggedHash('Region', raw key) cut to 2 bytes, as 4 hex digits. Many parties
 * share one, so a signal about a region names nobody.
 */
export function regionOf(party: PartyId): string {
  return bytesToHex(taggedHash('Region', keyOfPartyId(party)).subarray(0, 2));
}

/** The decimal order of magnitude of an amount, 0 … 18: 0 for 0 … 9, 1 for 10 … 99. */
export function magnitudeOf(amount: Amount): number {
  return amount.toString().length - 1;
}
