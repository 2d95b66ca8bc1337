import type { Denomination } from '../units/denomination.ts';
import { type Hash, keyOfPartyId, type PartyId } from '../units/id.ts';
import { utf8 } from './bytes.ts';
import { field248 } from './field.ts';
import { taggedHash } from './tagged-hash.ts';

/** A hash id (budget, period, authorization, log root) as a field element below 2^248. */
export function hashField(hash: Hash): bigint {
  return BigInt(`0x${hash.slice(0, 62)}`);
}

/** A party as a field element: field248(taggedHash('Party', raw key)). */
export function partyField(party: PartyId): bigint {
  return field248(taggedHash('Party', keyOfPartyId(party)));
}

/** A denomination as a field element: field248(taggedHash('Denomination', utf8)). */
export function denominationField(denomination: Denomination): bigint {
  return field248(taggedHash('Denomination', utf8(denomination)));
}

/** A log origin as a field element: field248(taggedHash('Origin', utf8)). */
export function originField(origin: string): bigint {
  return field248(taggedHash('Origin', utf8(origin)));
}
