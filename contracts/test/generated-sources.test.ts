// Goal: what is committed is what the generators write, and they write nothing for a key that must not be.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BASE_FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { VerificationKeyJson } from '@atomicity/prover/verify/verification-key';
import { describe, expect, it } from 'vitest';
import { CONTRACTS_DIRECTORY } from '../script/compile-sources.ts';
import { developmentVerifierSource } from '../script/development-verifier.ts';
import { poseidonSource, poseidonTagsSource } from '../script/poseidon-source.ts';
import { poseidonVectors } from '../script/poseidon-vectors.ts';
import { VERIFIER_CIRCUITS } from '../script/verifier-circuits.ts';
import { VerifierSourceError, verifierName, verifierSource } from '../script/verifier-source.ts';

const committed = (path: string): string => readFileSync(join(CONTRACTS_DIRECTORY, path), 'utf8');

describe('the Poseidon contracts', () => {
  it.each([3, 4, 5] as const)('T%i is generated', (width) => {
    expect(committed(`src/poseidon/PoseidonT${width}.sol`)).toBe(poseidonSource(width));
  });

  it('have the kernel’s tags and vectors', () => {
    expect(committed('src/poseidon/PoseidonTags.sol')).toBe(poseidonTagsSource());
    expect(committed('test/vectors/poseidon.json')).toBe(poseidonVectors());
  });
});

describe('the development verifiers', () => {
  it.each(VERIFIER_CIRCUITS)('%s is made from the pinned key, byte for byte', async (circuit) => {
    const text = await developmentVerifierSource(circuit);
    expect(committed(`src/verifiers/generated/${verifierName(circuit)}.sol`)).toBe(text);
    expect(text).toContain('is DevelopmentVerifier {');
  });

  it('are no more than these', () => {
    const files = readdirSync(join(CONTRACTS_DIRECTORY, 'src/verifiers/generated'));
    expect(files.sort()).toEqual(
      VERIFIER_CIRCUITS.map((each) => `${verifierName(each)}.sol`).sort(),
    );
  });
});

/** The words of the committed verifier as the key they came from. */
function committedKey(): VerificationKeyJson {
  const text = committed('src/verifiers/generated/SpentAtMostVerifier.sol');
  const words = [...text.matchAll(/mstore\([^\n]*?, (\d+)\) \/\//g)].map(([, value = '']) => value);
  const g1 = (at: number) => [words[at] ?? '', words[at + 1] ?? '', '1'] as const;
  const g2 = (at: number) =>
    [
      [words[at + 1] ?? '', words[at] ?? ''],
      [words[at + 3] ?? '', words[at + 2] ?? ''],
      ['1', '0'],
    ] as const;
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: 2,
    vk_alpha_1: g1(0),
    vk_beta_2: g2(2),
    vk_gamma_2: g2(6),
    vk_delta_2: g2(10),
    IC: [g1(14), g1(16), g1(18)],
  };
}

function reasonOf(make: () => string): string {
  try {
    make();
  } catch (error) {
    if (error instanceof VerifierSourceError) return error.reason;
    throw error;
  }
  return 'made';
}

describe('the generator of verifiers', () => {
  const key = committedKey();
  const make = (changed: Partial<VerificationKeyJson>, count = 2) =>
    reasonOf(() =>
      verifierSource('spent-at-most', count, JSON.stringify({ ...key, ...changed }), 'ceremony'),
    );

  it('takes the committed key back', () => {
    expect(make({})).toBe('made');
    const text = verifierSource('spent-at-most', 2, JSON.stringify(key), 'development');
    expect(committed('src/verifiers/generated/SpentAtMostVerifier.sol')).toBe(text);
  });

  it('marks a key of a ceremony as one', () => {
    const text = verifierSource('spent-at-most', 2, JSON.stringify(key), 'ceremony');
    expect(text).toContain('contract SpentAtMostVerifier is CeremonyVerifier {');
    expect(text).not.toContain('DEVELOPMENT');
  });

  it('refuses γ = δ', () => {
    expect(make({ vk_delta_2: key.vk_gamma_2 })).toBe('key_gamma_equals_delta');
  });

  it('refuses another number of signals', () => {
    expect(make({}, 3)).toBe('key_wrong_signal_count');
  });

  it('refuses points that are none', () => {
    const [x, y] = key.vk_alpha_1;
    expect(make({ vk_alpha_1: [x, '1', '1'] })).toBe('key_point_off_curve');
    expect(make({ vk_alpha_1: [x, y, '0'] })).toBe('key_point_at_infinity');
    const aliased = String(BigInt(y) + BASE_FIELD_ORDER);
    expect(make({ vk_alpha_1: [x, aliased, '1'] })).toBe('key_coordinate_not_canonical');
  });

  it('refuses what is no key, and no name of a circuit', () => {
    const text = JSON.stringify(key);
    expect(reasonOf(() => verifierSource('a', 2, '{', 'ceremony'))).toBe('key_malformed');
    expect(reasonOf(() => verifierSource('a"; }', 2, text, 'ceremony'))).toBe('circuit_malformed');
  });
});
