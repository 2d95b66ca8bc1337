import { type Decision, DUPLICATE, unlessRefused, wireJson } from '../book/decision.ts';
import { assert } from '../book/invariant.ts';
import { refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { checkFeeMismatch } from '../evidence/fee-mismatch.ts';
import { signedAmount } from '../units/amount.ts';
import { objectId } from '../wire/object-id.ts';
import type { FeeMismatchProof, ParsedObject } from '../wire/objects.ts';

/**
 * Anybody shows that a hop kept another fee than it published. The proof was judged when it was read
 * (`not_fee_mismatch`); the book remembers it for good. It is reputation, not law: the hop's later
 * vouchers are not refused.
 * Refusal: exists_with_different_terms for a second proof of the same voucher. Again: duplicate.
 */
export function decideFeeMismatch(
  state: BookState,
  object: ParsedObject<FeeMismatchProof>,
): Decision {
  const voucher = objectId(object.body.voucher.object);
  const proof = state.feeMismatches.get(voucher);
  if (proof === object.id) return DUPLICATE;
  const verdict = checkFeeMismatch(object.body);
  assert(!('reason' in verdict), 'a proof was judged when it was read');
  const { hop, kind, expectedFee, keptFee } = verdict;
  const refusal =
    proof === undefined ? undefined : refuse('exists_with_different_terms', '/body/voucher');
  return unlessRefused(refusal, () => ({
    type: 'FeeMismatchRecorded',
    data: {
      proof: object.id,
      voucher,
      hop,
      kind,
      expectedFee,
      keptFee: signedAmount(keptFee),
    },
    disclosure: wireJson(object),
  }));
}
