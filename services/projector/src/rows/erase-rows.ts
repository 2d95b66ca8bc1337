import type { Hash } from '@atomicity/kernel/units/id';
import type { ProjectionFile } from '../sqlite/projection-file.ts';

/** Every table with rows that one payload alone gave, and the column that names its event. */
const ROWS_OF_ONE_EVENT = ['holds', 'hops', 'notes', 'entries'] as const;

/**
 * Removes the rows that came from one event's payload: a hold, the opening of its note, a
 * hop, why it ended, the entries of a payment. Sums stay: balances, tallies and the running balances of later entries.
 * A second call removes nothing.
 */
export function eraseRows(file: ProjectionFile, eventId: Hash): void {
  for (const table of ROWS_OF_ONE_EVENT) file.run(`DELETE FROM ${table} WHERE event = ?`, eventId);
  file.run('UPDATE hops SET reason = NULL WHERE end_event = ?', eventId);
}
