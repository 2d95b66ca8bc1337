/** What an intent or an outcome adds to an anchor. Pure: a crash between the two is never guessed at. */

import { sha256 } from '@noble/hashes/sha2.js';
import { assertNever } from '../book/invariant.ts';
import { hexToBytes } from '../codec/bytes.ts';
import { type Hash, hashFromBytes } from '../units/id.ts';
import { type Anchor, isEnded, isOpen, type OneAnchorEvent, statusAfter } from './anchor.ts';
import { anchorId } from './event-codec.ts';
import type { AnchorSubject } from './events.ts';

/** An intent, or what happened outside as far as it is known. */
export type AnchorCommand =
  | {
      readonly kind: 'plan';
      readonly subject: AnchorSubject;
      readonly rail: string;
      readonly idempotencyKey: Hash;
    }
  /** `replaces` is what was prepared before: null for the first. */
  | { readonly kind: 'prepared'; readonly replaces: string | null; readonly prepared: string }
  | {
      readonly kind: 'attempted';
      readonly outcome: 'not_applied' | 'unknown';
      readonly code: string;
    }
  | { readonly kind: 'submitted'; readonly calendar: string; readonly proof: string }
  /** `improves` is the evidence that was asked about. */
  | { readonly kind: 'upgraded'; readonly improves: string; readonly proof: string }
  | {
      readonly kind: 'confirmed';
      readonly improves: string;
      readonly proof: string;
      readonly height: number | null;
    }
  /** The evidence `drops` no longer stands. */
  | { readonly kind: 'dropped'; readonly drops: string; readonly code: string }
  | { readonly kind: 'abandon'; readonly reason: string };

/**
 * The event that the command adds, or undefined where it says nothing new: the same again, an answer
 * that comes late, news of evidence that has been replaced, anything about an ended anchor.
 *
 * `anchor` is undefined before the plan, and then only a plan adds anything.
 *
 * @throws RangeError for a plan whose subject is outside its documented limits.
 */
export function decideAnchor(
  anchor: Anchor | undefined,
  command: AnchorCommand,
): OneAnchorEvent | undefined {
  if (command.kind === 'plan') {
    if (anchor !== undefined) return undefined;
    const { subject, rail, idempotencyKey } = command;
    const data = { anchor: anchorId(subject, rail), subject, rail, idempotencyKey };
    return { type: 'AnchorPlanned', data };
  }
  return anchor === undefined || isEnded(anchor) ? undefined : decideOutcome(anchor, command);
}

function decideOutcome(
  anchor: Anchor,
  command: Exclude<AnchorCommand, { kind: 'plan' }>,
): OneAnchorEvent | undefined {
  const id = anchor.anchor;
  switch (command.kind) {
    case 'prepared': {
      const { replaces, prepared } = command;
      if (!isOpen(anchor) || anchor.prepared !== replaces || prepared === replaces)
        return undefined;
      return { type: 'AnchorPrepared', data: { anchor: id, prepared } };
    }
    case 'dropped': {
      const { drops, code } = command;
      if (anchor.proof !== drops) return undefined;
      return { type: 'AnchorDropped', data: { anchor: id, drops: digestOf(drops), code } };
    }
    case 'attempted': {
      const { outcome, code } = command;
      // A calendar that is away for days leaves one event, not one for every attempt.
      const known = anchor.status === statusAfter(outcome) && anchor.reason === code;
      if (!isOpen(anchor) || known) return undefined;
      return { type: 'AnchorAttempted', data: { anchor: id, outcome, code } };
    }
    case 'submitted': {
      const { calendar, proof } = command;
      // A second submission of one plan is the same submission: it is never counted again.
      if (!isOpen(anchor)) return undefined;
      return { type: 'AnchorSubmitted', data: { anchor: id, calendar, proof } };
    }
    case 'upgraded': {
      const { improves, proof } = command;
      if (anchor.proof !== improves || proof === improves) return undefined;
      return { type: 'AnchorUpgraded', data: { anchor: id, proof } };
    }
    case 'confirmed': {
      const { improves, proof, height } = command;
      if (anchor.proof !== improves) return undefined;
      return { type: 'AnchorConfirmed', data: { anchor: id, height, proof } };
    }
    case 'abandon':
      return { type: 'AnchorFailed', data: { anchor: id, reason: command.reason } };
    default:
      return assertNever(command, 'anchor command');
  }
}

/** SHA-256 of evidence in hex. */
function digestOf(proof: string): Hash {
  return hashFromBytes(sha256(hexToBytes(proof)));
}
