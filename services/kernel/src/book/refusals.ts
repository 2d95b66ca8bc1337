import type { Refusal } from '../wire/refusals.ts';
import { FIT_REFUSALS } from './refusals-of-fit.ts';
import { MOMENT_REFUSALS } from './refusals-of-moment.ts';

/**
 * Every reason for which a book refuses a well-formed, correctly signed object, with its rule. The
 * order is the precedence: of two reasons that apply, the earlier is given. `transient` means that
 * the same object may be accepted later, without anybody signing anything new.
 */
export const BOOK_REFUSALS = [...FIT_REFUSALS, ...MOMENT_REFUSALS] as const;

export type BookRefusalReason = (typeof BOOK_REFUSALS)[number]['reason'];

export type BookRefusal = Refusal<BookRefusalReason>;

const BY_REASON: ReadonlyMap<BookRefusalReason, (typeof BOOK_REFUSALS)[number]> = new Map(
  BOOK_REFUSALS.map((entry) => [entry.reason, entry]),
);

/** True if the same object may be accepted later without anybody signing anything new. */
export function isTransient(reason: BookRefusalReason): boolean {
  return BY_REASON.get(reason)?.transient ?? false;
}

/** A refusal with the rule of its reason; `facts` are numbers and ids that the sender may see. */
export function refuse(
  reason: BookRefusalReason,
  field?: string,
  facts?: Readonly<Record<string, string | number>>,
): BookRefusal {
  const rule = BY_REASON.get(reason)?.rule ?? reason;
  return {
    reason,
    rule,
    ...(field === undefined ? {} : { field }),
    ...(facts === undefined ? {} : { facts }),
  };
}
