import type { Leg } from '../credit/leg.ts';
import { boolean, type Codec, integer, list, nullable, object, oneOf } from '../wire/codec.ts';
import { evidence } from '../wire/head-codecs.ts';
import type { DeliveredPart } from '../wire/objects.ts';
import { finalizeReceipt, routeHops } from '../wire/payment-codecs.ts';
import { feePolicy } from '../wire/routing-codecs.ts';
import {
  amountValue,
  counterValue,
  denominationValue,
  hashValue,
  MARGIN_MS_MAX,
  marginValue,
  nonceValue,
  PARTS_MAX,
  partyValue,
  reasonValue,
  signedAmountValue,
  timeValue,
} from '../wire/value-codecs.ts';
import type {
  DeliveryFinalizedData,
  FeeMismatchRecordedData,
  HopAcknowledgedData,
  HopEventData,
  HopLapsedData,
  HopSide,
} from './events.ts';

const legMembers = { party: partyValue, delta: signedAmountValue };
const finalizeValue = evidence(finalizeReceipt);
export const lapseWhy = oneOf<HopLapsedData['why']>(['expired', 'released', 'denied']);

const hopMembers = {
  voucher: hashValue,
  side: oneOf<HopSide>(['payer', 'payee']),
  intent: hashValue,
  part: nonceValue,
  edge: hashValue,
  from: partyValue,
  to: partyValue,
  denomination: denominationValue,
  amount: amountValue,
  fee: amountValue,
};

export const declinedMembers = {
  voucher: hashValue,
  intent: hashValue,
  part: nonceValue,
  hop: partyValue,
  peer: partyValue,
  amount: amountValue,
  fee: amountValue,
  policyHash: nullable(hashValue),
  reason: reasonValue,
  receipt: hashValue,
  at: timeValue,
  deadline: timeValue,
};

type HopCodecs = { readonly [T in keyof HopEventData]: Codec<HopEventData[T]> };

/** One codec for the data of each event of a payment across books. */
export const hopEventCodecs: HopCodecs = {
  PartyHosted: object({ hosting: hashValue, party: partyValue, marginMs: marginValue }),
  FeePolicyPublished: object({
    offer: hashValue,
    policyHash: hashValue,
    policy: feePolicy,
    sequence: counterValue,
  }),
  PaymentOrdered: object({
    order: hashValue,
    intent: hashValue,
    payer: partyValue,
    receiver: partyValue,
    finalizeKey: partyValue,
    denomination: denominationValue,
    amount: amountValue,
    maxFee: amountValue,
    maxProbeSpend: amountValue,
    expiresAt: timeValue,
  }),
  HopHeld: object({
    ...hopMembers,
    policyHash: nullable(hashValue),
    finalizeKey: partyValue,
    probe: boolean,
    hops: routeHops,
    prevReceipt: nullable(hashValue),
    incoming: nullable(hashValue),
    at: timeValue,
    deadline: timeValue,
  }),
  HopDeclined: object(declinedMembers),
  HopAcknowledged: object({
    ...hopMembers,
    transition: oneOf<HopAcknowledgedData['transition']>(['held', 'active*']),
    receipt: hashValue,
  }),
  HopCommitted: object({
    ...hopMembers,
    signal: hashValue,
    windowMs: integer(1, MARGIN_MS_MAX),
  }),
  HopClaimed: object({
    ...hopMembers,
    at: timeValue,
    finalize: finalizeValue,
    finalizeReceipt: hashValue,
  }),
  HopActivated: object({
    ...hopMembers,
    receipt: hashValue,
    finalizeReceipt: hashValue,
    finalize: finalizeValue,
    legs: list(object<Leg>(legMembers), 2, 2),
  }),
  HopConfirmed: object({ ...hopMembers, receipt: hashValue }),
  HopLapsed: object({
    ...hopMembers,
    why: lapseWhy,
    reason: reasonValue,
    receipt: nullable(hashValue),
    at: timeValue,
  }),
  DeliveryFinalized: object({
    intent: hashValue,
    receiver: partyValue,
    denomination: denominationValue,
    finalizeReceipt: hashValue,
    amount: amountValue,
    parts: list(
      object<DeliveryFinalizedData['parts'][number]>({
        part: nonceValue,
        amount: amountValue,
        voucher: hashValue,
        edge: hashValue,
        receipt: hashValue,
      }),
      1,
      PARTS_MAX,
    ),
    missing: list(
      object<DeliveredPart>({ part: nonceValue, amount: amountValue }),
      0,
      PARTS_MAX - 1,
    ),
    legs: list(
      object<DeliveryFinalizedData['legs'][number]>({ ...legMembers, edge: hashValue }),
      2,
      2 * PARTS_MAX,
    ),
  }),
  FeeMismatchRecorded: object({
    proof: hashValue,
    voucher: hashValue,
    hop: partyValue,
    kind: oneOf<FeeMismatchRecordedData['kind']>(['fee', 'amount']),
    expectedFee: amountValue,
    keptFee: signedAmountValue,
  }),
};
