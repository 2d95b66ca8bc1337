/** The first part of `BOOK_REFUSALS`: what the object says, who signed it, and where it belongs. */
export const FIT_REFUSALS = [
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
    rule: 'the voucher is held here as a hop, or is remembered as one',
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
    reason: 'margin_mismatch',
    rule: 'an offer publishes the margin that the book applies to the hop',
    transient: false,
  },
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
] as const;
