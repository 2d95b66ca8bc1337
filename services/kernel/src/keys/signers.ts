import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type BookState, keyId } from '../book/state.ts';
import type { PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, Role } from '../wire/objects.ts';

/**
 * Names why a key does not speak for a party at `now` in a role, or gives undefined.
 * Refusals, in order: key_unknown, key_revoked, key_not_yet_active, key_expired, key_lacks_role.
 */
export function refuseKey(
  state: BookState,
  party: PartyId,
  key: PartyId,
  role: Role,
  now: UnixMs,
): BookRefusal | undefined {
  const known = state.keys.get(keyId(party, key));
  if (known === undefined) return refuse('key_unknown', '/signatures', { party, key });
  if (known.revocation !== null) return refuse('key_revoked', '/signatures', { key });
  const { notBefore, expiresAt, roles } = known.terms;
  if (now < notBefore) return refuse('key_not_yet_active', '/signatures', { now, notBefore });
  if (now >= expiresAt) return refuse('key_expired', '/signatures', { now, expiresAt });
  return roles.includes(role) ? undefined : refuse('key_lacks_role', '/signatures', { role });
}

/** True if the key is delegated by the party, not revoked, and within its time, in any role. */
export function signerIsActive(
  state: BookState,
  by: PartyId,
  key: PartyId,
  now: UnixMs,
  role?: Role,
): boolean {
  const known = state.keys.get(keyId(by, key));
  if (known === undefined || known.revocation !== null) return false;
  const { notBefore, expiresAt, roles } = known.terms;
  return now >= notBefore && now < expiresAt && (role === undefined || roles.includes(role));
}

/**
 * Names why an object does not count as signed by a party through an active key of the role.
 * Refusals, in order: signer_mismatch, then those of `refuseKey`.
 */
export function refuseSigner(
  state: BookState,
  object: ParsedObject,
  party: PartyId,
  now: UnixMs,
  role: Role = 'party',
): BookRefusal | undefined {
  const signature = object.signatures.find(({ by }) => by === party);
  return signature === undefined
    ? refuse('signer_mismatch', '/signatures', { expected: party })
    : refuseKey(state, party, signature.key, role, now);
}

/**
 * Names why an object does not count as signed by the operator of the book.
 * Refusals, in order: not_the_operator, then those of `refuseKey`.
 */
export function refuseOperator(
  state: BookState,
  object: ParsedObject,
  now: UnixMs,
): BookRefusal | undefined {
  const operator = state.opened?.operator;
  const signature = object.signatures.find(({ by }) => by === operator);
  return signature === undefined
    ? refuse('not_the_operator', '/signatures')
    : refuseKey(state, signature.by, signature.key, 'operator', now);
}
