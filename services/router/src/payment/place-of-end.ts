import type { EdgeCrossing, EdgeOutcome } from '@atomicity/kernel/routing/edge-beliefs';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { HopReceipt } from '@atomicity/kernel/wire/objects';

/** How far a part came, as the hops of its route signed it. */
export type PlaceOfEnd = {
  /** Number of the crossing that failed, 0 for the payer's own edge; null: none did. */
  readonly failedAt: number | null;
  /** The hop that refused, or that could not pass the part on; null if nobody said. */
  readonly hop: PartyId | null;
  readonly reason: string;
};

/** The payee of each crossing, in order: the hops that may have said something. */
const payeesOf = (crossings: readonly EdgeCrossing[]): readonly PartyId[] =>
  crossings.map(({ to }) => to);

/**
 * Where a part ended, from the `lapsed` receipts of hops along its route: the furthest one counts,
 * because all before it only repeat its reason. A hop that never held the part refused the edge
 * into it; one that did could not pass it on, so the edge after it failed. A receiver that held a
 * part gave it back: every edge carried it. Receipts are signed by the hops they name; what a hop
 * says can only put the blame on itself or on its own next edge.
 */
export function placeOfEnd(
  crossings: readonly EdgeCrossing[],
  receipts: readonly HopReceipt[],
): PlaceOfEnd | undefined {
  const payees = payeesOf(crossings);
  let furthest: { readonly at: number; readonly receipt: HopReceipt } | undefined;
  for (const receipt of receipts) {
    const at = payees.indexOf(receipt.hop);
    const isNext = at >= 0 && receipt.peer === crossings[at]?.from;
    if (receipt.transition !== 'lapsed' || !isNext) continue;
    if (furthest === undefined || at > furthest.at) furthest = { at, receipt };
  }
  if (furthest === undefined) return undefined;
  const { at, receipt } = furthest;
  const reason = receipt.reason ?? 'lapsed';
  if (!wasHeld(receipt)) return { failedAt: at, hop: receipt.hop, reason };
  const isReceiver = at === crossings.length - 1;
  return { failedAt: isReceiver ? null : at + 1, hop: receipt.hop, reason };
}

/** `prev` of a release is the hop's own `held`; of a refusal there is none. */
const wasHeld = ({ prev }: HopReceipt): boolean => prev !== null;

/** What a part that ended at a place teaches of its edges. */
export function outcomesOf(
  crossings: readonly EdgeCrossing[],
  { failedAt }: Pick<PlaceOfEnd, 'failedAt'>,
): readonly EdgeOutcome[] {
  const carried = failedAt === null ? crossings : crossings.slice(0, failedAt);
  const failed = failedAt === null ? undefined : crossings[failedAt];
  const held = carried.map((crossing) => ({ ...crossing, kind: 'held' as const }));
  return failed === undefined ? held : [...held, { ...failed, kind: 'failed' }];
}
