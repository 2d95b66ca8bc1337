import type { Tier } from '../codec/merkle-16.ts';
import type { NoteCore, NoteTail } from '../note/note.ts';
import type { PeriodParts } from '../period/period-digest.ts';
import type { Amount, SignedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { FieldHex, Hash, Nonce, PartyId, Signature } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';

/**
 * The bodies of all signed objects. Units: amounts and fees in ledger units of the denomination;
 * times in milliseconds since the epoch; `…Bps` in hundredths of a percent. Limits, signers and
 * refusals: docs/reference/wire-objects.md.
 */
type Head<Type extends string> = { readonly v: 1; readonly type: Type };

export type Role = 'party' | 'operator' | 'auditor';

/** An identity lets a key sign for it while notBefore ≤ now < expiresAt. */
export type KeyDelegation = Head<'KeyDelegation'> & {
  readonly party: PartyId;
  readonly key: PartyId;
  readonly roles: readonly Role[];
  /** taggedHash('NextIdentity', raw key) of the identity's successor. */
  readonly nextIdentityHash: Hash;
  readonly notBefore: UnixMs;
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** An identity, or its committed successor, ends a delegated key. */
export type KeyRevocation = Head<'KeyRevocation'> & {
  readonly party: PartyId;
  readonly key: PartyId;
  readonly nonce: Nonce;
};

/** Two parties open a bilateral credit line; the object's id is the edge's id. */
export type EdgeAgreement = Head<'EdgeAgreement'> & {
  readonly a: PartyId;
  readonly b: PartyId;
  readonly denomination: Denomination;
  /** How much b may owe a. */
  readonly limitA: Amount;
  /** How much a may owe b. */
  readonly limitB: Amount;
  readonly rateBps: number;
  readonly expiresAt: UnixMs;
  readonly graceMs: number;
  readonly haircutBps: number;
  readonly nonce: Nonce;
};

/** A party changes how much the other side of an edge may owe it. */
export type EdgeLimitChange = Head<'EdgeLimitChange'> & {
  readonly edge: Hash;
  readonly grantor: PartyId;
  readonly limit: Amount;
  /** 1, 2, … for each edge and grantor. */
  readonly sequence: number;
  readonly nonce: Nonce;
};

export type BudgetCategory = {
  readonly name: string;
  /** The most that one authorization may spend in this category, fees included. */
  readonly ceiling: Amount;
  /** The most that all authorizations of the window may spend in this category. */
  readonly cap: Amount;
};

export type BudgetPayee = { readonly party: PartyId; readonly category: number };

/** A principal lets an agent spend from its edges inside a window. */
export type BudgetDelegation = Head<'BudgetDelegation'> & {
  /** `budgetHash(this)`. */
  readonly budget: Hash;
  readonly principal: PartyId;
  readonly agent: PartyId;
  readonly denomination: Denomination;
  readonly cap: Amount;
  readonly windowStart: UnixMs;
  readonly windowEnd: UnixMs;
  readonly categories: readonly BudgetCategory[];
  readonly payees: readonly BudgetPayee[];
  /** Category of payees that are not listed; null: only listed payees. */
  readonly defaultCategory: number | null;
  readonly tier: Tier;
  readonly parent: Hash | null;
  readonly policySalt: Nonce;
  readonly nonce: Nonce;
};

/** Public: the digest of the policy, logged before the first note. */
export type PolicyStatement = Head<'PolicyStatement'> & {
  readonly budget: Hash;
  readonly principal: PartyId;
  readonly agent: PartyId;
  readonly policyDigest: FieldHex;
  readonly tier: Tier;
  readonly nonce: Nonce;
};

/** An agent sets part of a budget aside for a task. */
export type TaskBudget = Head<'TaskBudget'> & {
  readonly budget: Hash;
  readonly task: string;
  readonly cap: Amount;
  readonly nonce: Nonce;
};

/** A party privately certifies the note key that it uses with one counterparty in one period. */
export type NoteKeyCertificate = Head<'NoteKeyCertificate'> & {
  readonly party: PartyId;
  readonly counterparty: PartyId;
  readonly period: Hash;
  readonly noteKey: PartyId;
  readonly nonce: Nonce;
};

/** A receiver asks to be paid. */
export type PaymentIntent = Head<'PaymentIntent'> & {
  readonly receiver: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly expiresAt: UnixMs;
  readonly description: string;
  readonly policyHash: Hash | null;
  readonly constraints: { readonly maxFeeBps: number; readonly latencyMs: number };
  /** How to pay from another node; null: only inside the receiver's own book. */
  readonly delivery: Delivery | null;
  readonly nonce: Nonce;
};

/** What a payment through other nodes needs to know of its receiver. */
export type Delivery = {
  /** A key of this intent alone: hops check the receipt with it and learn no identity. */
  readonly finalizeKey: PartyId;
  /** The receiver finalizes at least this much of the amount, or nothing. */
  readonly minDeliverable: Amount;
  /** Parts that the receiver will wait for, 1 … 16. */
  readonly partsMax: number;
};

/** The part of a voucher that draws on a budget: the authorization and the opening of its note. */
export type Grant = {
  readonly budget: Hash;
  readonly task: string | null;
  readonly period: Hash;
  readonly index: number;
  readonly category: number;
  /** Free for the policy of the budget: 0 … 31, bound by the commitment. */
  readonly regime: number;
  readonly authorizationNonce: Nonce;
  readonly noteSalt: Nonce;
  readonly core: NoteCore;
  readonly coreSig: Signature;
};

/** One hop that a part still has to pass, after the payee of the voucher. */
export type RouteHop = {
  readonly party: PartyId;
  /** Policy of the hop that pays this party: what the voucher's fee is made of. */
  readonly policyHash: Hash;
};

/**
 * The part of a voucher that makes it one hop of a payment across books. Its time is relative: the
 * payee counts expiresAt − at from `seenAt`, so neither clock has to be right.
 */
export type Route = {
  /** Drawn by the sender, one for each part and attempt. */
  readonly part: Nonce;
  readonly finalizeKey: PartyId;
  /** The newest reading of the payee's clock that the payer had seen when it signed. */
  readonly seenAt: UnixMs;
  /** Counted against the sender's maxProbeSpend; the receiver releases it at once. */
  readonly probe: boolean;
  /** The hops after the payee, in order; the last is the receiver. Empty: the payee receives. */
  readonly hops: readonly RouteHop[];
};

/**
 * A hold of amount + fee on an edge, for an intent, until `expiresAt` by the payer's clock. Along a
 * route `amount` is the same at every hop; `fee` is what the hops from the payee on still earn.
 */
export type CapacityVoucher = Head<'CapacityVoucher'> & {
  readonly intent: Hash;
  readonly edge: Hash;
  readonly from: PartyId;
  readonly to: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly fee: Amount;
  /** Authorization time by the payer's book. */
  readonly at: UnixMs;
  readonly expiresAt: UnixMs;
  readonly policyHash: Hash | null;
  readonly prevReceipt: Hash | null;
  readonly grant: Grant | null;
  /** Null: payer and payee are in one book. A route takes no grant in this version. */
  readonly route: Route | null;
  readonly nonce: Nonce;
};

/** A note's tail without what its core already says. */
export type ReceiptNote = {
  readonly core: Hash;
  readonly seq: number;
  readonly prev: Hash;
  readonly sig: Signature;
};

/** A part that a receipt finalizes; amounts without fees. */
export type DeliveredPart = { readonly part: Nonce; readonly amount: Amount };

/** What a receipt for a payment across books adds: every part at once, ascending by `part`. */
export type DeliveryReceipt = {
  readonly finalizeKey: PartyId;
  readonly parts: readonly DeliveredPart[];
};

/**
 * The payee turns a hold into a payment, or the receiver all parts of a delivery. With `delivery`:
 * voucher null, amount Σ parts, fee 0, no notes, signed by the finalizeKey itself.
 */
export type FinalizeReceipt = Head<'FinalizeReceipt'> & {
  readonly intent: Hash;
  readonly voucher: Hash | null;
  readonly amount: Amount;
  readonly fee: Amount;
  readonly at: UnixMs;
  /** One for a voucher with a grant, none otherwise. */
  readonly notes: readonly ReceiptNote[];
  readonly delivery: DeliveryReceipt | null;
  readonly nonce: Nonce;
};

/** The payee gives a hold up before it expires. */
export type VoidReceipt = Head<'VoidReceipt'> & {
  readonly intent: Hash;
  readonly voucher: Hash;
  readonly noteVoid: { readonly core: Hash; readonly sig: Signature } | null;
  readonly nonce: Nonce;
};

/** Public: both note keys of a pair state where their sequence ended in a period. */
export type PairClose = Head<'PairClose'> & {
  readonly period: Hash;
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly lastSeq: number;
  readonly prev: Hash;
  readonly nonce: Nonce;
};

/** Public: the principal states how many authorizations a period issued, and their root. */
export type PeriodClose = Head<'PeriodClose'> & {
  readonly budget: Hash;
  readonly period: Hash;
  readonly periodIndex: number;
  readonly count: number;
  readonly tokensRoot: FieldHex;
  readonly final: boolean;
  readonly nonce: Nonce;
};

/** Affine coordinates as decimal integers below the base field's modulus, as snarkjs orders them. */
export type Groth16Proof = {
  readonly a: readonly [string, string];
  readonly b: readonly [readonly [string, string], readonly [string, string]];
  readonly c: readonly [string, string];
};

/** leavesRoot, tokensRoot, summaryCommitment, policyDigest, periodDigest, nullifier. */
export type PublicSignals = readonly [FieldHex, FieldHex, FieldHex, FieldHex, FieldHex, FieldHex];

/** Public: the proof that a period's spending kept its policy. */
export type AttestationSummary = Head<'AttestationSummary'> & {
  readonly budget: Hash;
  readonly period: Hash;
  readonly periodIndex: number;
  readonly circuit: { readonly name: 'spend'; readonly tier: Tier };
  readonly parts: PeriodParts;
  readonly publicSignals: PublicSignals;
  readonly proof: Groth16Proof;
  readonly verificationKeyHash: Hash;
  readonly nonce: Nonce;
};

/** An object of a note with the signature that makes it evidence. */
export type SignedEvidence<Evidence> = { readonly object: Evidence; readonly sig: Signature };

/** The operator of a book takes a party in: the book then is the party's end of its remote edges. */
export type PartyHosting = Head<'PartyHosting'> & {
  readonly party: PartyId;
  /** Time the party wants between its own deadline and its payer's expiry, ms. */
  readonly marginMs: number;
  readonly nonce: Nonce;
};

/** A sender tells its node to pay an intent, and what that may cost at most. */
export type PaymentOrder = Head<'PaymentOrder'> & {
  readonly intent: Hash;
  readonly payer: PartyId;
  readonly receiver: PartyId;
  readonly finalizeKey: PartyId;
  readonly denomination: Denomination;
  /** Open and paid parts never exceed it, fees aside. */
  readonly amount: Amount;
  /** Fees of open and paid parts never exceed it. */
  readonly maxFee: Amount;
  /** Amounts and fees of all probes ever sent for the intent never exceed it. */
  readonly maxProbeSpend: Amount;
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** The price of forwarding; `policyHash` is taggedHash('FeePolicy', canonical terms). */
export type FeePolicy = {
  readonly hop: PartyId;
  readonly denomination: Denomination;
  /** Of the delivered amount, rounded up. */
  readonly feeBps: number;
  readonly feeFlat: Amount;
  readonly amountMin: Amount;
  readonly amountMax: Amount;
  readonly marginMs: number;
};

/** An edge over which a hop forwards, and coarsely how much. */
export type OfferedEdge = { readonly to: PartyId; readonly capacity: Amount };

/** A hop says what it forwards, where to and for how much, for a short time. */
export type RoutingOffer = Head<'RoutingOffer'> & {
  readonly policy: FeePolicy;
  readonly policyHash: Hash;
  /** Newer offers of a hop and denomination have higher sequences. */
  readonly sequence: number;
  /** By the hop's clock: readers count `ttlMs` from when they got the offer. */
  readonly at: UnixMs;
  readonly ttlMs: number;
  /** Ascending by `to`, at most 64. */
  readonly edges: readonly OfferedEdge[];
  readonly nonce: Nonce;
};

/** A coarse hint to a direct neighbour, never passed on. */
export type RoutingSignal = Head<'RoutingSignal'> & {
  readonly origin: PartyId;
  /** taggedHash('Region', party key) cut to 2 bytes, 4 hex digits: many parties share one. */
  readonly region: string;
  readonly denomination: Denomination;
  /** Decimal order of magnitude of the amounts, 0 … 18. */
  readonly magnitude: number;
  readonly observed: 'success' | 'failure';
  /** Payments behind the hint, 1 … 1000. */
  readonly sample: number;
  readonly sequence: number;
  readonly ttlMs: number;
  readonly nonce: Nonce;
};

/** Optional: the receiver has all parts and will finalize within `windowMs`; held → active*. */
export type CommitSignal = Head<'CommitSignal'> & {
  readonly intent: Hash;
  readonly finalizeKey: PartyId;
  /** Ascending. */
  readonly parts: readonly Nonce[];
  readonly windowMs: number;
  readonly nonce: Nonce;
};

export type HopTransition = 'held' | 'active*' | 'active' | 'lapsed';

/**
 * What one end of an edge says of one voucher, by its own clock. `held` comes from the payee. `active`
 * from the payee is its claim, from the payer its answer; `lapsed` from the payee is a release or a
 * refusal, from the payer the answer that the claim came too late.
 */
export type HopReceipt = Head<'HopReceipt'> & {
  readonly hop: PartyId;
  readonly peer: PartyId;
  readonly voucher: Hash;
  readonly intent: Hash;
  readonly part: Nonce;
  readonly transition: HopTransition;
  readonly amount: Amount;
  readonly fee: Amount;
  readonly policyHash: Hash | null;
  /** When it happened, and the hop's own deadline for the hold: one clock. */
  readonly at: UnixMs;
  readonly deadline: UnixMs;
  /** Why it lapsed: `expired`, `released`, or the reason of a refusal; null otherwise. */
  readonly reason: string | null;
  /** The hop's receipt before this one on the voucher; of `held` the voucher's prevReceipt. */
  readonly prev: Hash | null;
  /** The receiver's receipt: with `active`, and only then. */
  readonly finalize: SignedEvidence<FinalizeReceipt> | null;
  readonly nonce: Nonce;
};

/** A reading of a party's clock for one peer: what `seenAt` of the peer's vouchers rests on. */
export type ClockReading = Head<'ClockReading'> & {
  readonly party: PartyId;
  readonly peer: PartyId;
  readonly at: UnixMs;
  readonly nonce: Nonce;
};

/** Both ends of an edge agree where it stands; older states and ended vouchers may be dropped. */
export type EdgeState = Head<'EdgeState'> & {
  readonly edge: Hash;
  readonly a: PartyId;
  readonly b: PartyId;
  /** 1, 2, … */
  readonly sequence: number;
  /** Id of the state before, zeros for the first. */
  readonly previous: Hash;
  readonly at: UnixMs;
  /** Seen from a, carry included, as a decimal string with sign. */
  readonly balance: SignedAmount;
  /** Interest since the previous state, on its balance, rounded toward zero; seen from a. */
  readonly carry: SignedAmount;
  /** Vouchers that are still open, ascending, at most 256. */
  readonly open: readonly Hash[];
  readonly nonce: Nonce;
};

/**
 * Two states of one edge and sequence that differ, the first signed by a, the second by b, with the
 * delegations of the keys that signed. Signed by nobody itself: it proves itself.
 */
export type EdgeDisagreement = Head<'EdgeDisagreement'> & {
  readonly first: SignedEvidence<EdgeState>;
  readonly second: SignedEvidence<EdgeState>;
  readonly delegations: readonly [SignedEvidence<KeyDelegation>, SignedEvidence<KeyDelegation>];
};

/** A holder of credit moves it to another creditor of the same debtor; all three sign. */
export type Reassign = Head<'Reassign'> & {
  readonly debtor: PartyId;
  readonly from: PartyId;
  readonly to: PartyId;
  /** The edge of debtor and `from`, and that of debtor and `to`. */
  readonly fromEdge: Hash;
  readonly toEdge: Hash;
  readonly denomination: Denomination;
  readonly amount: Amount;
  /** The debtor signs last, before this; later the signed object counts whenever it arrives. */
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** A creditor asks to be paid outside, on any of some rails. */
export type SettlementRequest = Head<'SettlementRequest'> & {
  readonly edge: Hash;
  readonly creditor: PartyId;
  readonly amount: Amount;
  /** At least 1, at most 8: rail name and where to pay, in the rail's own words. */
  readonly endpoints: readonly { readonly rail: string; readonly target: string }[];
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** The creditor states what it received outside; the debt shrinks by it. */
export type SettlementReceipt = Head<'SettlementReceipt'> & {
  readonly edge: Hash;
  readonly creditor: PartyId;
  /** The request that was paid; null for a payment nobody asked for. */
  readonly request: Hash | null;
  readonly amount: Amount;
  readonly rail: string;
  /** SHA-256 of the rail's evidence; one receipt for each. */
  readonly evidence: Hash;
  readonly at: UnixMs;
  readonly nonce: Nonce;
};

/**
 * Public: a hop kept another fee than its policy. Everything in it is signed by the hop; signed by
 * nobody itself: it proves itself with the hop's KeyDelegation.
 */
export type FeeMismatchProof = Head<'FeeMismatchProof'> & {
  readonly delegation: SignedEvidence<KeyDelegation>;
  readonly offer: SignedEvidence<RoutingOffer>;
  /** What the hop said it held. */
  readonly held: SignedEvidence<HopReceipt>;
  /** What it held onward, for the same intent and part. */
  readonly voucher: SignedEvidence<CapacityVoucher>;
};

/** Public: two signed objects that claim one place. Signed by nobody: it proves itself. */
export type EquivocationProof =
  | (Head<'EquivocationProof'> & {
      readonly kind: 'core';
      readonly first: SignedEvidence<NoteCore>;
      readonly second: SignedEvidence<NoteCore>;
    })
  | (Head<'EquivocationProof'> & {
      readonly kind: 'tail';
      readonly first: SignedEvidence<NoteTail>;
      readonly second: SignedEvidence<NoteTail>;
    });

/** Public: an operator destroys the payload of an event; envelope and disclosure stay. */
export type PayloadErasure = Head<'PayloadErasure'> & {
  readonly eventId: Hash;
  readonly reason: string;
  readonly nonce: Nonce;
};

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
