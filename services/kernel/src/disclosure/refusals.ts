import type { Refusal } from '../wire/refusals.ts';

/**
 * Every reason for which a disclosure is refused, with its rule. The order is the precedence: first the
 * text, then what it is about, then what it shows.
 */
export const DISCLOSURE_REFUSALS = [
  { reason: 'disclosure_too_large', rule: 'a disclosure has at most 32,768 characters' },
  { reason: 'disclosure_not_json', rule: 'the text is JSON (RFC 8259)' },
  { reason: 'disclosure_duplicate_key', rule: 'no object repeats a key' },
  { reason: 'disclosure_malformed', rule: 'every member is documented, present and in range' },
  { reason: 'origin_mismatch', rule: 'the disclosure is about this log' },
  { reason: 'period_not_attested', rule: 'the log holds an attestation of the period' },
  { reason: 'period_mismatch', rule: 'budget, index and tier are those of the attestation' },
  { reason: 'index_unknown', rule: 'the log holds the note core of the index in the period' },
  { reason: 'note_not_counted', rule: 'the note was spent, or lapsed without a showing' },
  { reason: 'core_mismatch', rule: 'the note core of the index is the one that is named' },
  { reason: 'note_kind_mismatch', rule: 'single notes and batch notes open in their own way' },
  { reason: 'commitment_mismatch', rule: 'the opened fields hash to the commitment of the core' },
  {
    reason: 'path_mismatch',
    rule: 'the path leads from the commitment to the attested leavesRoot',
  },
  { reason: 'summary_mismatch', rule: 'the opening hashes to the attested summaryCommitment' },
  { reason: 'circuit_mismatch', rule: 'the claim is about single notes of this tier' },
  { reason: 'bound_out_of_range', rule: 'a public bound is an amount, 0 … 2^63−1' },
  { reason: 'signals_mismatch', rule: 'the public signals are those of the attestation' },
  { reason: 'claim_text_mismatch', rule: 'the words of the file say what its signals say' },
] as const;

export type DisclosureRefusalReason = (typeof DISCLOSURE_REFUSALS)[number]['reason'];

export type DisclosureRefusal = Refusal<DisclosureRefusalReason>;

const RULES: ReadonlyMap<DisclosureRefusalReason, string> = new Map(
  DISCLOSURE_REFUSALS.map(({ reason, rule }) => [reason, rule]),
);

/** A refusal with its rule: the given one, or the general rule of the reason. */
export function disclosureRefusal(
  reason: DisclosureRefusalReason,
  field?: string,
  rule = RULES.get(reason) ?? reason,
): DisclosureRefusal {
  return field === undefined ? { reason, rule } : { reason, field, rule };
}
