import type { Hash, PartyId } from '../units/id.ts';

/**
 * Everything for which a hop is named. Each is a pattern of the hop's own statements that no book
 * can produce that keeps the protocol, whatever the clocks show and however messages travel.
 */
export const FAULTS = [
  {
    fault: 'two_statements',
    meaning: 'signed two different receipts of one transition for one voucher',
  },
  {
    fault: 'active_and_lapsed',
    meaning: 'signed for one voucher that it became a debt and that it lapsed',
  },
  {
    fault: 'denied_after_claiming',
    meaning: 'claimed from its payer and told its payee that the same part had lapsed',
  },
  {
    fault: 'lapsed_after_answering',
    meaning: 'answered its payee that the part is a debt and let the hold from its payer lapse',
  },
  { fault: 'forwarded_twice', meaning: 'forwarded one hold with two vouchers' },
  {
    fault: 'altered_forward',
    meaning: 'forwarded another amount, finalize key or route than it was given',
  },
  { fault: 'outlived_incoming', meaning: 'forwarded a hold for longer than it was given' },
  { fault: 'finalized_twice', meaning: 'signed two different receipts for one intent' },
  { fault: 'terms_misstated', meaning: 'signed other terms of a voucher than the voucher has' },
  {
    fault: 'deadline_misstated',
    meaning: 'signed another deadline than the voucher and its own receipts give',
  },
  {
    fault: 'acted_late',
    meaning: 'held, committed, claimed or answered after its own deadline by its own clock',
  },
  {
    fault: 'absent_at_deadline',
    meaning: 'recorded a lapse long after its deadline, of a part that was claimed in time',
  },
  {
    fault: 'window_let_pass',
    meaning: 'had all that the intent asks for, with time to spare, and let its own hold expire',
  },
] as const;

export type Fault = (typeof FAULTS)[number]['fault'];

/** A hop, what it did, and the ids of the objects that show it, ascending. */
export type NamedFault = {
  readonly hop: PartyId;
  readonly fault: Fault;
  readonly objects: readonly Hash[];
};

/** A fault with its objects in order. */
export function named(fault: Fault, hop: PartyId, objects: readonly Hash[]): NamedFault {
  return { hop, fault, objects: [...new Set(objects)].sort() };
}

/**
 * A node records a lapse within this time of the deadline while it runs, and a receiver that runs
 * finalizes within it, ms. More is absence, by the hop's own clock.
 */
export const PRESENCE_TOLERANCE_MS = 10_000;
