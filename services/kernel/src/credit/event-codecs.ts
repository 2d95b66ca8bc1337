import { type Codec, list, nullable, object, oneOf } from '../wire/codec.ts';
import {
  amountValue,
  denominationValue,
  hashValue,
  labelValue,
  ordinalValue,
  partyValue,
  proseValue,
  signedAmountValue,
  timeValue,
} from '../wire/value-codecs.ts';
import type {
  CreditReassignedData,
  EdgeDisputedData,
  EdgeLeg,
  EdgeStateAgreedData,
  SettlementRecordedData,
  SettlementRequestedData,
} from './events.ts';
import type { Leg } from './leg.ts';

const legs = list(object<Leg>({ party: partyValue, delta: signedAmountValue }), 2, 2);
const edgeLeg = object<EdgeLeg>({ edge: hashValue, party: partyValue, delta: signedAmountValue });
const ends = { edge: hashValue, a: partyValue, b: partyValue, denomination: denominationValue };
const claim = {
  edge: hashValue,
  creditor: partyValue,
  debtor: partyValue,
  denomination: denominationValue,
  amount: amountValue,
};

/** The data of the events of an edge, as the log writes them. */
export const creditEventCodecs = {
  EdgeStateAgreed: object<EdgeStateAgreedData>({
    state: hashValue,
    ...ends,
    sequence: ordinalValue,
    previous: hashValue,
    at: timeValue,
    balance: signedAmountValue,
    carry: signedAmountValue,
    open: list(hashValue, 0, 256),
    legs,
  }),
  EdgeDisputed: object<EdgeDisputedData>({
    proof: hashValue,
    ...ends,
    sequence: ordinalValue,
    kind: oneOf<EdgeDisputedData['kind']>(['balance', 'history']),
    balances: list(signedAmountValue, 2, 2) as unknown as Codec<EdgeDisputedData['balances']>,
  }),
  CreditReassigned: object<CreditReassignedData>({
    reassign: hashValue,
    debtor: partyValue,
    from: partyValue,
    to: partyValue,
    fromEdge: hashValue,
    toEdge: hashValue,
    denomination: denominationValue,
    amount: amountValue,
    legs: list(edgeLeg, 2, 4),
  }),
  SettlementRequested: object<SettlementRequestedData>({
    request: hashValue,
    ...claim,
    endpoints: list(
      object<SettlementRequestedData['endpoints'][number]>({
        rail: labelValue,
        target: proseValue(1, 512),
      }),
      1,
      8,
    ),
    expiresAt: timeValue,
  }),
  SettlementRecorded: object<SettlementRecordedData>({
    receipt: hashValue,
    ...claim,
    request: nullable(hashValue),
    remains: nullable(amountValue),
    rail: labelValue,
    evidence: hashValue,
    at: timeValue,
    legs,
  }),
};
