import type { BookState } from '@atomicity/kernel/book/state';
import type { Answer, BudgetView, EdgeView, HoldView } from '@atomicity/kernel/book/views';
import type { ReadModel } from '../read-model.ts';

/**
 * A FAKE read side for tests: answers from the writer's own durable state, so it is never behind.
 * `lag` makes it say that it is.
 */
export function stateReadModel(state: () => BookState): ReadModel & { lag: boolean } {
  const answer = async <T>(value: T | undefined): Promise<Answer<T>> => {
    const { revision, at } = state();
    return { asOf: { logIndex: revision, at }, value };
  };
  const edges = (party: string) =>
    [...state().edges.entries()]
      .filter(([, { terms }]) => terms.a === party || terms.b === party)
      .map(([id]) => edgeView(state(), id))
      .filter((view) => view !== undefined);
  const holds = (party: string) =>
    [...state().holds.values()]
      .filter(({ terms: { from, to, grant } }) =>
        [from, to, grant?.agent].some((named) => named === party),
      )
      .map(({ terms }) => holdView(state(), terms.voucher))
      .filter((view) => view !== undefined);
  const model = {
    lag: false,
    reached: async () => !model.lag,
    party: (party: string) => answer(partyView(state(), party)),
    balances: (party: string) => answer(balanceViews(party, edges(party))),
    edgesOf: (party: string) => answer(edges(party)),
    edge: (edge: string) => answer(edgeView(state(), edge)),
    holdsOf: (party: string) => answer(holds(party)),
    hold: (voucher: string) => answer(holdView(state(), voucher)),
    budgetsOf: (party: string) =>
      answer(
        [...state().budgets.entries()]
          .filter(([, { terms }]) => terms.principal === party || terms.agent === party)
          .map(([id]) => budgetView(state(), id))
          .filter((view) => view !== undefined),
      ),
    budget: (budget: string) => answer(budgetView(state(), budget)),
    period: (budget: string, periodIndex: number) => {
      const found = [...state().periods.values()].find(
        (period) => period.budget === budget && period.index === periodIndex,
      );
      return answer(
        found && {
          budget,
          periodIndex,
          period: found.period,
          status: found.closed === null ? ('open' as const) : ('closed' as const),
          count: found.count,
          leavesRoot: found.closed?.leavesRoot ?? null,
          tokensRoot: found.closed?.tokensRoot ?? null,
          summaryCommitment: null,
          authorizations: [],
        },
      );
    },
  };
  return model;
}

function partyView(state: BookState, party: string) {
  const keys = [...state.keys.values()].filter(({ terms }) => terms.party === party);
  if (keys.length === 0) return undefined;
  return {
    party,
    keys: keys.map(({ terms }) => ({
      key: terms.key,
      roles: terms.roles,
      notBefore: terms.notBefore,
      expiresAt: terms.expiresAt,
      revokedAt: null,
    })),
  };
}

function edgeView(state: BookState, id: string): EdgeView | undefined {
  const edge = state.edges.get(id);
  if (edge === undefined) return undefined;
  const { terms } = edge;
  return {
    edge: terms.edge,
    a: terms.a,
    b: terms.b,
    denomination: terms.denomination,
    limitA: `${edge.limitA}`,
    limitB: `${edge.limitB}`,
    balanceA: `${edge.balance}`,
    balanceB: `${-edge.balance}`,
    heldByA: `${edge.heldFromA}`,
    heldByB: `${edge.heldFromB}`,
    rateBps: terms.rateBps,
    haircutBps: terms.haircutBps,
    expiresAt: terms.expiresAt,
    graceMs: terms.graceMs,
    stateSequence: edge.state?.terms.sequence ?? 0,
    disputed: edge.dispute !== null,
  };
}

function balanceViews(party: string, edges: readonly EdgeView[]) {
  return edges.map((edge) => {
    const isA = edge.a === party;
    return {
      denomination: edge.denomination,
      net: isA ? edge.balanceA : edge.balanceB,
      heldOutgoing: isA ? edge.heldByA : edge.heldByB,
      heldIncoming: isA ? edge.heldByB : edge.heldByA,
    };
  });
}

function holdView(state: BookState, voucher: string): HoldView | undefined {
  const hold = state.holds.get(voucher)?.terms;
  if (hold === undefined) return undefined;
  const { intent, edge, from, to, denomination, amount, fee, at, expiresAt, grant } = hold;
  const status = 'held' as const;
  const authorization = grant && {
    budget: grant.budget,
    period: grant.period,
    index: grant.index,
  };
  const shown = { amount: `${amount}`, fee: `${fee}`, status, authorization };
  return { voucher, intent, edge, from, to, denomination, at, expiresAt, ...shown };
}

function budgetView(state: BookState, id: string): BudgetView | undefined {
  const budget = state.budgets.get(id);
  if (budget === undefined) return undefined;
  const { terms, committed, spent } = budget;
  return {
    budget: terms.budget,
    principal: terms.principal,
    agent: terms.agent,
    denomination: terms.denomination,
    cap: `${terms.cap}`,
    available: `${terms.cap - committed - spent}`,
    committed: `${committed}`,
    spent: `${spent}`,
    windowStart: terms.windowStart,
    windowEnd: terms.windowEnd,
    tier: terms.tier,
    periodIndex: budget.periodIndex,
    parent: terms.parent,
    categories: terms.categories.map(({ name, ceiling, cap }, i) => {
      const used = budget.categories[i] ?? { committed: 0n, spent: 0n };
      return {
        name,
        ceiling: `${ceiling}`,
        cap: `${cap}`,
        available: `${cap - used.committed - used.spent}`,
        committed: `${used.committed}`,
        spent: `${used.spent}`,
      };
    }),
    tasks: [],
  };
}
