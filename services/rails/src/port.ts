/**
 * The anchor port: what the settler asks of every rail that gives evidence outside the node
 * that a log root existed. A rail is thin and idempotent; it decides nothing.
 */

import type { Batch } from '@atomicity/kernel/anchor/events';

/**
 * What is known about an effect after a failure.
 *
 * - `not_applied`: it certainly did not happen; repeating it is harmless.
 * - `applied`: it happened, yet something after it failed.
 * - `unknown`: nobody knows; look it up before doing anything else.
 */
export type Outcome = 'not_applied' | 'applied' | 'unknown';

export type RailErrorCode =
  | 'rail_unreachable'
  | 'rail_timeout'
  | 'rail_refused'
  | 'rail_answer_unusable'
  | 'quorum_missed';

export type RailFacts = Readonly<Record<string, string | number>>;

/** An operating error of a rail: what failed, the facts, and what is known about the effect. */
export class RailError extends Error {
  override readonly name = 'RailError';
  readonly code: RailErrorCode;
  readonly shortMessage: string;
  readonly outcome: Outcome;
  readonly facts: RailFacts;

  constructor(parameters: {
    readonly code: RailErrorCode;
    readonly shortMessage: string;
    readonly outcome: Outcome;
    readonly facts?: RailFacts;
    readonly cause?: unknown;
  }) {
    super(`${parameters.shortMessage} (outcome: ${parameters.outcome})`, {
      cause: parameters.cause,
    });
    this.code = parameters.code;
    this.shortMessage = parameters.shortMessage;
    this.outcome = parameters.outcome;
    this.facts = parameters.facts ?? {};
  }
}

/**
 * Evidence in the rail's own file format, at most 65,536 bytes; for OpenTimestamps an `.ots` detached
 * proof. What is larger, as blobs are, the node archives by its hash.
 */
export type AnchorEvidence = {
  readonly bytes: Uint8Array;
};

/**
 * What a look-up found; it never sends anything.
 *
 * - `applied`: the effect is there.
 * - `not_applied`: it certainly is not; what was prepared may be sent, as it is.
 * - `void`: what was prepared can never take effect any more, and did not: prepare anew.
 * - `replace`: it may still take effect, and something better should be sent in its place, such that at
 *   most one of the two ever takes effect; to be recorded before it is sent.
 * - `unknown`: under way, or nobody can tell: ask again later.
 */
export type LookUp =
  | { readonly kind: 'applied'; readonly evidence: AnchorEvidence }
  | { readonly kind: 'not_applied' }
  | { readonly kind: 'void'; readonly code: string }
  | { readonly kind: 'replace'; readonly prepared: Uint8Array; readonly code: string }
  | { readonly kind: 'unknown' };

/**
 * What an upgrade came to.
 *
 * - `unchanged`: the rail has nothing new; pending stays pending.
 * - `upgraded`: better evidence, whose claim this node has not been able to check itself.
 * - `confirmed`: evidence that is final as far as this node can check: its own source of block headers,
 *   depth in a chain that it follows, a preimage.
 * - `dropped`: the evidence no longer stands, as after a reorganisation: look the submission up again.
 */
export type Upgrade =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'upgraded'; readonly evidence: AnchorEvidence }
  | {
      readonly kind: 'confirmed';
      readonly evidence: AnchorEvidence;
      readonly height: number | null;
    }
  | { readonly kind: 'dropped'; readonly code: string };

/** A closed batch, with what its `payload` hash is of: the encoded state diffs. */
export type BatchContent = { readonly batch: Batch; readonly payload: Uint8Array };

/** One submission: the 32-byte log root and the key that makes a repeat the same submission. */
export type Submission = {
  readonly root: Uint8Array;
  /** The batch that asked for it; undefined for a root anchored by itself. */
  readonly content?: BatchContent;
  /** What was prepared for it and recorded; undefined before, and for rails that do not prepare. */
  readonly prepared?: Uint8Array;
  /** 32 secret bytes recorded with the intent, before the first attempt. */
  readonly idempotencyKey: Uint8Array;
};

/** What an effect cost, in the rail's smallest unit. */
export type RailCost = { readonly unit: 'wei' | 'msat'; readonly amount: bigint };

/**
 * A place that anchors log roots.
 *
 * A second `submit` with the same root and key is the same submission: the rail derives
 * everything it sends from the two.
 */
export interface AnchorRail {
  readonly name: string;
  /** What people are told that this rail is, e.g. in tables and in the bundle. */
  readonly label: string;
  /**
   * True if a repeated submission with one key makes no second claim, so that the settler may
   * repeat it when `lookUp` can only say `unknown`. False for rails that move money.
   */
  readonly repeatIsSameSubmission: boolean;
  /**
   * Fixes what will be sent, at most 65,536 bytes: a signed transaction, an invoice. Nothing that moves
   * value leaves the node. The settler records the answer before it calls `submit`; a crash in between
   * prepares anew, so nothing prepared and not recorded may ever take effect.
   *
   * @throws {RailError} with outcome `not_applied`.
   */
  prepare?(submission: Submission, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Submits a root and returns pending evidence. A rail with `prepare` sends exactly what was prepared.
   *
   * @throws {RailError} with the outcome; `unknown` must be looked up.
   */
  submit(submission: Submission, signal: AbortSignal): Promise<AnchorEvidence>;
  /** Finds out whether a submission was counted; never submits. */
  lookUp(submission: Submission, signal: AbortSignal): Promise<LookUp>;
  /**
   * Asks for better evidence; a second call with upgraded evidence changes nothing.
   *
   * @throws {RailError} with outcome `not_applied`: asking changes nothing.
   */
  upgrade(evidence: AnchorEvidence, signal: AbortSignal, submission?: Submission): Promise<Upgrade>;
  /** What the effect behind this evidence cost; undefined where the rail is free. Pure. */
  costOf?(evidence: AnchorEvidence): RailCost | undefined;
}
