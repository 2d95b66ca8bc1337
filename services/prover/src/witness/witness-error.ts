/** Why a period cannot be proved, in the order of the checks. */
export type WitnessErrorCode =
  | 'tier_not_supported'
  | 'circuit_mismatch'
  | 'too_many_slots'
  | 'budget_mismatch'
  | 'period_mismatch'
  | 'previous_summary_missing'
  | 'previous_summary_unexpected'
  | 'previous_summary_mismatch'
  | 'category_unknown'
  | 'note_kind_mismatch'
  | 'batch_size_out_of_range'
  | 'items_sum_mismatch'
  | 'value_out_of_range'
  | 'ceiling_exceeded'
  | 'time_goes_back'
  | 'outside_window'
  | 'category_cap_exceeded'
  | 'cap_exceeded'
  // Of a bound on a summary:
  | 'policy_mismatch'
  | 'total_above_bound'
  | 'remainder_below_floor';

/** The statement is false or ill-formed for this period: no proof of it exists. */
export class WitnessError extends Error {
  readonly code: WitnessErrorCode;
  /** Indexes, names and bounds only: never an amount of a note. */
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(code: WitnessErrorCode, facts: Readonly<Record<string, string | number>> = {}) {
    super(`${code} ${JSON.stringify(facts)}`);
    this.name = 'WitnessError';
    this.code = code;
    this.facts = facts;
  }
}
