import { type Failure, inconsistent, refuseUnsorted } from './codec.ts';
import type { BodyOf } from './objects.ts';

export function refuseDelegation(body: BodyOf<'KeyDelegation'>): Failure | undefined {
  const unsorted = refuseUnsorted(body.roles, (role) => role, 'roles');
  if (unsorted !== undefined) return unsorted;
  return body.notBefore < body.expiresAt
    ? undefined
    : inconsistent('expiresAt', 'notBefore is before expiresAt');
}
