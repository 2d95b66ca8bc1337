// Goal: an envelope has one byte form, and its commitment hides the payload. Method: round trip and
// one change at a time.
import { describe, expect, it } from 'vitest';
import { utf8 } from '../codec/bytes.ts';
import { parseHash, parseStreamId, type StreamId, ZERO_HASH } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import {
  disclosureHash,
  disclosureTextHash,
  type Envelope,
  encodeEnvelope,
  eventId,
  parseEnvelope,
  payloadCommitment,
} from './envelope.ts';

const stream = parseStreamId('5'.repeat(32)) ?? ('' as StreamId);
const salt = new Uint8Array(32).fill(7);

const envelope: Envelope = {
  v: 1,
  stream,
  revision: 3,
  type: 'HoldPlaced',
  at: unixMs(1_767_225_600_000),
  payloadCommitment: payloadCommitment(salt, '{}'),
  disclosure: disclosureHash({ core: 'x' }),
};

describe('an envelope', () => {
  it('is read from exactly its own bytes', () => {
    expect(parseEnvelope(encodeEnvelope(envelope))).toEqual({ kind: 'parsed', envelope });
    const hidden = { ...envelope, disclosure: null };
    expect(parseEnvelope(encodeEnvelope(hidden))).toEqual({ kind: 'parsed', envelope: hidden });
  });

  it.each([
    [{ v: 2 }, 'unknown_version', '/v'],
    [{ extra: 1 }, 'unknown_field', '/extra'],
    [{ revision: -1 }, 'out_of_range', '/revision'],
    [{ type: 'hold placed' }, 'out_of_range', '/type'],
    [{ stream: '5' }, 'out_of_range', '/stream'],
    [{ at: '1' }, 'wrong_type', '/at'],
    [{ disclosure: '' }, 'out_of_range', '/disclosure'],
  ])('refuses %j', (change, reason, field) => {
    const changed = { ...envelope, ...change } as unknown as Envelope;
    const result = parseEnvelope(encodeEnvelope(changed));
    expect(result.kind === 'refused' ? [result.refusal.reason, result.refusal.field] : []).toEqual([
      reason,
      field,
    ]);
  });

  it('refuses other bytes', () => {
    const reasonOf = (bytes: Uint8Array) => {
      const result = parseEnvelope(bytes);
      return result.kind === 'refused' ? result.refusal.reason : 'parsed';
    };
    expect(reasonOf(Uint8Array.of(0xff))).toBe('not_json');
    expect(reasonOf(utf8(' {}'))).toBe('not_canonical');
    expect(reasonOf(utf8('{}'))).toBe('missing_field');
    expect(reasonOf(new Uint8Array(1025).fill(32))).toBe('object_too_large');
  });
});

describe('commitments and ids', () => {
  it('depend on salt, payload, stream, command and ordinal', () => {
    expect(payloadCommitment(new Uint8Array(32), '{}')).not.toBe(envelope.payloadCommitment);
    expect(payloadCommitment(salt, '[]')).not.toBe(envelope.payloadCommitment);
    expect(() => payloadCommitment(new Uint8Array(16), '{}')).toThrow(RangeError);
    expect(disclosureTextHash('{"core":"x"}')).toBe(envelope.disclosure);
    const ids = [
      eventId(stream, 'a', 0),
      eventId(stream, 'a', 1),
      eventId(stream, 'b', 0),
      eventId(parseStreamId('6'.repeat(32)) ?? stream, 'a', 0),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(ids.every((id) => parseHash(id) !== undefined && id !== ZERO_HASH)).toBe(true);
  });
});
