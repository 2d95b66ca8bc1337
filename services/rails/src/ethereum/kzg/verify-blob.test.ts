// Goal: a blob is accepted exactly when a KZG library accepts it. Method: proofs made by that library, each
// tampered with; and its verdict as an oracle over random blobs, commitments and proofs.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { DasContextJs } from '@crate-crypto/node-eth-kzg';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOB_SIZE_BYTES, blobElements, evaluateBlob, MODULUS } from './blob-polynomial.ts';
import { blobsMatch, TAU_G2_HEX, verifyBlob } from './verify-blob.ts';
import { versionedHash } from './versioned-hash.ts';

const library = DasContextJs.create({ usePrecomp: false });

type Proven = {
  readonly blob: Uint8Array;
  readonly commitment: Uint8Array;
  readonly proof: Uint8Array;
};

function proven(blob: Uint8Array): Proven {
  const commitment = library.blobToKzgCommitment(blob);
  return { blob, commitment, proof: library.computeBlobKzgProof(blob, commitment) };
}

/** A blob whose elements come from a small generator: below the modulus, since the first byte stays 0. */
function blobFrom(seed: number): Uint8Array {
  const blob = new Uint8Array(BLOB_SIZE_BYTES);
  let state = seed >>> 0;
  for (let i = 0; i < BLOB_SIZE_BYTES; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    if (i % 32 !== 0) blob[i] = state >>> 24;
  }
  return blob;
}

function withElement(blob: Uint8Array, place: number, value: bigint): Uint8Array {
  const changed = Uint8Array.from(blob);
  changed.set(hexToBytes(value.toString(16).padStart(64, '0')), place * 32);
  return changed;
}

function changed(bytes: Uint8Array, at: number, by = 1): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ by;
  return copy;
}

function libraryAccepts({ blob, commitment, proof }: Proven): boolean {
  try {
    return library.verifyBlobKzgProof(blob, commitment, proof);
  } catch {
    return false;
  }
}

const accepts = ({ blob, commitment, proof }: Proven) => verifyBlob(blob, commitment, proof);

const INFINITY = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0xc0 : 0));
const zeros = new Uint8Array(BLOB_SIZE_BYTES);
const one = proven(blobFrom(1));
const other = proven(blobFrom(2));

/** The compressed form of a point on the curve and outside the group of prime order. */
function outsideTheGroup(): Uint8Array {
  const { Fp } = bls12_381.fields;
  for (let x = 1n; ; x++) {
    const square = Fp.add(Fp.pow(x, 3n), 4n);
    if (Fp.pow(square, (Fp.ORDER - 1n) / 2n) !== 1n) continue;
    const point = bls12_381.G1.Point.fromAffine({ x, y: Fp.sqrt(square) });
    if (!point.isTorsionFree())
      return changed(hexToBytes(x.toString(16).padStart(96, '0')), 0, 0x80);
  }
}

describe('the point of the ceremony', () => {
  it('is the one that viem brings', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('viem/package.json'));
    const text = readFileSync(join(folder, 'trusted-setups/mainnet.json'), 'utf8');
    const { g2_monomial: powers } = JSON.parse(text);
    expect(TAU_G2_HEX).toBe(powers[1].slice(2));
  });
});

describe('a blob’s polynomial', () => {
  const elements = blobElements(one.blob) ?? [];

  it('has its first element at 1', () => {
    expect(evaluateBlob(elements, 1n)).toBe(elements[0]);
  });

  it('has at any other point the value that the library opens', () => {
    for (const point of [0n, 2n, MODULUS - 2n, 0x1234_5678_9abc_def0n]) {
      const at = hexToBytes(point.toString(16).padStart(64, '0'));
      const [, value = new Uint8Array()] = library.computeKzgProof(one.blob, at);
      expect(evaluateBlob(elements, point).toString(16)).toBe(bytesToHex(value).replace(/^0+/, ''));
    }
  });
});

describe('a blob is accepted', () => {
  it('with the proof of the library', () => {
    expect([one, other].map(accepts)).toEqual([true, true]);
  });

  it('when it is empty or constant, so that points are at infinity', () => {
    const empty = proven(zeros);
    expect(empty.commitment).toEqual(INFINITY);
    expect(accepts(empty)).toBe(true);
    const constant = Uint8Array.from({ length: BLOB_SIZE_BYTES }, (_, i) =>
      i % 32 === 31 ? 7 : 0,
    );
    const same = proven(constant);
    expect(same.proof).toEqual(INFINITY);
    expect(accepts(same)).toBe(true);
  });

  it('with the largest element that there is', () => {
    expect(accepts(proven(withElement(one.blob, 4095, MODULUS - 1n)))).toBe(true);
  });
});

describe('a blob is refused', () => {
  const outside = outsideTheGroup();
  const signless = changed(INFINITY, 0, 0x20);
  const uncompressed = bls12_381.G1.Point.fromBytes(one.proof).toBytes(false);
  const cases: readonly (readonly [string, Partial<Proven>])[] = [
    ['with a byte changed', { blob: changed(one.blob, 70_001) }],
    ['with its last byte changed', { blob: changed(one.blob, BLOB_SIZE_BYTES - 1) }],
    ['of another commitment', { blob: other.blob }],
    ['with an element equal to the modulus', { blob: withElement(one.blob, 9, MODULUS) }],
    ['with an element of 2^256 − 1', { blob: withElement(one.blob, 0, (1n << 256n) - 1n) }],
    ['one byte short', { blob: one.blob.slice(1) }],
    ['one byte long', { blob: new Uint8Array(BLOB_SIZE_BYTES + 1) }],
    ['with another commitment', { commitment: other.commitment }],
    ['with its sign of the commitment changed', { commitment: changed(one.commitment, 0, 0x20) }],
    ['with a commitment that is no point', { commitment: changed(one.commitment, 47) }],
    ['with a commitment at infinity', { commitment: INFINITY }],
    ['with a commitment outside the group', { commitment: outside }],
    ['with a commitment one byte short', { commitment: one.commitment.slice(1) }],
    ['with another proof', { proof: other.proof }],
    ['with the proof negated', { proof: changed(one.proof, 0, 0x20) }],
    ['with a proof at infinity', { proof: INFINITY }],
    ['with infinity in another encoding', { proof: signless }],
    ['with a proof outside the group', { proof: outside }],
    ['with a proof that is not compressed', { proof: uncompressed }],
    ['with commitment and proof swapped', { commitment: one.proof, proof: one.commitment }],
    [
      'with nothing',
      { blob: new Uint8Array(), commitment: new Uint8Array(), proof: new Uint8Array() },
    ],
  ];

  it.each(cases)('%s', (_, parts) => {
    const tampered = { ...one, ...parts };
    expect(accepts(tampered)).toBe(false);
    expect(libraryAccepts(tampered)).toBe(false);
  });

  it('when it is empty and infinity has another encoding', () => {
    const infinities = [signless, changed(INFINITY, 47), changed(INFINITY, 0, 0x80)];
    for (const bytes of infinities) {
      expect(verifyBlob(zeros, bytes, INFINITY)).toBe(false);
      expect(verifyBlob(zeros, INFINITY, bytes)).toBe(false);
    }
  });
});

describe('the verdict', () => {
  it('is the library’s, whatever is changed', () => {
    const from = fc.constantFrom(one, other);
    const flip = fc.record({ at: fc.nat(), by: fc.integer({ min: 0, max: 255 }) });
    const part = fc.constantFrom('blob', 'commitment', 'proof');
    fc.assert(
      fc.property(from, from, from, flip, part, (first, second, third, { at, by }, which) => {
        const { blob } = first;
        const mixed = { blob, commitment: second.commitment, proof: third.proof };
        const bytes = mixed[which];
        const tampered = {
          ...mixed,
          [which]: changed(bytes, at % bytes.length, by % 4 === 0 ? 0 : by),
        };
        expect(accepts(tampered)).toBe(libraryAccepts(tampered));
      }),
      { numRuns: 16 },
    );
  });
});

describe('the blobs of a batch', () => {
  const claims = {
    versionedHashes: [one, other].map((each) => `0x${bytesToHex(versionedHash(each.commitment))}`),
    commitments: [one.commitment, other.commitment],
    blobProofs: [one.proof, other.proof],
  };

  it('match in their order, all of them', () => {
    expect(blobsMatch(claims, [one.blob, other.blob])).toBe(true);
  });

  it.each([
    ['swapped', [other.blob, one.blob]],
    ['one missing', [one.blob]],
    ['one too many', [one.blob, other.blob, other.blob]],
  ] as const)('do not match: %s', (_, blobs) => {
    expect(blobsMatch(claims, blobs)).toBe(false);
  });

  it('do not match under other names', () => {
    const [first = '', second = ''] = claims.versionedHashes;
    const renamed = { ...claims, versionedHashes: [second, first] };
    expect(blobsMatch(renamed, [one.blob, other.blob])).toBe(false);
  });
});
