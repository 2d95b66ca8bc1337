// Goal: what is not a valid proof under a sound key is refused, by name, before or by the pairing; and
// the verifier bundles into one file that needs no dependency.
// Method: a real tier 16 proof and key, changed one property at a time; esbuild and a bare node process.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BASE_FIELD_ORDER, FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { bn254 } from '@noble/curves/bn254.js';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { PUBLIC_SIGNAL_COUNT } from '../artifacts/circuits.ts';
import { ensureArtifacts } from '../artifacts/ensure-artifacts.ts';
import { snarkjsProver } from '../prove/snarkjs-prover.ts';
import { samplePeriod } from '../testing/sample-period.ts';
import { buildSpendInput } from '../witness/build-spend-input.ts';
import { parseVerificationKey, parseVerificationKeyText } from './verification-key.ts';
import { checkSpendProof, type ProofFault } from './verify-spend-proof.ts';

const artifacts = await ensureArtifacts('spend-16');
const keyText = readFileSync(artifacts.verificationKey, 'utf8');
const prover = snarkjsProver(async () => artifacts);
const { proof, publicSignals } = await prover.prove(buildSpendInput(samplePeriod()));
prover.close();

const directory = mkdtempSync(join(tmpdir(), 'atomicity-verify-'));
afterAll(() => rmSync(directory, { recursive: true }));

function key() {
  const parsed = parseVerificationKeyText(keyText, PUBLIC_SIGNAL_COUNT);
  if (parsed.kind === 'refused') throw new Error(parsed.reason);
  return parsed.key;
}

/** A point of the twist outside the prime-order subgroup, with small x. */
function strayPoint(): [[string, string], [string, string]] {
  const { Fp2 } = bn254.fields;
  for (let c0 = 1n; ; c0++) {
    const x = Fp2.create({ c0, c1: 0n });
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b));
      const point = new bn254.G2.Point(x, y, Fp2.ONE);
      if (!point.isTorsionFree()) {
        return [
          [`${x.c0}`, `${x.c1}`],
          [`${y.c0}`, `${y.c1}`],
        ];
      }
    } catch {
      // No square root: no point over this x.
    }
  }
}

const plusOne = (decimal: string): string => `${BigInt(decimal) + 1n}`;
const plusQ = (decimal: string): string => `${BigInt(decimal) + BASE_FIELD_ORDER}`;

describe('a proof', () => {
  const first = publicSignals[0];
  const replaced = (signal: string): FieldHex[] => [signal as FieldHex, ...publicSignals.slice(1)];
  const aliased = (BigInt(`0x${first}`) + FIELD_ORDER).toString(16).padStart(64, '0');
  test.each<[string, ProofFault, readonly FieldHex[], typeof proof]>([
    ['a signal too few', 'wrong_signal_count', publicSignals.slice(1), proof],
    ['a signal + r', 'signal_not_canonical', replaced(aliased), proof],
    ['a signal in capitals', 'signal_not_canonical', replaced('A'.repeat(64)), proof],
    [
      'a coordinate + q',
      'proof_coordinate_not_canonical',
      publicSignals,
      { ...proof, a: [plusQ(proof.a[0]), proof.a[1]] },
    ],
    [
      'a coordinate with a leading zero',
      'proof_coordinate_not_canonical',
      publicSignals,
      { ...proof, c: [`0${proof.c[0]}`, proof.c[1]] },
    ],
    [
      'a negative coordinate',
      'proof_coordinate_not_canonical',
      publicSignals,
      { ...proof, c: [`-${proof.c[0]}`, proof.c[1]] },
    ],
    [
      'A off the curve',
      'proof_point_off_curve',
      publicSignals,
      { ...proof, a: [plusOne(proof.a[0]), proof.a[1]] },
    ],
    ['A at infinity', 'proof_point_off_curve', publicSignals, { ...proof, a: ['0', '0'] }],
    [
      'B off the curve',
      'proof_point_off_curve',
      publicSignals,
      { ...proof, b: [proof.b[0], [plusOne(proof.b[1][0]), proof.b[1][1]]] },
    ],
    [
      'B outside the subgroup',
      'proof_point_not_in_subgroup',
      publicSignals,
      { ...proof, b: strayPoint() },
    ],
    ['C for A', 'pairing_fails', publicSignals, { ...proof, a: proof.c }],
    ['another signal', 'pairing_fails', replaced('0'.repeat(64)), proof],
  ])('with %s: %s', (_, reason, signals, changed) => {
    expect(checkSpendProof(key(), signals, changed)).toEqual({ kind: 'fails', reason });
  });
});

describe('a verification key', () => {
  const json = JSON.parse(keyText);
  test.each([
    ['that is no object', 'key_malformed', 7],
    ['of another curve', 'key_malformed', { ...json, curve: 'bls12381' }],
    ['of another protocol', 'key_malformed', { ...json, protocol: 'plonk' }],
    ['with gamma = delta', 'key_gamma_equals_delta', { ...json, vk_delta_2: json.vk_gamma_2 }],
    ['with an IC point too few', 'key_wrong_signal_count', { ...json, IC: json.IC.slice(1) }],
    ['for seven signals', 'key_wrong_signal_count', { ...json, nPublic: 7 }],
    [
      'with a coordinate + q',
      'key_coordinate_not_canonical',
      { ...json, vk_alpha_1: [plusQ(json.vk_alpha_1[0]), json.vk_alpha_1[1], '1'] },
    ],
    ['with alpha off the curve', 'key_point_off_curve', { ...json, vk_alpha_1: ['1', '1', '1'] }],
    [
      'with beta off the curve',
      'key_point_off_curve',
      {
        ...json,
        vk_beta_2: [
          ['1', '0'],
          ['1', '0'],
          ['1', '0'],
        ],
      },
    ],
    [
      'with delta outside the subgroup',
      'key_point_not_in_subgroup',
      { ...json, vk_delta_2: [...strayPoint(), ['1', '0']] },
    ],
    [
      'with gamma at infinity',
      'key_point_at_infinity',
      {
        ...json,
        vk_gamma_2: [
          ['0', '0'],
          ['1', '0'],
          ['0', '0'],
        ],
      },
    ],
    [
      'with an IC point at infinity',
      'key_point_at_infinity',
      { ...json, IC: [['0', '1', '0'], ...json.IC.slice(1)] },
    ],
  ])('%s is refused: %s', (_, reason, value) => {
    expect(parseVerificationKey(value, PUBLIC_SIGNAL_COUNT)).toEqual({ kind: 'refused', reason });
  });

  test('text that is not JSON is refused', () => {
    expect(parseVerificationKeyText('{', PUBLIC_SIGNAL_COUNT)).toEqual({
      kind: 'refused',
      reason: 'key_malformed',
    });
  });

  test('has the hash that the lock pins, whatever derived members it carries', () => {
    expect(key().hash).toBe(artifacts.verificationKeyHash);
    const more = parseVerificationKey({ ...json, vk_alphabeta_12: [] }, PUBLIC_SIGNAL_COUNT);
    expect(more).toMatchObject({ kind: 'parsed', key: { hash: artifacts.verificationKeyHash } });
    const other = parseVerificationKey(
      { ...json, IC: [json.IC[1], json.IC[0], ...json.IC.slice(2)] },
      PUBLIC_SIGNAL_COUNT,
    );
    expect(other.kind === 'parsed' && other.key.hash !== key().hash).toBe(true);
  });
});

test('the verifier is one small file that runs alone', async () => {
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const entry = join(directory, 'entry.ts');
  const outfile = join(directory, 'verifier.mjs');
  writeFileSync(
    entry,
    `import { checkSpendProof } from '${here('./verify-spend-proof.ts')}';
     import { parseVerificationKeyText } from '${here('./verification-key.ts')}';
     const { keyText, publicSignals, proof } = JSON.parse(process.argv[2]);
     const parsed = parseVerificationKeyText(keyText, 6);
     console.log(parsed.kind === 'parsed' && checkSpendProof(parsed.key, publicSignals, proof).kind);`,
  );
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['source'],
  });
  expect(statSync(outfile).size).toBeLessThan(500_000);
  const verdict = execFileSync(
    process.execPath,
    [outfile, JSON.stringify({ keyText, publicSignals, proof })],
    { cwd: directory, env: {}, encoding: 'utf8' },
  );
  expect(verdict).toBe('holds\n');
});
