/** The events of anchors. One anchor is one log root on one rail; every event names its anchor. */
import type { Hash } from '../units/id.ts';

/** What an anchor is evidence of: this log had this root at this size. */
export type AnchorSubject = {
  readonly origin: string;
  /** Leaves under the root, 1 … 2^53−1. */
  readonly size: number;
  readonly root: Hash;
};

export type AnchorEventData = {
  /** The intent, durable before anything is sent. */
  readonly AnchorPlanned: {
    readonly anchor: Hash;
    readonly subject: AnchorSubject;
    readonly rail: string;
    /** 32 secret random bytes: they make every repeat the same submission. */
    readonly idempotencyKey: Hash;
  };
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
  /** The evidence matches a block header that this node trusts. */
  readonly AnchorConfirmed: {
    readonly anchor: Hash;
    readonly height: number;
    readonly proof: string;
  };
  /** Given up by an operator; nothing is sent any more. */
  readonly AnchorFailed: { readonly anchor: Hash; readonly reason: string };
};

export type AnchorEventType = keyof AnchorEventData;

/** Evidence (`proof`) is the rail's own file format as lower-case hex, e.g. an `.ots` file. */
export type AnchorEvent = {
  readonly [T in AnchorEventType]: { readonly type: T; readonly data: AnchorEventData[T] };
}[AnchorEventType];
