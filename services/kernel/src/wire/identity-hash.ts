import { taggedHash } from '../codec/tagged-hash.ts';
import { type Hash, hashFromBytes, keyOfPartyId, type PartyId } from '../units/id.ts';

/** What a delegation commits to of the next identity key: taggedHash('NextIdentity', raw key). */
export function nextIdentityHash(nextIdentity: PartyId): Hash {
  return hashFromBytes(taggedHash('NextIdentity', keyOfPartyId(nextIdentity)));
}
