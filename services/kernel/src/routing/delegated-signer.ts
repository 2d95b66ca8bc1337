import type { PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { BodyOf } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { type RoutingRefusal, routingRefusal } from './refusals.ts';

export type VerifiedDelegation = VerifiedObject<BodyOf<'KeyDelegation'>>;

/**
 * Refuses an object that `party` did not sign with the delegated key. Offers and signals are not
 * recorded in a book, so whoever takes one in brings the delegation of the key that signed it.
 * Refusals: key_unknown, key_not_yet_active, key_expired, key_lacks_role.
 */
export function refuseSigner(
  object: VerifiedObject,
  party: PartyId,
  { body: delegation }: VerifiedDelegation,
  now: UnixMs,
): RoutingRefusal | undefined {
  const signed = object.signatures.some(
    ({ by, key }) => by === party && by === delegation.party && key === delegation.key,
  );
  if (!signed) return routingRefusal('key_unknown');
  if (now < delegation.notBefore) return routingRefusal('key_not_yet_active');
  if (now >= delegation.expiresAt) return routingRefusal('key_expired');
  return delegation.roles.includes('party') ? undefined : routingRefusal('key_lacks_role');
}
