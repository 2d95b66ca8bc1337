import type { EntryKind } from '../rows/write-positions.ts';
import {
  amountOf,
  bigOf,
  numberOf,
  type ProjectionFile,
  type SqlRow,
  textOf,
} from '../sqlite/projection-file.ts';

/** One line of a statement. Amounts are in ledger units of the denomination; debit and credit ≥ 0. */
export type StatementLine = {
  /** `erased`: the effect of events whose payloads have been erased, in one sum. */
  readonly kind: 'opening' | EntryKind | 'erased' | 'closing';
  /** Time of the event, ms since the epoch; null where no single event stands behind the line. */
  readonly at: number | null;
  readonly event: string | null;
  readonly counterparty: string | null;
  readonly denomination: string;
  readonly debit: bigint;
  readonly credit: bigint;
  /** The party's net position after the line. */
  readonly balance: bigint;
};

export type AccountStatement = {
  readonly party: string;
  /** From this time on, ms since the epoch. */
  readonly from: number;
  /** Up to but without this time. */
  readonly to: number;
  /** Dense log index of the last event that the statement knows of, or -1. */
  readonly logIndex: number;
  /** By denomination; within one: opening, movements in log order, closing. */
  readonly lines: readonly StatementLine[];
};

export type StatementQuery = {
  readonly party: string;
  readonly from: number;
  readonly to: number;
};

/**
 * The movements of a party's positions in `from ≤ time < to`, with opening and closing balances.
 * A denomination in which the party has an edge always has its two balances.
 */
export function accountStatement(
  file: ProjectionFile,
  logIndex: number,
  query: StatementQuery,
): AccountStatement {
  const balances = file.all(
    'SELECT denomination, net FROM balances WHERE party = ? ORDER BY denomination',
    query.party,
  );
  const lines = balances.flatMap((row) => denominationLines(file, query, row));
  return { ...query, logIndex, lines };
}

function denominationLines(
  file: ProjectionFile,
  { party, from, to }: StatementQuery,
  balance: SqlRow,
): StatementLine[] {
  const denomination = textOf(balance, 'denomination');
  const select = 'SELECT * FROM entries WHERE party = ? AND denomination = ?';
  const rows = file.all(
    `${select} AND at >= ? AND at < ? ORDER BY log_index, leg`,
    party,
    denomination,
    from,
    to,
  );
  const before = file.one(
    `${select} AND at < ? ORDER BY log_index DESC, leg DESC LIMIT 1`,
    party,
    denomination,
    from,
  );
  const later = file.one(
    `${select} AND at >= ? ORDER BY log_index LIMIT 1`,
    party,
    denomination,
    to,
  );
  let net = before === undefined ? 0n : bigOf(before, 'net');
  const line = movementLine(denomination);
  const lines = [line('opening', 0n, net)];
  for (const row of rows) {
    const delta = amountOf(row, 'delta');
    const after = bigOf(row, 'net');
    // What is missing between two running balances belongs to erased payments.
    const missing = after - delta - net;
    if (missing !== 0n) lines.push(line('erased', missing, after - delta));
    lines.push(line(textOf(row, 'kind') as EntryKind, delta, after, row));
    net = after;
  }
  const current = bigOf(balance, 'net');
  if (later === undefined && current !== net) {
    lines.push(line('erased', current - net, current));
    net = current;
  }
  lines.push(line('closing', 0n, net));
  return lines;
}

function movementLine(denomination: string) {
  return (
    kind: StatementLine['kind'],
    delta: bigint,
    balance: bigint,
    row?: SqlRow,
  ): StatementLine => ({
    kind,
    at: row === undefined ? null : numberOf(row, 'at'),
    event: row === undefined ? null : textOf(row, 'event'),
    counterparty: row === undefined ? null : textOf(row, 'counterparty'),
    denomination,
    debit: delta < 0n ? -delta : 0n,
    credit: delta > 0n ? delta : 0n,
    balance,
  });
}
