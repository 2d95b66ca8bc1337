/**
 * Verifies blobs against their commitments with one pairing each and no trusted setup but a single point:
 * an auditor needs neither a KZG library nor its tables.
 */
import {
  bytesToHex,
  concatBytes,
  equalBytes,
  integerFromBytes,
  utf8,
} from '@atomicity/kernel/codec/bytes';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { BLOB_SIZE_BYTES, blobElements, evaluateBlob, MODULUS } from './blob-polynomial.ts';
import { versionedHash } from './versioned-hash.ts';

const G1 = bls12_381.G1.Point;
const G2 = bls12_381.G2.Point;
type G1Point = typeof G1.BASE;

const POINT_SIZE_BYTES = 48;

/**
 * [τ]G2 of the KZG ceremony of 2023, compressed. A test compares it with the setup that viem brings.
 * Source: ethereum/consensus-specs, presets/mainnet/trusted_setups/trusted_setup_4096.json, g2_monomial[1].
 */
export const TAU_G2_HEX =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2';

let tau: typeof G2.BASE | undefined;

function tauG2(): typeof G2.BASE {
  tau ??= G2.fromHex(TAU_G2_HEX);
  return tau;
}

/** Source: deneb, FIAT_SHAMIR_PROTOCOL_DOMAIN, and the number of elements as 16 bytes, big-endian. */
const CHALLENGE_HEAD = concatBytes(
  utf8('FSBLOBVERIFY_V1_'),
  Uint8Array.from({ length: 16 }, (_, i) => (i === 14 ? 0x10 : 0)),
);

/** The point at which a blob is opened. Source: deneb, "compute_challenge". */
function challenge(blob: Uint8Array, commitment: Uint8Array): bigint {
  return integerFromBytes(sha256(concatBytes(CHALLENGE_HEAD, blob, commitment))) % MODULUS;
}

/** A compressed point of the right group in its one encoding; infinity is one. */
function readPoint(bytes: Uint8Array): G1Point | undefined {
  if (bytes.length !== POINT_SIZE_BYTES) return undefined;
  try {
    const point = G1.fromBytes(bytes);
    // Infinity has other encodings that the library might read.
    if (!equalBytes(point.toBytes(), bytes)) return undefined;
    return point.is0() || point.isTorsionFree() ? point : undefined;
  } catch {
    return undefined;
  }
}

/** [scalar]P for 0 too, which the library refuses. All inputs are public: time may depend on them. */
function times(point: G1Point, scalar: bigint): G1Point {
  return scalar === 0n ? G1.ZERO : point.multiplyUnsafe(scalar);
}

/**
 * True if the committed polynomial has the value y at z: e(C − [y]G1 + [z]W, G2) = e(W, [τ]G2).
 * Source: deneb, "verify_kzg_proof_impl", with the pairing's second argument moved to the first.
 */
function opens(commitment: G1Point, z: bigint, y: bigint, proof: G1Point): boolean {
  const left = commitment.subtract(times(G1.BASE, y)).add(times(proof, z));
  // The library pairs no point at infinity; its pairing with anything is 1.
  if (proof.is0()) return left.is0();
  if (left.is0()) return false;
  const product = bls12_381.pairingBatch([
    { g1: left.negate(), g2: G2.BASE },
    { g1: proof, g2: tauG2() },
  ]);
  return bls12_381.fields.Fp12.eql(product, bls12_381.fields.Fp12.ONE);
}

/**
 * True if `proof` shows that `commitment` is the blob's.
 *
 * Total: a wrong length, an element that is not below the modulus, a point that is none, is outside the group
 * or is encoded otherwise are false. Pure, about 60 ms.
 * Source: Ethereum consensus specifications, deneb, "verify_blob_kzg_proof".
 */
export function verifyBlob(blob: Uint8Array, commitment: Uint8Array, proof: Uint8Array): boolean {
  if (blob.length !== BLOB_SIZE_BYTES) return false;
  const committed = readPoint(commitment);
  const opening = readPoint(proof);
  const elements = blobElements(blob);
  if (committed === undefined || opening === undefined || elements === undefined) return false;
  const point = challenge(blob, commitment);
  return opens(committed, point, evaluateBlob(elements, point), opening);
}

/** What evidence says of a batch's blobs, in their order. */
export type BlobClaims = {
  readonly versionedHashes: readonly string[];
  readonly commitments: readonly Uint8Array[];
  readonly blobProofs: readonly Uint8Array[];
};

/** True if the blob at `index` is the one that evidence names; false for an index that it has none of. */
export function blobMatches(claims: BlobClaims, index: number, blob: Uint8Array): boolean {
  const commitment = claims.commitments[index];
  const proof = claims.blobProofs[index];
  const hash = claims.versionedHashes[index];
  if (commitment === undefined || proof === undefined || hash === undefined) return false;
  const named = `0x${bytesToHex(versionedHash(commitment))}` === hash;
  return named && verifyBlob(blob, commitment, proof);
}

/** True if these are all the blobs that evidence names, each in its place. */
export function blobsMatch(claims: BlobClaims, blobs: readonly Uint8Array[]): boolean {
  return (
    blobs.length === claims.versionedHashes.length &&
    blobs.every((blob, index) => blobMatches(claims, index, blob))
  );
}
