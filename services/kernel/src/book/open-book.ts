import type { PartyId } from '../units/id.ts';
import type { BookEvent } from './events.ts';

/** Greatest |at − now| of vouchers and receipts unless configured, ms. */
export const SKEW_MS = 60_000;

/** Longest time that a hold may last unless configured, ms: one day. */
export const HOLD_MS_MAX = 86_400_000;

/** The first event of a book. Its cause is none: the node opens its own books. */
export function openBook(options: {
  readonly name: string;
  readonly origin: string;
  readonly operator: PartyId;
  readonly skewMs?: number;
  readonly holdMsMax?: number;
}): BookEvent {
  const { name, origin, operator, skewMs = SKEW_MS, holdMsMax = HOLD_MS_MAX } = options;
  return { type: 'BookOpened', data: { name, origin, operator, skewMs, holdMsMax } };
}
