import type { SlotStanding } from '@atomicity/kernel/fleet/plan-cycle';
import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import type { Hash } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import {
  nullable,
  numberOf,
  type ProjectionFile,
  type SqlRow,
  textOf,
} from './sqlite/projection-file.ts';

/**
 * What the log says of the period that a fleet's slot rests on, as of `now`; undefined for a period
 * that the projection does not know. `attested` is the opening of its summary, from whoever keeps it.
 *
 * - A hold that is open, or lapsed without the co-signed close of its pair, leaves a close missing: one
 *   of the two ends may still say that it was used.
 * - The last payment of a period that nobody closed is still to come: its time is `now`.
 * - A payment under a budget stays in its book, so that it leaves no hop unconfirmed.
 */
export function slotStanding(
  file: ProjectionFile,
  place: PeriodPlace,
  now: UnixMs,
  attested: SummaryOpening | null,
): SlotStanding | undefined {
  const row = file.one(
    `SELECT p.period, p.status, b.agent, max(later.period_index) AS last_index
     FROM periods p JOIN budgets b USING (budget) JOIN periods later USING (budget)
     WHERE p.budget = ? AND p.period_index = ? GROUP BY p.period`,
    place.budget,
    place.periodIndex,
  );
  if (row === undefined) return undefined;
  const period = textOf(row, 'period');
  const isOpen = textOf(row, 'status') === 'open';
  return {
    openDisputes: disputedEdges(file, period),
    unconfirmedHops: 0,
    missingCloses: isOpen ? missingCloses(file, period) : 0,
    credentialExpiresAt: lastKeyEnds(file, textOf(row, 'agent')),
    lastPaymentAt: isOpen ? now : lastAuthorization(file, period),
    attested,
    hasLaterPeriod: numberOf(row, 'last_index') > place.periodIndex,
  };
}

/** Edges on which the period's payments run and whose two ends disagree. */
function disputedEdges(file: ProjectionFile, period: string): readonly Hash[] {
  return file
    .all(
      `SELECT DISTINCT e.edge FROM notes n JOIN holds h USING (voucher) JOIN edges e USING (edge)
       WHERE n.period = ? AND e.disputed = 1 ORDER BY e.edge`,
      period,
    )
    .map((row) => textOf(row, 'edge') as Hash);
}

/** Pairs with a hold that has not ended or that lapsed, and no close that shows it unused. */
function missingCloses(file: ProjectionFile, period: string): number {
  const row = file.one(
    `SELECT count(*) AS pairs FROM (SELECT DISTINCT payer, payee FROM notes
     WHERE period = ? AND status IN ('held', 'lapsed'))`,
    period,
  );
  return row === undefined ? 0 : numberOf(row, 'pairs');
}

/** When the last of an agent's keys stops to count: by its time or by its revocation. */
function lastKeyEnds(file: ProjectionFile, agent: string): UnixMs {
  const ends = file
    .all('SELECT expires_at, revoked_at FROM keys WHERE party = ?', agent)
    .map(endOfKey);
  return unixMs(Math.max(0, ...ends));
}

function endOfKey(row: SqlRow): number {
  const revokedAt = nullable(row, 'revoked_at', numberOf);
  return Math.min(numberOf(row, 'expires_at'), revokedAt ?? Number.POSITIVE_INFINITY);
}

function lastAuthorization(file: ProjectionFile, period: string): UnixMs | null {
  const row = file.one('SELECT max(at) AS last FROM notes WHERE period = ?', period);
  const last = row === undefined ? null : nullable(row, 'last', numberOf);
  return last === null ? null : unixMs(last);
}
