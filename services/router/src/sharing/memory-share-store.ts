import type { PartyId } from '@atomicity/kernel/units/id';
import type { Place, RefusedShare, ShareStore } from './share-ports.ts';

/** A store that lasts as long as the process. For runs without a disk. */
export function memoryShareStore(refusedMax = 1_000): ShareStore {
  const cursors = new Map<PartyId, Place>();
  const refusals = new Map<PartyId, Map<number, RefusedShare>>();
  const of = (neighbour: PartyId): Map<number, RefusedShare> => {
    const known = refusals.get(neighbour) ?? new Map<number, RefusedShare>();
    refusals.set(neighbour, known);
    return known;
  };
  const refused = (neighbour: PartyId) =>
    [...of(neighbour).values()].sort((one, other) => one.revision - other.revision);
  return {
    cursor: (neighbour) => cursors.get(neighbour),
    settle: (neighbour, cursor, rows) => {
      if (cursor !== undefined) cursors.set(neighbour, cursor);
      for (const row of rows) of(neighbour).set(row.revision, row);
      const kept = refused(neighbour);
      for (const { revision } of kept.slice(0, Math.max(0, kept.length - refusedMax))) {
        of(neighbour).delete(revision);
      }
    },
    drop: (neighbour, revision) => void of(neighbour).delete(revision),
    refused,
  };
}
