import { integer, list, object, oneOf, pattern } from './codec.ts';
import { body } from './head-codecs.ts';
import type { FeePolicy, OfferedEdge } from './objects.ts';
import { refuseOffer, refusePolicy } from './routing-rules.ts';
import {
  amountValue,
  bpsValue,
  counterValue,
  denominationValue,
  hashValue,
  marginValue,
  nonceValue,
  OFFER_TTL_MAX,
  partyValue,
  timeValue,
} from './value-codecs.ts';

export const feePolicy = object<FeePolicy>(
  {
    hop: partyValue,
    denomination: denominationValue,
    feeBps: bpsValue,
    feeFlat: amountValue,
    amountMin: amountValue,
    amountMax: amountValue,
    marginMs: marginValue,
  },
  refusePolicy,
);

export const routingOffer = body(
  'RoutingOffer',
  {
    policy: feePolicy,
    policyHash: hashValue,
    sequence: counterValue,
    at: timeValue,
    ttlMs: integer(1, OFFER_TTL_MAX),
    edges: list(object<OfferedEdge>({ to: partyValue, capacity: amountValue }), 0, 64),
    nonce: nonceValue,
  },
  refuseOffer,
);

export const routingSignal = body('RoutingSignal', {
  origin: partyValue,
  region: pattern('a region: 4 lower-case hex digits', /^[0-9a-f]{4}$/),
  denomination: denominationValue,
  magnitude: integer(0, 18),
  observed: oneOf<'success' | 'failure'>(['success', 'failure']),
  sample: integer(1, 1000),
  sequence: counterValue,
  ttlMs: integer(1, OFFER_TTL_MAX),
  nonce: nonceValue,
});
