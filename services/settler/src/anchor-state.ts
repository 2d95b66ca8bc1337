/** The state of an anchor as a fold over its events. Pure. */

import type { Hash } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { AnchorEvent, AnchorSubject } from './anchor-events.ts';

/**
 * - `planned`: the intent is recorded; no attempt is known to have reached the rail.
 * - `submitted`: an attempt was, or may have been, made whose outcome is unknown.
 * - `pending`: there is evidence, which proves nothing until it is confirmed.
 * - `confirmed`: the evidence matches a block header that this node trusts.
 * - `failed`: given up.
 */
export type AnchorStatusName = 'planned' | 'submitted' | 'pending' | 'confirmed' | 'failed';

export type Anchor = {
  readonly anchor: Hash;
  readonly subject: AnchorSubject;
  readonly rail: string;
  readonly idempotencyKey: Hash;
  readonly status: AnchorStatusName;
  readonly plannedAt: UnixMs;
  /** What people are told that the rail is, once it answered. */
  readonly calendar: string | null;
  /** The evidence in hex, or null before there is any. */
  readonly proof: string | null;
  /** Height of the confirming block. */
  readonly height: number | null;
  /** Code of the last failed attempt, or why it was given up. */
  readonly reason: string | null;
  /** How many events this anchor has; names the next one. */
  readonly events: number;
};

function planned(event: Extract<AnchorEvent, { type: 'AnchorPlanned' }>, at: UnixMs): Anchor {
  const { anchor, subject, rail, idempotencyKey } = event;
  return {
    anchor,
    subject,
    rail,
    idempotencyKey,
    status: 'planned',
    plannedAt: at,
    calendar: null,
    proof: null,
    height: null,
    reason: null,
    events: 1,
  };
}

function changed(before: Anchor, event: AnchorEvent): Anchor {
  const after: Anchor = { ...before, events: before.events + 1 };
  switch (event.type) {
    case 'AnchorPlanned':
      throw new Error(`anchor ${before.anchor} was planned twice`);
    case 'AnchorAttempted': {
      const status = event.outcome === 'unknown' ? 'submitted' : 'planned';
      return { ...after, status, reason: event.code };
    }
    case 'AnchorSubmitted': {
      const { calendar, proof } = event;
      return { ...after, status: 'pending', calendar, proof, reason: null };
    }
    case 'AnchorUpgraded':
      return { ...after, proof: event.proof };
    case 'AnchorConfirmed':
      return { ...after, status: 'confirmed', proof: event.proof, height: event.height };
    case 'AnchorFailed':
      return { ...after, status: 'failed', reason: event.reason };
  }
}

/**
 * The anchor after one of its events.
 *
 * Without its plan, whose payload was then erased, an anchor stays unknown: undefined.
 */
export function evolveAnchor(
  before: Anchor | undefined,
  event: AnchorEvent,
  at: UnixMs,
): Anchor | undefined {
  if (before !== undefined) return changed(before, event);
  return event.type === 'AnchorPlanned' ? planned(event, at) : undefined;
}

/** True while something may still be sent for the anchor. */
export function isOpen(anchor: Anchor): boolean {
  return anchor.status === 'planned' || anchor.status === 'submitted';
}
