// Goal: the tests of the circuits find what small mistakes in them would do.
// Method: the mutation tool on its own parts, and on a sample of the mutants of every template, chosen by a
// seed; `npm run test:mutants` judges all of them. Equivalent mutants are listed with their argument.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { describe, expect, test } from 'vitest';
import { EQUIVALENT_MUTANTS } from './equivalent-mutants.ts';
import { findings } from './findings.ts';
import { judgeAll } from './mutant-pool.ts';
import { applyMutant, mutantsOf, OPERATORS } from './mutants.ts';
import { parseCircom } from './parse-circom.ts';
import { seededRandom } from './perturbations.ts';
import { MUTATED_FILES } from './subjects.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const SAMPLE_PER_FILE = 3;
const PROCESSES = 2;

const sourceOf = (file: string): string =>
  readFileSync(join(CIRCUITS_DIRECTORY, 'src', `${file}.circom`), 'utf8');

describe('the mutants', () => {
  const source = `template T(N) {
    signal input a;
    signal input b[N];
    signal output c;
    component bits = Bits(63);
    for (var i = 0; i < N; i++) { b[i] * (b[i] - a) === 0; }
    c <== a * (1 - b[0]);
}`;
  const mutants = mutantsOf(source);
  const texts = mutants.map((mutant) => mutant.id);

  test('of a template name what was before and after', () => {
    for (const id of [
      'T: c <== a * (1 - b[0]); => c <-- a * (1 - b[0]);',
      'T: c <== a * (1 - b[0]); => c <== (a);',
      'T: component bits = Bits(63); => component bits = Bits(64);',
      'T: for (var i = 0; i < N; i++) { b[i] * (b[i] - a) === 0; } => for (var i = 0; i < N; i++) { }',
      'T: for (var i = 0; i < N; i++) { b[i] * (b[i] - a) === 0; } => for (var i = 0; i < N - 1; i++) { b[i] * (b[i] - a) === 0; }',
    ]) {
      expect(texts).toContain(id);
    }
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('differ from the source, and parse', () => {
    for (const mutant of mutants) {
      const mutated = applyMutant(source, mutant);
      expect(mutated).not.toBe(source);
      expect(() => parseCircom(mutated)).not.toThrow();
    }
  });

  test('of all templates use every operator', () => {
    const used = new Set(
      MUTATED_FILES.flatMap((file) => mutantsOf(sourceOf(file))).map((m) => m.operator),
    );
    expect([...used].sort()).toEqual(Object.keys(OPERATORS).sort());
  });

  test('a source that leaves the known syntax is refused, not skipped', () => {
    expect(() => parseCircom('template T() { signal a; a <= ; }')).toThrow();
    expect(() => parseCircom('template T() { signal a § }')).toThrow('no token');
  });
});

describe('the equivalent mutants', () => {
  test('exist, and have an argument', () => {
    for (const { file, id, because } of EQUIVALENT_MUTANTS) {
      expect(mutantsOf(sourceOf(file)).map((mutant) => mutant.id)).toContain(id);
      expect(because.length).toBeGreaterThan(40);
    }
  });
});

test(`a sample of the mutants of every template is found (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const sample = MUTATED_FILES.flatMap((file) => {
    const mutants = mutantsOf(sourceOf(file)).map((mutant, index) => ({ file, index, mutant }));
    // Those that the compiler refuses say nothing; these operators it lets pass.
    const telling = mutants.filter(({ mutant }) => mutant.operator !== 'shift-index');
    return Array.from({ length: SAMPLE_PER_FILE }, () => {
      return telling[Math.floor(random() * telling.length)];
    }).flatMap((chosen) => chosen ?? []);
  });
  const outcomes = await judgeAll(sample, PROCESSES);
  const judged = outcomes.flatMap(({ file, index, verdict }) => {
    const chosen = sample.find((each) => each.file === file && each.index === index);
    return chosen === undefined ? [] : [{ file, mutant: chosen.mutant, verdict }];
  });
  expect(judged.length).toBe(sample.length);
  const { survivors, stale } = findings(judged, false);
  expect(survivors.map(({ file, mutant }) => `${file}: ${mutant.id}`)).toEqual([]);
  expect(stale).toEqual([]);
});
