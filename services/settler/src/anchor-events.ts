/** The events of the settler's stream and their JSON form. One anchor is one root on one rail. */

import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import {
  canonicalJson,
  isJsonObject,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';

/** What an anchor is evidence of: this log had this root at this size. */
export type AnchorSubject = {
  /** Origin line of the log's checkpoints, 1 … 128 characters. */
  readonly origin: string;
  /** Leaves under the root, 1 … 2^53−1. */
  readonly size: number;
  readonly root: Hash;
};

export type AnchorEvent =
  /** The intent, durable before anything is sent. The key makes every repeat the same submission. */
  | {
      readonly type: 'AnchorPlanned';
      readonly anchor: Hash;
      readonly subject: AnchorSubject;
      readonly rail: string;
      /** 32 secret random bytes, hex. */
      readonly idempotencyKey: Hash;
    }
  /** An attempt that brought no evidence. Recorded when it says something new. */
  | {
      readonly type: 'AnchorAttempted';
      readonly anchor: Hash;
      readonly outcome: 'not_applied' | 'unknown';
      readonly code: string;
    }
  /** The rail counted the submission; `proof` is the evidence it gave, hex. */
  | {
      readonly type: 'AnchorSubmitted';
      readonly anchor: Hash;
      readonly calendar: string;
      readonly proof: string;
    }
  /** Better evidence, not yet checked by this node. */
  | { readonly type: 'AnchorUpgraded'; readonly anchor: Hash; readonly proof: string }
  /** The evidence matches a block header that this node trusts. */
  | {
      readonly type: 'AnchorConfirmed';
      readonly anchor: Hash;
      readonly height: number;
      readonly proof: string;
    }
  /** Given up by an operator; nothing is sent any more. */
  | { readonly type: 'AnchorFailed'; readonly anchor: Hash; readonly reason: string };

/** The id of the anchor of a subject on a rail: planning the same again is the same anchor. */
export function anchorId(subject: AnchorSubject, rail: string): Hash {
  const { origin, size, root } = subject;
  return taggedTextHash('Anchor', canonicalJson({ origin, rail, root, size }));
}

/** The payload of an event: no object caused it, the settler did. */
export function encodeAnchorEvent(event: AnchorEvent): string {
  const { type: _, ...data } = event;
  return canonicalJson({ cause: { none: true }, data });
}

class Unreadable extends Error {}

type Fields = { readonly [key: string]: JsonValue };

function text(fields: Fields, name: string, pattern: RegExp): string {
  const value = fields[name];
  if (typeof value !== 'string' || !pattern.test(value)) throw new Unreadable(name);
  return value;
}

function hash(fields: Fields, name: string): Hash {
  const value = fields[name];
  const parsed = typeof value === 'string' ? parseHash(value) : undefined;
  if (parsed === undefined) throw new Unreadable(name);
  return parsed;
}

function count(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || value < 0) throw new Unreadable(name);
  return value;
}

function object(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (!isJsonObject(value)) throw new Unreadable(name);
  return value;
}

const ANY_TEXT = /^.{1,1024}$/s;
const PROOF = /^(?:[0-9a-f]{2})+$/;

function readEvent(type: string, data: Fields): AnchorEvent {
  const anchor = hash(data, 'anchor');
  switch (type) {
    case 'AnchorPlanned': {
      const subject = object(data, 'subject');
      return {
        type,
        anchor,
        subject: {
          origin: text(subject, 'origin', ANY_TEXT),
          size: count(subject, 'size'),
          root: hash(subject, 'root'),
        },
        rail: text(data, 'rail', ANY_TEXT),
        idempotencyKey: hash(data, 'idempotencyKey'),
      };
    }
    case 'AnchorAttempted': {
      const outcome = text(data, 'outcome', /^(?:not_applied|unknown)$/);
      return {
        type,
        anchor,
        outcome: outcome === 'unknown' ? 'unknown' : 'not_applied',
        code: text(data, 'code', ANY_TEXT),
      };
    }
    case 'AnchorSubmitted':
      return {
        type,
        anchor,
        calendar: text(data, 'calendar', ANY_TEXT),
        proof: text(data, 'proof', PROOF),
      };
    case 'AnchorUpgraded':
      return { type, anchor, proof: text(data, 'proof', PROOF) };
    case 'AnchorConfirmed':
      return { type, anchor, height: count(data, 'height'), proof: text(data, 'proof', PROOF) };
    case 'AnchorFailed':
      return { type, anchor, reason: text(data, 'reason', ANY_TEXT) };
    default:
      throw new Unreadable('type');
  }
}

/**
 * Reads a stored event back.
 *
 * @throws {Error} if it is none of this version's: the stream stops rather than skip it.
 */
export function decodeAnchorEvent(type: string, payload: string): AnchorEvent {
  const parsed = parseCanonicalJson(payload);
  try {
    if (!parsed.ok || !isJsonObject(parsed.value)) throw new Unreadable('payload');
    return readEvent(type, object(parsed.value, 'data'));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw new Error(`anchor event ${type} cannot be read: ${error.message}`, { cause: error });
  }
}
