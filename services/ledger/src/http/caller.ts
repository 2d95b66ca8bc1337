import type { PartyId } from '@atomicity/kernel/units/id';
import type { KeyDirectory } from '../key-directory.ts';
import type { Endpoint } from './endpoint.ts';
import type { EdgeRefusal } from './refusal-status.ts';
import type { CallerRole } from './roles.ts';

/** A caller whose request signature was verified. */
export type Caller = {
  readonly key: PartyId;
  readonly roles: ReadonlySet<CallerRole>;
  /** Parties that the key speaks for. */
  readonly parties: ReadonlySet<PartyId>;
};

/** Who signs with `key` at `now` (ms): what delegations say, or else an identity. */
export function callerOf(keys: KeyDirectory, key: PartyId, now: number): Caller {
  const standing = keys.standing(key, now);
  return standing === undefined
    ? { key, roles: new Set<CallerRole>(['identity']), parties: new Set() }
    : { key, ...standing };
}

/**
 * Refuses a caller that has none of the endpoint's roles.
 * Refusals, in order: request_key_unknown, role_not_allowed.
 */
export function refuseAccess(
  endpoint: Endpoint,
  roles: ReadonlySet<CallerRole>,
): EdgeRefusal | undefined {
  if (endpoint.access === 'public') return undefined;
  if (endpoint.access.some((role) => roles.has(role))) return undefined;
  return roles.has('identity')
    ? { reason: 'request_key_unknown', field: 'signature-input' }
    : { reason: 'role_not_allowed', facts: { endpoint: endpoint.id } };
}

/** True if the caller may see what concerns these parties: all of it, or as one of them. */
export function maySee(caller: Caller, parties: readonly string[]): boolean {
  if (caller.roles.has('auditor') || caller.roles.has('operator')) return true;
  return parties.some((party) => caller.parties.has(party as PartyId));
}
