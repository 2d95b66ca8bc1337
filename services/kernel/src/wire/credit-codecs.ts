import { integer, list, nullable, object } from './codec.ts';
import { refuseEdge, refuseEdgeState, refuseReassign } from './credit-rules.ts';
import { body } from './head-codecs.ts';
import type { BodyOf } from './objects.ts';
import {
  amountValue,
  bpsValue,
  denominationValue,
  durationValue,
  hashValue,
  labelValue,
  nonceValue,
  ordinalValue,
  partyValue,
  proseValue,
  signedAmountValue,
  timeValue,
} from './value-codecs.ts';

export const edgeAgreement = body(
  'EdgeAgreement',
  {
    a: partyValue,
    b: partyValue,
    denomination: denominationValue,
    limitA: amountValue,
    limitB: amountValue,
    rateBps: integer(0, 100_000),
    expiresAt: timeValue,
    graceMs: durationValue,
    haircutBps: bpsValue,
    nonce: nonceValue,
  },
  refuseEdge,
);

export const edgeLimitChange = body('EdgeLimitChange', {
  edge: hashValue,
  grantor: partyValue,
  limit: amountValue,
  sequence: ordinalValue,
  nonce: nonceValue,
});

export const edgeState = body(
  'EdgeState',
  {
    edge: hashValue,
    a: partyValue,
    b: partyValue,
    sequence: ordinalValue,
    previous: hashValue,
    at: timeValue,
    balance: signedAmountValue,
    carry: signedAmountValue,
    open: list(hashValue, 0, 256),
    nonce: nonceValue,
  },
  refuseEdgeState,
);

export const reassign = body(
  'Reassign',
  {
    debtor: partyValue,
    from: partyValue,
    to: partyValue,
    fromEdge: hashValue,
    toEdge: hashValue,
    denomination: denominationValue,
    amount: amountValue,
    expiresAt: timeValue,
    nonce: nonceValue,
  },
  refuseReassign,
);

export const settlementRequest = body('SettlementRequest', {
  edge: hashValue,
  creditor: partyValue,
  amount: amountValue,
  endpoints: list(
    object<BodyOf<'SettlementRequest'>['endpoints'][number]>({
      rail: labelValue,
      target: proseValue(1, 512),
    }),
    1,
    8,
  ),
  expiresAt: timeValue,
  nonce: nonceValue,
});

export const settlementReceipt = body('SettlementReceipt', {
  edge: hashValue,
  creditor: partyValue,
  request: nullable(hashValue),
  amount: amountValue,
  rail: labelValue,
  evidence: hashValue,
  at: timeValue,
  nonce: nonceValue,
});
