import type { ParsedObject, WireBody } from './objects.ts';

declare const verifiedBrand: unique symbol;

/** An object whose signatures and openings have been checked: the only kind that books decide on. */
export type VerifiedObject<Body extends WireBody = WireBody> = ParsedObject<Body> & {
  readonly [verifiedBrand]: true;
};

/** What the caller of `verified` has done; the words are there to be read at the call. */
export type VerificationEvidence = {
  /** Every check of `requiredChecks` passed `refuseShape` and an Ed25519 verification. */
  readonly signatures: 'all_verified';
  /** `checkOpening` gave no refusal. */
  readonly opening: 'checked';
};

/** Marks an object as verified. It checks nothing: the evidence is the caller's promise. */
export function verified<Body extends WireBody>(
  object: ParsedObject<Body>,
  _evidence: VerificationEvidence,
): VerifiedObject<Body> {
  return object as VerifiedObject<Body>;
}
