import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, OperatingError, type StoredEvent } from '@atomicity/event-log/port';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import { loggedEvent } from '../logged-event.ts';
import { Projection } from '../projection.ts';
import { type LogOrder, positionBefore } from '../projector.ts';
import { amountOf, bigOf, type ProjectionFile, textOf } from '../sqlite/projection-file.ts';
import { PROJECTED_TABLES } from '../sqlite/schema.ts';
import { type ProjectedTable, tableRows } from './dump.ts';

/** One thing on which two sources that must agree do not. */
export type Difference =
  /** A row of the projection against the same row of a fresh replay of the log. */
  | {
      readonly kind: 'row';
      readonly table: ProjectedTable;
      /** Canonical JSON of the row, or null where that side has none. */
      readonly projected: string | null;
      readonly replayed: string | null;
    }
  /** Hashes over the states of all books at the same log size. */
  | {
      readonly kind: 'state';
      readonly source: 'projection' | 'ledger';
      readonly hash: Hash;
      readonly replayed: Hash;
    }
  /** Positions of a denomination that do not add up to zero, or to the edges behind them. */
  | { readonly kind: 'sum'; readonly rule: 'conservation' | 'edges'; readonly facts: string };

export type Reconciliation = {
  /** Events of the log that were compared. */
  readonly size: number;
  readonly differences: readonly Difference[];
};

export type ReconcileOptions = {
  readonly projection: Projection;
  readonly store: EventStore;
  readonly order: LogOrder;
  readonly origin: string;
  /** `booksHash` of the ledger's own states and the log size that they stand at, where it is known. */
  readonly ledger?: { readonly size: number; readonly stateHash: Hash };
};

/**
 * Compares the projection with a fresh replay of the log up to the same size, and both with the
 * ledger's state. Nothing is changed; the replay happens in a temporary file that is removed.
 *
 * Every difference is one entry; none means that all agree. A ledger state of another size is not
 * compared: let the projection catch up first.
 *
 * @throws OperatingError as `Projection.apply`.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { projection, ledger } = options;
  const { size } = projection;
  const projectedHash = projection.stateHash();
  const rows = new Map(
    PROJECTED_TABLES.map(({ table }) => [table, [...tableRows(projection.file, table)]]),
  );
  const sums = sumDifferences(projection.file);
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-reconcile-'));
  const path = join(directory, 'replay.sqlite');
  if (existsSync(projection.carryPath)) copyFileSync(projection.carryPath, path);
  const replay = new Projection(path, options.origin);
  try {
    await replayTo(replay, size, options);
    const replayed = replay.stateHash();
    const differences: Difference[] = [...sums];
    for (const [table, projected] of rows) {
      differences.push(...rowDifferences(table, projected, [...tableRows(replay.file, table)]));
    }
    if (projectedHash !== replayed) {
      differences.push({ kind: 'state', source: 'projection', hash: projectedHash, replayed });
    }
    if (ledger !== undefined && ledger.size === size && ledger.stateHash !== replayed) {
      differences.push({ kind: 'state', source: 'ledger', hash: ledger.stateHash, replayed });
    }
    return { size, differences };
  } finally {
    replay.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const BATCH_SIZE = 256;

async function replayTo(
  replay: Projection,
  size: number,
  { store, order }: Pick<ReconcileOptions, 'store' | 'order'>,
): Promise<void> {
  const first = replay.nextIndex;
  const from = await positionBefore(order, first);
  let batch: StoredEvent[] = [];
  const flush = (): void => {
    replay.apply(batch.map((event, i) => loggedEvent(replay.nextIndex + i, event)));
    batch = [];
  };
  for await (const event of store.readAll(from, size - first)) {
    if (batch.push(event) === BATCH_SIZE) flush();
  }
  flush();
  if (replay.size !== size) throw tooShort(replay.size, size);
}

function tooShort(size: number, expected: number): OperatingError {
  return new OperatingError({
    code: 'log_too_short',
    outcome: 'not_applied',
    shortMessage: 'the log holds fewer events than the projection has seen',
    facts: { size, expected },
  });
}

/** Rows of both sides come in one order, so a merge finds every row that only one of them has. */
function rowDifferences(
  table: ProjectedTable,
  projected: readonly string[],
  replayed: readonly string[],
): Difference[] {
  const key = keyReader(table);
  const expected = new Map(replayed.map((text) => [key(text), text]));
  const differences: Difference[] = [];
  for (const text of projected) {
    const id = key(text);
    const other = expected.get(id) ?? null;
    expected.delete(id);
    if (other !== text) differences.push({ kind: 'row', table, projected: text, replayed: other });
  }
  for (const text of expected.values()) {
    differences.push({ kind: 'row', table, projected: null, replayed: text });
  }
  return differences;
}

function keyReader(table: ProjectedTable): (row: string) => string {
  const columns = PROJECTED_TABLES.find((entry) => entry.table === table)?.key.split(', ') ?? [];
  return (row) => {
    const values: Record<string, string | null> = JSON.parse(row);
    return canonicalJson(columns.map((column) => values[column] ?? null));
  };
}

/** The law of conservation over the rows themselves: it needs no replay to be seen broken. */
function sumDifferences(file: ProjectionFile): Difference[] {
  const totals = new Map<string, bigint>();
  const positions = new Map<string, bigint>();
  const add = (sums: Map<string, bigint>, id: string, value: bigint): void => {
    sums.set(id, (sums.get(id) ?? 0n) + value);
  };
  for (const row of file.each('SELECT * FROM edges')) {
    const denomination = textOf(row, 'denomination');
    add(positions, `${textOf(row, 'a')} ${denomination}`, amountOf(row, 'balance'));
    add(positions, `${textOf(row, 'b')} ${denomination}`, -amountOf(row, 'balance'));
  }
  for (const row of file.each('SELECT * FROM balances')) {
    const denomination = textOf(row, 'denomination');
    add(totals, denomination, bigOf(row, 'net'));
    add(positions, `${textOf(row, 'party')} ${denomination}`, -bigOf(row, 'net'));
  }
  const broken = (sums: Map<string, bigint>, rule: 'conservation' | 'edges'): Difference[] =>
    [...sums]
      .filter(([, sum]) => sum !== 0n)
      .map(([id, sum]) => ({ kind: 'sum', rule, facts: `${id}: ${sum}` }));
  return [...broken(totals, 'conservation'), ...broken(positions, 'edges')];
}
