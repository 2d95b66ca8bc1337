import {
  attestationSummary,
  budgetDelegation,
  equivocationProof,
  noteKeyCertificate,
  pairClose,
  periodClose,
  policyStatement,
  taskBudget,
} from './budget-codecs.ts';
import type { Codec } from './codec.ts';
import {
  edgeAgreement,
  edgeLimitChange,
  edgeState,
  reassign,
  settlementReceipt,
  settlementRequest,
} from './credit-codecs.ts';
import { clockReading, commitSignal, hopReceipt } from './hop-codecs.ts';
import { keyDelegation, keyRevocation, partyHosting, payloadErasure } from './key-codecs.ts';
import type { BodyOf, WireType } from './objects.ts';
import {
  capacityVoucher,
  finalizeReceipt,
  paymentIntent,
  paymentOrder,
  voidReceipt,
} from './payment-codecs.ts';
import { edgeDisagreement, feeMismatchProof } from './proof-codecs.ts';
import { routingOffer, routingSignal } from './routing-codecs.ts';

/** How each enabled type is read and written. */
export const bodyCodecs: { readonly [Type in WireType]: Codec<BodyOf<Type>> } = {
  KeyDelegation: keyDelegation,
  KeyRevocation: keyRevocation,
  EdgeAgreement: edgeAgreement,
  EdgeLimitChange: edgeLimitChange,
  BudgetDelegation: budgetDelegation,
  PolicyStatement: policyStatement,
  TaskBudget: taskBudget,
  NoteKeyCertificate: noteKeyCertificate,
  PaymentIntent: paymentIntent,
  CapacityVoucher: capacityVoucher,
  FinalizeReceipt: finalizeReceipt,
  VoidReceipt: voidReceipt,
  PairClose: pairClose,
  PeriodClose: periodClose,
  AttestationSummary: attestationSummary,
  EquivocationProof: equivocationProof,
  PayloadErasure: payloadErasure,
  PartyHosting: partyHosting,
  PaymentOrder: paymentOrder,
  RoutingOffer: routingOffer,
  RoutingSignal: routingSignal,
  CommitSignal: commitSignal,
  HopReceipt: hopReceipt,
  ClockReading: clockReading,
  EdgeState: edgeState,
  EdgeDisagreement: edgeDisagreement,
  Reassign: reassign,
  SettlementRequest: settlementRequest,
  SettlementReceipt: settlementReceipt,
  FeeMismatchProof: feeMismatchProof,
};

/** Every enabled type; each has a page in docs/reference/wire. */
export const WIRE_TYPES = Object.keys(bodyCodecs) as readonly WireType[];
