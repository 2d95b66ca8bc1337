import { type Decision, DUPLICATE, rejected, unlessRefused, wireJson } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type BookState, type Budget, taskId } from '../book/state.ts';
import { fieldToHex } from '../codec/field.ts';
import { refuseSigner } from '../keys/signers.ts';
import { periodHash } from '../period/period-hash.ts';
import { policyDigest } from '../policy/policy-digest.ts';
import type { UnixMs } from '../units/time.ts';
import type {
  BudgetDelegation,
  ParsedObject,
  PolicyStatement,
  TaskBudget,
} from '../wire/objects.ts';
import { BUDGET_DEPTH_MAX, levelsOf } from './levels.ts';

function refuseUnderParent(
  state: BookState,
  body: BudgetDelegation,
  parent: Budget,
): BookRefusal | undefined {
  const { terms } = parent;
  if (body.denomination !== terms.denomination) {
    return refuse('denomination_mismatch', '/body/denomination', { expected: terms.denomination });
  }
  if (body.principal !== terms.agent) {
    return refuse('parent_principal_mismatch', '/body/principal', { expected: terms.agent });
  }
  const inside =
    body.cap <= terms.cap &&
    body.windowStart >= terms.windowStart &&
    body.windowEnd <= terms.windowEnd;
  if (!inside) return refuse('outside_parent', '/body/parent');
  const levels = levelsOf(state, parent);
  if (levels.length >= BUDGET_DEPTH_MAX) {
    return refuse('budget_too_deep', '/body/parent', { depthMax: BUDGET_DEPTH_MAX });
  }
  return undefined;
}

/**
 * A principal lets an agent spend inside a window, and its first period opens. A sub-budget reserves
 * nothing in its parent: holds count at every level, so parents bound their children together.
 * Refusals, in order: parent_unknown, signer_mismatch and key refusals, exists_with_different_terms,
 * denomination_mismatch, parent_principal_mismatch, outside_parent, budget_too_deep, expired,
 * budget_closed. The same object again: duplicate.
 */
export function decideBudgetDelegation(
  state: BookState,
  object: ParsedObject<BudgetDelegation>,
  now: UnixMs,
): Decision {
  const { v: _v, type: _type, nonce: _nonce, ...terms } = object.body;
  const { budget, windowEnd } = terms;
  const known = state.budgets.get(budget);
  if (known?.terms.delegation === object.id) return DUPLICATE;
  const parent = terms.parent === null ? null : state.budgets.get(terms.parent);
  if (parent === undefined) return rejected(refuse('parent_unknown', '/body/parent'));
  const refusal =
    refuseSigner(state, object, terms.principal, now) ??
    (known === undefined ? undefined : refuse('exists_with_different_terms', '/body/budget')) ??
    (parent === null ? undefined : refuseUnderParent(state, object.body, parent)) ??
    (now >= windowEnd ? refuse('expired', '/body/windowEnd', { now, windowEnd }) : undefined) ??
    (parent !== null && levelsOf(state, parent).some((level) => level.period === null)
      ? refuse('budget_closed', '/body/parent')
      : undefined);
  return unlessRefused(refusal, () => ({
    type: 'BudgetDelegated',
    data: { ...terms, delegation: object.id, period: periodHash(budget, 0) },
  }));
}

function refusePolicy(budget: Budget, body: PolicyStatement): BookRefusal | undefined {
  const { principal, agent, tier } = budget.terms;
  if (budget.policy !== null) return refuse('exists_with_different_terms', '/body/budget');
  if (body.principal !== principal || body.agent !== agent || body.tier !== tier) {
    return refuse('policy_terms_mismatch', '/body');
  }
  const expected = fieldToHex(policyDigest(budget.terms));
  return body.policyDigest === expected
    ? undefined
    : refuse('policy_digest_mismatch', '/body/policyDigest', { expected });
}

/**
 * The principal makes the digest of a delegated policy public; only then does the budget grant holds.
 * Refusals, in order: budget_unknown, signer_mismatch and key refusals, exists_with_different_terms,
 * policy_terms_mismatch, policy_digest_mismatch. The same object again: duplicate.
 */
export function decidePolicyStatement(
  state: BookState,
  object: ParsedObject<PolicyStatement>,
  now: UnixMs,
): Decision {
  const budget = state.budgets.get(object.body.budget);
  if (budget === undefined) return rejected(refuse('budget_unknown', '/body/budget'));
  if (budget.policy?.statement === object.id) return DUPLICATE;
  const refusal =
    refuseSigner(state, object, budget.terms.principal, now) ?? refusePolicy(budget, object.body);
  return unlessRefused(refusal, () => ({
    type: 'PolicyStated',
    data: {
      statement: object.id,
      budget: object.body.budget,
      policyDigest: object.body.policyDigest,
    },
    disclosure: wireJson(object),
  }));
}

function refuseTask(state: BookState, budget: Budget, body: TaskBudget): BookRefusal | undefined {
  if (state.tasks.has(taskId(body.budget, body.task))) {
    return refuse('exists_with_different_terms', '/body/task');
  }
  if (body.cap > budget.terms.cap) return refuse('task_above_budget', '/body/cap');
  return budget.period === null ? refuse('budget_closed', '/body/budget') : undefined;
}

/**
 * The agent bounds what one task may draw from a budget. It reserves nothing.
 * Refusals, in order: budget_unknown, signer_mismatch and key refusals, exists_with_different_terms,
 * task_above_budget, budget_closed. The same object again: duplicate.
 */
export function decideTaskBudget(
  state: BookState,
  object: ParsedObject<TaskBudget>,
  now: UnixMs,
): Decision {
  const { budget: id, task, cap } = object.body;
  const budget = state.budgets.get(id);
  if (budget === undefined) return rejected(refuse('budget_unknown', '/body/budget'));
  if (state.tasks.get(taskId(id, task))?.terms.delegation === object.id) return DUPLICATE;
  const refusal =
    refuseSigner(state, object, budget.terms.agent, now) ?? refuseTask(state, budget, object.body);
  return unlessRefused(refusal, () => ({
    type: 'TaskBudgeted',
    data: { delegation: object.id, budget: id, task, cap },
  }));
}
