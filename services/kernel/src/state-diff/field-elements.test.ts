// Goal: payloads fill blobs and come back; every element is below the modulus; one payload, one row of
// blobs. Method: lengths around every edge, and blobs that were changed in one place.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex } from '../codec/bytes.ts';
import { seededWords } from '../testing/diff-batches.ts';
import {
  BLOB_BYTES,
  BLOB_REFUSALS,
  BLOB_USABLE_BYTES,
  blobFill,
  ELEMENT_BYTES,
  fromBlobs,
  payloadBytesMax,
  toBlobs,
} from './field-elements.ts';

/** Order of the scalar field of BLS12-381. */
const MODULUS = '73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001';

function payloadOf(length: number): Uint8Array {
  const word = seededWords(length);
  return Uint8Array.from({ length }, () => word() >>> 24);
}

const full = payloadBytesMax(1);

test('a blob has 131,072 bytes, 126,976 of them usable, 126,972 for the payload', () => {
  expect([BLOB_BYTES, BLOB_USABLE_BYTES, full]).toEqual([131_072, 126_976, 126_972]);
});

test.each([31, 32, 57, 58, 59, 1_000, full - 1, full, full + 1, 2 * full + 4, 2 * full + 5])(
  'a payload of %d bytes comes back',
  (length) => {
    const payload = payloadOf(length);
    const blobs = toBlobs(payload);
    expect(blobs).toHaveLength(blobFill(length).blobs);
    const unpacked = fromBlobs(blobs);
    if (unpacked.kind === 'refused') throw new Error(unpacked.reason);
    expect(Buffer.compare(unpacked.payload, payload)).toBe(0);
  },
);

test('element 0 is the first 31 bytes, element 1 begins with the length', () => {
  const payload = payloadOf(60);
  const [blob = new Uint8Array(0)] = toBlobs(payload);
  const hex = bytesToHex(payload);
  expect(bytesToHex(blob.subarray(0, 32))).toBe(`00${hex.slice(0, 62)}`);
  expect(bytesToHex(blob.subarray(32, 64))).toBe(`000000003c${hex.slice(62, 116)}`);
  expect(bytesToHex(blob.subarray(64, 96))).toBe(`00${hex.slice(116)}`.padEnd(64, '0'));
});

test('every element is below the modulus, whatever the payload', () => {
  for (const blob of toBlobs(new Uint8Array(full + 40).fill(0xff))) {
    for (let i = 0; i < BLOB_BYTES; i += ELEMENT_BYTES) {
      if (bytesToHex(blob.subarray(i, i + ELEMENT_BYTES)) >= MODULUS)
        throw new Error(`element ${i}`);
    }
  }
});

test('more than 98 % of the usable bytes are filled once there is enough', () => {
  for (const blobs of [1, 2, 6]) {
    const fill = blobFill(payloadBytesMax(blobs));
    expect(fill.blobs).toBe(blobs);
    expect((fill.filledBytes - 4) / fill.usableBytes).toBeGreaterThan(0.9999);
    expect(fill.filledBytes / fill.nominalBytes).toBe(31 / 32);
  }
});

test.each([
  [0, 'a payload has 31 … 2^32−1 bytes, not 0'],
  [30, 'a payload has 31 … 2^32−1 bytes, not 30'],
])('a payload of %d bytes is none', (length, message) => {
  expect(() => toBlobs(new Uint8Array(length))).toThrow(new RangeError(message));
});

test('more blobs than the caller has are not made', () => {
  expect(() => toBlobs(payloadOf(full + 1), { blobsMax: 1 })).toThrow(
    new RangeError('a payload takes at most 1 blobs, not 2'),
  );
  expect(() => toBlobs(new Uint8Array(payloadBytesMax(6) + 1))).toThrow(RangeError);
});

describe('blobs that no payload has', () => {
  const [good = new Uint8Array(0)] = toBlobs(payloadOf(1_000));
  const pair = toBlobs(payloadOf(full + 40));
  const changed = (at: number, byte: number, blob = good): Uint8Array => {
    const copy = blob.slice();
    copy[at] = byte;
    return copy;
  };
  const [first = good, second = good] = pair;
  const rows: readonly (readonly [string, readonly Uint8Array[], object])[] = [
    ['none', [], { reason: 'blob_count' }],
    ['one more', [good, new Uint8Array(BLOB_BYTES)], { reason: 'blob_count' }],
    ['a short one', [good.subarray(1)], { reason: 'blob_size', blob: 0 }],
    ['a long second', [first, new Uint8Array(BLOB_BYTES + 1)], { reason: 'blob_size', blob: 1 }],
    ['a large element', [changed(64, 1)], { reason: 'element_not_canonical', blob: 0 }],
    [
      'the last element large',
      [first, changed(4095 * 32, 1, second)],
      { reason: 'element_not_canonical', blob: 1 },
    ],
    ['one missing', [first], { reason: 'length_mismatch', blob: 0 }],
    ['a length of 30', [new Uint8Array(BLOB_BYTES)], { reason: 'length_mismatch', blob: 0 }],
    [
      'a length of 2^32 − 1',
      [new Uint8Array(BLOB_BYTES).map((_, i) => (i > 32 && i < 37 ? 255 : 0))],
      { reason: 'length_mismatch', blob: 0 },
    ],
    ['a byte after the end', [changed(BLOB_BYTES - 1, 1)], { reason: 'padding_not_zero', blob: 0 }],
    [
      'a byte after the end of the second',
      [first, changed(BLOB_BYTES - 1, 1, second)],
      { reason: 'padding_not_zero', blob: 1 },
    ],
  ];

  test.each(rows)('%s', (_name, blobs, refusal) => {
    expect(fromBlobs(blobs)).toEqual({ kind: 'refused', ...refusal });
  });

  test('every reason has a row', () => {
    const reasons = new Set(rows.map(([, , refusal]) => (refusal as { reason: string }).reason));
    expect([...reasons]).toEqual(BLOB_REFUSALS.map(({ reason }) => reason));
  });

  test('one changed byte gives another payload or none', () => {
    fc.assert(
      fc.property(fc.nat(BLOB_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const blob = changed(at, (good[at] ?? 0) ^ by);
        const unpacked = fromBlobs([blob]);
        if (unpacked.kind === 'refused') return;
        expect(Buffer.compare(toBlobs(unpacked.payload)[0] ?? good, blob)).toBe(0);
      }),
      { numRuns: 100, verbose: 1 },
    );
  });
});
