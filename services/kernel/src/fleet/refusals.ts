import type { Refusal } from '../wire/refusals.ts';

/**
 * Every reason for which a fleet's policy or cycle is refused, with its rule. The order is the
 * precedence: of two reasons that apply, the earlier is given. `facts` names the slot.
 * Source: docs/reference/fleet-proof.md.
 */
export const FLEET_REFUSALS = [
  // The policy.
  { reason: 'no_slots', rule: 'a fleet has at least one slot' },
  { reason: 'too_many_slots', rule: 'a fleet has at most as many slots as its size' },
  { reason: 'cap_out_of_range', rule: 'the cap is an amount, 0 … 2^63−1' },
  { reason: 'sub_cap_out_of_range', rule: 'every sub-cap is an amount, 0 … 2^63−1' },
  {
    reason: 'policy_listed_twice',
    rule: 'no two slots share a policy digest or a nullifier, so no summary counts twice',
  },
  { reason: 'sub_caps_exceed_cap', rule: 'the sub-caps of all slots together are at most the cap' },
  // The cycle.
  {
    reason: 'slot_count_mismatch',
    rule: 'a cycle says of every slot of its policy whether it is included or excluded',
  },
  {
    reason: 'summary_of_another_policy',
    rule: 'the summary of a slot is of the policy that the slot fixes',
  },
  {
    reason: 'summary_of_another_period',
    rule: 'the summary of a slot has the nullifier that the slot fixes',
  },
  {
    reason: 'sub_cap_exceeded',
    rule: 'the cumulative total of an included slot is at most its sub-cap',
  },
  { reason: 'context_out_of_range', rule: 'the context is below 2^248' },
  // A late release.
  { reason: 'bound_exceeds_sub_cap', rule: 'the bound of a late release is at most the sub-cap' },
  {
    reason: 'not_reserved',
    rule: 'what a late release gives back is still reserved: the slot is excluded, and only once',
  },
] as const;

export type FleetRefusalReason = (typeof FLEET_REFUSALS)[number]['reason'];

export type FleetRefusal = Refusal<FleetRefusalReason>;

const RULES: ReadonlyMap<FleetRefusalReason, string> = new Map(
  FLEET_REFUSALS.map(({ reason, rule }) => [reason, rule]),
);

/** A refusal with the rule of its reason. */
export function fleetRefusal(
  reason: FleetRefusalReason,
  facts?: Readonly<Record<string, string | number>>,
): FleetRefusal {
  const rule = RULES.get(reason) ?? reason;
  return facts === undefined ? { reason, rule } : { reason, rule, facts };
}
