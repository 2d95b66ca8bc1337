// Goal: the 18-byte record is the book's. Method: exact bytes, the ends of every range, each broken rule.
import { describe, expect, test } from 'vitest';
import { bytesToHex, hexToBytes } from '../codec/bytes.ts';
import { AMOUNT_MAX, type SignedAmount, signedAmount } from '../units/amount.ts';
import { decodeRecord18, encodeRecord18, encodeRecords18 } from './record18.ts';
import type { StateDiff } from './state-diff.ts';

const one: StateDiff = { edge: 258, delta: signedAmount(-2n), moves: 3, flags: 5 };

test('delta, moves, edge, flags, big-endian', () => {
  expect(bytesToHex(encodeRecord18(one))).toBe('fffffffffffffffe00000003000001020005');
  expect(decodeRecord18(encodeRecord18(one))).toEqual(one);
});

test('a batch is record after record: 7,281 fill a nominal blob, 7,054 its usable bytes', () => {
  const two = { ...one, edge: 259 };
  expect(bytesToHex(encodeRecords18([one, two]))).toBe(
    bytesToHex(encodeRecord18(one)) + bytesToHex(encodeRecord18(two)),
  );
  expect([Math.floor(131_072 / 18), Math.floor(126_976 / 18)]).toEqual([7_281, 7_054]);
});

test.each([
  [{ edge: 0, delta: signedAmount(AMOUNT_MAX), moves: 1, flags: 0 }],
  [{ edge: 4_294_967_295, delta: signedAmount(-AMOUNT_MAX), moves: 4_294_967_295, flags: 65_535 }],
  [{ ...one, delta: signedAmount(0n) }],
])('the ends of the ranges come back: %o', (diff) => {
  expect(decodeRecord18(encodeRecord18(diff))).toEqual(diff);
});

describe('what is out of range', () => {
  test.each([
    [{ ...one, edge: -1 }, 'edge is 0 … 2^32−1, not -1'],
    [{ ...one, edge: 2 ** 32 }, 'edge is 0 … 2^32−1, not 4294967296'],
    [{ ...one, edge: 0.5 }, 'edge is 0 … 2^32−1, not 0.5'],
    [{ ...one, moves: 0 }, 'moves is 1 … 2^32−1, not 0'],
    [{ ...one, moves: 2 ** 32 }, 'moves is 1 … 2^32−1, not 4294967296'],
    [{ ...one, flags: 65_536 }, 'flags is 0 … 2^16−1, not 65536'],
    [
      { ...one, delta: (AMOUNT_MAX + 1n) as SignedAmount },
      `delta is −2^63+1 … 2^63−1, not ${AMOUNT_MAX + 1n}`,
    ],
  ])('%o is not encoded', (diff, message) => {
    expect(() => encodeRecord18(diff)).toThrow(new RangeError(message));
    expect(() => encodeRecords18([one, diff])).toThrow(new RangeError(message));
  });

  test.each([
    ['17 bytes', '00'.repeat(17)],
    ['19 bytes', '00'.repeat(19)],
    ['no move', 'fffffffffffffffe00000000000001020005'],
    ['a delta of −2^63', '800000000000000000000003000001020005'],
  ])('%s are no record', (_name, hex) => {
    expect(decodeRecord18(hexToBytes(hex))).toBeUndefined();
  });
});
