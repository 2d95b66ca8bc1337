import type { Role } from '@atomicity/kernel/wire/objects';

/**
 * Who a caller can be at the HTTP edge. `identity` is a key that nobody delegated: it may only
 * submit the delegation that makes it a party.
 */
export type CallerRole = Role | 'identity';

export const CALLER_ROLES: readonly CallerRole[] = ['party', 'operator', 'auditor', 'identity'];

/** Objects that only the operator hands in. Everything else comes from parties. */
const OPERATOR_TYPES: ReadonlySet<string> = new Set([
  'AttestationSummary',
  'PayloadErasure',
  'PartyHosting',
]);

/** Objects that prove themselves: whoever may write may hand them in. */
const ANYBODYS_TYPES: ReadonlySet<string> = new Set([
  'EquivocationProof',
  'FeeMismatchProof',
  'EdgeDisagreement',
]);

/**
 * True if a caller with this role may hand in objects of this type. Whether the object is signed by
 * the right party is the kernel's decision, not this one.
 */
export function maySubmit(role: CallerRole, type: string): boolean {
  if (ANYBODYS_TYPES.has(type)) return role === 'party' || role === 'operator';
  switch (role) {
    case 'party':
      return !OPERATOR_TYPES.has(type);
    case 'operator':
      return OPERATOR_TYPES.has(type);
    case 'identity':
      return type === 'KeyDelegation';
    case 'auditor':
      return false;
    default:
      return assertNever(role);
  }
}

function assertNever(role: never): never {
  throw new Error(`unknown role ${String(role)}`);
}
