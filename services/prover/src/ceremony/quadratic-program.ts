import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { SetupSecrets } from './development-secrets.ts';
import { inverse, power, reduce, rootOfUnity, writeScalar } from './field-arithmetic.ts';
import type { R1cs } from './r1cs-file.ts';

/** The scalars whose multiples of the generators are the points of a Groth16 key. */
export type KeyScalars = {
  readonly domainLog: number;
  /** A_s(τ) for every signal: points A in G1. */
  readonly a: readonly bigint[];
  /** B_s(τ) for every signal: points B in G1 and in G2. */
  readonly b: readonly bigint[];
  /** (β·A + α·B + C)(τ) for the constant and the public signals (γ = 1). */
  readonly ic: readonly bigint[];
  /** (β·A + α·B + C)(τ)/δ for the private signals. */
  readonly c: readonly bigint[];
  /** L_{2i+1}(τ)/δ over the domain of twice the size: snarkjs evaluates H on the odd coset. */
  readonly h: readonly bigint[];
};

/**
 * Lagrange basis of the 2^log-th roots of unity at τ: L_i(τ) = (τ^n − 1)/n · ω^i/(τ − ω^i).
 * One inversion for all (Montgomery's trick).
 */
export function lagrangeBasisAt(tau: bigint, log: number): bigint[] {
  const size = 2 ** log;
  const root = rootOfUnity(log);
  const numerator = (reduce(power(tau, BigInt(size)) - 1n) * inverse(BigInt(size))) % FIELD_ORDER;
  const roots: bigint[] = [];
  const prefixes: bigint[] = [];
  let product = 1n;
  for (let i = 0, w = 1n; i < size; i++, w = (w * root) % FIELD_ORDER) {
    roots.push(w);
    prefixes.push(product);
    product = (product * reduce(tau - w)) % FIELD_ORDER;
  }
  const basis = new Array<bigint>(size).fill(0n);
  let suffix = inverse(product);
  for (let i = size - 1; i >= 0; i--) {
    const w = roots[i] ?? 0n;
    const inverted = ((prefixes[i] ?? 0n) * suffix) % FIELD_ORDER;
    suffix = (suffix * reduce(tau - w)) % FIELD_ORDER;
    basis[i] = (((numerator * w) % FIELD_ORDER) * inverted) % FIELD_ORDER;
  }
  return basis;
}

/** log2 of the evaluation domain: room for every constraint and one row per public signal and 1. */
export function domainLogOf(r1cs: R1cs): number {
  return Math.floor(Math.log2(r1cs.constraintCount + r1cs.publicCount)) + 1;
}

/**
 * Evaluates the circuit's quadratic arithmetic program at τ.
 * Source: Groth, "On the Size of Pairing-based Non-interactive Arguments" (Eurocrypt 2016), §3.2;
 * the extra rows that make public inputs independent: snarkjs `zkey_new`.
 */
export function keyScalars(r1cs: R1cs, secrets: SetupSecrets): KeyScalars {
  const domainLog = domainLogOf(r1cs);
  const basis = lagrangeBasisAt(secrets.tau, domainLog);
  const zeros = (): bigint[] => new Array<bigint>(r1cs.signalCount).fill(0n);
  const sums = { A: zeros(), B: zeros(), C: zeros() };
  r1cs.forEachTerm((matrix, constraint, signal, value) => {
    // Reduced once at the end: every sum stays a plain integer of at most a few thousand terms.
    const sum = sums[matrix];
    sum[signal] = (sum[signal] ?? 0n) + (((basis[constraint] ?? 0n) * value) % FIELD_ORDER);
  });
  for (let s = 0; s <= r1cs.publicCount; s++) {
    sums.A[s] = (sums.A[s] ?? 0n) + (basis[r1cs.constraintCount + s] ?? 0n);
  }
  const a = sums.A.map(reduce);
  const b = sums.B.map(reduce);
  const combined = a.map((value, s) =>
    reduce(secrets.beta * value + secrets.alpha * (b[s] ?? 0n) + (sums.C[s] ?? 0n)),
  );
  const deltaInverse = inverse(secrets.delta);
  const overDelta = (value: bigint): bigint => (value * deltaInverse) % FIELD_ORDER;
  return {
    domainLog,
    a,
    b,
    ic: combined.slice(0, r1cs.publicCount + 1),
    c: combined.slice(r1cs.publicCount + 1).map(overDelta),
    h: lagrangeBasisAt(secrets.tau, domainLog + 1)
      .filter((_, i) => i % 2 === 1)
      .map(overDelta),
  };
}

/** Scalars as consecutive 32-byte little-endian integers. */
export function packScalars(scalars: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(scalars.length * 32);
  const view = new DataView(bytes.buffer);
  scalars.forEach((scalar, i) => {
    writeScalar(view, i * 32, scalar);
  });
  return bytes;
}
