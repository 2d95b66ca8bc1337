// Goal: delegating, stating and splitting budgets. Method: a decide table with exact outcomes.
import { expect, test } from 'vitest';
import { fieldToHex } from '../codec/field.ts';
import { periodHash } from '../period/period-hash.ts';
import { policyDigest } from '../policy/policy-digest.ts';
import { budget, policy, task } from '../testing/accounts.ts';
import { periodClose } from '../testing/closes.ts';
import { testHash, testNonce } from '../testing/keys.ts';
import { decideRow, type Row, refused, shown } from '../testing/table.ts';
import type { Fleet } from '../testing/test-book.ts';
import { AGENT, CLOUD, GPU, PRINCIPAL, START } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import { ZERO_FIELD } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { BUDGET_DEPTH_MAX } from './levels.ts';

const EUR = parseDenomination('EUR/6') ?? undefined;

/** A sub-budget of the fleet's, from the agent to a provider that buys for it. */
const child = (fleet: Fleet, change: Parameters<typeof budget>[1] = {}, parent = fleet.budget) =>
  budget(
    fleet.world,
    { principal: AGENT.id, agent: CLOUD.id, cap: amount(500n), parent, ...change },
    AGENT,
  );

/** A second budget, whose policy is not stated yet. Always the same object body. */
const other = (world: Fleet['world']) =>
  budget(world, { nonce: testNonce('other'), policySalt: testNonce('salt') });

const close = ({ world, book, budget: id }: Fleet) =>
  book.accept(periodClose(world, book.state, id, { final: true }));

const rows: readonly Row[] = [
  {
    name: 'a principal delegates a budget and its first period opens',
    when: ({ world }) => budget(world),
    gives: (_, object) => {
      if (object.body.type !== 'BudgetDelegation') throw new Error('no delegation');
      const { v: _v, type: _t, nonce: _n, ...terms } = object.body;
      const period = periodHash(terms.budget, 0);
      return {
        kind: 'accepted',
        events: [{ type: 'BudgetDelegated', data: { ...terms, delegation: object.id, period } }],
      };
    },
  },
  {
    name: 'the same delegation again',
    when: ({ delegation }) => delegation,
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a sub-budget within its parent',
    when: (fleet) => child(fleet),
    gives: (_, object) => {
      if (object.body.type !== 'BudgetDelegation') throw new Error('no delegation');
      const { v: _v, type: _t, nonce: _n, ...terms } = object.body;
      const period = periodHash(terms.budget, 0);
      return {
        kind: 'accepted',
        events: [{ type: 'BudgetDelegated', data: { ...terms, delegation: object.id, period } }],
      };
    },
  },
  {
    name: 'a sub-budget of an unknown parent',
    when: (fleet) => child(fleet, {}, testHash('parent')),
    gives: refused('parent_unknown', '/body/parent'),
  },
  {
    name: 'other terms under the id of a budget',
    when: ({ world }) => {
      const nonce = testNonce('same');
      return budget(world, { nonce, cap: amount(2n) });
    },
    given: ({ world, book }) => book.accept(budget(world, { nonce: testNonce('same') })),
    gives: refused('exists_with_different_terms', '/body/budget'),
  },
  {
    name: 'a sub-budget in another denomination',
    when: (fleet) => child(fleet, EUR === undefined ? {} : { denomination: EUR }),
    gives: refused('denomination_mismatch', '/body/denomination', { expected: 'USD/6' }),
  },
  {
    name: 'a sub-budget by somebody who has no say over its parent',
    when: ({ world, budget: parent }) =>
      budget(world, { principal: GPU.id, agent: CLOUD.id, parent }, GPU),
    gives: refused('parent_principal_mismatch', '/body/principal', { expected: AGENT.id }),
  },
  {
    name: 'a sub-budget with a larger cap',
    when: (fleet) => child(fleet, { cap: amount(1_001n) }),
    gives: refused('outside_parent', '/body/parent'),
  },
  {
    name: 'a sub-budget that starts earlier',
    when: (fleet) => child(fleet, { windowStart: unixMs(START - 1) }),
    gives: refused('outside_parent', '/body/parent'),
  },
  {
    name: 'a sub-budget that ends later',
    when: (fleet) => child(fleet, { windowEnd: unixMs(fleet.delegation.body.windowEnd + 1) }),
    gives: refused('outside_parent', '/body/parent'),
  },
  {
    name: 'a sub-budget one level too deep',
    when: (fleet) => {
      const chain = [AGENT, CLOUD];
      let parent = fleet.budget;
      for (let depth = 1; depth < BUDGET_DEPTH_MAX; depth++) {
        const [principal = AGENT, agent = CLOUD] = depth % 2 ? chain : [...chain].reverse();
        const next = budget(
          fleet.world,
          { principal: principal.id, agent: agent.id, parent },
          principal,
        );
        fleet.book.accept(next);
        parent = next.body.budget;
      }
      return budget(fleet.world, { principal: CLOUD.id, agent: AGENT.id, parent }, CLOUD);
    },
    gives: refused('budget_too_deep', '/body/parent', { depthMax: 8 }),
  },
  {
    name: 'a budget whose window is over',
    when: ({ world }) => budget(world, { windowStart: unixMs(START - 2), windowEnd: START }),
    gives: refused('expired', '/body/windowEnd', { now: START, windowEnd: START }),
  },
  {
    name: 'a sub-budget of a closed budget',
    given: close,
    when: (fleet) => child(fleet),
    gives: refused('budget_closed', '/body/parent'),
  },
  {
    name: 'the principal states the policy',
    given: ({ world, book }) => book.accept(other(world)),
    when: ({ world }) => policy(world, other(world)),
    gives: ({ world }, object) => {
      const { body } = other(world);
      const digest = fieldToHex(policyDigest(body));
      return {
        kind: 'accepted',
        events: [
          {
            type: 'PolicyStated',
            data: { statement: object.id, budget: body.budget, policyDigest: digest },
            disclosure: shown(object),
          },
        ],
      };
    },
  },
  {
    name: 'the same statement again',
    when: ({ world, book }) => {
      const object = policy(world, other(world));
      book.accept(other(world), object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a digest of another policy',
    given: ({ world, book }) => book.accept(other(world)),
    when: ({ world }) => policy(world, other(world), { policyDigest: ZERO_FIELD }),
    gives: ({ world }) =>
      refused('policy_digest_mismatch', '/body/policyDigest', {
        expected: fieldToHex(policyDigest(other(world).body)),
      }),
  },
  {
    name: 'a policy of an unknown budget',
    when: ({ world }) => policy(world, budget(world)),
    gives: refused('budget_unknown', '/body/budget'),
  },
  {
    name: 'a policy is stated once',
    when: ({ world, delegation }) => policy(world, delegation),
    gives: refused('exists_with_different_terms', '/body/budget'),
  },
  {
    name: 'a policy stated by the agent',
    given: ({ world, book }) => book.accept(other(world)),
    when: ({ world }) =>
      policy(world, other(world), { principal: AGENT.id, agent: PRINCIPAL.id }, AGENT),
    gives: refused('signer_mismatch', '/signatures', { expected: PRINCIPAL.id }),
  },
  {
    name: 'a policy of another tier',
    given: ({ world, book }) => book.accept(other(world)),
    when: ({ world }) => policy(world, other(world), { tier: 64 }),
    gives: refused('policy_terms_mismatch', '/body'),
  },
  {
    name: 'the agent bounds a task',
    when: ({ world, budget: id }) => task(world, id, 'render', amount(10n)),
    gives: ({ budget: id }, object) => ({
      kind: 'accepted',
      events: [
        {
          type: 'TaskBudgeted',
          data: { delegation: object.id, budget: id, task: 'render', cap: amount(10n) },
        },
      ],
    }),
  },
  {
    name: 'the same task again',
    when: ({ world, book, budget: id }) => {
      const object = task(world, id, 'render', amount(10n));
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a task with other terms',
    given: ({ world, book, budget: id }) => book.accept(task(world, id, 'render', amount(10n))),
    when: ({ world, budget: id }) => task(world, id, 'render', amount(11n)),
    gives: refused('exists_with_different_terms', '/body/task'),
  },
  {
    name: 'a task larger than its budget',
    when: ({ world, budget: id }) => task(world, id, 'render', amount(1_001n)),
    gives: refused('task_above_budget', '/body/cap'),
  },
  {
    name: 'a task by the principal',
    when: ({ world, budget: id }) => task(world, id, 'render', amount(10n), PRINCIPAL),
    gives: refused('signer_mismatch', '/signatures', { expected: AGENT.id }),
  },
  {
    name: 'a task of a closed budget',
    given: close,
    when: ({ world, budget: id }) => task(world, id, 'render', amount(10n)),
    gives: refused('budget_closed', '/body/budget'),
  },
];

test.each(rows)('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});
