/** Positions: the balances of edges and parties, and the entries that a statement is made of. */
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import type { Leg } from '@atomicity/kernel/credit/leg';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { bigOf, type ProjectionFile } from '../sqlite/projection-file.ts';

/**
 * Why a position moved. `payment`: inside the book; `hop`: one edge of a payment across books, routing
 * fees included; `carry`: interest; `reassign`: a debt changed its creditor; `settlement`: paid outside.
 */
export type EntryKind = 'payment' | 'hop' | 'carry' | 'reassign' | 'settlement';

/**
 * Writes the legs of an event, which come in pairs: the two sides of one edge. A leg of nothing is no
 * entry.
 */
export function writeEntries(
  file: ProjectionFile,
  { event, index }: { readonly event: RecordedEvent; readonly index: number },
  kind: EntryKind,
  denomination: Denomination,
  legs: readonly Leg[],
): void {
  for (const [ordinal, { party, delta }] of legs.entries()) {
    const counterparty = legs[ordinal ^ 1]?.party;
    if (counterparty === undefined) throw new Error('the legs of an event come in pairs');
    if (delta === 0n) continue;
    const net = addToBalance(file, party, denomination, delta);
    file.run(
      'INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      index,
      ordinal,
      event.eventId,
      event.at,
      kind,
      party,
      counterparty,
      denomination,
      delta,
      net.toString(),
    );
  }
}

/** Answers the position after the change. */
export function addToBalance(
  file: ProjectionFile,
  party: PartyId,
  denomination: string,
  delta: bigint,
): bigint {
  const row = file.one(
    'SELECT net FROM balances WHERE party = ? AND denomination = ?',
    party,
    denomination,
  );
  const net = row === undefined ? delta : bigOf(row, 'net') + delta;
  file.run('INSERT OR REPLACE INTO balances VALUES (?, ?, ?)', party, denomination, net.toString());
  return net;
}

/** Copies what the kernel computed for an edge: limits, balance, holds, the state both ends signed. */
export function copyEdge(file: ProjectionFile, state: BookState, id: Hash): void {
  const edge = state.edges.get(id);
  if (edge === undefined) return;
  file.run(
    `UPDATE edges SET limit_a = ?, limit_b = ?, balance = ?, held_from_a = ?, held_from_b = ?,
       state_sequence = ?, disputed = ? WHERE edge = ?`,
    edge.limitA,
    edge.limitB,
    edge.balance,
    edge.heldFromA,
    edge.heldFromB,
    edge.state?.terms.sequence ?? 0,
    edge.dispute === null ? 0 : 1,
    id,
  );
}
