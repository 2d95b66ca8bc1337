/** Why a file is not a bundle at all. Order of declaration is order of precedence within a line. */
export const BUNDLE_REFUSALS = [
  'line_too_long',
  'not_utf8',
  'truncated',
  'object_too_large',
  'not_json',
  'too_deep',
  'duplicate_key',
  'unsupported_number',
  'unsupported_text',
  'not_canonical',
  'not_an_object',
  'unknown_record',
  'unknown_version',
  'missing_field',
  'unknown_field',
  'bad_field',
  'out_of_order',
  'not_in_sealed_bundle',
  'wrong_index',
  'wrong_size',
  'wrong_count',
  'wrong_digest',
  'after_end',
  'missing_record',
] as const;

export type BundleRefusalReason = (typeof BUNDLE_REFUSALS)[number];

/** The verdict "unusable file": the first thing that is wrong, with its line, counted from 1. */
export type BundleRefusal = {
  readonly reason: BundleRefusalReason;
  readonly line: number;
  readonly field?: string;
};

/** Carries a refusal out of the reader; callers of `readBundle` see it as their iteration's error. */
export class UnusableBundle extends Error {
  readonly refusal: BundleRefusal;

  constructor(refusal: BundleRefusal) {
    const field = refusal.field === undefined ? '' : ` in ${refusal.field}`;
    super(`line ${refusal.line}: ${refusal.reason}${field}`);
    this.name = 'UnusableBundle';
    this.refusal = refusal;
  }
}
