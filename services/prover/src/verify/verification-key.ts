import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { BASE_FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import type { Hash } from '@atomicity/kernel/units/id';
import { bn254 } from '@noble/curves/bn254.js';

/** A verification key as snarkjs exports it. Unknown members (vk_alphabeta_12) are ignored. */
export type VerificationKeyJson = {
  readonly protocol: 'groth16';
  readonly curve: 'bn128';
  readonly nPublic: number;
  readonly vk_alpha_1: readonly [string, string, string];
  readonly vk_beta_2: readonly (readonly [string, string])[];
  readonly vk_gamma_2: readonly (readonly [string, string])[];
  readonly vk_delta_2: readonly (readonly [string, string])[];
  readonly IC: readonly (readonly [string, string, string])[];
};

export type G1Point = typeof bn254.G1.Point.BASE;
export type G2Point = typeof bn254.G2.Point.BASE;

/** A verification key whose points were checked: on the curve, in the subgroup, none at infinity. */
export type VerificationKey = {
  readonly alpha: G1Point;
  readonly beta: G2Point;
  readonly gamma: G2Point;
  readonly delta: G2Point;
  readonly ic: readonly G1Point[];
  readonly hash: Hash;
};

/** Why a verification key is refused; the first that applies, in this order. */
export type VerificationKeyRefusal =
  | 'key_malformed'
  | 'key_coordinate_not_canonical'
  | 'key_point_off_curve'
  | 'key_point_not_in_subgroup'
  | 'key_point_at_infinity'
  | 'key_gamma_equals_delta'
  | 'key_wrong_signal_count';

export type VerificationKeyResult =
  | { readonly kind: 'parsed'; readonly key: VerificationKey }
  | { readonly kind: 'refused'; readonly reason: VerificationKeyRefusal };

class Refused extends Error {
  readonly reason: VerificationKeyRefusal;

  constructor(reason: VerificationKeyRefusal) {
    super(reason);
    this.name = 'Refused';
    this.reason = reason;
  }
}

const DECIMAL = /^(0|[1-9][0-9]{0,77})$/;

function coordinate(value: unknown): bigint {
  if (typeof value !== 'string' || !DECIMAL.test(value)) throw new Refused('key_malformed');
  const integer = BigInt(value);
  if (integer >= BASE_FIELD_ORDER) throw new Refused('key_coordinate_not_canonical');
  return integer;
}

function list(value: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw new Refused('key_malformed');
  return value;
}

function g1(value: unknown): G1Point {
  const [x, y, z] = list(value, 3);
  if (z === '0') throw new Refused('key_point_at_infinity');
  if (z !== '1') throw new Refused('key_malformed');
  const [px, py] = [coordinate(x), coordinate(y)];
  try {
    const point = new bn254.G1.Point(px, py, 1n);
    point.assertValidity();
    return point;
  } catch {
    throw new Refused('key_point_off_curve');
  }
}

function g2(value: unknown): G2Point {
  const [xs, ys, zs] = list(value, 3);
  const [x0, x1] = list(xs, 2);
  const [y0, y1] = list(ys, 2);
  const [z0, z1] = list(zs, 2);
  if (z0 === '0' && z1 === '0') throw new Refused('key_point_at_infinity');
  if (z0 !== '1' || z1 !== '0') throw new Refused('key_malformed');
  const { Fp2 } = bn254.fields;
  const x = Fp2.create({ c0: coordinate(x0), c1: coordinate(x1) });
  const y = Fp2.create({ c0: coordinate(y0), c1: coordinate(y1) });
  const onCurve = Fp2.eql(Fp2.sqr(y), Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b));
  if (!onCurve || Fp2.is0(y)) throw new Refused('key_point_off_curve');
  const point = new bn254.G2.Point(x, y, Fp2.ONE);
  if (!point.isTorsionFree()) throw new Refused('key_point_not_in_subgroup');
  return point;
}

/**
 * The identity of a verification key: the tagged hash of its canonical JSON without derived members.
 * It is what an attestation names and what a trust file accepts.
 */
function hashOf(json: VerificationKeyJson): Hash {
  const { protocol, curve, nPublic, vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC } = json;
  return taggedTextHash(
    'VerificationKey',
    canonicalJson({ protocol, curve, nPublic, vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses the JSON value of a Groth16 verification key over BN254 for `signalCount` public signals.
 *
 * Refused, by name: a wrong shape; coordinates not below q; points off the curve or (G2) outside the
 * prime-order subgroup; a point at infinity; γ = δ, with which anyone can forge (the state of a key
 * whose phase 2 never ran); a number of IC points other than signalCount + 1.
 * Source: Groth16 §3.2; EIP-197 for the groups.
 */
export function parseVerificationKey(value: unknown, signalCount: number): VerificationKeyResult {
  try {
    if (!isObject(value) || value['protocol'] !== 'groth16' || value['curve'] !== 'bn128') {
      return { kind: 'refused', reason: 'key_malformed' };
    }
    const ic = value['IC'];
    if (!Array.isArray(ic)) return { kind: 'refused', reason: 'key_malformed' };
    if (value['nPublic'] !== signalCount || ic.length !== signalCount + 1) {
      return { kind: 'refused', reason: 'key_wrong_signal_count' };
    }
    const gamma = g2(value['vk_gamma_2']);
    const delta = g2(value['vk_delta_2']);
    const points = {
      alpha: g1(value['vk_alpha_1']),
      beta: g2(value['vk_beta_2']),
      gamma,
      delta,
      ic: ic.map(g1),
    };
    if (gamma.equals(delta)) return { kind: 'refused', reason: 'key_gamma_equals_delta' };
    // Every member was checked above, so the assertion states a fact.
    const key = { ...points, hash: hashOf(value as VerificationKeyJson) };
    return { kind: 'parsed', key };
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.reason };
    throw error;
  }
}

/** The text of a key file, parsed as by `parseVerificationKey`; text that is not JSON is malformed. */
export function parseVerificationKeyText(text: string, signalCount: number): VerificationKeyResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'refused', reason: 'key_malformed' };
  }
  return parseVerificationKey(value, signalCount);
}
