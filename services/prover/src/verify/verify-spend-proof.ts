import { BASE_FIELD_ORDER, FIELD_ORDER, fieldFromHex } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { bn254 } from '@noble/curves/bn254.js';
import type { G1Point, G2Point, VerificationKey } from './verification-key.ts';

/** Why a proof is not accepted; the first that applies, in this order. */
export type ProofFault =
  | 'wrong_signal_count'
  | 'signal_not_canonical'
  | 'proof_coordinate_not_canonical'
  | 'proof_point_off_curve'
  | 'proof_point_not_in_subgroup'
  | 'pairing_fails';

export type ProofVerdict =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly reason: ProofFault };

const DECIMAL = /^(0|[1-9][0-9]{0,77})$/;
const FIELD_HEX = /^[0-9a-f]{64}$/;

function coordinates(texts: readonly string[]): readonly bigint[] | undefined {
  const values: bigint[] = [];
  for (const text of texts) {
    if (!DECIMAL.test(text)) return undefined;
    const value = BigInt(text);
    if (value >= BASE_FIELD_ORDER) return undefined;
    values.push(value);
  }
  return values;
}

function signalsOf(signals: readonly FieldHex[]): readonly bigint[] | undefined {
  const values: bigint[] = [];
  for (const signal of signals) {
    if (!FIELD_HEX.test(signal)) return undefined;
    const value = fieldFromHex(signal);
    // A second name of one field element would make one proof two statements.
    if (value >= FIELD_ORDER) return undefined;
    values.push(value);
  }
  return values;
}

/** A point of G1 other than infinity. G1 has prime order: on the curve is in the group. */
function g1(x: bigint, y: bigint): G1Point | undefined {
  try {
    const point = new bn254.G1.Point(x, y, 1n);
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
}

/** A point of the twist; whether it is in the prime-order subgroup is a question of its own. */
function twistPoint(values: readonly [bigint, bigint, bigint, bigint]): G2Point | undefined {
  const { Fp2 } = bn254.fields;
  const [x0, x1, y0, y1] = values;
  const x = Fp2.create({ c0: x0, c1: x1 });
  const y = Fp2.create({ c0: y0, c1: y1 });
  const onCurve = Fp2.eql(Fp2.sqr(y), Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b));
  // No point of the twist has y = 0: its order is odd.
  return onCurve && !Fp2.is0(y) ? new bn254.G2.Point(x, y, Fp2.ONE) : undefined;
}

/** IC_0 + Σ signal_i · IC_i. */
function publicPoint(key: VerificationKey, signals: readonly bigint[]): G1Point {
  const [constant = bn254.G1.Point.ZERO, ...points] = key.ic;
  return points.reduce(
    (sum, point, i) => sum.add(point.multiplyUnsafe(signals[i] ?? 0n)),
    constant,
  );
}

/**
 * Checks a Groth16 proof over BN254 and says why it fails. Pure and synchronous; no wasm and no files,
 * so that it bundles into the offline auditor. About 40 ms.
 *
 * Holds exactly if e(A, B) = e(α, β) · e(Σ IC, γ) · e(C, δ), for canonical signals and for points in the
 * prime-order groups. The key was checked when it was parsed.
 * Source: Groth16 §3.2.
 */
export function checkSpendProof(
  key: VerificationKey,
  publicSignals: readonly FieldHex[],
  proof: Groth16Proof,
): ProofVerdict {
  const fails = (reason: ProofFault): ProofVerdict => ({ kind: 'fails', reason });
  if (publicSignals.length !== key.ic.length - 1) return fails('wrong_signal_count');
  const signals = signalsOf(publicSignals);
  if (signals === undefined) return fails('signal_not_canonical');
  const values = coordinates([...proof.a, ...proof.b[0], ...proof.b[1], ...proof.c]);
  if (values === undefined) return fails('proof_coordinate_not_canonical');
  const [ax = 0n, ay = 0n, bx0 = 0n, bx1 = 0n, by0 = 0n, by1 = 0n, cx = 0n, cy = 0n] = values;
  const a = g1(ax, ay);
  const b = twistPoint([bx0, bx1, by0, by1]);
  const c = g1(cx, cy);
  if (a === undefined || b === undefined || c === undefined) return fails('proof_point_off_curve');
  if (!b.isTorsionFree()) return fails('proof_point_not_in_subgroup');
  const pairs = [
    { g1: a.negate(), g2: b },
    { g1: key.alpha, g2: key.beta },
    { g1: publicPoint(key, signals), g2: key.gamma },
    { g1: c, g2: key.delta },
  ];
  // A pairing with the point at infinity is 1; noble refuses to compute it.
  const product = bn254.pairingBatch(pairs.filter((pair) => !pair.g1.is0() && !pair.g2.is0()));
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE)
    ? { kind: 'holds' }
    : fails('pairing_fails');
}

/** True exactly if `checkSpendProof` says that the proof holds. */
export async function verifySpendProof(
  key: VerificationKey,
  publicSignals: readonly FieldHex[],
  proof: Groth16Proof,
): Promise<boolean> {
  return checkSpendProof(key, publicSignals, proof).kind === 'holds';
}
