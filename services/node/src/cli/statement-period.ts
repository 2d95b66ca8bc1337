import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import { UsageError } from './usage-error.ts';

/** A span of time, ms since the epoch, `from ≤ t < to`; or a budget's period, by its hash. */
export type StatementPeriod =
  | { readonly kind: 'times'; readonly from: number; readonly to: number }
  | { readonly kind: 'budget-period'; readonly hash: Hash };

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/;
const DAY_MS = 86_400_000;

/** Reads a month, a span or a period's hash. @throws UsageError naming --period. */
export function parsePeriod(text: string): StatementPeriod {
  const hash = parseHash(text);
  if (hash !== undefined) return { kind: 'budget-period', hash };
  const [, year, month] = MONTH.exec(text) ?? [];
  if (year !== undefined && month !== undefined) {
    const from = Date.UTC(Number(year), Number(month) - 1, 1);
    return { kind: 'times', from, to: Date.UTC(Number(year), Number(month), 1) };
  }
  const ends = text.split('..');
  const [from, to] = [startOf(ends[0]), endOf(ends[1])];
  if (ends.length !== 2 || from === undefined || to === undefined) {
    throw new UsageError(
      `--period: YYYY-MM, FROM..TO (dates or UTC times), or a period's 64 hex digits, not ${text}`,
    );
  }
  if (to <= from) throw new UsageError(`--period: ${text} ends before it begins`);
  return { kind: 'times', from, to };
}

function startOf(text: string | undefined): number | undefined {
  if (text === undefined || !(DATE.test(text) || TIME.test(text))) return undefined;
  const time = Date.parse(text);
  // Date.parse takes the 31st of February for a day in March.
  const isReal =
    Number.isFinite(time) && new Date(time).toISOString().startsWith(text.slice(0, 10));
  return isReal ? time : undefined;
}

/** A date ends with its day, a time is the end itself. */
function endOf(text: string | undefined): number | undefined {
  const start = startOf(text);
  if (start === undefined || text === undefined) return undefined;
  return DATE.test(text) ? start + DAY_MS : start;
}
