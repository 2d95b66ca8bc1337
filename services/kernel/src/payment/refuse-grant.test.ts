// Goal: what a budget grants, and the limits at every level, each at its edge. Method: a decide table; rows that pass sit beside rows
// that break a rule by one.
import { expect, test } from 'vitest';
import { taskId } from '../book/state.ts';
import { periodHash } from '../period/period-hash.ts';
import { budget, limitChange, policy, task } from '../testing/accounts.ts';
import { equivocation, pairClose, periodClose } from '../testing/closes.ts';
import { budgetOf, holdPlaced as gives, hold, ownHold, placed } from '../testing/holds.ts';
import { testNonce } from '../testing/keys.ts';
import { intent, receipt, voidReceipt, voucher } from '../testing/payments.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { certificates, createFleet, type Fleet } from '../testing/test-book.ts';
import { AGENT, CLOUD, GPU, must, ORIGIN } from '../testing/world.ts';
import { amount } from '../units/amount.ts';

const BUDGET_TWO = testNonce('budget two');

/** A second budget of the same agent whose policy is not stated. */
const unstated = (fleet: Fleet): Fleet => {
  const second = budget(fleet.world, { nonce: BUDGET_TWO });
  fleet.book.accept(second);
  return { ...fleet, budget: second.body.budget };
};

/** A budget of tier 16 with sixteen authorizations, all void. */
const fill = (fleet: Fleet) => {
  for (let index = 0; index < 16; index++) {
    const object = hold(fleet, { value: 1n });
    fleet.book.accept(object, voidReceipt(fleet.world, object));
  }
};

const notes: readonly Row[] = [
  {
    name: 'an agent that signed two cores for one place',
    when: (fleet) => {
      const first = hold(fleet);
      const core = must(first.body.grant, 'grant').core;
      fleet.book.accept(first);
      fleet.book.accept(equivocation(fleet.world, core, AGENT.noteKey(GPU.id, fleet.period)));
      return hold(fleet, { payee: CLOUD });
    },
    gives: refused('party_equivocated', '/body', { party: AGENT.id }),
  },
  {
    name: 'a closed budget',
    given: ({ world, book, budget: id }) =>
      book.accept(periodClose(world, book.state, id, { final: true })),
    when: (fleet) => hold(fleet),
    gives: refused('budget_closed', '/body/grant/budget'),
  },
  {
    name: 'a budget without a stated policy',
    when: (fleet) => hold(unstated(fleet)),
    gives: refused('policy_not_stated', '/body/grant/budget'),
  },
  {
    name: 'a period that is closed',
    when: (fleet) => {
      fill(fleet);
      const late = hold(fleet);
      fleet.book.accept(periodClose(fleet.world, fleet.book.state, fleet.budget));
      return late;
    },
    gives: (fleet) =>
      refused('period_not_current', '/body/grant/period', {
        expected: must(fleet.book.state.budgets.get(fleet.budget)?.period, 'period'),
      }),
  },
  {
    name: 'a seventeenth authorization of tier 16',
    given: fill,
    when: (fleet) => hold(fleet, { grants: { index: 15 } }),
    gives: refused('period_full', '/body/grant/period', { tier: 16 }),
  },
  {
    name: 'an index that leaves a gap',
    when: (fleet) => hold(fleet, { grants: { index: 1 } }),
    gives: refused('index_not_next', '/body/grant/index', { expected: 0, actual: 1 }),
  },
  {
    name: 'an index that is taken',
    given: placed({}),
    when: (fleet) => hold(fleet, { grants: { index: 0 } }),
    gives: refused('index_not_next', '/body/grant/index', { expected: 1, actual: 0 }),
  },
  {
    name: 'a payee that is not listed',
    when: (fleet) => {
      const { world, book } = fleet;
      const only = budget(world, { payees: [{ party: CLOUD.id, category: 1 }] });
      book.accept(only, policy(world, only));
      return hold({ ...fleet, budget: only.body.budget });
    },
    gives: refused('payee_not_allowed', '/body/to'),
  },
  {
    name: 'a payee that is not listed, under a default category',
    when: (fleet) => {
      const { world, book } = fleet;
      const open = budget(world, { payees: [], defaultCategory: 1 });
      book.accept(open, policy(world, open));
      return hold({ ...fleet, budget: open.body.budget }, { grants: { category: 0 } });
    },
    gives: refused('category_mismatch', '/body/grant/category', { expected: 1, actual: 0 }),
  },
  {
    name: 'another category than the payee’s',
    when: (fleet) => hold(fleet, { grants: { category: 1 } }),
    gives: refused('category_mismatch', '/body/grant/category', { expected: 0, actual: 1 }),
  },
  {
    name: 'a core of another log',
    when: (fleet) => hold(fleet, { grants: { core: { origin: `${ORIGIN}/2` } } }),
    gives: refused('note_core_mismatch', '/body/grant/core'),
  },
  {
    name: 'a core by the note keys of another pair',
    when: (fleet) =>
      hold(fleet, { grants: { core: { payer: AGENT.noteKey(CLOUD.id, fleet.period).id } } }),
    gives: refused('note_key_not_certified', '/body/grant/core'),
  },
  {
    name: 'a pair that is closed',
    given: ({ world, book, period }) => book.accept(pairClose(world, book.state, period, GPU)),
    when: (fleet) => hold(fleet),
    gives: refused('pair_closed', '/body/grant/core'),
  },
];

/** A budget of 150 with its own period. */
const small = (fleet: Fleet): Fleet => {
  const { world, book } = fleet;
  const delegated = budget(world, { cap: amount(150n), nonce: BUDGET_TWO });
  const { budget: id } = delegated.body;
  book.accept(delegated, policy(world, delegated));
  book.accept(...certificates(world, periodHash(id, 0)));
  return { ...fleet, budget: id };
};

/** Two sub-budgets of 120 each in a parent of 120 that cloud manages; the agent spends from both. */
const siblings = (fleet: Fleet) => {
  const { world, book } = fleet;
  const parent = budget(world, { agent: CLOUD.id, cap: amount(120n), nonce: BUDGET_TWO });
  book.accept(parent);
  const child = (): Fleet => {
    const terms = { principal: CLOUD.id, cap: amount(120n), parent: parent.body.budget };
    const delegated = budget(world, terms, CLOUD);
    const { budget: id } = delegated.body;
    book.accept(delegated, policy(world, delegated, {}, CLOUD));
    book.accept(...certificates(world, periodHash(id, 0)));
    return { ...fleet, budget: id };
  };
  return { parent: parent.body.budget, first: child(), second: child() };
};

const limits: readonly Row[] = [
  {
    name: 'exactly the edge’s limit',
    given: ({ world, book, gpuEdge }) =>
      book.accept(limitChange(world, GPU, gpuEdge, amount(100n), 1)),
    when: (fleet) => hold(fleet),
    gives,
  },
  {
    name: 'one above the edge’s limit',
    given: ({ world, book, gpuEdge }) =>
      book.accept(limitChange(world, GPU, gpuEdge, amount(99n), 1)),
    when: (fleet) => hold(fleet),
    gives: refused('edge_limit_exceeded', '/body/amount'),
  },
  {
    name: 'one above the limit with what is held',
    given: placed({ value: 200n }, { value: 200n }, { value: 200n }),
    when: (fleet) => ownHold(fleet, 401n),
    gives: refused('edge_limit_exceeded', '/body/amount'),
  },
  {
    name: 'a hold of the other side makes no room',
    given: (fleet) => {
      const { world, book, gpuEdge } = fleet;
      const back = intent(world, AGENT, 500n);
      book.accept(back, voucher(world, back, gpuEdge, GPU));
    },
    when: (fleet) => ownHold(fleet, 1_001n),
    gives: refused('edge_limit_exceeded', '/body/amount'),
  },
  { name: 'exactly the ceiling', when: (fleet) => hold(fleet, { value: 200n }), gives },
  {
    name: 'one above the ceiling, by its fee',
    when: (fleet) => hold(fleet, { value: 200n, fee: amount(1n) }),
    gives: refused('ceiling_exceeded', '/body/amount'),
  },
  {
    name: 'one above the category’s cap',
    given: placed({ value: 200n }, { value: 200n }, { value: 200n }),
    when: (fleet) => hold(fleet, { value: 1n }),
    gives: refused('category_cap_exceeded', '/body/amount'),
  },
  {
    name: 'exactly the task’s cap',
    given: ({ world, book, budget: id }) => book.accept(task(world, id, 'render', amount(10n))),
    when: (fleet) => hold(fleet, { value: 10n, grants: { task: 'render' } }),
    gives,
  },
  {
    name: 'one above the task’s cap',
    given: ({ world, book, budget: id }) => book.accept(task(world, id, 'render', amount(10n))),
    when: (fleet) => hold(fleet, { value: 11n, grants: { task: 'render' } }),
    gives: refused('task_cap_exceeded', '/body/amount'),
  },
  {
    name: 'exactly the cap',
    when: (fleet) => {
      const tight = small(fleet);
      fleet.book.accept(hold(tight, { value: 100n }));
      return hold(tight, { value: 50n });
    },
    gives,
  },
  {
    name: 'one above the cap',
    when: (fleet) => {
      const tight = small(fleet);
      fleet.book.accept(hold(tight, { value: 100n }));
      return hold(tight, { value: 51n });
    },
    gives: (_, object) => refused('cap_exceeded', '/body/amount', { budget: budgetOf(object) }),
  },
  {
    name: 'exactly the parent’s cap, through two sub-budgets',
    when: (fleet) => {
      const { first, second } = siblings(fleet);
      fleet.book.accept(hold(first, { value: 100n }));
      return hold(second, { value: 20n });
    },
    gives,
  },
  {
    name: 'one above the parent’s cap, through two sub-budgets',
    when: (fleet) => {
      const { first, second } = siblings(fleet);
      fleet.book.accept(hold(first, { value: 100n }));
      return hold(second, { value: 21n });
    },
    gives: ({ book }, object) =>
      refused('cap_exceeded', '/body/amount', {
        budget: must(book.state.budgets.get(budgetOf(object))?.terms.parent, 'parent'),
      }),
  },
];

test.each([...notes, ...limits])('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

test('a hold counts at once at its task, category, budget and every parent', () => {
  const fleet = createFleet();
  const { parent, first } = siblings(fleet);
  const { world, book } = fleet;
  book.accept(task(world, first.budget, 'render', amount(60n)));
  const object = hold(first, { value: 50n, fee: amount(5n), grants: { task: 'render' } });
  book.accept(object);
  const held = { committed: 55n, spent: 0n };
  expect(book.state.tasks.get(taskId(first.budget, 'render'))).toMatchObject(held);
  expect(book.state.budgets.get(first.budget)).toMatchObject(held);
  expect(book.state.budgets.get(first.budget)?.categories).toEqual([
    held,
    { committed: 0n, spent: 0n },
  ]);
  expect(book.state.budgets.get(parent)).toMatchObject(held);
  book.accept(receipt(world, book.state, object));
  const paid = { committed: 0n, spent: 55n };
  expect(book.state.tasks.get(taskId(first.budget, 'render'))).toMatchObject(paid);
  expect(book.state.budgets.get(first.budget)).toMatchObject(paid);
  expect(book.state.budgets.get(parent)).toMatchObject(paid);
  expect(book.state.budgets.get(parent)?.categories[0]).toEqual({ committed: 0n, spent: 0n });
});
