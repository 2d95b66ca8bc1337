import type { Refusal } from '../wire/refusals.ts';

/** Why a path is not entered. Every reason that applies is told, hop by hop, in this order. */
export const PATH_REFUSALS = [
  { reason: 'no_hops', rule: 'a path has at least one hop' },
  { reason: 'hop_out_of_range', rule: 'times are whole ms, 0 … 2^48, intervals 1 or more' },
  { reason: 'total_over_tolerance', rule: 'all hops together take no longer than is tolerated' },
  { reason: 'size_not_allowed', rule: 'some lockup is allowed for the size' },
  { reason: 'lockup_too_long', rule: 'the first lock ends, at the latest, as its size allows' },
  {
    reason: 'not_decreasing',
    rule: 'a lock ends, at the earliest, after the one behind it at the latest',
  },
  {
    reason: 'delta_below_downstream',
    rule: 'a hop has time for the finality of the one behind it and for its own claim',
  },
  { reason: 'margin_gone', rule: 'time is left after claim, confirmations and late blocks' },
  {
    reason: 'forced_inclusion_late',
    rule: 'a claim against a sequencer that is off comes in time',
  },
  { reason: 'too_few_confirmations', rule: 'P(d ≥ k) · V < L for the confirmations of the hop' },
  {
    reason: 'redemption_uneconomical',
    rule: 'redeeming costs no more than its share of the value',
  },
] as const;

export type PathRefusalReason = (typeof PATH_REFUSALS)[number]['reason'];

export type PathRefusal = Refusal<PathRefusalReason> & { readonly hop: string | null };

const RULES: ReadonlyMap<PathRefusalReason, string> = new Map(
  PATH_REFUSALS.map(({ reason, rule }) => [reason, rule]),
);

/** A refusal with the rule of its reason; `hop` is null where it is of the whole path. */
export function refusePath(
  reason: PathRefusalReason,
  hop: string | null,
  facts: Readonly<Record<string, string | number>> = {},
): PathRefusal {
  return { reason, rule: RULES.get(reason) ?? reason, hop, facts };
}
