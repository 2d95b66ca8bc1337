// Goal: the known ways in which circuits were fooled do not work on ours, and would be noticed.
// Method: each class has a circuit that is wrong on purpose (fixtures/, with its public source). A dishonest
// prover's assignment satisfies it; the same attack on our templates satisfies nothing. Hints of fixtures
// that the inputs do not determine are found by the determinacy checker too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { type PoseidonTag, poseidon, poseidonFrom } from '@atomicity/kernel/codec/poseidon';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { describe, expect, test } from 'vitest';
import { isSatisfied } from '../determinacy/constraint-system.ts';
import { perturbed } from '../mutation/perturbations.ts';
import { standInFrom } from '../mutation/reference.ts';
import { changed, type Instance } from '../mutation/subject.ts';
import { MUTATED_FILES, SUBJECTS } from '../mutation/subjects.ts';
import type { Inputs } from '../witness-program.ts';
import { type Bench, bench, compiles, unusedPublic } from './bench.ts';

const P = FIELD_ORDER;

/** One compilation of each of our components is enough. */
const benches = new Map<string, Bench>();

function ours(file: string, at = 0) {
  const subject = SUBJECTS.find((each) => each.file === file);
  const instance: Instance | undefined = subject?.instances[at];
  const [honest] = instance?.honest ?? [];
  if (instance === undefined || honest === undefined) throw new Error(`no subject ${file}`);
  const known = benches.get(instance.component) ?? bench('ours', { file, ...instance });
  benches.set(instance.component, known);
  return { ...known, honest };
}

const wrong = (file: string, component: string, publicInputs: readonly string[] = []) =>
  bench('wrong', { file, component, publicInputs });

const bitsOf = (value: bigint, count: number): readonly bigint[] =>
  Array.from({ length: count }, (_, i) => (value >> BigInt(i)) & 1n);

const named = (name: string, values: readonly bigint[]): Record<string, bigint> =>
  Object.fromEntries(values.map((value, i) => [`${name}[${i}]`, value]));

describe('under-constrained: a comparison whose result nobody checks', () => {
  test('the fixture lets 401 pass under a ceiling of 400', () => {
    const { accepts } = wrong('unconstrained-comparison', 'UnconstrainedComparison()');
    expect(accepts({ spend: 401n, ceiling: 400n }, { isBelow: 1n })).toBe(true);
  });

  test('a slot does not', () => {
    const { accepts, honest } = ours('slot');
    expect(accepts(honest)).toBe(true);
    expect(accepts(changed(honest, { spend: 401n }))).toBe(false);
  });
});

describe('assigned but not constrained: the first period of a budget is claimed anew', () => {
  test('the fixture forgets the opening of period 3', () => {
    const { accepts, undetermined } = wrong('assigned-not-constrained', 'AssignedFirstPeriod()');
    expect(accepts({ periodIndex: 3n, openingTotal: 500n }, { later: 0n, carried: 0n })).toBe(true);
    expect(undetermined).toContain('later');
  });

  test('the opening does not, with the hint of IsZero at any value', () => {
    const { accepts, honest, undetermined } = ours('opening');
    const empty = { ...honest, totals: new Array<bigint>(8).fill(0n) };
    const gates = Object.fromEntries(bitsOf(0n, 8).map((_, k) => [`totalBits[${k}].gate`, 0n]));
    const forgotten = { 'isFirst.out': 1n, later: 0n, previousSummary: 0n, openingAt: 1_000n };
    for (const inverse of [0n, 1n, P - 1n]) {
      expect(accepts(empty, { ...gates, ...forgotten, 'isFirst.inv': inverse })).toBe(false);
    }
    // The hint is free only where it has no effect: at period 0.
    expect(undetermined).toEqual(['isFirst.inv']);
  });
});

describe('the hint of IsZero without in * out = 0', () => {
  test('the fixture calls 3 zero', () => {
    const { accepts, undetermined } = wrong('half-is-zero', 'HalfIsZero()');
    expect(accepts({ in: 3n }, { out: 1n, inverse: 0n })).toBe(true);
    expect(undetermined).toContain('out');
  });
});

describe('a nullifier that the prover can choose', () => {
  test('the fixture gives one period two nullifiers', () => {
    const period: Inputs = { budgetId: 5n, periodIndex: 3n };
    const honest = wrong('free-nullifier', 'FreeNullifier(7)');
    const second = wrong('free-nullifier', 'FreeNullifier(8)').witness(period);
    expect(isSatisfied(honest.system, second)).toBe(true);
    expect(second[1]).not.toBe(honest.witness(period)[1]);
    expect(honest.undetermined).toContain('nullifier');
  });

  test.each(['spend', 'batch'])('%s: it follows from budget and index alone', (file) => {
    const { witness, accepts, honest, undetermined } = ours(file);
    const nullifier = witness(honest)[6];
    const { budgetId, periodIndex } = honest;
    const accepted = perturbed([honest], [], 60, 7)
      .map((inputs) => ({ ...inputs, budgetId, periodIndex }) as Inputs)
      .filter((inputs) => accepts(inputs));
    expect(accepted.length).toBeGreaterThan(5);
    expect(new Set(accepted.map((inputs) => witness(inputs)[6]))).toEqual(new Set([nullifier]));
    expect(undetermined).toEqual(['opening.isFirst.inv']);
  });
});

describe('arithmetic that wraps', () => {
  test('the fixture has r - 1 left of 100 after spending 101', () => {
    const { accepts, witness } = wrong('wrapping-balance', 'WrappingBalance()');
    expect(accepts({ cap: 100n, spent: 101n })).toBe(true);
    expect(witness({ cap: 100n, spent: 101n })[1]).toBe(P - 1n);
  });

  test('remaining-at-least refuses a total above the cap, with any floor', () => {
    const { accepts, honest } = ours('remaining-at-least');
    for (const floor of [0n, 1n, P - 1n, P - 2n, P - 2n ** 63n]) {
      expect(accepts(changed(honest, { cumulativeTotal: 701n, floor }))).toBe(false);
    }
  });

  test('the fixture takes 150 and -60 for at most 100', () => {
    const { accepts } = wrong('sum-of-unranged', 'SumOfUnranged()');
    expect(accepts({ cap: 100n, spend: [150n, P - 60n] })).toBe(true);
  });

  test('neither a period nor a claim takes a negative spend', () => {
    const claim = ours('claim-aggregate');
    expect(claim.accepts(changed(claim.honest, { 'spend[0]': 1_000n, 'spend[2]': P - 300n }))).toBe(
      false,
    );
    const period = ours('spend');
    const split = { 'spend[0]': 399n, 'spend[2]': P - 1n };
    expect(period.accepts(changed(period.honest, split))).toBe(false);
    const fleet = ours('fleet');
    const grants = { 'subCap[0]': 1_600n, 'subCap[1]': P - 600n };
    expect(fleet.accepts(changed(fleet.honest, grants))).toBe(false);
  });
});

describe('mismatching bit lengths', () => {
  test('the fixture compares -1 with 400 and finds it smaller', () => {
    const { accepts } = wrong('unranged-comparison', 'UnrangedComparison()');
    expect(accepts({ spend: P - 1n, ceiling: 400n })).toBe(true);
  });

  test('a slot, a batch and a claim range-check what they compare', () => {
    const slot = ours('slot');
    expect(slot.accepts(changed(slot.honest, { spend: P - 1n }))).toBe(false);
    const batch = ours('batch-slot');
    expect(batch.accepts(changed(batch.honest, { 'spend[1]': P - 1n }))).toBe(false);
    const claim = ours('claim-ceilings', 1);
    expect(claim.accepts(changed(claim.honest, { 'spend[0]': P - 1n }))).toBe(false);
    const bound = ours('spent-at-most');
    expect(bound.accepts(changed(bound.honest, { cumulativeTotal: P - 1n, bound: 5n }))).toBe(
      false,
    );
  });

  test('the fixture opens one digest in two ways', () => {
    const { accepts, witness } = wrong('unranged-packing', 'UnrangedPacking()');
    const [one, two] = [
      { cap: 5n, windowStart: 1n },
      { cap: 5n + 2n ** 64n, windowStart: 0n },
    ];
    expect(accepts(one) && accepts(two)).toBe(true);
    expect(witness(one)[1]).toBe(witness(two)[1]);
  });

  test('a policy, an opening and a note open in one way', () => {
    const policy = ours('policy');
    const { cap = 0n, windowStart = 0n } = policy.honest as Record<string, bigint>;
    const moved = { cap: cap + 2n ** 64n, windowStart: windowStart - 1n };
    expect(policy.accepts(changed(policy.honest, moved))).toBe(false);
    const opening = ours('opening');
    const shifted = { lastAt: 2_999n, countAndFirst: 5n + 2_000n * 2n ** 32n + 2n ** 80n };
    expect(opening.accepts(changed(opening.honest, shifted))).toBe(false);
    const slot = ours('slot');
    expect(slot.accepts(changed(slot.honest, { regime: 20n, category: 11n }))).toBe(false);
    expect(slot.accepts(changed(slot.honest, { spend: 400n - 2n ** 64n + P, at: 6_001n }))).toBe(
      false,
    );
  });
});

describe('a field alias in a bit decomposition', () => {
  const alias = bitsOf(5n + P, 254);

  test('the fixture finds another low word in 5', () => {
    const { accepts, undetermined } = wrong('aliased-bits', 'AliasedLowWord()');
    const lowWord = (5n + P) % 2n ** 64n;
    expect(accepts({ value: 5n }, { ...named('bits.out', alias), lowWord })).toBe(true);
    expect(undetermined).toContain('lowWord');
  });

  test('no range check of ours is as wide as the field', () => {
    expect(compiles('ours', { file: 'gated-bits', component: 'GatedBits(252)' })).toBe(true);
    for (const bits of [253, 254, 255]) {
      expect(compiles('ours', { file: 'gated-bits', component: `GatedBits(${bits})` })).toBe(false);
    }
    const { accepts } = bench('ours', { file: 'gated-bits', component: 'GatedBits(252)' });
    expect(accepts({ in: 5n, gate: 1n }, named('bits', alias.slice(0, 252)))).toBe(false);
  });
});

describe('division by hints', () => {
  test('the fixture divides 5000 by 1000 and gets 4', () => {
    const { accepts, undetermined } = wrong('unbounded-remainder', 'UnboundedRemainder()');
    expect(accepts({ value: 5_000n }, { quotient: 4n, remainder: 1_000n })).toBe(true);
    expect(undetermined).toContain('quotient');
  });

  test('our hints are bits and one-hot selectors, nothing else', () => {
    const hints = MUTATED_FILES.flatMap((file) => {
      const source = readFileSync(join(CIRCUITS_DIRECTORY, 'src', `${file}.circom`), 'utf8');
      return (source.match(/^.*<--.*$/gm) ?? []).map((line) => line.trim());
    });
    expect([...new Set(hints)].sort()).toEqual([
      'bits[b] <-- (category >> b) & 1;',
      'bits[i] <-- (in >> i) & 1;',
      'isCategory[k] <-- category == k ? active : 0;',
    ]);
  });
});

describe('wrong array wiring', () => {
  // 40 = 8 + 16 * 2: five "bits", the last of them 2.
  const bits = [0n, 0n, 0n, 1n, 2n];

  test('the fixture finds 40 in five bits', () => {
    const { accepts, undetermined } = wrong('wrong-wiring', 'WronglyWiredBits()');
    expect(accepts({ in: 40n }, named('bits', bits))).toBe(true);
    expect(undetermined).toContain('bits[4]');
  });

  test('ours does not', () => {
    const { accepts } = bench('ours', { file: 'gated-bits', component: 'GatedBits(5)' });
    expect(accepts({ in: 40n, gate: 1n }, named('bits', bits))).toBe(false);
  });
});

describe('unused public inputs', () => {
  test('the compiler leaves nothing of the context of the fixture', () => {
    const options = { component: 'UnusedContext()', publicInputs: ['context'] };
    expect(unusedPublic('wrong', { file: 'unused-public-input', ...options })).toEqual([2]);
  });

  const instances = SUBJECTS.flatMap(({ file, instances: all }) =>
    all
      .filter(({ publicInputs }) => publicInputs !== undefined)
      .map((instance) => [instance.component, file, instance] as const),
  );
  test.each(instances)('%s: none of its public signals can be replaced', (_, file, instance) => {
    const [honest] = instance.honest;
    if (honest === undefined) throw new Error('no inputs');
    const { accepts, signals, witness } = bench('ours', { file, ...instance });
    for (const name of instance.publicInputs ?? []) {
      const value = witness(honest)[signals.get(name) ?? -1] ?? 0n;
      expect(accepts(honest, { [name]: value + 1n })).toBe(false);
    }
    expect(unusedPublic('ours', { file, ...instance })).toEqual([]);
  });
});

describe('missing domain separation', () => {
  const TAGS: readonly PoseidonTag[] = [
    ...(['batch', 'commitment', 'fleet-policy', 'fleet-slot', 'fleet-slots'] as const),
    ...([
      'fleet-summaries',
      'leaves',
      'nullifier',
      'period',
      'policy',
      'summary',
      'tokens',
    ] as const),
  ];

  test('the fixture: a commitment stands as a nullifier', () => {
    const { accepts, witness } = wrong('one-domain-nullifier', 'OneDomainNullifier()');
    const inputs = { budgetId: 11n, periodIndex: 12n, spend: 11n, salt: 12n };
    expect(accepts(inputs)).toBe(true);
    expect(witness(inputs)[1]).toBe(witness(inputs)[2]);
  });

  test('the fixture: an inner node opens as a note', () => {
    const { accepts, witness } = wrong('one-domain-tree', 'OneDomainTree()');
    const node = (a: bigint, b: bigint): bigint => standInFrom(0n, [a, b]);
    const real = { spend: 10n, salt: 99n, isDeep: 1n, sibling: [77n, 88n] };
    const forged = { spend: node(10n, 99n), salt: 77n, isDeep: 0n, sibling: [0n, 88n] };
    expect(accepts(real) && accepts(forged)).toBe(true);
    expect(witness(forged)[1]).toBe(witness(real)[1]);
  });

  test('ours: equal inputs in different domains, or padded with zeros, hash to different values', () => {
    const inputs = [11n, 12n, 13n, 14n];
    const lengths = [[], [0n], new Array<bigint>(12).fill(0n)];
    const hashes = TAGS.flatMap((tag) =>
      lengths.map((zeros) => poseidon(tag, [...inputs, ...zeros])),
    );
    // Nor is any of them the untagged hash.
    hashes.push(poseidonFrom(0n, inputs));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('ours: a leaf or node of one tree is no opening of another', () => {
    const four = [1n, 2n, 3n, 4n];
    const asNote = poseidon('commitment', four);
    const nodes = (['leaves', 'tokens'] as const).map((tag) =>
      poseidon(tag, [...four, ...new Array<bigint>(12).fill(0n)]),
    );
    const slots = (['fleet-slots', 'fleet-summaries', 'fleet-slot'] as const).map((tag) =>
      poseidon(tag, four),
    );
    expect(new Set([asNote, ...nodes, ...slots]).size).toBe(6);
  });

  test('ours: a tree has the depth of its size; no input chooses it', () => {
    const inputs = ['tree-16', 'tree-4'].flatMap((file) => {
      const source = readFileSync(join(CIRCUITS_DIRECTORY, 'src', `${file}.circom`), 'utf8');
      return source.match(/signal input \w+/g) ?? [];
    });
    expect(inputs).toEqual(['signal input leaves', 'signal input leaves']);
  });
});

describe('padding taken for something real', () => {
  test('the fixture has 0 as a member', () => {
    const { accepts, witness } = wrong('padding-as-member', 'PaddingAsMember()');
    const inputs = { leaf: 0n, sibling: 88n };
    expect(accepts(inputs)).toBe(true);
    expect(witness(inputs)[1]).toBe(standInFrom(0n, [0n, 88n]));
  });

  test('an index with leaf 0 counts nothing, in periods, batches and fleets', () => {
    for (const [file, leaf] of [
      ['slot', 'leaf'],
      ['batch-slot', 'leaf'],
      ['fleet-slot', 'summary'],
    ] as const) {
      const { accepts, honest, witness, signals } = ours(file);
      // The leaf of a real entry cannot be given out as 0.
      expect(witness(honest)[signals.get(leaf) ?? -1]).not.toBe(0n);
      expect(accepts(honest, { [leaf]: 0n })).toBe(false);
    }
    const fleet = ours('fleet');
    expect(fleet.accepts(changed(fleet.honest, { 'included[3]': 1n }))).toBe(false);
    expect(fleet.accepts(changed(fleet.honest, { 'subCap[3]': 1n }))).toBe(false);
    const period = ours('spend');
    expect(period.accepts(changed(period.honest, { 'spend[1]': 1n }))).toBe(false);
  });
});
