import { createHash } from 'node:crypto';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import type { ProjectionFile, SqlRow } from '../sqlite/projection-file.ts';
import { PROJECTED_TABLES } from '../sqlite/schema.ts';

export type ProjectedTable = (typeof PROJECTED_TABLES)[number]['table'];

/** One row as canonical JSON; integers as decimal strings. */
function rowText(row: SqlRow): string {
  const columns = Object.entries(row).map(
    ([column, value]) => [column, typeof value === 'bigint' ? value.toString() : value] as const,
  );
  return canonicalJson(Object.fromEntries(columns));
}

/** The rows of a table in the order of its key, each as canonical JSON. */
export function* tableRows(file: ProjectionFile, table: ProjectedTable): Generator<string> {
  const order = PROJECTED_TABLES.find((projected) => projected.table === table)?.key;
  for (const row of file.each(`SELECT * FROM ${table} ORDER BY ${order}`)) yield rowText(row);
}

/** Every row that the log determines, table by table, one JSON text a line. */
export function* dumpRows(file: ProjectionFile): Generator<string> {
  for (const { table } of PROJECTED_TABLES) {
    for (const text of tableRows(file, table)) yield `${table} ${text}\n`;
  }
}

/** SHA-256 of `dumpRows`: equal for two projections that hold the same rows. */
export function dumpDigest(file: ProjectionFile): Hash {
  const hash = createHash('sha256');
  for (const line of dumpRows(file)) hash.update(line);
  return hash.digest('hex') as Hash;
}
