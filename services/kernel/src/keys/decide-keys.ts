import { type Decision, DUPLICATE, unlessRefused, wireJson } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type BookState, keyId } from '../book/state.ts';
import type { UnixMs } from '../units/time.ts';
import { nextIdentityHash } from '../wire/identity-hash.ts';
import type { KeyDelegation, KeyRevocation, ParsedObject } from '../wire/objects.ts';

function refuseDelegation(
  state: BookState,
  body: KeyDelegation,
  now: UnixMs,
): BookRefusal | undefined {
  const identity = state.identities.get(body.party);
  const known = state.keys.get(keyId(body.party, body.key));
  if (known !== undefined && known.revocation !== null) return refuse('key_revoked', '/body/key');
  if (identity !== undefined && identity.revocation !== null) {
    return refuse('identity_revoked', '/body/party');
  }
  if (identity !== undefined && identity.nextIdentityHash !== body.nextIdentityHash) {
    return refuse('next_identity_mismatch', '/body/nextIdentityHash');
  }
  // A key is delegated once: replaying an older delegation must not bring back wider terms.
  if (known !== undefined) return refuse('exists_with_different_terms', '/body/key');
  const { expiresAt } = body;
  return now >= expiresAt ? refuse('expired', '/body/expiresAt', { now, expiresAt }) : undefined;
}

/**
 * An identity delegates a key. The identity's own signature is checked with the object; the first
 * delegation fixes the hash of the next identity.
 * Refusals, in order: key_revoked, identity_revoked, next_identity_mismatch,
 * exists_with_different_terms, expired. The same object again: duplicate.
 */
export function decideKeyDelegation(
  state: BookState,
  object: ParsedObject<KeyDelegation>,
  now: UnixMs,
): Decision {
  const { v: _v, type: _type, nonce: _nonce, ...terms } = object.body;
  if (state.keys.get(keyId(terms.party, terms.key))?.terms.delegation === object.id) {
    return DUPLICATE;
  }
  return unlessRefused(refuseDelegation(state, object.body, now), () => ({
    type: 'KeyDelegated',
    data: { delegation: object.id, ...terms },
    disclosure: wireJson(object),
  }));
}

/** The revocation that is in force for a key or, with key = party, for the identity itself. */
function revocationOf(state: BookState, body: KeyRevocation) {
  return body.key === body.party
    ? state.identities.get(body.party)?.revocation
    : state.keys.get(keyId(body.party, body.key))?.revocation;
}

function refuseRevocation(
  state: BookState,
  object: ParsedObject<KeyRevocation>,
): BookRefusal | undefined {
  const { body, signatures } = object;
  const next = state.identities.get(body.party)?.nextIdentityHash;
  const signed = signatures.some(
    ({ by, key }) => by === body.party && (key === body.party || nextIdentityHash(key) === next),
  );
  if (!signed) return refuse('signer_mismatch', '/signatures', { expected: body.party });
  const revocation = revocationOf(state, body);
  if (revocation === undefined) return refuse('key_unknown', '/body/key');
  return revocation === null ? undefined : refuse('key_already_revoked', '/body/key');
}

/**
 * An identity, or the next identity that it committed to, revokes a delegated key from this event
 * on; with key = party it revokes the identity itself, which then delegates no further keys.
 * Refusals, in order: signer_mismatch, key_unknown, key_already_revoked. Again: duplicate.
 */
export function decideKeyRevocation(
  state: BookState,
  object: ParsedObject<KeyRevocation>,
): Decision {
  const { party, key } = object.body;
  if (revocationOf(state, object.body) === object.id) return DUPLICATE;
  return unlessRefused(refuseRevocation(state, object), () => ({
    type: 'KeyRevoked',
    data: { revocation: object.id, party, key },
    disclosure: wireJson(object),
  }));
}
