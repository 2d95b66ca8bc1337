import { type Amount, amount } from '../units/amount.ts';
import { type PartToSend, type PlannedPart, partToSend } from './plan.ts';
import { routeFees, smallestAmount } from './price-route.ts';
import { type RoutingRefusal, routingRefusal } from './refusals.ts';

export type ProbePlan = {
  /** To be sent with `route.probe`, one for each way that is not certain. */
  readonly probes: readonly PartToSend[];
  /** Σ amount + fee: what the book counts against maxProbeSpend when they are held. */
  readonly spend: Amount;
};

export type ProbeOutcome =
  | { readonly kind: 'planned'; readonly plan: ProbePlan }
  | { readonly kind: 'refused'; readonly refusal: RoutingRefusal };

/** The probe of one way: as little as its hops forward, but no less than `size`. */
function probeOf({ route, crossings, ttlMs }: PlannedPart, size: Amount): PartToSend | undefined {
  const [own] = crossings;
  const least = smallestAmount(route);
  const priced =
    own === undefined ? undefined : routeFees(route, own.denomination, least > size ? least : size);
  return priced === undefined ? undefined : partToSend(route, priced, ttlMs);
}

/**
 * Plans tiny vouchers that try the ways of a plan before its parts do: for every part that may fail,
 * the least likely first, as long as amount and fee of all together are at most `spendLeft`, what the
 * book still admits under maxProbeSpend. A probe tells that a way is alive and forwards `size` (ledger
 * units, at least what its hops forward at all); it proves no more capacity than that. Ways that are
 * certain need none, so the list may be empty.
 * Refusals: probe_spend_exhausted where some way needs a probe and none fits.
 */
export function planProbes(
  parts: readonly PlannedPart[],
  spendLeft: Amount,
  size: Amount = amount(1n),
): ProbeOutcome {
  const probes: PartToSend[] = [];
  let left: bigint = spendLeft;
  let cheapest: bigint | undefined;
  const uncertain = parts.filter(({ successProbability }) => successProbability < 1);
  for (const part of uncertain.sort((a, b) => a.successProbability - b.successProbability)) {
    const probe = probeOf(part, size);
    if (probe === undefined) continue;
    const spend = probe.amount + probe.fee;
    if (cheapest === undefined || spend < cheapest) cheapest = spend;
    if (spend > left) continue;
    probes.push(probe);
    left -= spend;
  }
  if (cheapest !== undefined && probes.length === 0) {
    const facts = { left: spendLeft.toString(), needed: cheapest.toString() };
    return { kind: 'refused', refusal: routingRefusal('probe_spend_exhausted', facts) };
  }
  return { kind: 'planned', plan: { probes, spend: amount(spendLeft - left) } };
}
