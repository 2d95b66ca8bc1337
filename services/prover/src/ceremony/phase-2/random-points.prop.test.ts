// Goal: points and scalars drawn from a seed are those of snarkjs: otherwise a sound contribution would be
// refused, or a beacon taken that nobody can draw again. Method: random seeds against ffjavascript.
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import fc from 'fast-check';
import { ChaCha, getCurveFromName } from 'ffjavascript';
import { expect, test } from 'vitest';
import { g1Hex, g2Hex } from './contribution.ts';
import { chachaStream, g1From, g2From, scalarFrom } from './random-points.ts';

const curve = await getCurveFromName('bn128', true);

function wordsOf(seed: Uint8Array): readonly number[] {
  const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
  return Array.from({ length: 8 }, (_, i) => view.getUint32(i * 4));
}

test('a scalar and then a point of each group, from any seed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
      const next = chachaStream(seed);
      const rng = new ChaCha(wordsOf(seed));
      expect(scalarFrom(next)).toBe(curve.Fr.toObject(curve.Fr.fromRng(rng)));
      const { G1, G2 } = curve;
      expect(g1Hex(g1From(next))).toBe(bytesToHex(G1.toUncompressed(G1.fromRng(rng))));
      expect(g2Hex(g2From(next))).toBe(bytesToHex(G2.toUncompressed(G2.fromRng(rng))));
    }),
    { numRuns: 40 },
  );
});

test('the block function is ChaCha20', () => {
  // RFC 8439 §2.3.2 has a nonce; with key, nonce and counter of zero: appendix A.1, test vector 1.
  const next = chachaStream(new Uint8Array(32));
  const words = Array.from({ length: 4 }, next);
  expect(words).toEqual([0xade0b876, 0x903df1a0, 0xe56a5d40, 0x28bd8653]);
});
