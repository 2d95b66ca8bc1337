import { numberOf, type ProjectionFile } from './sqlite/projection-file.ts';

/** When the first position moved at a dense log index of `from` or later; undefined if none has. */
export function firstMovementAt(file: ProjectionFile, from: number): number | undefined {
  const row = file.one(
    'SELECT at FROM entries WHERE log_index >= ? ORDER BY log_index LIMIT 1',
    from,
  );
  return row === undefined ? undefined : numberOf(row, 'at');
}
