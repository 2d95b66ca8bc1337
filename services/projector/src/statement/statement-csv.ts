import { parseDenomination, scaleOf } from '@atomicity/kernel/units/denomination';
import type { AccountStatement } from './account-statement.ts';
import { type CsvField, csvRecord } from './csv.ts';

const HEADER = [
  'time',
  'kind',
  'event',
  'counterparty',
  'denomination',
  'debit',
  'credit',
  'balance',
];

/**
 * The statement as RFC 4180 CSV with a header line. Times are ISO 8601 in UTC; amounts are exact
 * decimals of the denomination's code: 1500000 ledger units of `USD/6` are written 1.500000.
 */
export function* statementCsv(statement: AccountStatement): Generator<string> {
  yield csvRecord(HEADER);
  for (const line of statement.lines) {
    const moved = line.kind !== 'opening' && line.kind !== 'closing';
    yield csvRecord([
      line.at === null ? null : new Date(line.at).toISOString(),
      line.kind,
      line.event,
      line.counterparty,
      line.denomination,
      moved ? decimalAmount(line.debit, line.denomination) : null,
      moved ? decimalAmount(line.credit, line.denomination) : null,
      decimalAmount(line.balance, line.denomination),
    ]);
  }
}

/** A number that a spreadsheet reads as one: it is never quoted, even when negative. */
function decimalAmount(units: bigint, denomination: string): CsvField {
  const parsed = parseDenomination(denomination);
  if (parsed === undefined) throw new TypeError(`${denomination} is no denomination`);
  return { number: formatDecimal(units, scaleOf(parsed)) };
}

/** `units` · 10^−scale as a decimal with exactly `scale` decimals. */
export function formatDecimal(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  if (scale === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
