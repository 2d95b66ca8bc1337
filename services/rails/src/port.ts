/**
 * The anchor port: what the settler asks of every rail that gives evidence outside the node
 * that a log root existed. A rail is thin and idempotent; it decides nothing.
 */

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

/** Evidence in the rail's own file format; for OpenTimestamps an `.ots` detached proof. */
export type AnchorEvidence = {
  readonly bytes: Uint8Array;
};

export type LookUp =
  | { readonly kind: 'applied'; readonly evidence: AnchorEvidence }
  | { readonly kind: 'not_applied' }
  | { readonly kind: 'unknown' };

/**
 * What an upgrade came to.
 *
 * - `unchanged`: the rail has nothing new; pending stays pending.
 * - `upgraded`: better evidence, whose claim this node has not been able to check itself.
 * - `confirmed`: better evidence that this node checked against its own source of block headers.
 */
export type Upgrade =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'upgraded'; readonly evidence: AnchorEvidence }
  | { readonly kind: 'confirmed'; readonly evidence: AnchorEvidence; readonly height: number };

/** One submission: the 32-byte log root and the key that makes a repeat the same submission. */
export type Submission = {
  readonly root: Uint8Array;
  /** 32 secret bytes recorded with the intent, before the first attempt. */
  readonly idempotencyKey: Uint8Array;
};

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
   * Submits a root and returns pending evidence.
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
  upgrade(evidence: AnchorEvidence, signal: AbortSignal): Promise<Upgrade>;
}
