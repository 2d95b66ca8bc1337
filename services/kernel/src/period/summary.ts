import { fieldFromHex } from '../codec/field.ts';
import { poseidon } from '../codec/poseidon.ts';
import { words } from '../codec/words.ts';
import type { Amount } from '../units/amount.ts';
import { type FieldHex, type Nonce, nonceToInteger } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { type Codec, integer, list, object } from '../wire/codec.ts';
import { amountValue, fieldValue, nonceValue, timeValue } from '../wire/value-codecs.ts';

/**
 * What a summary commitment hides. The principal gets it; the next period's proof opens it.
 * Totals are in ledger units; lists have 8 entries, one a category, 0 for unused ones.
 */
export type SummaryOpening = {
  readonly policyDigest: FieldHex;
  readonly periodDigest: FieldHex;
  readonly nullifier: FieldHex;
  readonly periodTotal: Amount;
  /** Of this and all earlier periods of the budget. */
  readonly cumulativeTotal: Amount;
  /** Authorizations issued in the period, whatever became of them: 0 … tier. */
  readonly count: number;
  /** Authorization time of the first counted note, or 0. */
  readonly firstAt: UnixMs;
  /** Of the last counted note, else that of the period before, else windowStart. */
  readonly lastAt: UnixMs;
  readonly categoryTotals: readonly Amount[];
  readonly cumulativeCategoryTotals: readonly Amount[];
  /** 128 random bits, one draw for each summary. */
  readonly salt: Nonce;
};

const totals = list(amountValue, 8, 8);

/** Reads and writes an opening as JSON: amounts as decimal strings. */
export const summaryOpeningCodec: Codec<SummaryOpening> = object<SummaryOpening>({
  policyDigest: fieldValue,
  periodDigest: fieldValue,
  nullifier: fieldValue,
  periodTotal: amountValue,
  cumulativeTotal: amountValue,
  count: integer(0, 1024),
  firstAt: timeValue,
  lastAt: timeValue,
  categoryTotals: totals,
  cumulativeCategoryTotals: totals,
  salt: nonceValue,
});

/** The thirteen inputs of a summary commitment, in the order of the circuit. */
export function summaryInputs(opening: SummaryOpening): readonly bigint[] {
  return [
    fieldFromHex(opening.policyDigest),
    fieldFromHex(opening.periodDigest),
    fieldFromHex(opening.nullifier),
    opening.periodTotal,
    opening.cumulativeTotal,
    BigInt(opening.count) | (BigInt(opening.firstAt) << 32n) | (BigInt(opening.lastAt) << 80n),
    ...words(opening.categoryTotals),
    ...words(opening.cumulativeCategoryTotals),
    nonceToInteger(opening.salt),
  ];
}

/** Poseidon('summary'; the thirteen inputs): public signal 2. */
export function summaryCommitment(opening: SummaryOpening): bigint {
  return poseidon('summary', summaryInputs(opening));
}
