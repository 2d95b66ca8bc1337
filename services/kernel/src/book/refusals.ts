import type { Refusal } from '../wire/refusals.ts';

/**
 * Every reason for which a book refuses a well-formed, correctly signed object, with its rule. The
 * order is the precedence: of two reasons that apply, the earlier is given. `transient` means that
 * the same object may be accepted later, without anybody signing anything new.
 */
export const BOOK_REFUSALS = [
  // What the object names.
  { reason: 'book_not_opened', rule: 'a book takes objects after BookOpened', transient: true },
  {
    reason: 'type_not_recorded',
    rule: 'objects of this type are recorded in a book',
    transient: false,
  },
  { reason: 'edge_unknown', rule: 'the edge is open in this book', transient: true },
  {
    reason: 'edge_not_remote',
    rule: 'a route passes edges with one end in this book and the other in another',
    transient: true,
  },
  {
    reason: 'route_missing',
    rule: 'a voucher on an edge to another book has a route',
    transient: false,
  },
  { reason: 'intent_unknown', rule: 'the intent is recorded and not expired', transient: true },
  { reason: 'parent_unknown', rule: 'the parent budget is in this book', transient: true },
  { reason: 'budget_unknown', rule: 'the budget is in this book', transient: true },
  { reason: 'task_unknown', rule: 'the budget has this task', transient: true },
  { reason: 'period_unknown', rule: 'the period is open or was', transient: true },
  {
    reason: 'hold_unknown',
    rule: 'the voucher holds, or has held within its time',
    transient: true,
  },
  {
    reason: 'order_unknown',
    rule: 'a sender’s vouchers have an order of the payer for the intent',
    transient: true,
  },
  {
    reason: 'incoming_unknown',
    rule: 'a forwarded part has come in here for the payer of the voucher',
    transient: true,
  },
  {
    reason: 'policy_unknown',
    rule: 'the policy is the hop’s newest, or was so within the time of an offer',
    transient: true,
  },
  {
    reason: 'hop_unknown',
    rule: 'the voucher is held here as a hop, or was so within 7 days',
    transient: true,
  },
  { reason: 'note_key_unknown', rule: 'the note key is certified in this book', transient: true },
  { reason: 'request_unknown', rule: 'the settlement request is in this book', transient: true },
  // Who speaks.
  {
    reason: 'signer_mismatch',
    rule: 'the object is signed by the party that its budget names for it',
    transient: false,
  },
  { reason: 'not_the_operator', rule: 'the party is the operator of the book', transient: false },
  {
    reason: 'key_unknown',
    rule: 'the signing key is delegated by the party; an identity key signs only delegations and revocations',
    transient: true,
  },
  { reason: 'key_revoked', rule: 'the key is not revoked in the log', transient: false },
  { reason: 'key_not_yet_active', rule: 'now is not before the key’s notBefore', transient: true },
  { reason: 'key_expired', rule: 'now is before the key’s expiresAt', transient: false },
  { reason: 'key_lacks_role', rule: 'the key has the role that the object needs', transient: true },
  { reason: 'key_already_revoked', rule: 'a key is revoked once', transient: false },
  {
    reason: 'identity_revoked',
    rule: 'a revoked identity delegates no further keys',
    transient: false,
  },
  {
    reason: 'next_identity_mismatch',
    rule: 'the next identity repeats the hash of the first delegation',
    transient: false,
  },
  {
    reason: 'not_on_edge',
    rule: 'the object’s party, or payer and payee, are the two parties of the edge',
    transient: false,
  },
  { reason: 'party_not_hosted', rule: 'the party is hosted by this book', transient: true },
  {
    reason: 'peer_mismatch',
    rule: 'hop and peer are the two ends of the voucher, and the transition is the speaker’s',
    transient: false,
  },
  {
    reason: 'not_the_proposer',
    rule: 'of two books, that of a proposes the states of an edge, that of b answers',
    transient: false,
  },
  // Once only.
  {
    reason: 'exists_with_different_terms',
    rule: 'the place that the object fills is not filled by another object',
    transient: false,
  },
  {
    reason: 'sequence_not_next',
    rule: 'limit changes of a grantor, and states, count 1, 2, … for each edge',
    transient: true,
  },
  {
    reason: 'previous_mismatch',
    rule: 'a state names the state of its edge before it',
    transient: false,
  },
  {
    reason: 'evidence_already_used',
    rule: 'the evidence of a rail settles once on an edge',
    transient: false,
  },
  {
    reason: 'request_already_settled',
    rule: 'a settlement request is answered once',
    transient: false,
  },
  {
    reason: 'note_key_already_used',
    rule: 'a note key serves one party in one pair and period',
    transient: false,
  },
  { reason: 'hold_already_ended', rule: 'a hold ends once', transient: false },
  { reason: 'intent_already_paid', rule: 'an intent is paid once', transient: false },
  { reason: 'intent_already_held', rule: 'an intent has one open hold', transient: true },
  {
    reason: 'part_already_held',
    rule: 'a part comes in once and leaves once, whatever became of it',
    transient: false,
  },
  {
    reason: 'incoming_ended',
    rule: 'a part is forwarded while it is held or active* here',
    transient: false,
  },
  { reason: 'hop_already_active', rule: 'a hop becomes active once', transient: false },
  {
    reason: 'hop_already_claimed',
    rule: 'a claimed hop waits for the answer of its payer',
    transient: false,
  },
  {
    reason: 'hop_lapsed',
    rule: 'the hop has not lapsed or been refused: now is before its deadline',
    transient: false,
  },
  { reason: 'hop_not_claimed', rule: 'a payer answers a claim of this book', transient: true },
  {
    reason: 'hop_not_committed',
    rule: 'an active* answers a CommitSignal of this book',
    transient: true,
  },
  {
    reason: 'hop_still_forwarded',
    rule: 'a hop is released after the hop that forwards it has ended',
    transient: true,
  },
  { reason: 'part_not_held', rule: 'the parts are held or active* in this book', transient: true },
  {
    reason: 'offer_superseded',
    rule: 'a policy is published by an offer newer than that of the last one',
    transient: false,
  },
  // Whether it fits what it names.
  {
    reason: 'delivery_not_offered',
    rule: 'the intent may be paid from other books',
    transient: false,
  },
  { reason: 'route_with_grant', rule: 'a route takes no grant in this version', transient: false },
  {
    reason: 'route_mismatch',
    rule: 'a voucher goes to the next party of its part’s route, with the rest of it',
    transient: false,
  },
  { reason: 'intent_mismatch', rule: 'the object names the intent of its hold', transient: false },
  {
    reason: 'denomination_mismatch',
    rule: 'object, edge, intent and budgets have one denomination',
    transient: false,
  },
  { reason: 'receiver_mismatch', rule: 'the payee is the intent’s receiver', transient: false },
  {
    reason: 'amount_mismatch',
    rule: 'amount and fee are exactly those held or asked for: there are no partial payments',
    transient: false,
  },
  { reason: 'amount_zero', rule: 'an amount to be paid is at least 1', transient: false },
  {
    reason: 'finalize_key_mismatch',
    rule: 'intent, order, vouchers and receipts of a payment name one finalizeKey',
    transient: false,
  },
  {
    reason: 'receipt_terms_mismatch',
    rule: 'a receipt repeats what its voucher and the claim say',
    transient: false,
  },
  {
    reason: 'prev_receipt_mismatch',
    rule: 'a receipt names the one before it, a forwarded voucher the payer’s own held',
    transient: false,
  },
  {
    reason: 'amount_outside_policy',
    rule: 'the policy has a fee for the amount',
    transient: false,
  },
  {
    reason: 'fee_mismatch',
    rule: 'a hop keeps exactly the fee that it published for the amount',
    transient: false,
  },
  { reason: 'fee_sum_mismatch', rule: 'no fee is left where the route ends', transient: false },
  {
    reason: 'delivery_exceeds_amount',
    rule: 'the parts of a delivery are together at most the intent’s amount',
    transient: true,
  },
  {
    reason: 'below_min_deliverable',
    rule: 'the parts of a delivery are together at least minDeliverable',
    transient: false,
  },
  { reason: 'too_many_parts', rule: 'a delivery has at most partsMax parts', transient: true },
  {
    reason: 'policy_hash_mismatch',
    rule: 'voucher and intent name one fee policy',
    transient: false,
  },
  {
    reason: 'fee_above_intent',
    rule: 'the fee is at most the intent’s maxFeeBps of the amount',
    transient: false,
  },
  {
    reason: 'parent_principal_mismatch',
    rule: 'a sub-budget is delegated by the agent of its parent',
    transient: false,
  },
  {
    reason: 'outside_parent',
    rule: 'a sub-budget’s cap and window lie within its parent’s',
    transient: false,
  },
  { reason: 'budget_too_deep', rule: 'budgets nest at most 8 deep', transient: false },
  { reason: 'task_above_budget', rule: 'a task’s cap is at most its budget’s', transient: false },
  {
    reason: 'policy_terms_mismatch',
    rule: 'principal, agent and tier are those of the budget',
    transient: false,
  },
  {
    reason: 'policy_digest_mismatch',
    rule: 'the digest is that of the delegated policy',
    transient: false,
  },
  {
    reason: 'payer_not_in_budget',
    rule: 'a budget’s payer is its agent, or its or a parent’s principal',
    transient: false,
  },
  {
    reason: 'note_key_not_for_agent',
    rule: 'one side of a certified pair is the agent of the period’s budget',
    transient: false,
  },
  {
    reason: 'request_mismatch',
    rule: 'a receipt is of the edge and the creditor of the request that it names',
    transient: false,
  },
  {
    reason: 'dispute_in_flight',
    rule: 'a dispute is of the balance or of the state before: what messages under way explain is none',
    transient: false,
  },
  // Time.
  { reason: 'expired', rule: 'now is before the object’s expiresAt', transient: false },
  {
    reason: 'order_expired',
    rule: 'a sender’s hold expires no later than its order',
    transient: false,
  },
  {
    reason: 'ttl_too_short',
    rule: 'the time that a voucher gives is longer than the payee’s margin',
    transient: false,
  },
  {
    reason: 'seen_at_ahead',
    rule: 'seenAt is a time that the payee’s clock has already shown',
    transient: true,
  },
  {
    reason: 'voucher_stale',
    rule: 'a voucher is held before it would lapse by the payee’s clock',
    transient: false,
  },
  {
    reason: 'at_skewed',
    rule: 'the signed time lies within the book’s skew of now',
    transient: true,
  },
  { reason: 'window_not_open', rule: 'no hold before the window starts', transient: true },
  { reason: 'at_before_previous', rule: 'times of a budget do not go back', transient: false },
  {
    reason: 'at_not_later',
    rule: 'a state is of a later time than the state before it',
    transient: false,
  },
  {
    reason: 'hold_too_long',
    rule: 'a hold lasts at most the book’s holdMsMax',
    transient: true,
  },
  {
    reason: 'hold_outlives_intent',
    rule: 'a hold expires no later than its intent',
    transient: false,
  },
  {
    reason: 'hop_outlives_incoming',
    rule: 'a hop expires no later than the hop that it forwards lapses',
    transient: false,
  },
  {
    reason: 'hold_outlives_edge',
    rule: 'a hold expires no later than its edge',
    transient: false,
  },
  {
    reason: 'hold_outlives_window',
    rule: 'a hold expires no later than the window of its budget and of every parent',
    transient: false,
  },
  { reason: 'hold_expired', rule: 'a receipt counts before the hold expires', transient: false },
  {
    reason: 'edge_overdue',
    rule: 'an edge takes no reassigned credit after its grace',
    transient: false,
  },
  // Notes.
  {
    reason: 'party_equivocated',
    rule: 'nobody who signed two notes for one place takes part in new holds',
    transient: false,
  },
  {
    reason: 'edge_disputed',
    rule: 'an edge takes no new debt while its two ends disagree',
    transient: true,
  },
  {
    reason: 'carry_mismatch',
    rule: 'the carry is the interest on the balance of the state before, rounded toward zero',
    transient: false,
  },
  {
    reason: 'open_mismatch',
    rule: 'a state names exactly the vouchers that are open on its edge',
    transient: true,
  },
  {
    reason: 'balance_mismatch',
    rule: 'the balance of a state is that of the edge in this book plus the carry',
    transient: true,
  },
  {
    reason: 'too_many_open',
    rule: 'a state is proposed with at most 256 open vouchers',
    transient: true,
  },
  {
    reason: 'budget_closed',
    rule: 'the budget and its parents are open',
    transient: false,
  },
  {
    reason: 'policy_not_stated',
    rule: 'the policy is stated before the first hold',
    transient: true,
  },
  {
    reason: 'period_not_current',
    rule: 'the period is the open one of its budget',
    transient: false,
  },
  {
    reason: 'period_full',
    rule: 'a period grants as many holds as its tier',
    transient: false,
  },
  {
    reason: 'index_not_next',
    rule: 'the index is the number of authorizations granted so far',
    transient: true,
  },
  {
    reason: 'payee_not_allowed',
    rule: 'the payee is listed, or the budget has a default category',
    transient: false,
  },
  {
    reason: 'category_mismatch',
    rule: 'the category is the one that the budget fixes for the payee',
    transient: false,
  },
  {
    reason: 'note_count_mismatch',
    rule: 'an end of a granted hold carries one note, any other none',
    transient: false,
  },
  {
    reason: 'note_core_mismatch',
    rule: 'the note core repeats the hold: origin, period, index and intent, or is that of the hold',
    transient: false,
  },
  {
    reason: 'note_key_not_certified',
    rule: 'both note keys are certified for this pair and period',
    transient: true,
  },
  { reason: 'pair_closed', rule: 'the pair is not closed for this period', transient: false },
  {
    reason: 'seq_not_next',
    rule: 'notes of a pair count 1, 2, … without gaps',
    transient: true,
  },
  {
    reason: 'prev_mismatch',
    rule: 'a note names the tail before it in its pair',
    transient: true,
  },
  {
    reason: 'reassigns_more_than_owed',
    rule: 'a creditor gives away at most what the debtor owes it',
    transient: true,
  },
  {
    reason: 'settles_more_than_owed',
    rule: 'a creditor receives outside at most what the debtor owes it',
    transient: true,
  },
  {
    reason: 'balance_out_of_range',
    rule: 'a balance lies within −(2^63−1) … 2^63−1',
    transient: true,
  },
  // Limits. What is in use may become free when another hold ends.
  {
    reason: 'edge_limit_exceeded',
    rule: 'what the payer owes with all holds stays within the limit that the payee granted',
    transient: true,
  },
  {
    reason: 'ceiling_exceeded',
    rule: 'one payment spends at most the ceiling of its category',
    transient: false,
  },
  {
    reason: 'category_cap_exceeded',
    rule: 'committed and spent of a category stay within its cap',
    transient: true,
  },
  {
    reason: 'task_cap_exceeded',
    rule: 'committed and spent of a task stay within its cap',
    transient: true,
  },
  {
    reason: 'cap_exceeded',
    rule: 'committed and spent stay within the cap of the budget and of every parent',
    transient: true,
  },
  {
    reason: 'probe_spend_exceeded',
    rule: 'amounts and fees of all probes ever sent stay within maxProbeSpend',
    transient: false,
  },
  {
    reason: 'order_amount_exceeded',
    rule: 'open and paid parts stay within the amount of the order',
    transient: true,
  },
  {
    reason: 'order_fee_exceeded',
    rule: 'fees of open and paid parts stay within maxFee of the order',
    transient: true,
  },
  // Closing.
  {
    reason: 'pair_has_open_holds',
    rule: 'a pair is closed when all its holds have ended',
    transient: true,
  },
  {
    reason: 'pair_close_mismatch',
    rule: 'lastSeq and prev are those of the pair’s last note',
    transient: true,
  },
  {
    reason: 'period_has_open_holds',
    rule: 'a period closes when every index has ended',
    transient: true,
  },
  {
    reason: 'count_mismatch',
    rule: 'a close states how many authorizations were granted',
    transient: true,
  },
  {
    reason: 'period_empty',
    rule: 'a period without authorizations closes only with its budget',
    transient: true,
  },
  {
    reason: 'tokens_root_mismatch',
    rule: 'the stated root is that of the period’s authorizations',
    transient: true,
  },
  {
    reason: 'period_not_provable',
    rule: 'spent and lapsed together keep the caps, or pair closes must show lapses unspent first',
    transient: true,
  },
  { reason: 'period_not_closed', rule: 'a period is attested after its close', transient: true },
  {
    reason: 'previous_not_attested',
    rule: 'periods of a budget are attested in order',
    transient: true,
  },
  {
    reason: 'attestation_parts_mismatch',
    rule: 'the parts are those of the budget, the period and this log',
    transient: false,
  },
  {
    reason: 'attestation_signals_mismatch',
    rule: 'roots and policy digest are those of the closed period',
    transient: false,
  },
  {
    reason: 'payload_in_open_period',
    rule: 'a payload stays until the periods that need it are attested',
    transient: true,
  },
  {
    reason: 'payload_in_use',
    rule: 'a payload stays while the book’s own state says the same',
    transient: true,
  },
] as const;

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
