import { fieldToHex } from '../codec/field.ts';
import { type SummaryOpening, summaryCommitment, summaryOpeningCodec } from '../period/summary.ts';
import { type Codec, object, oneOf } from '../wire/codec.ts';
import { counterValue, hashValue, originValue } from '../wire/value-codecs.ts';
import type { AttestedPeriod, DisclosurePlace } from './attested-period.ts';
import { type DisclosureRefusal, disclosureRefusal } from './refusals.ts';

/** The totals of an attested period: for its principal, who decides whom else to show them. */
export type SummaryDisclosure = DisclosurePlace & {
  readonly v: 1;
  readonly kind: 'summary';
  readonly summary: SummaryOpening;
};

export const summaryDisclosureCodec: Codec<SummaryDisclosure> = object<SummaryDisclosure>({
  v: oneOf<1>([1], 'unknown_version'),
  kind: oneOf<'summary'>(['summary']),
  origin: originValue,
  budget: hashValue,
  period: hashValue,
  periodIndex: counterValue,
  summary: summaryOpeningCodec,
});

/**
 * Judges an opened summary by the attestation of its period. Undefined: these are the totals that the
 * attestation hides. Refusal: `summary_mismatch`.
 */
export function refuseSummary(
  { summary }: SummaryDisclosure,
  attested: AttestedPeriod,
): DisclosureRefusal | undefined {
  const [, , commitment, policyDigest, periodDigest, nullifier] = attested.publicSignals;
  const opens =
    fieldToHex(summaryCommitment(summary)) === commitment &&
    summary.policyDigest === policyDigest &&
    summary.periodDigest === periodDigest &&
    summary.nullifier === nullifier;
  return opens ? undefined : disclosureRefusal('summary_mismatch', '/summary');
}
