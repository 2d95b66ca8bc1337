/**
 * The registry port: what the fleet desk asks of a chain. An adapter is thin and idempotent; it decides
 * nothing. A call is first *prepared*: checked against the chain's state, then signed. What was
 * prepared has a hash before anybody has seen it, so that its fate can be found out after a crash, and so
 * that sending it again is the very same transaction.
 */

import type { Amount } from '@atomicity/kernel/units/amount';
import type { FieldHex, Hash } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { Hex, RegistryPlace } from './context.ts';

/** One cycle of one fleet. */
export type CycleRef = {
  readonly fleet: Hash;
  /** 1, 2, …: the registry counts a fleet's cycles. */
  readonly cycle: number;
};

/** One slot of a cycle, 0, 1, …. */
export type SlotRef = CycleRef & { readonly slot: number };

/** A spend proof as the registry takes it. */
export type SpendProof = {
  /** Name of the circuit, as `spend-16`. */
  readonly circuit: string;
  readonly signals: readonly FieldHex[];
  readonly proof: Groth16Proof;
};

/** What a slot of the registered policy says, with its path to the root: three siblings a level. */
export type SlotLeaf = {
  readonly policyDigest: FieldHex;
  readonly nullifier: FieldHex;
  readonly subCap: Amount;
  readonly path: readonly bigint[];
};

export type OpenCycle = CycleRef & {
  readonly kind: 'open_cycle';
  readonly policyRoot: bigint;
  /** Name of the fleet circuit, as `fleet-64`. */
  readonly circuit: string;
  readonly cap: Amount;
  readonly windowStart: UnixMs;
  readonly windowEnd: UnixMs;
  readonly policyDigests: readonly FieldHex[];
};

export type SettleCycle = CycleRef & {
  readonly kind: 'settle_cycle';
  readonly revision: number;
  readonly proof: Groth16Proof;
  readonly summariesRoot: bigint;
  readonly consumed: bigint;
  readonly reserved: bigint;
  readonly included: readonly bigint[];
  /** A failure code for each excluded slot, in the order of the slots. */
  readonly codes: readonly number[];
};

export type AnswerDemand = SlotRef & {
  readonly kind: 'answer_demand';
  readonly revision: number;
  readonly spend: SpendProof;
  /** Siblings of the slot's summary under `summariesRoot`, three a level. */
  readonly path: readonly bigint[];
};

/** Of a final cycle. */
export type ReleaseLate = SlotRef & {
  readonly kind: 'release_late';
  readonly leaf: SlotLeaf;
  readonly spend: SpendProof;
  /** What the agent is shown to have spent at most. */
  readonly bound: Amount;
  readonly boundProof: Groth16Proof;
};

export type RegistryCall =
  | { readonly kind: 'register_fleet'; readonly fleet: Hash; readonly aggregator: Hex }
  | OpenCycle
  | SettleCycle
  | (CycleRef & { readonly kind: 'finalize'; readonly revision: number })
  | (SlotRef & { readonly kind: 'demand_proof'; readonly revision: number })
  | AnswerDemand
  | (SlotRef & { readonly kind: 'rollback'; readonly revision: number })
  | ReleaseLate
  | (SlotRef & { readonly kind: 'claim_release' });

/** `none`: not opened. `open`: waits for its settlement. `pending`: settled, may be challenged. */
export type CycleState = 'none' | 'open' | 'pending' | 'final';

/** A cycle as the contract shows it to anybody. consumed + reserved + remaining = cap. */
export type CycleView = {
  readonly state: CycleState;
  readonly revision: number;
  readonly policyRoot: bigint;
  readonly slotCount: number;
  readonly cap: bigint;
  readonly consumed: bigint;
  readonly reserved: bigint;
  readonly remaining: bigint;
  readonly windowStart: UnixMs;
  readonly windowEnd: UnixMs;
  /** When the challenge window ends, seconds since the epoch; 0 before the settlement. */
  readonly challengeEnd: number;
  readonly summariesRoot: bigint;
  /** Bit i is set if slot i is included. */
  readonly included: bigint;
  /** Chain over the final totals of this and all earlier cycles; zeros before it is final. */
  readonly cycleRoot: Hex;
  readonly includedCount: number;
  /** Demanded proofs of this revision that nobody has given yet. */
  readonly openDemands: number;
  readonly excluded: readonly { readonly slot: number; readonly code: number }[];
};

/** A demanded proof that nobody has given yet. */
export type OpenDemand = SlotRef & {
  readonly revision: number;
  /** Until when it may be answered, inclusive: seconds since the epoch. */
  readonly deadline: number;
};

/** A signed transaction that nobody has to have seen yet. It holds no secret. */
export type PreparedCall = {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly from: Hex;
  readonly nonce: number;
};

export type CallReceipt = {
  readonly hash: Hex;
  readonly block: number;
  readonly gasUsed: bigint;
};

/**
 * What became of a prepared call. `absent`: no node that was asked has it and its nonce is free, so that
 * sending it again is safe. `displaced`: another transaction took its nonce; it never takes effect.
 */
export type CallFate =
  | { readonly kind: 'applied'; readonly receipt: CallReceipt }
  | { readonly kind: 'reverted'; readonly receipt: CallReceipt }
  | { readonly kind: 'displaced' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'waiting' };

export interface SpendRegistry {
  readonly place: RegistryPlace;
  /**
   * Checks a call against the newest block and signs it; sends nothing.
   *
   * @throws {RailError} (not_applied) `rail_refused` with `facts.revert`, the contract's reason;
   * `rail_unreachable`, `rail_timeout`; RangeError when no signer for the call was configured.
   */
  prepare(call: RegistryCall, signal: AbortSignal): Promise<PreparedCall>;
  /**
   * Hands a prepared call to the chain and waits until it has the configured confirmations.
   * Again with the same call: the same transaction, which takes effect once.
   *
   * @throws {RailError} `rail_refused` (not_applied) when it reverted or was displaced; (unknown) when
   * no receipt was seen in time: look it up.
   */
  send(prepared: PreparedCall, signal: AbortSignal): Promise<CallReceipt>;
  /** What became of a prepared call; sends nothing. @throws {RailError} (not_applied). */
  lookUp(prepared: PreparedCall, signal: AbortSignal): Promise<CallFate>;
  /**
   * True if the contract's state shows the effect of the call, whoever brought it about: for when the
   * record of its transaction is lost. Never guesses: a cycle settled with other roots is `false`.
   */
  hasEffect(call: RegistryCall, signal: AbortSignal): Promise<boolean>;
  /**
   * True if the registry's own verifier takes the proof: it has one for the circuit, under the key that
   * the proof was made with. Only such a proof can answer a demand.
   */
  accepts(spend: SpendProof, signal: AbortSignal): Promise<boolean>;
  cycle(ref: CycleRef, signal: AbortSignal): Promise<CycleView>;
  /** What the fleet's next cycles may delegate, ledger units; the first cycle's cap is free. */
  available(fleet: Hash, signal: AbortSignal): Promise<bigint>;
  openDemands(ref: CycleRef, signal: AbortSignal): Promise<readonly OpenDemand[]>;
  /** The slots for which the cycle was opened again, oldest first: proofs withheld, or shown not to count. */
  rolledBack(ref: CycleRef, signal: AbortSignal): Promise<readonly SlotRef[]>;
  /** After when a late release may be claimed, seconds since the epoch; null unless one waits for it. */
  claimableAfter(ref: SlotRef, signal: AbortSignal): Promise<number | null>;
  /** Timestamp of the newest block, seconds since the epoch. */
  now(signal: AbortSignal): Promise<number>;
}
