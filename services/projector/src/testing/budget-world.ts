/** The budget's part of a book that lives: delegate, state the policy, close and attest a period. */
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import { circuitOf } from '@atomicity/kernel/period/period-digest';
import { policyDigest } from '@atomicity/kernel/policy/policy-digest';
import { amount } from '@atomicity/kernel/units/amount';
import { type Hash, ZERO_FIELD, ZERO_HASH } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { budgetHash } from '@atomicity/kernel/wire/budget-hash';
import type { BudgetDelegation } from '@atomicity/kernel/wire/objects';
import { type BookWorld, ORIGIN, START } from './book-world.ts';

const category = (name: string) => ({ name, ceiling: amount(10n ** 9n), cap: amount(10n ** 12n) });

/** A budget of two categories with its policy stated and a task in it. */
export function delegateBudget(world: BookWorld, parent: Hash | null = null): Hash {
  const { agent, denomination } = world;
  const principal = parent === null ? world.principal : agent;
  const nonce = world.nonce();
  const budget = budgetHash({ agent, nonce, principal });
  const body: BudgetDelegation = {
    v: 1,
    type: 'BudgetDelegation',
    budget,
    principal,
    agent,
    denomination,
    cap: amount(10n ** 12n),
    windowStart: unixMs(START),
    windowEnd: unixMs(START + 3_600_000),
    categories: [category('compute'), category('data')],
    payees: world.providers
      .map((party, i) => ({ party, category: i % 2 }))
      .sort((x, y) => (x.party < y.party ? -1 : 1)),
    defaultCategory: null,
    tier: 16,
    parent,
    policySalt: world.nonce(),
    nonce,
  };
  world.submit(body, principal);
  const statement = { v: 1, type: 'PolicyStatement', budget, principal, agent, tier: 16 } as const;
  const digest = fieldToHex(policyDigest(body));
  world.submit({ ...statement, policyDigest: digest, nonce: world.nonce() }, principal);
  const task = {
    v: 1,
    type: 'TaskBudget',
    budget,
    task: 'train',
    cap: amount(10n ** 11n),
  } as const;
  world.submit({ ...task, nonce: world.nonce() }, agent);
  return budget;
}

/** Closes the open period of a budget, in which every hold has ended. */
export function closePeriod(world: BookWorld, budget: Hash, final: boolean): void {
  const open = world.state.budgets.get(budget);
  const period = open?.period;
  const slots = period ? world.state.periods.get(period) : undefined;
  if (open === undefined || !period || slots === undefined) throw new Error('no open period');
  const tokens = Array.from({ length: slots.count }, (_, i) => {
    const slot = slots.slots.get(`${i}`);
    if (slot === undefined) throw new Error('no such slot');
    return slot;
  });
  const root = fieldToHex(tokensRoot(tokens, open.terms.tier));
  const place = { budget, period, periodIndex: open.periodIndex, count: slots.count } as const;
  const close = { v: 1, type: 'PeriodClose', ...place, tokensRoot: root, final } as const;
  world.submit({ ...close, nonce: world.nonce() }, open.terms.principal);
}

/** Records an attestation whose proof is made up: books leave proofs to auditors. */
export function attestPeriod(world: BookWorld, budget: Hash, periodIndex: number): void {
  const { terms, lastSummary, policy } = world.state.budgets.get(budget) ?? {};
  const period = [...world.state.periods.values()].find(
    (one) => one.budget === budget && one.index === periodIndex,
  );
  if (terms === undefined || period === undefined || period.closed === null) {
    throw new Error('no closed period');
  }
  const { closed } = period;
  const { principal, agent, tier } = terms;
  const summary = fieldToHex(BigInt(`0x${world.nonce()}`));
  const point = ['1', '2'] as const;
  world.submit(
    {
      v: 1,
      type: 'AttestationSummary',
      budget,
      period: period.period,
      periodIndex,
      circuit: { name: circuitOf(period.kind), tier },
      parts: {
        period: period.period,
        budget,
        periodIndex,
        principal,
        agent,
        origin: ORIGIN,
        firstTreeSize: 0,
        lastTreeSize: world.events.length,
        lastRoot: ZERO_HASH,
        previousSummary: lastSummary ?? ZERO_FIELD,
        chainId: 0,
        registry: '0'.repeat(40),
        circuit: circuitOf(period.kind),
        tier,
      },
      publicSignals: [
        closed.leavesRoot,
        closed.tokensRoot,
        summary,
        policy?.policyDigest ?? ZERO_FIELD,
        ZERO_FIELD,
        ZERO_FIELD,
      ],
      proof: { a: point, b: [point, point], c: point },
      verificationKeyHash: ZERO_HASH,
      nonce: world.nonce(),
    },
    world.operator,
  );
}

/** Orders the erasure of an event's payload. */
export function orderErasure(world: BookWorld, eventId: Hash): void {
  const body = { v: 1, type: 'PayloadErasure', eventId, reason: 'asked for' } as const;
  world.submit({ ...body, nonce: world.nonce() }, world.operator);
}
