/** An expected failure, as a value. `field` is a JSON pointer into the refused text. */
export type Refusal<Reason extends string = string> = {
  readonly reason: Reason;
  readonly field?: string;
  /** The rule that was broken, in words. */
  readonly rule?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
};

/**
 * Every reason for which the wire layer refuses an object, with its rule. The order is the
 * precedence: of two reasons that apply at one place, the earlier is given. Places are visited
 * outside in: the text, the envelope, `type` and `v`, then each object's own members (unknown,
 * missing, then each in declared order), then rules between members, then signers, and only in
 * `requiredChecks` and `checkOpening` the signatures and the openings.
 */
export const WIRE_REFUSALS = [
  { reason: 'object_too_large', rule: 'an object has at most 65,536 bytes of UTF-8' },
  { reason: 'not_json', rule: 'the text is JSON (RFC 8259)' },
  { reason: 'too_deep', rule: 'arrays and objects nest at most 32 deep' },
  { reason: 'duplicate_key', rule: 'no object repeats a key' },
  { reason: 'unsupported_number', rule: 'numbers are safe integers' },
  { reason: 'unsupported_text', rule: 'text holds no lone surrogate' },
  { reason: 'not_canonical', rule: 'the text is canonical JSON (RFC 8785), byte for byte' },
  { reason: 'wrong_type', rule: 'a member has its documented JSON type' },
  { reason: 'type_not_enabled', rule: 'the type is enabled in this version' },
  { reason: 'unknown_type', rule: 'the type is one of the documented ones' },
  { reason: 'unknown_version', rule: 'v is 1' },
  { reason: 'unknown_field', rule: 'no member beyond the documented ones' },
  { reason: 'missing_field', rule: 'every documented member is present' },
  { reason: 'batch_empty', rule: 'a batch has at least one payment' },
  { reason: 'batch_too_long', rule: 'a batch has at most 16 payments' },
  { reason: 'item_too_large', rule: 'a payment of a batch spends less than 2^48' },
  { reason: 'out_of_range', rule: 'a member keeps its documented form and limits' },
  { reason: 'not_sorted', rule: 'lists with a documented order keep it, without repeats' },
  { reason: 'inconsistent_fields', rule: 'members agree with each other' },
  { reason: 'items_sum_mismatch', rule: 'the payments of a batch spend together amount + fee' },
  { reason: 'items_outlive_hold', rule: 'the last payment of a batch is due by expiresAt' },
  { reason: 'not_equivocation', rule: 'the two objects differ and claim one place' },
  { reason: 'not_edge_disagreement', rule: 'the two states of one edge and sequence differ' },
  { reason: 'not_fee_mismatch', rule: 'the hop kept another fee than the policy it published' },
  { reason: 'missing_signature', rule: 'everybody who must sign the type has signed' },
  { reason: 'unexpected_signature', rule: 'nobody else has signed, nor with another kind of key' },
  { reason: 'unknown_note_core', rule: 'the core that a receipt names is known to the verifier' },
  { reason: 'signature_s_not_reduced', rule: 'S is below the group order L' },
  { reason: 'public_key_not_canonical', rule: 'A is the canonical encoding of its point' },
  { reason: 'public_key_small_order', rule: 'A is none of the 8 points of small order' },
  { reason: 'signature_r_not_canonical', rule: 'R is the canonical encoding of its point' },
  { reason: 'signature_r_small_order', rule: 'R is none of the 8 points of small order' },
  { reason: 'signature_invalid', rule: 'S·B − H(R, A, M)·A encodes to R (Ed25519, RFC 8032)' },
  { reason: 'commitment_mismatch', rule: 'the opening gives the commitment of the core' },
  { reason: 'period_digest_mismatch', rule: 'public signal 4 is the digest of the parts' },
  { reason: 'nullifier_mismatch', rule: 'public signal 5 is the nullifier of budget and period' },
] as const;

export type WireRefusalReason = (typeof WIRE_REFUSALS)[number]['reason'];

export type WireRefusal = Refusal<WireRefusalReason>;

const RULES: ReadonlyMap<WireRefusalReason, string> = new Map(
  WIRE_REFUSALS.map(({ reason, rule }) => [reason, rule]),
);

/** A refusal with its rule: the given one, or the general rule of the reason. */
export function wireRefusal(
  reason: WireRefusalReason,
  field?: string,
  rule = RULES.get(reason) ?? reason,
): WireRefusal {
  return field === undefined ? { reason, rule } : { reason, field, rule };
}
