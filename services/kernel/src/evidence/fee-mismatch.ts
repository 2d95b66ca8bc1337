import { canonicalJson } from '../codec/canonical-json.ts';
import { taggedTextHash } from '../codec/tagged-hash.ts';
import { policyHash, routingFee } from '../routing/fee-policy.ts';
import type { Amount } from '../units/amount.ts';
import type { Hash, PartyId } from '../units/id.ts';
import { hopReceipt } from '../wire/hop-codecs.ts';
import type { FeeMismatchProof, HopReceipt } from '../wire/objects.ts';
import { type WireRefusal, wireRefusal } from '../wire/refusals.ts';
import { delegatedAt } from './delegated-at.ts';

/** What a proof shows: the hop, the fee of its own policy, and what it kept. */
export type FeeMismatch = {
  /** `amount`: it delivers another amount than it was given; otherwise `fee`. */
  readonly kind: 'fee' | 'amount';
  readonly hop: PartyId;
  /** The policy's fee for the amount that the hop held. */
  readonly expectedFee: Amount;
  /** What came in less what went out, amounts and fees together; below 0 if the hop paid itself. */
  readonly keptFee: bigint;
};

const not = (field: string, rule: string) => wireRefusal('not_fee_mismatch', field, rule);

/** The id of a receipt, without the table of all types, which needs this file. */
function receiptId(body: HopReceipt): Hash {
  return taggedTextHash('HopReceipt', canonicalJson(hopReceipt.write(body)));
}

function refuseOffer({ delegation, offer }: FeeMismatchProof): WireRefusal | undefined {
  const { policy, policyHash: named, at } = offer.object;
  if (policy.hop !== delegation.object.party) return not('/body/offer', 'the offer is the hop’s');
  if (policyHash(policy) !== named) return not('/body/offer', 'policyHash is the hash of policy');
  return delegatedAt(delegation.object, at)
    ? undefined
    : not('/body/offer', 'the key was delegated as party when it signed');
}

function refuseHeld({ delegation, offer, held }: FeeMismatchProof): WireRefusal | undefined {
  const { hop, transition, policyHash: named, at } = held.object;
  if (hop !== delegation.object.party) return not('/body/held', 'the receipt is the hop’s');
  if (transition !== 'held') return not('/body/held', 'the receipt says held');
  if (named !== offer.object.policyHash) {
    return not('/body/held', 'the receipt names the policy of the offer');
  }
  return delegatedAt(delegation.object, at)
    ? undefined
    : not('/body/held', 'the key was delegated as party when it signed');
}

function refuseVoucher(proof: FeeMismatchProof): WireRefusal | undefined {
  const [delegation, held, voucher] = [
    proof.delegation.object,
    proof.held.object,
    proof.voucher.object,
  ];
  if (voucher.from !== delegation.party) return not('/body/voucher', 'the voucher is the hop’s');
  if (voucher.intent !== held.intent || voucher.route?.part !== held.part) {
    return not('/body/voucher', 'receipt and voucher are of one intent and part');
  }
  if (voucher.prevReceipt !== receiptId(held)) {
    return not('/body/voucher', 'the voucher forwards what the receipt holds');
  }
  if (voucher.denomination !== proof.offer.object.policy.denomination) {
    return not('/body/voucher', 'offer and voucher have one denomination');
  }
  return delegatedAt(delegation, voucher.at)
    ? undefined
    : not('/body/voucher', 'the key was delegated as party when it signed');
}

/**
 * Tells whether a hop's own statements show that it kept another fee than the policy it published,
 * or passed another amount on, without their signatures (`nestedSignatures`). A hop whose book
 * checks what it forwards cannot be shown so: policy, receipt and voucher are bound by hashes, and
 * the fee is the same function of the policy. Amounts that the policy does not price show nothing.
 * Units: ledger units of the policy's denomination; the fee rounds as `routingFee` does.
 * Refusal: not_fee_mismatch, at offer, held or voucher, with the rule that the proof breaks.
 * Pure: a second call gives an equal value.
 * Source: whitepaper §5.2, §7 (detectable pricing); design report §2.4.
 */
export function checkFeeMismatch(proof: FeeMismatchProof): FeeMismatch | WireRefusal {
  const refusal = refuseOffer(proof) ?? refuseHeld(proof) ?? refuseVoucher(proof);
  if (refusal !== undefined) return refusal;
  const [held, voucher] = [proof.held.object, proof.voucher.object];
  const { policy } = proof.offer.object;
  const expectedFee = routingFee(policy, held.amount);
  if (expectedFee === undefined) return not('/body/held', 'the policy prices the amount');
  const keptFee = held.amount + held.fee - (voucher.amount + voucher.fee);
  if (voucher.amount !== held.amount) {
    return { kind: 'amount', hop: policy.hop, expectedFee, keptFee };
  }
  return keptFee === expectedFee
    ? not('/body/voucher', 'the hop kept another fee than its policy says')
    : { kind: 'fee', hop: policy.hop, expectedFee, keptFee };
}
