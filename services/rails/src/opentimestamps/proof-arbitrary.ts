/** Random well-formed proofs for property tests. */

import fc from 'fast-check';
import type { Attestation, DetachedProof, Operation, Timestamp } from './proof.ts';

const DEPTH_MAX = 5;
const URI_CHARACTERS = 'abcXYZ019-._/:';

const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });

const attestation: fc.Arbitrary<Attestation> = fc.oneof(
  fc.record({
    kind: fc.constant('pending' as const),
    uri: fc
      .array(fc.constantFrom(...URI_CHARACTERS), { maxLength: 40 })
      .map((characters) => characters.join('')),
  }),
  fc.record({ kind: fc.constant('bitcoin' as const), height: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constant('unknown' as const),
    // First byte 0xaa: never one of the known tags.
    tag: bytes(7, 7).map((rest) => Uint8Array.of(0xaa, ...rest)),
    payload: bytes(0, 60),
  }),
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('append' as const, 'prepend' as const),
    argument: bytes(1, 32),
  }),
  fc.record({
    kind: fc.constantFrom(
      'reverse' as const,
      'hexlify' as const,
      'sha1' as const,
      'ripemd160' as const,
      'sha256' as const,
      'keccak256' as const,
    ),
  }),
);

/** A timestamp at most `depth` operations deep; every message stays far below 4,096 bytes. */
export function timestampArbitrary(depth = DEPTH_MAX): fc.Arbitrary<Timestamp> {
  const leaf = fc.record({
    attestations: fc.array(attestation, { minLength: 1, maxLength: 3 }),
    branches: fc.constant([]),
  });
  if (depth === 0) return leaf;
  const branch = fc.record({ operation, next: timestampArbitrary(depth - 1) });
  const inner = fc.record({
    attestations: fc.array(attestation, { maxLength: 2 }),
    branches: fc.array(branch, { minLength: 1, maxLength: 2 }),
  });
  return fc.oneof(leaf, inner);
}

export const proofArbitrary: fc.Arbitrary<DetachedProof> = fc.record({
  hashOperation: fc.constant('sha256' as const),
  digest: bytes(32, 32),
  timestamp: timestampArbitrary(),
});
