import type { Codec } from '../wire/codec.ts';
import { boolean, list, nullable, object, oneOf } from '../wire/codec.ts';
import { evidence } from '../wire/head-codecs.ts';
import { finalizeReceipt } from '../wire/payment-codecs.ts';
import { amountValue, hashValue, PARTS_MAX, reasonValue, timeValue } from '../wire/value-codecs.ts';
import { declinedMembers, lapseWhy, hopEventCodecs as terms } from './event-codecs.ts';
import type { DeclinedVoucher, DeliveryBuffer, Hop, HopStatus, Order, Policy } from './hop.ts';

const statusValue = oneOf<HopStatus>([
  'held',
  'active*',
  'claimed',
  'confirmed',
  'active',
  'lapsed',
]);

export const hopCodec: Codec<Hop> = object<Hop>({
  terms: terms.HopHeld,
  eventId: hashValue,
  status: statusValue,
  at: timeValue,
  heldReceipt: nullable(hashValue),
  commit: nullable(object({ signal: hashValue, eventId: hashValue, at: timeValue })),
  commitReceipt: nullable(hashValue),
  finalize: nullable(evidence(finalizeReceipt)),
  finalizeReceipt: nullable(hashValue),
  claimedAt: nullable(timeValue),
  lapse: nullable(object({ why: lapseWhy, reason: reasonValue })),
  endedBy: nullable(hashValue),
  outgoing: nullable(hashValue),
  events: list(hashValue, 1, 8),
});

export const declinedCodec: Codec<DeclinedVoucher> = object<DeclinedVoucher>({
  ...declinedMembers,
  eventId: hashValue,
});

export const policyCodec: Codec<Policy> = object<Policy>({
  terms: terms.FeePolicyPublished,
  eventId: hashValue,
  replacedAt: nullable(timeValue),
});

export const orderCodec: Codec<Order> = object<Order>({
  terms: terms.PaymentOrdered,
  eventId: hashValue,
  amountInUse: amountValue,
  feeInUse: amountValue,
  probeSpend: amountValue,
  amountPaid: amountValue,
});

export const deliveryCodec: Codec<DeliveryBuffer> = object<DeliveryBuffer>({
  vouchers: list(hashValue, 0, PARTS_MAX),
  finalizeReceipt: nullable(hashValue),
  ended: boolean,
});
