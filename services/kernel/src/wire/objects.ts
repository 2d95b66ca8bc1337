import type { Tier } from '../codec/merkle-16.ts';
import type { NoteCore, NoteTail } from '../note/note.ts';
import type { PeriodParts } from '../period/period-digest.ts';
import type { Amount } from '../units/amount.ts';
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
  readonly nonce: Nonce;
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

/** A hold of amount + fee on an edge, for an intent, until `expiresAt`. */
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
  readonly nonce: Nonce;
};

/** A note's tail without what its core already says. */
export type ReceiptNote = {
  readonly core: Hash;
  readonly seq: number;
  readonly prev: Hash;
  readonly sig: Signature;
};

/** The payee turns a hold into a payment. */
export type FinalizeReceipt = Head<'FinalizeReceipt'> & {
  readonly intent: Hash;
  readonly voucher: Hash;
  readonly amount: Amount;
  readonly fee: Amount;
  readonly at: UnixMs;
  /** One for a voucher with a grant, none otherwise. */
  readonly notes: readonly ReceiptNote[];
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
  | PayloadErasure;

export type WireType = WireBody['type'];

/** The body type of a wire type. */
export type BodyOf<Type extends WireType> = Extract<WireBody, { readonly type: Type }>;

/** Types whose names are taken but which this version refuses: `type_not_enabled`. */
export const TYPES_NOT_ENABLED: readonly string[] = [
  'CommitSignal',
  'FinalizeDelegation',
  'FinalizePreauth',
  'HopReceipt',
  'NettingReceipt',
  'NettingSet',
  'Reassign',
  'RoutingOffer',
  'RoutingSignal',
  'SettlementReceipt',
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
