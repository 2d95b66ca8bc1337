/** Reads views from the rows of a projection. Synchronous, so each answer is of one state. */

import type {
  AuthorizationStatus,
  AuthorizationView,
  BalanceView,
  BudgetView,
  CategoryView,
  EdgeView,
  HoldStatus,
  HoldView,
  HopView,
  PartyView,
  PeriodStatus,
  PeriodView,
  TallyView,
} from '@atomicity/kernel/book/views';
import type { HopSide } from '@atomicity/kernel/hop/events';
import type { HopStatus } from '@atomicity/kernel/hop/hop';
import type { Role } from '@atomicity/kernel/wire/objects';
import {
  amountOf,
  nullable,
  numberOf,
  type ProjectionFile,
  type SqlRow,
  textOf,
} from '../sqlite/projection-file.ts';

const decimal = (row: SqlRow, column: string): string => amountOf(row, column).toString();

/** The keys that a party has delegated, or undefined when it has none. */
export function readParty(file: ProjectionFile, party: string): PartyView | undefined {
  const keys = file.all('SELECT * FROM keys WHERE party = ? ORDER BY key', party).map((row) => ({
    key: textOf(row, 'key'),
    roles: textOf(row, 'roles').split(' ') as Role[],
    notBefore: numberOf(row, 'not_before'),
    expiresAt: numberOf(row, 'expires_at'),
    revokedAt: nullable(row, 'revoked_at', numberOf),
  }));
  return keys.length === 0 ? undefined : { party, keys };
}

/** A party's net positions by denomination, or undefined when it is on no edge. */
export function readBalances(
  file: ProjectionFile,
  party: string,
): readonly BalanceView[] | undefined {
  const rows = file.all('SELECT * FROM balances WHERE party = ? ORDER BY denomination', party);
  if (rows.length === 0) return undefined;
  const edges = readEdgesOf(file, party);
  return rows.map((row) => {
    const denomination = textOf(row, 'denomination');
    let outgoing = 0n;
    let incoming = 0n;
    for (const edge of edges.filter((other) => other.denomination === denomination)) {
      const [own, other] =
        edge.a === party ? [edge.heldByA, edge.heldByB] : [edge.heldByB, edge.heldByA];
      outgoing += BigInt(own);
      incoming += BigInt(other);
    }
    return {
      denomination,
      net: textOf(row, 'net'),
      heldOutgoing: outgoing.toString(),
      heldIncoming: incoming.toString(),
    };
  });
}

function edgeView(row: SqlRow): EdgeView {
  return {
    edge: textOf(row, 'edge'),
    a: textOf(row, 'a'),
    b: textOf(row, 'b'),
    denomination: textOf(row, 'denomination'),
    limitA: decimal(row, 'limit_a'),
    limitB: decimal(row, 'limit_b'),
    balanceA: decimal(row, 'balance'),
    balanceB: (-amountOf(row, 'balance')).toString(),
    heldByA: decimal(row, 'held_from_a'),
    heldByB: decimal(row, 'held_from_b'),
    rateBps: numberOf(row, 'rate_bps'),
    haircutBps: numberOf(row, 'haircut_bps'),
    expiresAt: numberOf(row, 'expires_at'),
    graceMs: numberOf(row, 'grace_ms'),
    stateSequence: numberOf(row, 'state_sequence'),
    disputed: numberOf(row, 'disputed') === 1,
  };
}

export function readEdge(file: ProjectionFile, edge: string): EdgeView | undefined {
  const row = file.one('SELECT * FROM edges WHERE edge = ?', edge);
  return row && edgeView(row);
}

/** A party's edges, in the order of their ids. */
export function readEdgesOf(file: ProjectionFile, party: string): readonly EdgeView[] {
  return file
    .all('SELECT * FROM edges WHERE a = ? OR b = ? ORDER BY edge', party, party)
    .map(edgeView);
}

function holdView(row: SqlRow): HoldView {
  const budget = nullable(row, 'budget', textOf);
  return {
    voucher: textOf(row, 'voucher'),
    intent: textOf(row, 'intent'),
    edge: textOf(row, 'edge'),
    from: textOf(row, 'payer'),
    to: textOf(row, 'payee'),
    denomination: textOf(row, 'denomination'),
    amount: decimal(row, 'amount'),
    fee: decimal(row, 'fee'),
    at: numberOf(row, 'at'),
    expiresAt: numberOf(row, 'expires_at'),
    status: textOf(row, 'status') as HoldStatus,
    authorization:
      budget === null
        ? null
        : { budget, period: textOf(row, 'period'), index: numberOf(row, 'note_index') },
  };
}

export function readHold(file: ProjectionFile, voucher: string): HoldView | undefined {
  const row = file.one('SELECT * FROM holds WHERE voucher = ?', voucher);
  return row && holdView(row);
}

/** The holds that a party pays, receives or signs as agent, the newest first, at most `limit`. */
export function readHoldsOf(
  file: ProjectionFile,
  party: string,
  limit: number,
): readonly HoldView[] {
  return file
    .all(
      `SELECT * FROM holds WHERE payer = ? OR payee = ?
         OR voucher IN (SELECT notes.voucher FROM budgets JOIN periods USING (budget)
                        JOIN notes USING (period) WHERE budgets.agent = ?)
       ORDER BY at DESC, voucher LIMIT ?`,
      party,
      party,
      party,
      limit,
    )
    .map(holdView);
}

function hopView(row: SqlRow): HopView {
  return {
    voucher: textOf(row, 'voucher'),
    intent: textOf(row, 'intent'),
    part: textOf(row, 'part'),
    side: textOf(row, 'side') as HopSide,
    status: textOf(row, 'status') as HopStatus,
    edge: textOf(row, 'edge'),
    from: textOf(row, 'payer'),
    to: textOf(row, 'payee'),
    denomination: textOf(row, 'denomination'),
    amount: decimal(row, 'amount'),
    fee: decimal(row, 'fee'),
    probe: numberOf(row, 'probe') === 1,
    acknowledged: numberOf(row, 'acknowledged') === 1,
    incoming: nullable(row, 'incoming', textOf),
    outgoing: nullable(row, 'outgoing', textOf),
    heldAt: numberOf(row, 'held_at'),
    deadline: numberOf(row, 'deadline'),
    at: numberOf(row, 'at'),
    reason: nullable(row, 'reason', textOf),
  };
}

export function readHop(file: ProjectionFile, voucher: string): HopView | undefined {
  const row = file.one('SELECT * FROM hops WHERE voucher = ?', voucher);
  return row && hopView(row);
}

/** The hops of an intent, ended ones too, the oldest first. */
export function readHopsOfIntent(file: ProjectionFile, intent: string): readonly HopView[] {
  return file
    .all('SELECT * FROM hops WHERE intent = ? ORDER BY held_at, voucher', intent)
    .map(hopView);
}

/** The hops that a party pays or is paid, the newest first, at most `limit`. */
export function readHopsOf(file: ProjectionFile, party: string, limit: number): readonly HopView[] {
  return file
    .all(
      'SELECT * FROM hops WHERE payer = ? OR payee = ? ORDER BY held_at DESC, voucher LIMIT ?',
      party,
      party,
      limit,
    )
    .map(hopView);
}

function tally(row: SqlRow, name: string): TallyView {
  return {
    name: textOf(row, name),
    cap: decimal(row, 'cap'),
    available: decimal(row, 'available'),
    committed: decimal(row, 'committed'),
    spent: decimal(row, 'spent'),
  };
}

function category(row: SqlRow): CategoryView {
  return { ...tally(row, 'name'), ceiling: decimal(row, 'ceiling') };
}

function budgetView(file: ProjectionFile, row: SqlRow): BudgetView {
  const budget = textOf(row, 'budget');
  const categories = 'SELECT * FROM categories WHERE budget = ? ORDER BY category';
  const tasks = 'SELECT * FROM tasks WHERE budget = ? ORDER BY task';
  return {
    budget,
    principal: textOf(row, 'principal'),
    agent: textOf(row, 'agent'),
    denomination: textOf(row, 'denomination'),
    cap: decimal(row, 'cap'),
    available: decimal(row, 'available'),
    committed: decimal(row, 'committed'),
    spent: decimal(row, 'spent'),
    windowStart: numberOf(row, 'window_start'),
    windowEnd: numberOf(row, 'window_end'),
    tier: numberOf(row, 'tier'),
    periodIndex: numberOf(row, 'period_index'),
    parent: nullable(row, 'parent', textOf),
    categories: file.all(categories, budget).map(category),
    tasks: file.all(tasks, budget).map((task) => tally(task, 'task')),
  };
}

export function readBudget(file: ProjectionFile, budget: string): BudgetView | undefined {
  const row = file.one('SELECT * FROM budgets WHERE budget = ?', budget);
  return row && budgetView(file, row);
}

/** The budgets of which a party is principal or agent, in the order of their ids. */
export function readBudgetsOf(file: ProjectionFile, party: string): readonly BudgetView[] {
  return file
    .all('SELECT * FROM budgets WHERE principal = ? OR agent = ? ORDER BY budget', party, party)
    .map((row) => budgetView(file, row));
}

function authorizationView(row: SqlRow): AuthorizationView {
  return {
    index: numberOf(row, 'note_index'),
    status: textOf(row, 'status') as AuthorizationStatus,
    voucher: textOf(row, 'voucher'),
    category: numberOf(row, 'category'),
    spend: decimal(row, 'spend'),
  };
}

export function readPeriod(
  file: ProjectionFile,
  budget: string,
  periodIndex: number,
): PeriodView | undefined {
  const row = file.one(
    'SELECT * FROM periods WHERE budget = ? AND period_index = ?',
    budget,
    periodIndex,
  );
  if (row === undefined) return undefined;
  const period = textOf(row, 'period');
  return {
    budget,
    periodIndex,
    period,
    status: textOf(row, 'status') as PeriodStatus,
    count: numberOf(row, 'count'),
    leavesRoot: nullable(row, 'leaves_root', textOf),
    tokensRoot: nullable(row, 'tokens_root', textOf),
    summaryCommitment: nullable(row, 'summary_commitment', textOf),
    authorizations: file
      .all('SELECT * FROM notes WHERE period = ? ORDER BY note_index', period)
      .map(authorizationView),
  };
}
