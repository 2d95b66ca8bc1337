import type { Hash, PartyId, Signature } from '../units/id.ts';
import type {
  AttestationSummary,
  BudgetDelegation,
  EquivocationProof,
  NoteKeyCertificate,
  PairClose,
  PeriodClose,
  PolicyStatement,
  TaskBudget,
} from './budget-bodies.ts';
import type {
  EdgeAgreement,
  EdgeDisagreement,
  EdgeLimitChange,
  EdgeState,
  Reassign,
  SettlementReceipt,
  SettlementRequest,
} from './credit-bodies.ts';
import type { ClockReading, CommitSignal, HopReceipt } from './hop-bodies.ts';
import type { KeyDelegation, KeyRevocation, PartyHosting, PayloadErasure } from './key-bodies.ts';
import type {
  CapacityVoucher,
  FinalizeReceipt,
  PaymentIntent,
  PaymentOrder,
  VoidReceipt,
} from './payment-bodies.ts';
import type { FeeMismatchProof, RoutingOffer, RoutingSignal } from './routing-bodies.ts';

export type * from './body-head.ts';
export type * from './budget-bodies.ts';
export type * from './credit-bodies.ts';
export type * from './hop-bodies.ts';
export type * from './key-bodies.ts';
export type * from './payment-bodies.ts';
export type * from './routing-bodies.ts';

/**
 * Every signed object of the protocol; the bodies are in the modules beside this one, by subject.
 * Units: amounts and fees in ledger units of the denomination; times in milliseconds since the
 * epoch; `…Bps` in hundredths of a percent. Limits, signers and refusals: docs/reference/wire.
 */
export type WireBody =
  | KeyDelegation
  | KeyRevocation
  | EdgeAgreement
  | EdgeLimitChange
  | BudgetDelegation
  | PolicyStatement
  | TaskBudget
  | NoteKeyCertificate
  | PaymentIntent
  | CapacityVoucher
  | FinalizeReceipt
  | VoidReceipt
  | PairClose
  | PeriodClose
  | AttestationSummary
  | EquivocationProof
  | PayloadErasure
  | PartyHosting
  | PaymentOrder
  | RoutingOffer
  | RoutingSignal
  | CommitSignal
  | HopReceipt
  | ClockReading
  | EdgeState
  | EdgeDisagreement
  | Reassign
  | SettlementRequest
  | SettlementReceipt
  | FeeMismatchProof;

export type WireType = WireBody['type'];

/** The body type of a wire type. */
export type BodyOf<Type extends WireType> = Extract<WireBody, { readonly type: Type }>;

/** Types whose names are taken but which this version refuses: `type_not_enabled`. */
export const TYPES_NOT_ENABLED: readonly string[] = [
  'FinalizeDelegation',
  'FinalizePreauth',
  'NettingReceipt',
  'NettingSet',
  'TemporaryLimit',
];

/** `by` is the party that signs, `key` the key it used: delegated, its identity, or a note key. */
export type WireSignature = {
  readonly by: PartyId;
  readonly key: PartyId;
  readonly sig: Signature;
};

/** A well-formed object. Its signatures and openings are not checked yet. */
export type ParsedObject<Body extends WireBody = WireBody> = {
  /** taggedHash(body.type, canonical body): independent of the signatures. */
  readonly id: Hash;
  readonly body: Body;
  readonly signatures: readonly WireSignature[];
  /** The canonical text of body and signatures, as it arrived. */
  readonly text: string;
};
