/**
 * The events of anchors and of the batches that ask for them. One anchor is one log root on one rail;
 * every event but `BatchClosed` names its anchor.
 */
import type { BatchReason, Quarantined } from '../batch/reasons.ts';
import type { Amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId } from '../units/id.ts';

/** What an anchor is evidence of: this log had this root at this size. */
export type AnchorSubject = {
  readonly origin: string;
  /** Leaves under the root, 1 … 2^53−1. */
  readonly size: number;
  readonly root: Hash;
};

/** A net debt that a batch pays outside: what `SettlementReceipt` will state inside. */
export type BatchSettlement = {
  readonly edge: Hash;
  readonly debtor: PartyId;
  readonly creditor: PartyId;
  readonly denomination: Denomination;
  /** Ledger units, 1 or more. */
  readonly amount: Amount;
  /** The SettlementRequest that is paid; null for a payment nobody asked for. */
  readonly request: Hash | null;
  /** Where to pay, in the rail's own words: an endpoint's `target`. */
  readonly target: string;
};

export type BatchValue = { readonly denomination: Denomination; readonly amount: Amount };

/** A span of the log that leaves the node in one piece. */
export type Batch = {
  /** Hash of all that follows but `reason` and `quarantined`: `batchId`. */
  readonly batch: Hash;
  readonly subject: AnchorSubject;
  /** Leaves that the batch before covered: this one is over `from … subject.size − 1`. */
  readonly from: number;
  /** SHA-256 of the encoded state diffs. */
  readonly payload: Hash;
  /** Edges that moved in the span. */
  readonly diffs: number;
  /** What stands on the batch, Σ |delta| of its diffs, one entry a denomination, ascending. */
  readonly values: readonly BatchValue[];
  /** Rails that were asked for, ascending. */
  readonly rails: readonly string[];
  /** What the Lightning rail pays; null when no money moves. */
  readonly settles: BatchSettlement | null;
};

export type AnchorEventData = {
  /** A batch was closed: from here each of its rails owes one effect. */
  readonly BatchClosed: Batch & {
    readonly reason: BatchReason;
    /** Closures that were left out, and why; they wait for a later batch. */
    readonly quarantined: readonly Quarantined[];
  };
  /** The intent, durable before anything is sent. */
  readonly AnchorPlanned: {
    readonly anchor: Hash;
    readonly subject: AnchorSubject;
    readonly rail: string;
    /** 32 secret random bytes: they make every repeat the same submission. */
    readonly idempotencyKey: Hash;
  };
  /**
   * What will be sent, durable before it is: a signed transaction, an invoice. A later one replaces it,
   * as a raised fee does or an invoice after the one that lapsed unpaid.
   */
  readonly AnchorPrepared: { readonly anchor: Hash; readonly prepared: string };
  /** An attempt that brought no evidence. Recorded when it says something new. */
  readonly AnchorAttempted: {
    readonly anchor: Hash;
    readonly outcome: 'not_applied' | 'unknown';
    readonly code: string;
  };
  /** The rail counted the submission; `proof` is the evidence it gave. */
  readonly AnchorSubmitted: {
    readonly anchor: Hash;
    /** What people are told that the rail is. */
    readonly calendar: string;
    readonly proof: string;
  };
  /** Better evidence, not checked by this node. */
  readonly AnchorUpgraded: { readonly anchor: Hash; readonly proof: string };
  /** The evidence no longer stands, as after a reorganisation: it is looked up and sent again. */
  readonly AnchorDropped: { readonly anchor: Hash; readonly drops: Hash; readonly code: string };
  /** The evidence is final as far as this node can check: a block it trusts, a preimage. */
  readonly AnchorConfirmed: {
    readonly anchor: Hash;
    /** The block's; null where the rail has no blocks. */
    readonly height: number | null;
    readonly proof: string;
  };
  /** Given up by an operator; nothing is sent any more. */
  readonly AnchorFailed: { readonly anchor: Hash; readonly reason: string };
};

export type AnchorEventType = keyof AnchorEventData;

/** Evidence (`proof`) is the rail's own file format as lower-case hex, e.g. an `.ots` file; so is `prepared`. */
export type AnchorEvent = {
  readonly [T in AnchorEventType]: { readonly type: T; readonly data: AnchorEventData[T] };
}[AnchorEventType];
