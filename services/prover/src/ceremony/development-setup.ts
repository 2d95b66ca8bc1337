import { utf8 } from '@atomicity/kernel/codec/bytes';
import { bn254 } from '@noble/curves/bn254.js';
import type { VerificationKeyJson } from '../verify/verification-key.ts';
import type { SetupSecrets } from './development-secrets.ts';
import { type FixedBasePool, openFixedBasePool } from './fixed-base-pool.ts';
import { type ProvingKeyPoints, provingKeyFile } from './proving-key-file.ts';
import { type KeyScalars, keyScalars, packScalars } from './quadratic-program.ts';
import { type R1cs, readR1cs } from './r1cs-file.ts';

export type DevelopmentKeys = {
  /** The chunks of a zkey file that snarkjs reads. */
  readonly provingKey: readonly Uint8Array[];
  /** The text of its verification key. */
  readonly verificationKey: Uint8Array;
};

const G1_BYTES = 64;

/**
 * Makes Groth16 keys for a compiled circuit from KNOWN secrets: every key point is a multiple of a
 * generator, so powers of tau, phase 1 preparation and snarkjs' setup all fall away. Equal secrets
 * give equal bytes. Whoever knows the secrets can forge proofs: for development only.
 *
 * `onProgress` gets the fraction of points done, 0 … 1.
 * @throws Error for bytes that are not an r1cs file, or if a worker process fails.
 * Source: ADR-0006.
 */
export async function developmentSetup(
  r1csBytes: Uint8Array,
  secrets: SetupSecrets,
  onProgress: (fraction: number) => void,
): Promise<DevelopmentKeys> {
  const pool = openFixedBasePool();
  try {
    const r1cs = readR1cs(r1csBytes);
    const scalars = keyScalars(r1cs, secrets);
    const points = await provingKeyPoints(pool, scalars, secrets, onProgress);
    return {
      provingKey: provingKeyFile(r1cs, scalars.domainLog, points),
      verificationKey: utf8(
        `${JSON.stringify(verificationKey(r1cs, scalars, secrets), null, 1)}\n`,
      ),
    };
  } finally {
    pool.close();
  }
}

async function provingKeyPoints(
  pool: FixedBasePool,
  scalars: KeyScalars,
  secrets: SetupSecrets,
  onProgress: (fraction: number) => void,
): Promise<ProvingKeyPoints> {
  // A multiplication in G2 costs about three in G1.
  const weight = { G1: 1, G2: 3 };
  const { a, b, ic, c, h } = scalars;
  const total = a.length + b.length * 4 + ic.length + c.length + h.length;
  let done = 0;
  const multiply = (group: 'G1' | 'G2', values: readonly bigint[]): Promise<Uint8Array> =>
    pool.multiply(group, packScalars(values), (count) => {
      done += count * weight[group];
      onProgress(Math.min(1, done / total));
    });
  const [single1, single2, icPoints, aPoints, b1Points, b2Points, cPoints, hPoints] =
    await Promise.all([
      multiply('G1', [secrets.alpha, secrets.beta, secrets.delta]),
      multiply('G2', [secrets.beta, 1n, secrets.delta]),
      multiply('G1', ic),
      multiply('G1', a),
      multiply('G1', b),
      multiply('G2', b),
      multiply('G1', c),
      multiply('G1', h),
    ]);
  const g1 = (i: number): Uint8Array => single1.subarray(i * G1_BYTES, (i + 1) * G1_BYTES);
  const g2 = (i: number): Uint8Array => single2.subarray(i * G1_BYTES * 2, (i + 1) * G1_BYTES * 2);
  return {
    alpha1: g1(0),
    beta1: g1(1),
    delta1: g1(2),
    beta2: g2(0),
    gamma2: g2(1),
    delta2: g2(2),
    ic: icPoints,
    a: aPoints,
    b1: b1Points,
    b2: b2Points,
    c: cPoints,
    h: hPoints,
  };
}

/** The verification key, by another library than the proving key: a cheap cross-check of both. */
function verificationKey(
  r1cs: R1cs,
  scalars: KeyScalars,
  secrets: SetupSecrets,
): VerificationKeyJson {
  const g1 = (scalar: bigint): [string, string, string] => {
    const point = bn254.G1.Point.BASE.multiplyUnsafe(scalar).toAffine();
    return [`${point.x}`, `${point.y}`, scalar === 0n ? '0' : '1'];
  };
  const g2 = (scalar: bigint): [[string, string], [string, string], [string, string]] => {
    const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
    return [
      [`${x.c0}`, `${x.c1}`],
      [`${y.c0}`, `${y.c1}`],
      ['1', '0'],
    ];
  };
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: r1cs.publicCount,
    vk_alpha_1: g1(secrets.alpha),
    vk_beta_2: g2(secrets.beta),
    vk_gamma_2: g2(1n),
    vk_delta_2: g2(secrets.delta),
    IC: scalars.ic.map(g1),
  };
}
