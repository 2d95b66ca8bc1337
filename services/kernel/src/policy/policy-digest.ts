import { denominationField, hashField } from '../codec/field-encodings.ts';
import { poseidon } from '../codec/poseidon.ts';
import { words } from '../codec/words.ts';
import { nonceToInteger } from '../units/id.ts';
import type { BudgetDelegation } from '../wire/objects.ts';

/** The part of a delegation that the policy digest binds. Payees are bound through the tokens. */
export type Policy = Pick<
  BudgetDelegation,
  'budget' | 'denomination' | 'cap' | 'windowStart' | 'windowEnd' | 'categories' | 'policySalt'
>;

/** The ten inputs of the policy digest, in the order of the circuit; unused categories are 0. */
export function policyDigestInputs(policy: Policy): readonly bigint[] {
  return [
    hashField(policy.budget),
    denominationField(policy.denomination),
    policy.cap | (BigInt(policy.windowStart) << 64n) | (BigInt(policy.windowEnd) << 112n),
    ...words(policy.categories.map((category) => category.ceiling)),
    ...words(policy.categories.map((category) => category.cap)),
    nonceToInteger(policy.policySalt),
  ];
}

/** Poseidon('policy'; the ten inputs): public signal 3. Stated in the log before the first note. */
export function policyDigest(policy: Policy): bigint {
  return poseidon('policy', policyDigestInputs(policy));
}
