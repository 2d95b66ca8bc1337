/**
 * A fee history as text: what routes cost, block by block or at any other moments. The format is
 * docs/reference/fee-history.md: one way to write each history, read strictly.
 */
import { isUnixMs, type UnixMs } from '../units/time.ts';
import type { DataPrices } from './route.ts';

export const FEE_HISTORY_HEADER = 'atomicity fee history v1';

/** Rows of a history at most. */
export const FEE_ROWS_MAX = 1_000_000;

/** Prices are below 2^128 wei. */
const WEI = /^(?:0|[1-9][0-9]{0,38})$/;
const WEI_MAX = 2n ** 128n - 1n;
const TIME = /^(?:0|[1-9][0-9]{0,14})$/;

const COLUMNS = ['at', 'baseFeePerGas', 'priorityFeePerGas', 'blobBaseFee', 'externalPerUnit'];

/** Prices of one moment. */
export type FeeRow = DataPrices & { readonly at: UnixMs };

/** `line` counts from 1; `field` names the column, or `row` and `header`. */
export type FeeHistoryFault = {
  readonly line: number;
  readonly field: string;
  readonly rule: string;
};

export type FeeHistoryReading =
  | { readonly kind: 'read'; readonly rows: readonly FeeRow[] }
  | { readonly kind: 'refused'; readonly fault: FeeHistoryFault };

const WEI_RULE = 'a price in wei: decimal digits without leading zeros, below 2^128';

function readWei(text: string): bigint | undefined {
  if (!WEI.test(text)) return undefined;
  const value = BigInt(text);
  return value > WEI_MAX ? undefined : value;
}

type Fault = Omit<FeeHistoryFault, 'line'>;

function readTime(text: string, before: FeeRow | undefined): UnixMs | Fault {
  const at = TIME.test(text) ? Number(text) : Number.NaN;
  if (!isUnixMs(at)) return { field: 'at', rule: 'a time in ms since the epoch, below 2^48' };
  return before !== undefined && at <= before.at
    ? { field: 'at', rule: 'later than in the row before' }
    : at;
}

/** One column; `-` stands for no price where there may be none. */
function readPrice(text: string, field: string): bigint | Fault {
  return readWei(text) ?? { field, rule: WEI_RULE };
}

function readOptionalPrice(text: string, field: string): bigint | null | Fault {
  return text === '-' ? null : (readWei(text) ?? { field, rule: `${WEI_RULE}; or -` });
}

const isFault = (value: bigint | number | null | Fault): value is Fault =>
  typeof value === 'object' && value !== null;

function readRow(text: string, before: FeeRow | undefined): FeeRow | Fault {
  const cells = text.split(' ');
  if (cells.length !== COLUMNS.length) {
    return { field: 'row', rule: `${COLUMNS.length} columns, one space between them` };
  }
  const [time = '', base = '', priority = '', blob = '', external = ''] = cells;
  const at = readTime(time, before);
  if (isFault(at)) return at;
  const baseFeePerGas = readPrice(base, 'baseFeePerGas');
  if (isFault(baseFeePerGas)) return baseFeePerGas;
  const priorityFeePerGas = readPrice(priority, 'priorityFeePerGas');
  if (isFault(priorityFeePerGas)) return priorityFeePerGas;
  const blobBaseFee = readOptionalPrice(blob, 'blobBaseFee');
  if (isFault(blobBaseFee)) return blobBaseFee;
  const externalPerUnit = readOptionalPrice(external, 'externalPerUnit');
  if (isFault(externalPerUnit)) return externalPerUnit;
  return { at, baseFeePerGas, priorityFeePerGas, blobBaseFee, externalPerUnit };
}

/**
 * Reads a history. What it accepts, `writeFeeHistory` writes again byte by byte. Refused, with the first
 * line at fault: another header, a line without its end, anything but the five columns, a price that is not
 * canonical, times that do not rise, no row or more than FEE_ROWS_MAX.
 */
export function readFeeHistory(text: string): FeeHistoryReading {
  const refused = (line: number, fault: Fault): FeeHistoryReading => ({
    kind: 'refused',
    fault: { line, ...fault },
  });
  const lines = text.split('\n');
  if (lines[0] !== FEE_HISTORY_HEADER) {
    return refused(1, { field: 'header', rule: `the first line is "${FEE_HISTORY_HEADER}"` });
  }
  if (lines[1] !== COLUMNS.join(' ')) {
    return refused(2, { field: 'header', rule: `the second line is "${COLUMNS.join(' ')}"` });
  }
  if (lines.at(-1) !== '')
    return refused(lines.length, { field: 'row', rule: 'ends with a line feed' });
  const rows: FeeRow[] = [];
  for (let i = 2; i < lines.length - 1; i++) {
    if (rows.length === FEE_ROWS_MAX) {
      return refused(i + 1, { field: 'row', rule: `at most ${FEE_ROWS_MAX} rows` });
    }
    const row = readRow(lines[i] ?? '', rows.at(-1));
    if ('rule' in row) return refused(i + 1, row);
    rows.push(row);
  }
  return rows.length === 0
    ? refused(3, { field: 'row', rule: 'at least one row' })
    : { kind: 'read', rows };
}

const formatPrice = (price: bigint | null): string => (price === null ? '-' : price.toString());

/** The text of a history whose rows `readFeeHistory` would give. */
export function writeFeeHistory(rows: readonly FeeRow[]): string {
  const lines = rows.map(({ at, baseFeePerGas, priorityFeePerGas, blobBaseFee, externalPerUnit }) =>
    [
      at,
      baseFeePerGas,
      priorityFeePerGas,
      formatPrice(blobBaseFee),
      formatPrice(externalPerUnit),
    ].join(' '),
  );
  return [FEE_HISTORY_HEADER, COLUMNS.join(' '), ...lines, ''].join('\n');
}
