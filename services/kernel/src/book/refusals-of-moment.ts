/** The rest of `BOOK_REFUSALS`: what depends on when the object comes and on what is in use then. */
export const MOMENT_REFUSALS = [
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
    rule: 'an edge between two books has at most 256 open vouchers, and so has every state',
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
    reason: 'tier_without_batch_circuit',
    rule: 'only budgets of tier 16 or 64 take batch notes',
    transient: false,
  },
  {
    reason: 'note_kind_mixed',
    rule: 'the notes of a period are all single or all batches, as its first one is',
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
  // Limits. What is in use may become free when another hold ends.
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
    rule: 'a balance lies within −(2^63−1) … 2^63−1, and will once the open holds are paid',
    transient: true,
  },
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
    reason: 'item_above_ceiling',
    rule: 'each payment of a batch spends at most the ceiling of its category',
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
