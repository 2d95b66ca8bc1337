/** Checks every step of a phase 2 against the one before it, without the proving key. Pure. */
import { createHash } from 'node:crypto';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { bn254 } from '@noble/curves/bn254.js';
import type { G1Point, G2Point } from '../../verify/verification-key.ts';
import {
  type Beacon,
  blake2b,
  type Contribution,
  g1Hex,
  g1Of,
  g2Of,
  isUsableBeacon,
  publicBytes,
} from './contribution.ts';
import { chachaStream, g1From, g2From, scalarFrom } from './random-points.ts';

/**
 * What is wrong with a step; the first that applies, in this order. `challenge_differs`: a step before it
 * was changed, dropped or moved. `point_malformed`. `secret_not_known`: the points of G1 and of G2 have
 * different secrets. `delta_not_multiplied`: δ behind the step is not δ before it times that secret.
 * `adds_nothing`: the secret is 1. `beacon_differs`: the step does not follow from the randomness that it
 * names.
 */
export type ChainFault =
  | 'challenge_differs'
  | 'point_malformed'
  | 'secret_not_known'
  | 'delta_not_multiplied'
  | 'adds_nothing'
  | 'beacon_differs';

export type ChainVerdict =
  | { readonly kind: 'holds'; readonly delta: G1Point }
  /** `position` counts from 1. */
  | { readonly kind: 'fails'; readonly position: number; readonly fault: ChainFault };

/** e(a, secret·h) = e(secret·a, h): the same secret lies between the two pairs. */
function sameSecret(a: G1Point, aSecret: G1Point, h: G2Point, hSecret: G2Point): boolean {
  const product = bn254.pairingBatch([
    { g1: a, g2: hSecret },
    { g1: aSecret.negate(), g2: h },
  ]);
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE);
}

/** The secret and the point that everybody can draw from a beacon: SHA-256 applied 2^iterationsLog times. */
export function beaconDraw({ randomness, iterationsLog }: Beacon): {
  readonly secret: bigint;
  readonly point: G1Point;
} {
  let hash: Uint8Array = hexToBytes(randomness);
  for (let i = 0; i < 2 ** iterationsLog; i++) hash = createHash('sha256').update(hash).digest();
  const next = chachaStream(hash);
  return { secret: scalarFrom(next), point: g1From(next) };
}

function followsBeacon(beacon: Beacon, { g1, g1Secret }: Contribution): boolean {
  if (!isUsableBeacon(beacon)) return false;
  const { secret, point } = beaconDraw(beacon);
  return g1Hex(point) === g1 && g1Hex(point.multiply(secret)) === g1Secret;
}

function faultOf(
  contribution: Contribution,
  before: readonly Uint8Array[],
  deltaBefore: G1Point,
): ChainFault | G1Point {
  const { g1, g1Secret, g2Secret, deltaAfter, challenge, beacon } = contribution;
  const expected = blake2b(...before, hexToBytes(g1), hexToBytes(g1Secret));
  if (bytesToHex(expected) !== challenge) return 'challenge_differs';
  const [s, sSecret, delta] = [g1Of(g1), g1Of(g1Secret), g1Of(deltaAfter)];
  const hSecret = g2Of(g2Secret);
  if (s === undefined || sSecret === undefined || delta === undefined || hSecret === undefined) {
    return 'point_malformed';
  }
  const h = g2From(chachaStream(expected));
  if (!sameSecret(s, sSecret, h, hSecret)) return 'secret_not_known';
  if (!sameSecret(deltaBefore, delta, h, hSecret)) return 'delta_not_multiplied';
  if (delta.equals(deltaBefore)) return 'adds_nothing';
  if (beacon !== undefined && !followsBeacon(beacon, contribution)) return 'beacon_differs';
  return delta;
}

/**
 * Checks that each contribution was made on top of exactly those before it, by somebody who knew the
 * secret, starting from the first key of `circuitHash` (BLAKE2b-512, hex), whose δ is 1.
 *
 * It does not see the proving key: whether its points L and H followed, and whether `circuitHash` belongs
 * to a given r1cs and phase 1, is for `verifyCeremony`. A beacon costs 2^iterationsLog hashes: bound it first.
 * Source: Bowe, Gabizon, Miers, "Scalable Multi-party Computation for zk-SNARK Parameters in the Random
 * Beacon Model" (2017), §4; snarkjs `zkey_verify_frominit`.
 */
export function checkContributionChain(
  circuitHash: string,
  contributions: readonly Contribution[],
): ChainVerdict {
  const before: Uint8Array[] = [hexToBytes(circuitHash)];
  let delta: G1Point = bn254.G1.Point.BASE;
  for (const [index, contribution] of contributions.entries()) {
    const result = faultOf(contribution, before, delta);
    if (typeof result === 'string') return { kind: 'fails', position: index + 1, fault: result };
    before.push(publicBytes(contribution));
    delta = result;
  }
  return { kind: 'holds', delta };
}

/** True if the δ of a verification key (G2) is the δ that the contributions end at (G1). */
export function endsAt(delta: G1Point, keyDelta: G2Point): boolean {
  return sameSecret(bn254.G1.Point.BASE, delta, bn254.G2.Point.BASE, keyDelta);
}
