import { boolean, integer, list, nullable, object } from './codec.ts';
import { body } from './head-codecs.ts';
import { batchItems, noteCoreCodec, refuseFirstOfPair } from './note-codecs.ts';
import type {
  BodyOf,
  DeliveredPart,
  Delivery,
  DeliveryReceipt,
  Grant,
  ReceiptNote,
  Route,
  RouteHop,
} from './objects.ts';
import {
  refuseGrant,
  refuseIntent,
  refuseOrder,
  refuseReceipt,
  refuseVoucher,
} from './payment-rules.ts';
import {
  amountValue,
  bpsValue,
  categoryValue,
  denominationValue,
  durationValue,
  hashValue,
  labelValue,
  nonceValue,
  ordinalValue,
  PARTS_MAX,
  partyValue,
  proseValue,
  ROUTE_HOPS_MAX,
  signatureValue,
  timeValue,
} from './value-codecs.ts';

export const delivery = object<Delivery>({
  finalizeKey: partyValue,
  minDeliverable: amountValue,
  partsMax: integer(1, PARTS_MAX),
});

export const paymentIntent = body(
  'PaymentIntent',
  {
    receiver: partyValue,
    denomination: denominationValue,
    amount: amountValue,
    expiresAt: timeValue,
    description: proseValue(0, 256),
    policyHash: nullable(hashValue),
    constraints: object<BodyOf<'PaymentIntent'>['constraints']>({
      maxFeeBps: bpsValue,
      latencyMs: durationValue,
    }),
    delivery: nullable(delivery),
    nonce: nonceValue,
  },
  refuseIntent,
);

export const paymentOrder = body(
  'PaymentOrder',
  {
    intent: hashValue,
    payer: partyValue,
    receiver: partyValue,
    finalizeKey: partyValue,
    denomination: denominationValue,
    amount: amountValue,
    maxFee: amountValue,
    maxProbeSpend: amountValue,
    expiresAt: timeValue,
    nonce: nonceValue,
  },
  refuseOrder,
);

const grant = object<Grant>(
  {
    budget: hashValue,
    task: nullable(labelValue),
    period: hashValue,
    index: integer(0, 1023),
    category: categoryValue,
    regime: integer(0, 31),
    items: nullable(batchItems),
    authorizationNonce: nonceValue,
    noteSalt: nonceValue,
    core: noteCoreCodec,
    coreSig: signatureValue,
  },
  refuseGrant,
);

export const routeHops = list(
  object<RouteHop>({ party: partyValue, policyHash: hashValue }),
  0,
  ROUTE_HOPS_MAX,
);

const route = object<Route>({
  part: nonceValue,
  finalizeKey: partyValue,
  seenAt: timeValue,
  probe: boolean,
  hops: routeHops,
});

export const capacityVoucher = body(
  'CapacityVoucher',
  {
    intent: hashValue,
    edge: hashValue,
    from: partyValue,
    to: partyValue,
    denomination: denominationValue,
    amount: amountValue,
    fee: amountValue,
    at: timeValue,
    expiresAt: timeValue,
    policyHash: nullable(hashValue),
    prevReceipt: nullable(hashValue),
    grant: nullable(grant),
    route: nullable(route),
    nonce: nonceValue,
  },
  refuseVoucher,
);

const receiptNote = object<ReceiptNote>(
  { core: hashValue, seq: ordinalValue, prev: hashValue, sig: signatureValue },
  (note) => refuseFirstOfPair(note.seq, note.prev),
);

const deliveryReceipt = object<DeliveryReceipt>({
  finalizeKey: partyValue,
  parts: list(object<DeliveredPart>({ part: nonceValue, amount: amountValue }), 1, PARTS_MAX),
});

export const finalizeReceipt = body(
  'FinalizeReceipt',
  {
    intent: hashValue,
    voucher: nullable(hashValue),
    amount: amountValue,
    fee: amountValue,
    at: timeValue,
    notes: list(receiptNote, 0, 1),
    delivery: nullable(deliveryReceipt),
    nonce: nonceValue,
  },
  refuseReceipt,
);

export const voidReceipt = body('VoidReceipt', {
  intent: hashValue,
  voucher: hashValue,
  noteVoid: nullable(
    object<NonNullable<BodyOf<'VoidReceipt'>['noteVoid']>>({
      core: hashValue,
      sig: signatureValue,
    }),
  ),
  nonce: nonceValue,
});
