import { canonicalJson } from '../codec/canonical-json.ts';
import { taggedTextHash } from '../codec/tagged-hash.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';

/** The id of a budget: taggedHash('Budget', canonical({agent, nonce, principal})). */
export function budgetHash(parts: {
  readonly agent: PartyId;
  readonly nonce: Nonce;
  readonly principal: PartyId;
}): Hash {
  const { agent, nonce, principal } = parts;
  return taggedTextHash('Budget', canonicalJson({ agent, nonce, principal }));
}
