/**
 * An anchor: evidence outside the node that a log root existed. Its state is a fold over its events.
 *
 *              ┌── dropped ──┐
 * planned ─▶ submitted ─▶ pending ─▶ confirmed
 *    └───────────┴───────────┴────▶ failed
 */
import { assert, assertNever } from '../book/invariant.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { AnchorEvent, AnchorEventData, AnchorSubject } from './events.ts';

/** An event that changes one anchor. */
export type OneAnchorEvent = Exclude<AnchorEvent, { readonly type: 'BatchClosed' }>;

/**
 * - `planned`: the intent is recorded, perhaps with what will be sent; no attempt is known to have reached the rail.
 * - `submitted`: an attempt was, or may have been, made whose outcome is unknown.
 * - `pending`: there is evidence, which proves nothing until it is confirmed.
 * - `confirmed`: the evidence is final as far as this node can check.
 * - `failed`: given up.
 */
export type AnchorStatus = 'planned' | 'submitted' | 'pending' | 'confirmed' | 'failed';

export type Anchor = {
  readonly anchor: Hash;
  readonly subject: AnchorSubject;
  readonly rail: string;
  readonly idempotencyKey: Hash;
  readonly status: AnchorStatus;
  readonly plannedAt: UnixMs;
  /** When it got the status that it has. */
  readonly since: UnixMs;
  /** What people are told that the rail is, once it answered. */
  readonly calendar: string | null;
  /** What will be sent or was, in hex; null before it is fixed, and for rails that derive it. */
  readonly prepared: string | null;
  /** The evidence in hex, or null before there is any. */
  readonly proof: string | null;
  /** Height of the confirming block; null where the rail has no blocks. */
  readonly height: number | null;
  /** Code of the last failed attempt, or why it was given up. */
  readonly reason: string | null;
};

/** True while something may still be sent for the anchor. */
export function isOpen({ status }: Anchor): boolean {
  return status === 'planned' || status === 'submitted';
}

/** True when nothing changes the anchor any more. */
export function isEnded({ status }: Anchor): boolean {
  return status === 'confirmed' || status === 'failed';
}

/** The status that an attempt without evidence leaves. */
export function statusAfter(outcome: 'not_applied' | 'unknown'): AnchorStatus {
  return outcome === 'unknown' ? 'submitted' : 'planned';
}

function planned(data: AnchorEventData['AnchorPlanned'], plannedAt: UnixMs): Anchor {
  const nothingYet = { calendar: null, prepared: null, proof: null, height: null, reason: null };
  return { ...data, ...nothingYet, status: 'planned', plannedAt, since: plannedAt };
}

function changed(before: Anchor, event: OneAnchorEvent): Anchor {
  assert(event.type !== 'AnchorPlanned', 'an anchor is planned once');
  assert(event.data.anchor === before.anchor, 'an event changes the anchor that it names');
  assert(!isEnded(before), 'an ended anchor stays');
  switch (event.type) {
    case 'AnchorPrepared':
      assert(isOpen(before), 'nothing is prepared once there is evidence');
      return { ...before, prepared: event.data.prepared };
    case 'AnchorDropped':
      return { ...before, status: 'submitted', proof: null, reason: event.data.code };
    case 'AnchorAttempted': {
      assert(isOpen(before), 'nothing is attempted once there is evidence');
      const { outcome, code } = event.data;
      return { ...before, status: statusAfter(outcome), reason: code };
    }
    case 'AnchorSubmitted': {
      assert(isOpen(before), 'one submission is counted');
      const { calendar, proof } = event.data;
      return { ...before, status: 'pending', calendar, proof, reason: null };
    }
    case 'AnchorUpgraded':
      return { ...before, status: 'pending', proof: event.data.proof, reason: null };
    case 'AnchorConfirmed': {
      const { height, proof } = event.data;
      return { ...before, status: 'confirmed', height, proof, reason: null };
    }
    case 'AnchorFailed':
      return { ...before, status: 'failed', reason: event.data.reason };
    default:
      return assertNever(event, 'anchor event');
  }
}

/**
 * The anchor after one more of its events, decided at `at`.
 *
 * Payloads can be erased, so events may be missing here: without its plan an anchor stays unknown
 * (undefined), and better evidence stands without the submission that it follows.
 *
 * @throws InvariantBroken for an event that no erasure puts out of place.
 */
export function evolveAnchor(
  before: Anchor | undefined,
  event: OneAnchorEvent,
  at: UnixMs,
): Anchor | undefined {
  if (before !== undefined) {
    const after = changed(before, event);
    return after.status === before.status ? after : { ...after, since: at };
  }
  return event.type === 'AnchorPlanned' ? planned(event.data, at) : undefined;
}
