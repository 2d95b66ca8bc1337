// Goal: each template accepts exactly what TypeScript accepts and computes what TypeScript computes.
// Method: every template alone, on true, false and randomly changed inputs, against the models of
// mutation/subjects (written from the headers; boundaries of every range are among the changes). The
// models are compared with the kernel on random values, with the real hash.
import { FIELD_ORDER, fieldToHex } from '@atomicity/kernel/codec/field';
import { merkleRoot16 } from '@atomicity/kernel/codec/merkle-16';
import { type PoseidonTag, poseidon } from '@atomicity/kernel/codec/poseidon';
import { words } from '@atomicity/kernel/codec/words';
import { summaryCommitment } from '@atomicity/kernel/period/summary';
import { policyDigestInputs } from '@atomicity/kernel/policy/policy-digest';
import { amount } from '@atomicity/kernel/units/amount';
import { type Nonce, nonceToInteger } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { samplePolicy } from '@atomicity/prover/testing/sample-period';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bench } from '../bug-classes/bench.ts';
import { isSatisfied } from '../determinacy/constraint-system.ts';
import { perturbed } from '../mutation/perturbations.ts';
import { mod, standIn, treeOf, wordsOf } from '../mutation/reference.ts';
import type { Model, TaggedHash } from '../mutation/subject.ts';
import { policyModel, summaryModel } from '../mutation/subjects/policies.ts';
import { SUBJECTS } from '../mutation/subjects.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
/** Changed inputs for each template; the wide ones take less than 10 ms each. */
const CHANGES = 120;

const instances = SUBJECTS.flatMap(({ file, instances: all }) =>
  all
    .filter(({ component, model }) => component !== 'Fleet(256)' && model !== undefined)
    .map((instance) => [instance.component, file, instance] as const),
);

test.each(instances)(`%s and its model agree (seed ${SEED})`, (_, file, instance) => {
  const { system, witness } = bench('ours', { file, ...instance });
  const flags = instance.booleanInputs ?? [];
  const given = [
    ...instance.honest,
    ...instance.forged.map(([, inputs]) => inputs),
    ...perturbed(instance.honest, flags, CHANGES, SEED),
  ];
  const model: Model = instance.model ?? (() => undefined);
  let accepted = 0;
  for (const inputs of given) {
    const values = witness(inputs);
    const outputs = isSatisfied(system, values)
      ? values.slice(1, 1 + system.outputCount)
      : undefined;
    expect({ inputs, outputs: model(inputs, standIn)?.map(mod) }).toEqual({ inputs, outputs });
    accepted += outputs === undefined ? 0 : 1;
  }
  expect(accepted).toBeGreaterThanOrEqual(instance.honest.length);
});

const realHash: TaggedHash = (domain, inputs) => poseidon(domain as PoseidonTag, inputs.map(mod));
const field = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });
const amount63 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 63n - 1n),
);
const time48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const nonce = fc
  .bigInt({ min: 0n, max: 2n ** 128n - 1n })
  .map((value) => value.toString(16).padStart(32, '0') as Nonce);
const eight = fc.array(amount63, { minLength: 8, maxLength: 8 });

describe(`the models and the kernel agree (seed ${SEED})`, () => {
  test('trees', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(16 as const, 64 as const),
        fc.array(field, { maxLength: 16 }),
        (tier, some) => {
          const leaves = [...some, ...new Array<bigint>(tier - some.length).fill(0n)];
          expect(treeOf(realHash, 'leaves', leaves, 16)).toBe(merkleRoot16('leaves', some, tier));
        },
      ),
      { seed: SEED, numRuns: 8 },
    );
  });

  test('words', () => {
    fc.assert(
      fc.property(eight, (values) => {
        expect(wordsOf(values)).toEqual([...words(values)]);
      }),
      { seed: SEED },
    );
  });

  test('policies', () => {
    fc.assert(
      fc.property(eight, eight, amount63, time48, time48, (ceilings, caps, cap, start, end) => {
        const policy = {
          ...samplePolicy('templates'),
          cap: amount(cap),
          windowStart: unixMs(start),
          windowEnd: unixMs(end),
          categories: ceilings.map((ceiling, k) => ({
            name: `category-${k}`,
            ceiling: amount(ceiling),
            cap: amount(caps[k] ?? 0n),
          })),
        };
        const inputs = policyDigestInputs(policy);
        const [budgetId = 0n, denomId = 0n] = inputs;
        const opened = { budgetId, denomId, cap, ceilings, caps, salt: inputs[9] ?? 0n };
        const window = { windowStart: BigInt(start), windowEnd: BigInt(end) };
        expect(policyModel({ ...opened, ...window }, realHash)).toEqual([
          poseidon('policy', inputs),
        ]);
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  test('summaries', () => {
    const head = fc.tuple(field, field, field, amount63, amount63);
    fc.assert(
      fc.property(
        head,
        eight,
        eight,
        time48,
        time48,
        nonce,
        (of, period, all, first, last, salt) => {
          const [policyDigest, periodDigest, nullifier, periodTotal, cumulativeTotal] = of;
          const count = Number(periodTotal % 1_025n);
          const commitment = summaryCommitment({
            policyDigest: fieldToHex(policyDigest),
            periodDigest: fieldToHex(periodDigest),
            nullifier: fieldToHex(nullifier),
            periodTotal: amount(periodTotal),
            cumulativeTotal: amount(cumulativeTotal),
            count,
            firstAt: unixMs(first),
            lastAt: unixMs(last),
            categoryTotals: period.map(amount),
            cumulativeCategoryTotals: all.map(amount),
            salt,
          });
          const inputs = {
            ...{ policyDigest, periodDigest, nullifier, periodTotal, cumulativeTotal },
            counts: BigInt(count) + BigInt(first) * 2n ** 32n + BigInt(last) * 2n ** 80n,
            periodWords: wordsOf(period),
            cumulative: all,
            salt: nonceToInteger(salt),
          };
          expect(summaryModel(inputs, realHash)).toEqual([commitment]);
        },
      ),
      { seed: SEED, numRuns: 20 },
    );
  });
});
