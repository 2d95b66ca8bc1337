// Goal: the known ways in which Groth16 verifiers and their callers were fooled do not work on ours.
// Method: keys whose trapdoor is known here, so that proofs cost nothing; each attack first on a verifier
// or caller that is wrong on purpose, or on snarkjs where it has the weakness, then on ours.
// Sources: each test names its own.
import { FIELD_ORDER, fieldToHex } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { PUBLIC_SIGNAL_NAMES } from '@atomicity/prover/artifacts/circuits';
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import {
  parseVerificationKey,
  type VerificationKey,
} from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { bn254 } from '@noble/curves/bn254.js';
import { groth16 } from 'snarkjs';
import { describe, expect, test } from 'vitest';
import { element } from '../mutation/subject.ts';

const { G1, G2 } = bn254;
type G1Point = typeof G1.Point.BASE;
type G2Point = typeof G2.Point.BASE;

const [alpha, beta, gamma, delta] = ['alpha', 'beta', 'gamma', 'delta'].map(element) as [
  bigint,
  bigint,
  bigint,
  bigint,
];
const icScalars = Array.from({ length: 7 }, (_, i) => element(`ic ${i}`));

function textsOf1(point: G1Point): [string, string, string] {
  const { x, y } = point.toAffine();
  return [`${x}`, `${y}`, '1'];
}

function textsOf2(point: G2Point): [[string, string], [string, string], [string, string]] {
  const { x, y } = point.toAffine();
  return [
    [`${x.c0}`, `${x.c1}`],
    [`${y.c0}`, `${y.c1}`],
    ['1', '0'],
  ];
}

/** A key as snarkjs writes it, for a delta. */
function keyJson(deltaScalar: bigint) {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: 6,
    vk_alpha_1: textsOf1(G1.Point.BASE.multiply(alpha)),
    vk_beta_2: textsOf2(G2.Point.BASE.multiply(beta)),
    vk_gamma_2: textsOf2(G2.Point.BASE.multiply(gamma)),
    vk_delta_2: textsOf2(G2.Point.BASE.multiply(deltaScalar)),
    IC: icScalars.map((scalar) => textsOf1(G1.Point.BASE.multiply(scalar))),
  };
}

function parsedKey(json: unknown): VerificationKey {
  const parsed = parseVerificationKey(json, 6);
  if (parsed.kind === 'refused') throw new Error(parsed.reason);
  return parsed.key;
}

function proofOf(a: G1Point, b: G2Point, c: G1Point): Groth16Proof {
  const [ax, ay] = textsOf1(a);
  const [bx, by] = textsOf2(b);
  const [cx, cy] = textsOf1(c);
  return { a: [ax, ay], b: [bx, by], c: [cx, cy] };
}

const statement = PUBLIC_SIGNAL_NAMES.map((name) => element(`statement ${name}`));
const hexOf = (signals: readonly bigint[]): readonly FieldHex[] => signals.map(fieldToHex);
const publicScalar = (signals: readonly bigint[]): bigint =>
  signals.reduce((sum, s, i) => reduce(sum + s * (icScalars[i + 1] ?? 0n)), icScalars[0] ?? 0n);

/** A valid proof of any statement, made with the trapdoor of the key. */
function provenWithTrapdoor(signals: readonly bigint[]): Groth16Proof {
  const [a, b] = [element('a'), element('b')];
  const c = reduce((a * b - alpha * beta - gamma * publicScalar(signals)) * inverse(delta));
  return proofOf(G1.Point.BASE.multiply(a), G2.Point.BASE.multiply(b), G1.Point.BASE.multiply(c));
}

const snarkjsProof = ({ a, b, c }: Groth16Proof) => ({
  pi_a: [...a, '1'],
  pi_b: [...b, ['1', '0']],
  pi_c: [...c, '1'],
  protocol: 'groth16',
  curve: 'bn128',
});

const json = keyJson(delta);
const key = parsedKey(json);
const proof = provenWithTrapdoor(statement);

test('the proofs of this file are proofs', async () => {
  expect(checkSpendProof(key, hexOf(statement), proof)).toEqual({ kind: 'holds' });
  expect(await groth16.verify(json, statement.map(String), snarkjsProof(proof))).toBe(true);
});

describe('a key whose phase 2 never ran: gamma = delta', () => {
  // Source: the thefts from Veil Cash and FoomCash, February and March 2026 ("The ZK Verifier Audit
  // Checklist", dev.to/ohmygod); 0xPARC zk-bug-tracker, common vulnerability 7.
  const leftover = keyJson(gamma);
  // Nobody's secret is needed: A = α, B = β, C = -Σ IC.
  const forged = proofOf(
    G1.Point.BASE.multiply(alpha),
    G2.Point.BASE.multiply(beta),
    G1.Point.BASE.multiply(publicScalar(statement)).negate(),
  );

  test('snarkjs takes the key, and a proof of anything', async () => {
    expect(await groth16.verify(leftover, statement.map(String), snarkjsProof(forged))).toBe(true);
  });

  test('ours refuses the key, and under a sound key the proof', () => {
    expect(parseVerificationKey(leftover, 6)).toEqual({
      kind: 'refused',
      reason: 'key_gamma_equals_delta',
    });
    expect(checkSpendProof(key, hexOf(statement), forged).kind).toBe('fails');
  });
});

describe('public signals with a second name: x + r', () => {
  // Source: 0xPARC zk-bug-tracker, "Semaphore: Missing Smart Contract Range Check", "a16z ZkDrops: Missing
  // Nullifier Range Check", "EY Nightfall: Missing Nullifier Range Check".
  const at = PUBLIC_SIGNAL_NAMES.indexOf('nullifier');
  const aliased = statement.map((value, i) => (i === at ? value + FIELD_ORDER : value));

  /** WRONG ON PURPOSE: multiplies by whatever number it is given. */
  function naiveVerify(signals: readonly bigint[]): boolean {
    const sum = key.ic.slice(1).reduce((total, point, i) => {
      return total.add(point.multiplyUnsafe((signals[i] ?? 0n) % FIELD_ORDER));
    }, key.ic[0] ?? G1.Point.ZERO);
    const pairs = [
      {
        g1: G1.Point.fromAffine({ x: BigInt(proof.a[0]), y: BigInt(proof.a[1]) }).negate(),
        g2: b(),
      },
      { g1: key.alpha, g2: key.beta },
      { g1: sum, g2: key.gamma },
      { g1: G1.Point.fromAffine({ x: BigInt(proof.c[0]), y: BigInt(proof.c[1]) }), g2: key.delta },
    ];
    return bn254.fields.Fp12.eql(bn254.pairingBatch(pairs), bn254.fields.Fp12.ONE);
  }

  const b = (): G2Point => G2.Point.BASE.multiply(element('b'));

  test('a verifier that reduces them, and keeps them as they came, counts one nullifier twice', () => {
    const spent = new Set<bigint>();
    for (const signals of [statement, aliased]) {
      expect(naiveVerify(signals)).toBe(true);
      spent.add(signals[at] ?? 0n);
    }
    expect(spent.size).toBe(2);
  });

  test.each(PUBLIC_SIGNAL_NAMES.map((name, i) => [name, i] as const))(
    'ours refuses %s + r by name',
    (_, index) => {
      const texts = statement.map((value, i) =>
        (i === index ? value + FIELD_ORDER : value).toString(16).padStart(64, '0'),
      );
      expect(checkSpendProof(key, texts as FieldHex[], proof)).toEqual({
        kind: 'fails',
        reason: 'signal_not_canonical',
      });
    },
  );
});

describe('proofs that anyone can change into other proofs', () => {
  // Source: Groth16 proofs are malleable by construction, (A, B, C) -> (s·A, B/s, C): Groth and Maller,
  // "Snarky Signatures" (CRYPTO 2017); so a proof is no identifier.
  const [a, b] = [element('a'), element('b')];
  const last = G1.Point.fromAffine({ x: BigInt(proof.c[0]), y: BigInt(proof.c[1]) });
  const others = [2n, 7n, FIELD_ORDER - 1n].map((s) =>
    proofOf(
      G1.Point.BASE.multiply(reduce(a * s)),
      G2.Point.BASE.multiply(reduce(b * inverse(s))),
      last,
    ),
  );

  test('a registry that keeps hashes of proofs counts one spend four times', () => {
    const spent = new Set([proof, ...others].map((each) => JSON.stringify(each)));
    expect(spent.size).toBe(4);
    for (const other of others) {
      expect(checkSpendProof(key, hexOf(statement), other)).toEqual({ kind: 'holds' });
    }
  });

  test('the nullifier is a public signal: no change of a proof changes it', () => {
    const at = PUBLIC_SIGNAL_NAMES.indexOf('nullifier');
    for (const other of others) {
      const renamed = statement.map((value, i) => (i === at ? reduce(value + 1n) : value));
      expect(checkSpendProof(key, hexOf(renamed), other)).toEqual({
        kind: 'fails',
        reason: 'pairing_fails',
      });
    }
  });
});

describe('points that should not be there', () => {
  // Source: 0xPARC zk-bug-tracker, "Aztec Plonk Verifier: 0 Bug" (points at infinity taken for a proof).
  const nothing: Groth16Proof = {
    a: ['0', '0'],
    b: [
      ['0', '0'],
      ['0', '0'],
    ],
    c: ['0', '0'],
  };

  test('a proof of zeros is refused before any pairing', () => {
    expect(checkSpendProof(key, hexOf(statement), nothing)).toEqual({
      kind: 'fails',
      reason: 'proof_point_off_curve',
    });
  });

  test('a key with a point at infinity is refused, whichever it is', () => {
    const [at1, at2] = [
      ['0', '1', '0'],
      [
        ['0', '0'],
        ['1', '0'],
        ['0', '0'],
      ],
    ];
    for (const changed of [
      { vk_alpha_1: at1 },
      { vk_beta_2: at2 },
      { vk_gamma_2: at2 },
      { vk_delta_2: at2 },
      // The signal of an IC point at infinity could be replaced in a finished proof.
      { IC: [...json.IC.slice(0, 6), at1] },
    ]) {
      expect(parseVerificationKey({ ...json, ...changed }, 6)).toEqual({
        kind: 'refused',
        reason: 'key_point_at_infinity',
      });
    }
  });
});
