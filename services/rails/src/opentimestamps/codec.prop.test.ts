// Goal: laws of the codec. Method: random trees, random bytes and damaged files.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeProof } from './decode.ts';
import { encodeProof } from './encode.ts';
import { evaluate, graft } from './evaluate.ts';
import { mergeTimestamps, normalForm } from './normal-form.ts';
import { proofArbitrary, timestampArbitrary } from './proof-arbitrary.ts';
import { HELLO_WORLD_PROOF, UNKNOWN_NOTARY_PROOF } from './reference-proofs.ts';

const SEED = 20261121;
const RUNS = 1000;
console.log(`opentimestamps codec.prop: seed ${SEED}, ${RUNS} runs a law`);
const options = { seed: SEED, numRuns: RUNS };

test('reading what was written gives the same proof in normal form', () => {
  fc.assert(
    fc.property(proofArbitrary, (proof) => {
      expect(decodeProof(encodeProof(proof))).toEqual({
        kind: 'decoded',
        proof: { ...proof, timestamp: normalForm(proof.timestamp) },
      });
    }),
    options,
  );
});

test('equal bytes for equal proofs: writing what was read from our files changes nothing', () => {
  fc.assert(
    fc.property(proofArbitrary, (proof) => {
      const bytes = encodeProof(proof);
      const decoded = decodeProof(bytes);
      expect(decoded.kind === 'decoded' && encodeProof(decoded.proof)).toEqual(bytes);
    }),
    options,
  );
});

test('random bytes after the magic never throw', () => {
  const start = HELLO_WORLD_PROOF.slice(0, 65);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: 65 }), (tail, cut) => {
      const decoded = decodeProof(Uint8Array.of(...start.slice(0, cut), ...tail));
      if (decoded.kind === 'decoded') encodeProof(decoded.proof);
      expect(['decoded', 'refused']).toContain(decoded.kind);
    }),
    options,
  );
});

test('a damaged file is refused or reads as another proof that can be followed', () => {
  const damage = fc.record({
    file: fc.constantFrom(HELLO_WORLD_PROOF, UNKNOWN_NOTARY_PROOF),
    at: fc.nat(),
    flip: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(damage, ({ file, at, flip }) => {
      const index = at % file.length;
      const bytes = file.map((byte, i) => (i === index ? byte ^ flip : byte));
      const decoded = decodeProof(bytes);
      if (decoded.kind === 'refused') return;
      evaluate(decoded.proof);
      // No byte is without meaning: the file says something else than before.
      expect(encodeProof(decoded.proof)).not.toEqual(file);
    }),
    options,
  );
});

test('merging is commutative, idempotent and keeps every attestation', () => {
  fc.assert(
    fc.property(timestampArbitrary(3), timestampArbitrary(3), (a, b) => {
      const both = mergeTimestamps(a, b);
      expect(mergeTimestamps(b, a)).toEqual(both);
      expect(mergeTimestamps(both, a)).toEqual(both);
      const proof = (timestamp: typeof a) => ({
        hashOperation: 'sha256' as const,
        digest: new Uint8Array(32),
        timestamp,
      });
      const found = evaluate(proof(both));
      for (const one of evaluate(proof(a))) expect(found).toContainEqual(one);
      for (const one of evaluate(proof(b))) expect(found).toContainEqual(one);
    }),
    { ...options, numRuns: 200 },
  );
});

test('grafting twice is grafting once, and grafting elsewhere changes nothing', () => {
  fc.assert(
    fc.property(proofArbitrary, timestampArbitrary(2), (proof, addition) => {
      const timestamp = normalForm(proof.timestamp);
      const attested = evaluate(proof)[0];
      if (attested === undefined) throw new Error('a proof has an attestation');
      const once = graft(timestamp, proof.digest, attested.message, addition);
      const twice = graft(once, proof.digest, attested.message, addition);
      expect(normalForm(twice)).toEqual(normalForm(once));
      const nowhere = graft(timestamp, proof.digest, new Uint8Array(3), addition);
      expect(nowhere).toEqual(timestamp);
    }),
    { ...options, numRuns: 200 },
  );
});
