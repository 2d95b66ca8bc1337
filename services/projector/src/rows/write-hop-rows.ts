/** Hops: one voucher of a payment across books, as this book's end of its edge records it. */
import type { BookState } from '@atomicity/kernel/book/state';
import type { HopEventData } from '@atomicity/kernel/hop/events';
import type { Hash } from '@atomicity/kernel/units/id';
import type { ProjectionFile } from '../sqlite/projection-file.ts';
import type { Applied, Writer } from './applied.ts';
import { copyEdge, writeEntries } from './write-positions.ts';

const nothing = (): void => {};

function writeHeld(file: ProjectionFile, applied: Applied<'HopHeld'>): void {
  const { event, state } = applied;
  const hop = event.data;
  file.run(
    "INSERT INTO hops VALUES (?, ?, ?, ?, 'held', ?, ?, ?, ?, ?, ?, ?, 0, ?, NULL, ?, ?, ?, NULL, ?, NULL)",
    hop.voucher,
    hop.intent,
    hop.part,
    hop.side,
    hop.edge,
    hop.from,
    hop.to,
    hop.denomination,
    hop.amount,
    hop.fee,
    hop.probe ? 1 : 0,
    hop.incoming,
    hop.at,
    hop.deadline,
    event.at,
    event.eventId,
  );
  copyHop(file, state, hop.voucher);
  if (hop.incoming !== null) copyHop(file, state, hop.incoming);
  copyEdge(file, state, hop.edge);
}

/** Copies where the kernel says that a hop stands. */
function copyHop(file: ProjectionFile, state: BookState, voucher: Hash): void {
  const hop = state.hops.get(voucher);
  if (hop === undefined) return;
  // The payee knows of what it holds; the payer once the payee has signed that it does.
  const acknowledged = hop.terms.side === 'payee' || hop.heldReceipt !== null;
  file.run(
    'UPDATE hops SET status = ?, acknowledged = ?, outgoing = ?, at = ? WHERE voucher = ?',
    hop.status,
    acknowledged ? 1 : 0,
    hop.outgoing,
    hop.at,
    voucher,
  );
}

type StepType = 'HopAcknowledged' | 'HopCommitted' | 'HopClaimed' | 'HopConfirmed';

function writeStep(file: ProjectionFile, { event, state }: Applied<StepType>): void {
  copyHop(file, state, event.data.voucher);
}

export const HOP_WRITERS: { readonly [T in keyof HopEventData]: Writer<T> } = {
  PartyHosted: nothing,
  FeePolicyPublished: nothing,
  PaymentOrdered: nothing,
  HopHeld: writeHeld,
  HopDeclined: nothing,
  HopAcknowledged: writeStep,
  HopCommitted: writeStep,
  HopClaimed: writeStep,
  HopConfirmed: writeStep,
  HopActivated: (file, applied) => {
    const { voucher, edge, denomination, legs } = applied.event.data;
    copyHop(file, applied.state, voucher);
    copyEdge(file, applied.state, edge);
    writeEntries(file, applied, 'hop', denomination, legs);
  },
  HopLapsed: (file, { event, state }) => {
    const { voucher, edge, reason } = event.data;
    copyHop(file, state, voucher);
    file.run(
      'UPDATE hops SET reason = ?, end_event = ? WHERE voucher = ?',
      reason,
      event.eventId,
      voucher,
    );
    copyEdge(file, state, edge);
  },
  DeliveryFinalized: (file, applied) => {
    const { denomination, parts, legs } = applied.event.data;
    for (const { voucher, edge } of parts) {
      copyHop(file, applied.state, voucher);
      copyEdge(file, applied.state, edge);
    }
    writeEntries(file, applied, 'hop', denomination, legs);
  },
  FeeMismatchRecorded: nothing,
};
