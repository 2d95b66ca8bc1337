// Goal: a bound on a summary has a witness exactly when it holds, on a commitment that opens one way.
// Method: forged inputs against the constraints; random totals, caps and bounds against TypeScript.
import { readFileSync } from 'node:fs';
import { FIELD_ORDER, fieldToHex } from '@atomicity/kernel/codec/field';
import { type SummaryOpening, summaryCommitment } from '@atomicity/kernel/period/summary';
import { policyDigest } from '@atomicity/kernel/policy/policy-digest';
import { AMOUNT_MAX, amount } from '@atomicity/kernel/units/amount';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import {
  buildRemainingInput,
  buildSpentInput,
  uncheckedRemainingInput,
  uncheckedSpentInput,
} from '@atomicity/prover/witness/build-bound-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { WitnessError } from '@atomicity/prover/witness/witness-error';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { constraintChecker } from './constraint-checker.ts';
import { forgeInput } from './forge-input.ts';
import { uncheckedGenerator, witnessGenerator } from './witness-generators.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const RUNS = 60;

// Circom's runtime prints every failed assertion.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

async function circuitOf(name: 'spent-at-most' | 'remaining-at-least') {
  const { r1cs, wasm } = await ensureArtifacts(name);
  return {
    checker: constraintChecker(readR1cs(readFileSync(r1cs))),
    shipped: witnessGenerator(wasm),
    unchecked: uncheckedGenerator(wasm),
  };
}
const circuits = {
  'spent-at-most': await circuitOf('spent-at-most'),
  'remaining-at-least': await circuitOf('remaining-at-least'),
};

const period = samplePeriod({ seed: 'bounds' });
const { policy } = period;
const { summary } = computeStatement(period);
const total = summary.cumulativeTotal;
const bound = amount(total + 5n);
const floor = amount(policy.cap - total - 5n);
const spent = buildSpentInput({ summary, bound });
const remaining = buildRemainingInput({ policy, summary, floor });
const commitment = summaryCommitment(summary);
const SHIFT = 2n ** 64n;

describe('true bounds', () => {
  test('spent-at-most: commitment and bound are its signals', async () => {
    const { shipped, unchecked, checker } = circuits['spent-at-most'];
    const witness = await shipped(spent);
    expect(witness.slice(1, 3)).toEqual([commitment, bound]);
    expect(await unchecked(spent)).toEqual(witness);
    expect([checker.violations(witness), checker.freeSignals(witness)]).toEqual([[], []]);
  });

  test('remaining-at-least: commitment, policy and floor are its signals', async () => {
    const { shipped, unchecked, checker } = circuits['remaining-at-least'];
    const witness = await shipped(remaining);
    expect(witness.slice(1, 4)).toEqual([commitment, policyDigest(policy), floor]);
    expect(await unchecked(remaining)).toEqual(witness);
    expect([checker.violations(witness), checker.freeSignals(witness)]).toEqual([[], []]);
  });
});

describe('forged witnesses that break a constraint', () => {
  test.each<[string, Parameters<typeof forgeInput>]>([
    ['a bound below the total', [spent, { bound: total - 1n }]],
    ['a bound of p - 1', [spent, { bound: FIELD_ORDER - 1n }]],
    ['a negative total', [spent, { cumulativeTotal: FIELD_ORDER - 1n }]],
    ['a total of 2^63', [spent, { cumulativeTotal: 2n ** 63n, bound: 2n ** 63n }]],
    ['a floor above the remainder', [remaining, { floor: policy.cap - total + 1n }]],
    ['a floor of p - 1, which would be minus one', [remaining, { floor: FIELD_ORDER - 1n }]],
    ['a negative total that leaves more', [remaining, { cumulativeTotal: reduce(-1n) }]],
    ['a cap of 2^63', [remaining, { cap: 2n ** 63n }]],
    ['a cap of p - 1', [remaining, { cap: FIELD_ORDER - 1n }]],
    [
      'a cap that takes a bit of the window start',
      [remaining, { cap: policy.cap + SHIFT, windowStart: BigInt(policy.windowStart) - 1n }],
    ],
    [
      'a window start that takes bits of the window end',
      [
        remaining,
        {
          windowStart: BigInt(policy.windowStart) + 2n ** 48n,
          windowEnd: BigInt(policy.windowEnd) - 1n,
        },
      ],
    ],
    [
      'a window end below zero under a cap that makes up for it',
      [remaining, { windowEnd: FIELD_ORDER - 1n }],
    ],
  ])('%s', async (_, [input, changes]) => {
    const { shipped, unchecked, checker } = circuits[input.circuit as keyof typeof circuits];
    const forged = forgeInput(input, changes);
    await expect(shipped(forged)).rejects.toThrow('Assert Failed');
    expect(checker.violations(await unchecked(forged))).not.toEqual([]);
  });
});

describe('forged witnesses that state something else', () => {
  test.each<[string, Parameters<typeof forgeInput>, readonly number[]]>([
    ['a total understated by 1', [spent, { cumulativeTotal: total - 1n }], [0]],
    ['the summary of another policy', [spent, { policyDigest: 5n }], [0]],
    ['another salt of the summary', [spent, { summarySalt: 5n }], [0]],
    ['another bound', [spent, { bound: total }], [1]],
    ['a total understated by 1, left', [remaining, { cumulativeTotal: total - 1n }], [0]],
    ['a larger cap', [remaining, { cap: policy.cap + 1n }], [0, 1]],
    ['another policy', [remaining, { policySalt: 5n }], [0, 1]],
    ['another period', [remaining, { periodDigest: 5n }], [0]],
    ['another floor', [remaining, { floor: 0n }], [2]],
  ])('%s', async (_, [input, changes], different) => {
    const { shipped, unchecked, checker } = circuits[input.circuit as keyof typeof circuits];
    const count = input === spent ? 2 : 3;
    const claimed = (await shipped(input)).slice(1, 1 + count);
    const witness = await unchecked(forgeInput(input, changes));
    expect(checker.violations(witness)).toEqual([]);
    expect(claimed.flatMap((signal, i) => (witness[1 + i] === signal ? [] : [i]))).toEqual(
      different,
    );
    const withClaim = [witness[0] ?? 1n, ...claimed, ...witness.slice(1 + count)];
    expect(checker.violations(withClaim)).not.toEqual([]);
  });
});

const value = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.bigInt({ min: 0n, max: AMOUNT_MAX }),
  fc.bigInt({ min: AMOUNT_MAX - 5n, max: AMOUNT_MAX }),
);

function succeeds(build: () => unknown): boolean {
  try {
    build();
    return true;
  } catch (error) {
    if (error instanceof WitnessError) return false;
    throw error;
  }
}

test(`the builder and the circuits agree on any amounts (seed ${SEED})`, async () => {
  const isAccepted = (run: Promise<unknown>) =>
    run.then(
      () => true,
      () => false,
    );
  await fc.assert(
    fc.asyncProperty(value, value, value, async (cap, cumulative, asked) => {
      const changed = { ...policy, cap: amount(cap) };
      const opening: SummaryOpening = {
        ...summary,
        policyDigest: fieldToHex(policyDigest(changed)),
        cumulativeTotal: amount(cumulative),
      };
      const most = { summary: opening, bound: amount(asked) };
      const spentRun = circuits['spent-at-most'].shipped(uncheckedSpentInput(most));
      expect(await isAccepted(spentRun)).toBe(succeeds(() => buildSpentInput(most)));
      const least = { policy: changed, summary: opening, floor: amount(asked) };
      const leftRun = circuits['remaining-at-least'].shipped(uncheckedRemainingInput(least));
      expect(await isAccepted(leftRun)).toBe(succeeds(() => buildRemainingInput(least)));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});
