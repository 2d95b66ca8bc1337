// Goal: every sequence of bits comes back, in about as many bytes as its probabilities say. Method: random
// bits under random probabilities, the two ends among them; fast-check prints seed and path on failure.

import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesToHex } from '../codec/bytes.ts';
import { LOGISTIC_SPAN, STRETCH, squash } from './logistic.ts';
import { RangeDecoder, RangeEncoder } from './range-coder.ts';

const p = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 65_535 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 2, 32_767, 32_768, 65_534, 65_535) },
);
const bits = fc.array(fc.tuple(fc.nat(1), p), { maxLength: 600 });

test('bits come back, and cost what their probabilities say', () => {
  fc.assert(
    fc.property(bits, fc.nat(5), (sequence, offset) => {
      const encoder = new RangeEncoder();
      for (const [bit, chance] of sequence) expect(encoder.code(bit, chance)).toBe(bit);
      const code = encoder.finish();
      const bytes = new Uint8Array(offset + code.length);
      bytes.set(code, offset);
      const decoder = new RangeDecoder(bytes, offset);
      for (const [bit, chance] of sequence) expect(decoder.code(0, chance)).toBe(bit);
      expect(decoder.isExhausted).toBe(false);
      const ideal = sequence.reduce(
        (sum, [bit, chance]) => sum - Math.log2((bit === 1 ? chance : 65_536 - chance) / 65_536),
        0,
      );
      // A range of 24 bits or more divides in steps of 1/256 at worst, of the less likely side's.
      expect(8 * code.length).toBeLessThan(ideal * 1.02 + sequence.length * 0.006 + 9);
    }),
    { numRuns: 300, verbose: 1 },
  );
});

test('a carry runs through every byte before it', () => {
  // Unlikely zeros push the lower end up to just below a whole byte, likely ones keep it there.
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(1), fc.constantFrom(1, 65_535)), { minLength: 50 }),
      (sequence) => {
        const encoder = new RangeEncoder();
        for (const [bit, chance] of sequence) encoder.code(bit, chance);
        const decoder = new RangeDecoder(encoder.finish(), 0);
        expect(sequence.map(([, chance]) => decoder.code(0, chance))).toEqual(
          sequence.map(([bit]) => bit),
        );
      },
    ),
    { numRuns: 200, verbose: 1 },
  );
});

test('no bits take no bytes', () => {
  expect(new RangeEncoder().finish()).toEqual(new Uint8Array(0));
});

test('reading past the end is noticed', () => {
  const decoder = new RangeDecoder(new Uint8Array(2), 0);
  for (let i = 0; i < 16; i += 1) decoder.code(0, 32_768);
  expect(decoder.isExhausted).toBe(false);
  for (let i = 0; i < 40; i += 1) decoder.code(0, 32_768);
  expect(decoder.isExhausted).toBe(true);
});

test('the tables of the format are what they were: a change makes every payload unreadable', () => {
  const points = Array.from({ length: 2 * LOGISTIC_SPAN + 1 }, (_, i) => squash(i - LOGISTIC_SPAN));
  const table = new DataView(new ArrayBuffer(2 * points.length + 2 * STRETCH.length));
  for (const [i, point] of points.entries()) table.setUint16(2 * i, point);
  for (const [i, x] of STRETCH.entries()) table.setInt16(2 * (points.length + i), x);
  expect([squash(-9_999), squash(-256), squash(0), squash(256), squash(9_999)]).toEqual([
    16, 17_626, 32_768, 47_910, 65_520,
  ]);
  expect(bytesToHex(sha256(new Uint8Array(table.buffer)))).toBe(
    'd928992b4f1b0949967d90052a1e5f1293796e12b0c71b146fc68b0f340854be',
  );
});
