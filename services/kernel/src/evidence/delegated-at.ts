import type { UnixMs } from '../units/time.ts';
import type { KeyDelegation } from '../wire/objects.ts';

/**
 * True if the delegation lets its key sign as the party at `at`, by the clock of who signed then:
 * role `party`, notBefore ≤ at < expiresAt. Whether the key was revoked before is not in it.
 */
export function delegatedAt({ roles, notBefore, expiresAt }: KeyDelegation, at: UnixMs): boolean {
  return roles.includes('party') && notBefore <= at && at < expiresAt;
}
