// Goal: in every template the inputs determine every signal, but for the hints that are named.
// Method: propagation over the constraints of each template alone (the hash replaced by the stand-in, and
// shown to be determined on its own); then two ways that share nothing with it: repairing changed
// witnesses, and listing every assignment of the smallest templates over a small field.
import { describe, expect, test } from 'vitest';
import { bench } from '../bug-classes/bench.ts';
import { MUTATED_FILES, SUBJECTS } from '../mutation/subjects.ts';
import { constraintSystem } from './constraint-system.ts';
import { determinacy } from './determinacy.ts';
import { solutionsOver } from './small-field.ts';
import { decideAll, hasDistinctSubsetSums } from './two-valued.ts';
import { alternativeWitness } from './witness-surgery.ts';

/** Fleet(256) is the same template as Fleet(4). */
const instances = SUBJECTS.flatMap(({ file, instances: all }) =>
  all
    .filter(({ component }) => component !== 'Fleet(256)')
    .map((instance) => [instance.component, file, instance] as const),
);

test('every template file has a subject', () => {
  expect(SUBJECTS.map(({ file }) => file).sort()).toEqual([...MUTATED_FILES]);
});

describe.each(instances)('%s', (_, file, instance) => {
  const at = bench('ours', { file, ...instance });
  const { system, signals, witness } = at;
  const flags = [...signals].flatMap(([name, signal]) =>
    instance.booleanInputs?.includes(name) ? [signal] : [],
  );

  test('its inputs determine every signal but its hints', () => {
    const names = new Map([...signals].map(([name, signal]) => [signal, name]));
    const open = determinacy(system, flags).undetermined.map((signal) => names.get(signal));
    expect(open).toEqual(instance.hints ?? []);
  });

  test('no witness can be repaired after a change of one signal, but of a hint', () => {
    const hints = (instance.hints ?? []).flatMap((name) => signals.get(name) ?? []);
    const [inputs] = instance.honest;
    if (inputs === undefined) throw new Error('no inputs');
    expect(alternativeWitness(system, witness(inputs), hints)).toBeUndefined();
  });
});

test.each([2, 3, 4, 10, 12, 13, 16])(
  'circomlib Poseidon of %i inputs determines all of its signals',
  (width) => {
    const { system } = bench('ours', {
      file: 'tagged-poseidon',
      component: `TaggedPoseidon(${width}, 1)`,
      isRealHash: true,
    });
    expect(determinacy(system).undetermined).toEqual([]);
  },
);

describe('over the field of 13 elements', () => {
  test('GatedBits(3): exactly one assignment for each value in range, none for others', () => {
    const { system, signals } = bench('ours', { file: 'gated-bits', component: 'GatedBits(3)' });
    expect([signals.get('in'), signals.get('gate')]).toEqual([1, 2]);
    const open = [0, 1, 2, 3, 4, 5, 6, 7].map((value) => `${value},1`);
    const found = solutionsOver(system, 13);
    const boolean = [...found].filter(([key]) => /,[01]$/.test(key));
    expect(boolean.map(([key]) => key).sort()).toEqual(['0,0', ...open].sort());
    expect(boolean.every(([, all]) => all.length === 1)).toBe(true);
    // Any other gate is a scale: still at most one assignment for each value.
    expect([...found.values()].every((all) => all.length === 1)).toBe(true);
  });

  test('HalfIsZero, which is wrong on purpose, has several', () => {
    const { system } = bench('wrong', { file: 'half-is-zero', component: 'HalfIsZero()' });
    expect(solutionsOver(system, 13).get('3')?.length).toBe(13);
  });
});

describe('the checker itself', () => {
  test.each([
    ['assigned-not-constrained', 'AssignedFirstPeriod()', { periodIndex: 3n, openingTotal: 5n }],
    ['half-is-zero', 'HalfIsZero()', { in: 3n }],
    ['unbounded-remainder', 'UnboundedRemainder()', { value: 5_000n }],
    ['unconstrained-comparison', 'UnconstrainedComparison()', { spend: 1n, ceiling: 5n }],
  ])('%s: both ways find it open', (file, component, inputs) => {
    const { system, witness, undetermined } = bench('wrong', { file, component });
    expect(undetermined).not.toEqual([]);
    expect(alternativeWitness(system, witness(inputs))).toBeDefined();
  });

  test('subset sums: powers of two below r, up to a factor', () => {
    const powers = (count: number): bigint[] =>
      Array.from({ length: count }, (_, i) => 2n ** BigInt(i));
    expect(hasDistinctSubsetSums(powers(253))).toBe(true);
    expect(hasDistinctSubsetSums(powers(253).map((x) => -5n * x))).toBe(true);
    expect(hasDistinctSubsetSums(powers(254))).toBe(false);
    expect(hasDistinctSubsetSums([1n, 2n, 2n])).toBe(false);
  });

  test('one-hot: the index alone or the sum alone is not enough', () => {
    const signals = [10, 11, 12, 13];
    const sum = { terms: new Map(signals.map((s) => [s, 1n])), sums: [0n, 1n] };
    const index = { terms: new Map(signals.map((s, k) => [s, BigInt(k)])), sums: undefined };
    expect(decideAll(signals, [sum, index])).toBe(true);
    expect(decideAll(signals, [sum])).toBe(false);
    expect(decideAll(signals, [index])).toBe(false);
    expect(decideAll(signals, [{ ...sum, sums: undefined }, index])).toBe(false);
  });

  test('refuses bytes that are no circuit', () => {
    expect(() => constraintSystem(new Uint8Array(100))).toThrow();
  });
});
