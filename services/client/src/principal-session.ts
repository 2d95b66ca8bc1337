import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import { type TokenSlot, tokensRoot } from '@atomicity/kernel/note/roots';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import type { IssuedList } from '@atomicity/kernel/period-close/issued-list';
import { policyDigest } from '@atomicity/kernel/policy/policy-digest';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { budgetHash } from '@atomicity/kernel/wire/budget-hash';
import type {
  BudgetDelegation,
  PeriodClose,
  PolicyStatement,
} from '@atomicity/kernel/wire/objects';
import { type Party, signerOf } from './party.ts';
import { type DrawNonce, type SignedObject, signObject } from './signer.ts';

/** What a principal fixes about a budget; the rest follows. */
export type BudgetTerms = Pick<
  BudgetDelegation,
  | 'denomination'
  | 'cap'
  | 'windowStart'
  | 'windowEnd'
  | 'categories'
  | 'payees'
  | 'defaultCategory'
  | 'tier'
  | 'parent'
>;

/** Signs a budget for an agent. Its id is drawn with its nonce. */
export function delegateBudget(
  principal: Party,
  agent: PartyId,
  terms: BudgetTerms,
  draw: DrawNonce,
): SignedObject<BudgetDelegation> {
  const nonce = draw();
  const body: BudgetDelegation = {
    v: 1,
    type: 'BudgetDelegation',
    budget: budgetHash({ agent, nonce, principal: principal.id }),
    principal: principal.id,
    agent,
    policySalt: draw(),
    nonce,
    ...terms,
    payees: [...terms.payees].sort((left, right) => (left.party < right.party ? -1 : 1)),
  };
  return signObject(body, [signerOf(principal)]);
}

/** States the digest of a budget's policy, before its first hold. */
export function statePolicy(
  principal: Party,
  budget: BudgetDelegation,
  draw: DrawNonce,
): SignedObject<PolicyStatement> {
  const body: PolicyStatement = {
    v: 1,
    type: 'PolicyStatement',
    budget: budget.budget,
    principal: principal.id,
    agent: budget.agent,
    policyDigest: fieldToHex(policyDigest(budget)),
    tier: budget.tier,
    nonce: draw(),
  };
  return signObject(body, [signerOf(principal)]);
}

/**
 * The principal's own list of what a period issued, for an auditor: `encodeIssuedList` writes it. From the
 * principal's records, never from the node: it is what shows that the node left nothing out.
 */
export function issuedList(
  period: { readonly budget: Hash; readonly periodIndex: number },
  issued: readonly TokenSlot[],
): IssuedList {
  const { budget, periodIndex } = period;
  return {
    v: 1,
    kind: 'issued',
    budget,
    period: periodHash(budget, periodIndex),
    periodIndex,
    authorizations: issued.map(({ authorization, category }) => ({ authorization, category })),
  };
}

/**
 * Closes a period over the authorizations that the principal knows of, in index order: it computes the
 * root itself, so that the node can't leave one out. `final` ends the budget.
 */
export function closePeriod(
  principal: Party,
  period: { readonly budget: Hash; readonly periodIndex: number; readonly tier: Tier },
  issued: readonly TokenSlot[],
  final: boolean,
  draw: DrawNonce,
): SignedObject<PeriodClose> {
  const body: PeriodClose = {
    v: 1,
    type: 'PeriodClose',
    budget: period.budget,
    period: periodHash(period.budget, period.periodIndex),
    periodIndex: period.periodIndex,
    count: issued.length,
    tokensRoot: fieldToHex(tokensRoot(issued, period.tier)),
    final,
    nonce: draw(),
  };
  return signObject(body, [signerOf(principal)]);
}
