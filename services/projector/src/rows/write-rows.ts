/**
 * What each event changes in the tables. Sums (balances of edges, tallies of budgets) are copied from
 * the state that the kernel computed, so that a row never adds up differently from the book.
 */
import type { BookEventType, EndedGrantData, RecordedEvent } from '@atomicity/kernel/book/events';
import { type BookState, taskId } from '@atomicity/kernel/book/state';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import { batchItems } from '@atomicity/kernel/wire/note-codecs';
import type { ProjectionFile } from '../sqlite/projection-file.ts';
import type { Applied, Writer } from './applied.ts';
import { eraseRows } from './erase-rows.ts';
import { CREDIT_WRITERS } from './write-credit-rows.ts';
import { HOP_WRITERS } from './write-hop-rows.ts';
import { addToBalance, copyEdge, writeEntries } from './write-positions.ts';

type Writers = {
  readonly [T in BookEventType]: Writer<T>;
};

const nothing = (): void => {};

const WRITERS: Writers = {
  BookOpened: nothing,
  KeyDelegated: (file, { event }) => {
    const { party, key, roles, notBefore, expiresAt } = event.data;
    file.run(
      `INSERT INTO keys VALUES (?, ?, ?, ?, ?, NULL, ?)
       ON CONFLICT DO UPDATE SET roles = excluded.roles, not_before = excluded.not_before,
         expires_at = excluded.expires_at, event = excluded.event`,
      party,
      key,
      roles.join(' '),
      notBefore,
      expiresAt,
      event.eventId,
    );
  },
  KeyRevoked: (file, { event }) => {
    const { party, key } = event.data;
    file.run('UPDATE keys SET revoked_at = ? WHERE party = ? AND key = ?', event.at, party, key);
  },
  EdgeOpened: (file, { event, state }) => {
    const { edge, a, b, denomination, rateBps, haircutBps, expiresAt, graceMs } = event.data;
    file.run(
      'INSERT INTO edges VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, ?, ?, ?, ?, 0, 0)',
      edge,
      a,
      b,
      denomination,
      rateBps,
      haircutBps,
      expiresAt,
      graceMs,
    );
    copyEdge(file, state, edge);
    for (const party of [a, b]) addToBalance(file, party, denomination, 0n);
  },
  EdgeLimitChanged: (file, { event, state }) => copyEdge(file, state, event.data.edge),
  ...CREDIT_WRITERS,
  ...HOP_WRITERS,
  BudgetDelegated: writeBudget,
  PolicyStated: (file, { event }) => {
    const { budget, policyDigest } = event.data;
    file.run('UPDATE budgets SET policy_digest = ? WHERE budget = ?', policyDigest, budget);
  },
  TaskBudgeted: (file, { event, state }) => {
    const { budget, task, cap } = event.data;
    file.run('INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, 0, 0, 0)', budget, task, cap);
    copyTask(file, state, budget, task);
    copyBudgets(file, state, budget);
  },
  NoteKeyCertified: nothing,
  IntentRecorded: nothing,
  HoldPlaced: writeHold,
  PaymentFinalized: (file, applied) => {
    const { event } = applied;
    endHold(file, applied, 'finalized', 'spent');
    const { grant, note, denomination, legs } = event.data;
    writeEntries(file, applied, 'payment', denomination, legs);
    if (grant === null || note === null) return;
    const { period, index } = grant;
    file.run(
      'UPDATE notes SET seq = ? WHERE period = ? AND note_index = ?',
      note.seq,
      period,
      index,
    );
  },
  HoldLapsed: (file, applied) => endHold(file, applied, 'lapsed', 'lapsed'),
  HoldVoided: (file, applied) => endHold(file, applied, 'voided', 'void'),
  PairClosed: (file, { event }) => {
    const { period, unspent } = event.data;
    for (const index of unspent) setNoteStatus(file, period, index, 'unspent');
  },
  PeriodClosed: writePeriodClosed,
  PeriodAttested: (file, { event }) => {
    const { attestation, period, publicSignals } = event.data;
    file.run(
      `UPDATE periods SET status = 'attested', attestation = ?, summary_commitment = ?
       WHERE period = ?`,
      attestation,
      publicSignals[2] ?? null,
      period,
    );
  },
  EquivocationRecorded: nothing,
  PayloadErased: (file, { event }) => eraseRows(file, event.data.eventId),
};

/**
 * Writes what one event changes. To be called once for each event, in log order, in the transaction
 * that moves the cursor past it.
 */
export function writeRows(
  file: ProjectionFile,
  event: RecordedEvent,
  state: BookState,
  index: number,
): void {
  // The table's type pairs each event type with its writer; a lookup by a union loses the pairing.
  const write = WRITERS[event.type] as (
    file: ProjectionFile,
    applied: { event: RecordedEvent; state: BookState; index: number },
  ) => void;
  write(file, { event, state, index });
}

function writeBudget(file: ProjectionFile, applied: Applied<'BudgetDelegated'>): void {
  const { event, state, index } = applied;
  const terms = event.data;
  file.run(
    'INSERT INTO budgets VALUES (?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, 0, ?, ?, NULL)',
    terms.budget,
    terms.principal,
    terms.agent,
    terms.denomination,
    terms.cap,
    terms.windowStart,
    terms.windowEnd,
    terms.tier,
    terms.parent,
    terms.policySalt,
  );
  terms.categories.forEach(({ name, ceiling, cap }, category) => {
    file.run(
      'INSERT INTO categories VALUES (?, ?, ?, ?, ?, 0, 0, 0)',
      terms.budget,
      category,
      name,
      ceiling,
      cap,
    );
  });
  copyBudgets(file, state, terms.budget);
  openPeriod(file, terms.period, terms.budget, 0, index);
}

function openPeriod(
  file: ProjectionFile,
  period: Hash,
  budget: Hash,
  periodIndex: number,
  firstSize: number,
): void {
  file.run(
    `INSERT INTO periods (period, budget, period_index, first_size, count, status)
     VALUES (?, ?, ?, ?, 0, 'open')`,
    period,
    budget,
    periodIndex,
    firstSize,
  );
}

function writeHold(file: ProjectionFile, applied: Applied<'HoldPlaced'>): void {
  const { event, state } = applied;
  const hold = event.data;
  const { grant } = hold;
  file.run(
    "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'held', ?, ?, ?, ?)",
    hold.voucher,
    hold.intent,
    hold.edge,
    hold.from,
    hold.to,
    hold.denomination,
    hold.amount,
    hold.fee,
    hold.at,
    hold.expiresAt,
    grant?.budget ?? null,
    grant?.period ?? null,
    grant?.index ?? null,
    event.eventId,
  );
  copyEdge(file, state, hold.edge);
  if (grant === null) return;
  file.run(
    "INSERT INTO notes VALUES (?, ?, 'held', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)",
    grant.period,
    grant.index,
    hold.voucher,
    grant.category,
    grant.regime,
    hold.amount + hold.fee,
    hold.at,
    grant.authorization,
    grant.noteSalt,
    grant.commitment,
    grant.core,
    grant.payer,
    grant.payee,
    event.eventId,
    grant.items && canonicalJson(batchItems.write(grant.items)),
  );
  file.run('UPDATE periods SET count = ? WHERE period = ?', grant.index + 1, grant.period);
  copyTallies(file, state, grant);
}

function endHold(
  file: ProjectionFile,
  applied: Applied<'PaymentFinalized' | 'HoldLapsed' | 'HoldVoided'>,
  status: 'finalized' | 'lapsed' | 'voided',
  noteStatus: 'spent' | 'lapsed' | 'void',
): void {
  const { event, state } = applied;
  const { voucher, edge, grant } = event.data;
  file.run('UPDATE holds SET status = ? WHERE voucher = ?', status, voucher);
  copyEdge(file, state, edge);
  if (grant === null) return;
  setNoteStatus(file, grant.period, grant.index, noteStatus);
  copyTallies(file, state, grant);
}

function setNoteStatus(file: ProjectionFile, period: Hash, index: number, status: string): void {
  file.run(
    'UPDATE notes SET status = ? WHERE period = ? AND note_index = ?',
    status,
    period,
    index,
  );
}

function writePeriodClosed(file: ProjectionFile, applied: Applied<'PeriodClosed'>): void {
  const { event, state, index } = applied;
  const { budget, period, periodIndex, nextPeriod, statuses } = event.data;
  file.run(
    `UPDATE periods SET status = 'closed', closed_at = ?, closed_index = ?, leaves_root = ?,
       tokens_root = ?, count = ? WHERE period = ?`,
    event.at,
    index,
    event.data.leavesRoot,
    event.data.tokensRoot,
    event.data.count,
    period,
  );
  statuses.forEach((status, i) => {
    setNoteStatus(file, period, i, status);
  });
  // The close is the last event of its period, so the next one starts right behind it.
  if (nextPeriod !== null) openPeriod(file, nextPeriod, budget, periodIndex + 1, index + 1);
  copyBudgets(file, state, budget);
}

function copyTallies(
  file: ProjectionFile,
  state: BookState,
  grant: Pick<EndedGrantData, 'budget' | 'task'>,
): void {
  copyBudgets(file, state, grant.budget);
  if (grant.task !== null) copyTask(file, state, grant.budget, grant.task);
}

function copyTask(file: ProjectionFile, state: BookState, budget: Hash, id: string): void {
  const task = state.tasks.get(taskId(budget, id));
  if (task === undefined) return;
  const { committed, spent, terms } = task;
  file.run(
    'UPDATE tasks SET available = ?, committed = ?, spent = ? WHERE budget = ? AND task = ?',
    terms.cap - committed - spent,
    committed,
    spent,
    budget,
    id,
  );
}

/** Copies the tallies of a budget and of all budgets above it. */
function copyBudgets(file: ProjectionFile, state: BookState, id: Hash): void {
  for (let next: Hash | null = id; next !== null; ) {
    const budget = state.budgets.get(next);
    if (budget === undefined) return;
    const { committed, spent, terms, periodIndex } = budget;
    file.run(
      `UPDATE budgets SET available = ?, committed = ?, spent = ?, period_index = ?
       WHERE budget = ?`,
      terms.cap - committed - spent,
      committed,
      spent,
      periodIndex,
      next,
    );
    budget.categories.forEach((tally, category) => {
      file.run(
        `UPDATE categories SET available = cap - ?, committed = ?, spent = ?
         WHERE budget = ? AND category = ?`,
        tally.committed + tally.spent,
        tally.committed,
        tally.spent,
        terms.budget,
        category,
      );
    });
    next = terms.parent;
  }
}
