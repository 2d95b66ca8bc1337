/** Ceremonies with known secrets, without snarkjs: for tests of what a transcript shows and of forged keys. */
import { bytesToHex, concatBytes, hexToBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import type { JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { BASE_FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { parseHash } from '@atomicity/kernel/units/id';
import { bn254 } from '@noble/curves/bn254.js';
import { writeScalar } from '../ceremony/field-arithmetic.ts';
import {
  type Beacon,
  blake2b,
  type Contribution,
  g1Hex,
  g2Hex,
  publicBytes,
} from '../ceremony/phase-2/contribution.ts';
import { beaconDraw } from '../ceremony/phase-2/contribution-chain.ts';
import { chachaStream, g1From, g2From } from '../ceremony/phase-2/random-points.ts';
import type { CeremonyTranscript } from '../ceremony/phase-2/transcript.ts';
import { parseVerificationKey } from '../verify/verification-key.ts';

const { Fr } = bn254.fields;

export type SampleStep = { readonly name: string; readonly secret: bigint };

/** The steps that contributors with these secrets make on a first key, and a beacon if there is one. */
export function sampleSteps(
  circuitHash: string,
  contributors: readonly SampleStep[],
  beacon?: Beacon,
): readonly Contribution[] {
  const steps: Contribution[] = [];
  const before = [hexToBytes(circuitHash)];
  let delta = 1n;
  const add = (name: string, secret: bigint, s: ReturnType<typeof g1From>, more: object): void => {
    const g1 = g1Hex(s);
    const g1Secret = g1Hex(s.multiply(secret));
    const challenge = blake2b(...before, hexToBytes(g1), hexToBytes(g1Secret));
    delta = Fr.mul(delta, secret);
    const step = {
      name,
      deltaAfter: g1Hex(bn254.G1.Point.BASE.multiply(delta)),
      g1,
      g1Secret,
      g2Secret: g2Hex(g2From(chachaStream(challenge)).multiply(secret)),
      challenge: bytesToHex(challenge),
      ...more,
    };
    steps.push(step);
    before.push(publicBytes(step));
  };
  for (const { name, secret } of contributors) {
    add(name, secret, g1From(chachaStream(blake2b(utf8(name)))), {});
  }
  if (beacon !== undefined) {
    const { secret, point } = beaconDraw(beacon);
    add('sample beacon', secret, point, { beacon });
  }
  return steps;
}

/** The secret that makes the product of all secrets, the beacon's included, equal to `delta`. */
export function lastSecret(delta: bigint, others: readonly bigint[], beacon: Beacon): bigint {
  const product = others.reduce((all, each) => Fr.mul(all, each), beaconDraw(beacon).secret);
  return Fr.div(delta, product);
}

export const SAMPLE_BEACON: Beacon = { randomness: 'c0ffee'.repeat(8), iterationsLog: 10 };
export const SAMPLE_CIRCUIT_HASH = '5a'.repeat(64);

/**
 * A transcript of three contributors whose secrets end at `delta`, for a key of spend-16 with that δ.
 * @throws Error for a key that does not parse.
 */
export function sampleTranscript(
  verificationKey: JsonObject,
  delta: bigint,
  change: Partial<CeremonyTranscript> = {},
): CeremonyTranscript {
  const parsed = parseVerificationKey(verificationKey, 6);
  const hash = parseHash('ab'.repeat(32));
  if (parsed.kind === 'refused' || hash === undefined) throw new Error('no key');
  const others = [11n, 13n];
  const contributors = [
    ...others.map((secret, i) => ({ name: `contributor ${i + 1}`, secret })),
    { name: 'contributor 3', secret: lastSecret(delta, others, SAMPLE_BEACON) },
  ];
  return {
    circuit: 'spend-16',
    sources: hash,
    toolchain: 'sample',
    r1cs: hash,
    powersOfTau: { blake2b: 'cd'.repeat(64), power: 14, contributions: 54 },
    circuitHash: SAMPLE_CIRCUIT_HASH,
    contributions: sampleSteps(SAMPLE_CIRCUIT_HASH, contributors, SAMPLE_BEACON),
    provingKey: hash,
    verificationKeyHash: parsed.key.hash,
    verificationKey,
    ...change,
  };
}

const CONTRIBUTIONS = 10;

function uint32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

/** Coordinates as hashed → little-endian Montgomery integers, `order` naming their places. */
function montgomery(hex: string, order: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(order.length * 32);
  order.forEach((from, to) => {
    const value = BigInt(`0x${hex.slice(from * 64, (from + 1) * 64)}`);
    writeScalar(new DataView(bytes.buffer), to * 32, (value << 256n) % BASE_FIELD_ORDER);
  });
  return bytes;
}

function encoded({ name, beacon, ...points }: Contribution): Uint8Array {
  const text = utf8(name);
  const members = concatBytes(
    new Uint8Array([1, text.length]),
    text,
    ...(beacon === undefined
      ? []
      : [
          new Uint8Array([2, beacon.iterationsLog, 3, beacon.randomness.length / 2]),
          hexToBytes(beacon.randomness),
        ]),
  );
  return concatBytes(
    montgomery(points.deltaAfter, [0, 1]),
    montgomery(points.g1, [0, 1]),
    montgomery(points.g1Secret, [0, 1]),
    montgomery(points.g2Secret, [1, 0, 3, 2]),
    hexToBytes(points.challenge),
    uint32(beacon === undefined ? 0 : 1),
    uint32(members.length),
    members,
  );
}

/** The position of a section's content in a zkey. @throws RangeError where there is none. */
export function sectionPosition(key: Uint8Array, wanted: number): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  for (let at = 12; at < key.length; at += 12 + Number(view.getBigUint64(at + 4, true))) {
    if (view.getUint32(at, true) === wanted) return at + 12;
  }
  throw new RangeError(`no section ${wanted}`);
}

/** A zkey with other contributions; all else is left as it is. The section is the last one of a zkey. */
export function withContributions(key: Uint8Array, steps: readonly Contribution[]): Uint8Array {
  const at = sectionPosition(key, CONTRIBUTIONS);
  const circuitHash = key.subarray(at, at + 64);
  const section = concatBytes(circuitHash, uint32(steps.length), ...steps.map(encoded));
  return concatBytes(key.subarray(0, at - 8), uint32(section.length), uint32(0), section);
}
