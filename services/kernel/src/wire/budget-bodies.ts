import type { Tier } from '../codec/merkle-16.ts';
import type { NoteCore, NoteTail } from '../note/note.ts';
import type { PeriodCircuit, PeriodParts } from '../period/period-digest.ts';
import type { Amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { FieldHex, Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { Head, SignedEvidence } from './body-head.ts';

// Bodies of the objects about delegated budgets, their notes and the proof that their policy was kept.

export type BudgetCategory = {
  readonly name: string;
  /** The most that one payment may spend in this category, fees included: each one of a batch. */
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
  readonly circuit: { readonly name: PeriodCircuit; readonly tier: Tier };
  readonly parts: PeriodParts;
  readonly publicSignals: PublicSignals;
  readonly proof: Groth16Proof;
  readonly verificationKeyHash: Hash;
  readonly nonce: Nonce;
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
