import type { LogReader } from '@atomicity/event-log/sequencer/log-reader';
import type { Hash } from '@atomicity/kernel/units/id';
import {
  nullable,
  numberOf,
  type ProjectionFile,
} from '@atomicity/projector/sqlite/projection-file';
import { envelopeOf } from '../compose/fold-books.ts';
import { UsageError } from './usage-error.ts';

/**
 * When a budget's period ran: from the time of its first event up to and with that of its close; an
 * open one runs until the newest event. Payments of other budgets in that time are in it too.
 * @throws UsageError for a period that the log does not know.
 */
export async function budgetPeriodTimes(
  file: ProjectionFile,
  log: LogReader,
  period: Hash,
): Promise<{ readonly from: number; readonly to: number }> {
  const row = file.one('SELECT first_size, closed_at FROM periods WHERE period = ?', period);
  if (row === undefined) throw new UsageError(`--period: the log knows no period ${period}`);
  const closedAt = nullable(row, 'closed_at', numberOf);
  let from = 0;
  for await (const { envelope } of log.events(numberOf(row, 'first_size'), 1)) {
    from = envelopeOf(envelope).at;
  }
  return { from, to: closedAt === null ? Number.MAX_SAFE_INTEGER : closedAt + 1 };
}
