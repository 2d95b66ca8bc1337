// Goal: no false period of batch notes has a witness.
// Method: as forged.test.ts, with the circuit of batch notes.
import { readFileSync } from 'node:fs';
import { FIELD_ORDER, fieldToHex } from '@atomicity/kernel/codec/field';
import { PUBLIC_SIGNAL_NAMES } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import {
  batchItems,
  batchPeriodOf,
  batchSlot,
  sampleBatchPeriod,
} from '@atomicity/prover/testing/sample-batch-period';
import { SAMPLE_WINDOW, voidSlot } from '@atomicity/prover/testing/sample-period';
import { buildBatchInput } from '@atomicity/prover/witness/build-batch-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import type { WitnessSlot } from '@atomicity/prover/witness/period-witness';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { constraintChecker } from './constraint-checker.ts';
import { type Changes, forgeInput } from './forge-input.ts';
import { uncheckedGenerator, witnessGenerator } from './witness-generators.ts';

// Circom's runtime prints every failed assertion.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

const artifacts = await ensureArtifacts('batch-16');
const checker = constraintChecker(readR1cs(readFileSync(artifacts.r1cs)));
const shipped = witnessGenerator(artifacts.wasm);
const unchecked = uncheckedGenerator(artifacts.wasm);

const WINDOW_MS = SAMPLE_WINDOW.end - SAMPLE_WINDOW.start;
const [INFERENCE, STORAGE, SEARCH] = [0, 1, 2];
const START = BigInt(SAMPLE_WINDOW.start);
const END = BigInt(SAMPLE_WINDOW.end);

type Pair = readonly [bigint, number];

const batch = (name: string, category: number, pairs: readonly Pair[], afterMs = 0): WitnessSlot =>
  batchSlot(name, { items: batchItems(pairs), afterMs, category });

/** 15 payments of 31 and one of 35: 500. */
const SIXTEEN: readonly Pair[] = [...new Array<Pair>(15).fill([31n, 1]), [35n, 1]];

/** Ceilings, a category cap, the total cap and both ends of the window are met exactly. */
const atTheBounds = batchPeriodOf(
  [
    batch('a', INFERENCE, [
      [1_000n, 0],
      [1_000n, 0],
      [100n, 7],
    ]),
    batch('b', INFERENCE, SIXTEEN),
    batch('c', STORAGE, [[5_000n, 0]], 5_000),
    batch('d', STORAGE, [[2_000n, WINDOW_MS - 5_000]], 5_000),
    voidSlot('e', SEARCH),
    batch(
      'f',
      SEARCH,
      [
        [200n, 0],
        [200n, 0],
      ],
      WINDOW_MS,
    ),
  ],
  { seed: 'forged' },
);
const previous = computeStatement(
  batchPeriodOf([batch('x', STORAGE, [[5_000n, 99]], 10)], { seed: 'forged' }),
).summary;
const secondPeriod = batchPeriodOf(
  [batch('y', STORAGE, [[3_000n, 1]], 10), batch('z', INFERENCE, [[1_000n, 0]], 20), voidSlot('w')],
  { seed: 'forged', periodIndex: 1, previous },
);

const bounds = buildBatchInput(atTheBounds);
const second = buildBatchInput(secondPeriod);
const forged = (changes: Changes) => forgeInput(bounds, changes);

/** A forged value breaks its own check and those that share it: a bound serves 16 items. */
const VIOLATIONS_MAX = 20;
const [A, B, C, D, VOID, F, PADDING] = [0, 1, 2, 3, 4, 5, 6];
/** Where an item stands in the columns of items. */
const item = (slot: number, i: number): number => 16 * slot + i;

function entry(name: string, index: number): bigint {
  const value = bounds.signals[name];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value[index] ?? 0n;
}

describe('true periods of batch notes', () => {
  test.each([
    ['at every bound', atTheBounds],
    ['the second of a budget', secondPeriod],
    ['without any authorization', batchPeriodOf([])],
    ['of voids only', batchPeriodOf([voidSlot('p'), voidSlot('q', STORAGE)])],
    ['full', sampleBatchPeriod({ seed: 'full', slotCount: 16, itemCount: 16 })],
    [
      'of two streams that overlap in time',
      batchPeriodOf([
        batch('p', INFERENCE, [
          [1n, 0],
          [1n, 60_000],
        ]),
        batch('q', INFERENCE, [[1n, 0]], 1_000),
      ]),
    ],
    ['with a payment of nothing', batchPeriodOf([batch('n', INFERENCE, [[0n, 0]])])],
    [
      'with a batch that spends more than the ceiling of one payment',
      batchPeriodOf([
        batch('m', SEARCH, [
          [200n, 0],
          [200n, 0],
        ]),
      ]),
    ],
  ])('%s: satisfied by both generators', async (_, period) => {
    const input = buildBatchInput(period);
    const witness = await shipped(input);
    expect(checker.violations(witness)).toEqual([]);
    expect(await unchecked(input)).toEqual(witness);
    expect(witness.slice(1, 7).map(fieldToHex)).toEqual(computeStatement(period).publicSignals);
  });

  test('any bound between the largest payment and the ceiling proves the same', async () => {
    const witness = await shipped(forged({ itemMax: { [B]: 1_000n } }));
    expect(checker.violations(witness)).toEqual([]);
    expect(witness.slice(1, 7)).toEqual((await shipped(bounds)).slice(1, 7));
  });
});

const HUGE = 2n ** 60n;
/** A policy under which amounts are no obstacle. */
const LAX = { caps: { [INFERENCE]: HUGE }, cap: 2n * HUGE, ceilings: { [INFERENCE]: HUGE } };

describe('forged witnesses of batch notes that break a constraint', () => {
  test.each<[string, ReturnType<typeof forged>]>([
    ['cap + 1', forged({ spend: { [item(D, 0)]: 2_001n }, itemMax: { [D]: 2_001n } })],
    [
      'category cap + 1',
      forged({
        spend: { [item(F, 2)]: 1n, [item(A, 2)]: 99n },
        used: { [item(F, 2)]: 1n },
      }),
    ],
    [
      'an item above its ceiling, under a bound above the ceiling',
      forged({
        spend: { [item(A, 0)]: 1_001n, [item(A, 2)]: 99n },
        itemMax: { [A]: 1_001n },
      }),
    ],
    [
      'an item above its ceiling and above the bound',
      forged({ spend: { [item(A, 0)]: 1_001n, [item(A, 2)]: 99n } }),
    ],
    [
      'the last of sixteen items above the bound',
      forged({ spend: { [item(B, 15)]: 36n, [item(B, 0)]: 30n } }),
    ],
    ['a bound of p - 1', forged({ itemMax: { [A]: FIELD_ORDER - 1n } })],
    ['a bound above the ceiling over items within it', forged({ itemMax: { [C]: 5_001n } })],
    ['an item of p - 1', forged({ spend: { [item(A, 2)]: FIELD_ORDER - 1n } })],
    [
      'a negative item that makes room for another',
      forged({
        spend: { [item(A, 2)]: reduce(-400n), [item(D, 0)]: 2_500n },
        itemMax: { [D]: 2_500n },
      }),
    ],
    [
      'an item of 2^48 under a ceiling that allows it',
      forged({ ...LAX, spend: { [item(A, 0)]: 2n ** 48n }, itemMax: { [A]: 2n ** 48n } }),
    ],
    [
      'an item of 2^63 under a ceiling of 2^63',
      forged({ ceilings: { 0: 2n ** 63n }, spend: { [item(A, 0)]: 2n ** 63n } }),
    ],
    ['a step of 2^32', forged({ step: { [item(A, 1)]: 2n ** 32n } })],
    ['a time that goes back inside a batch', forged({ step: { [item(A, 2)]: FIELD_ORDER - 1n } })],
    [
      'a step back that brings a late payment into the window',
      forged({
        step: { [item(A, 1)]: BigInt(WINDOW_MS + 1), [item(A, 2)]: reduce(-BigInt(WINDOW_MS)) },
      }),
    ],
    [
      'a payment one millisecond after the window',
      forged({ step: { [item(D, 0)]: BigInt(WINDOW_MS - 5_000 + 1) } }),
    ],
    [
      'a payment in the middle of the period after the window',
      forged({ step: { [item(A, 2)]: BigInt(WINDOW_MS + 1) } }),
    ],
    ['one millisecond before the window', forged({ at: { [A]: START - 1n } })],
    ['an authorization after the window', forged({ at: { [F]: END + 1n } })],
    ['an authorization before the one before', forged({ at: { [C]: START + 5_001n } })],
    ['spend in an item beyond the count', forged({ spend: { [item(A, 3)]: 1n } })],
    ['a step in an item beyond the count', forged({ step: { [item(A, 3)]: 1n } })],
    ['a gap in the used items', forged({ used: { [item(A, 4)]: 1n } })],
    ['a used item of 2', forged({ used: { [item(A, 3)]: 2n } })],
    ['a used item of p - 1', forged({ used: { [item(A, 3)]: FIELD_ORDER - 1n } })],
    [
      'a counted note without items',
      forged({
        used: { [item(C, 0)]: 0n },
        spend: { [item(C, 0)]: 0n },
        itemMax: { [C]: 0n },
      }),
    ],
    ['an item used in a void slot', forged({ used: { [item(VOID, 0)]: 1n } })],
    ['a second item used in a void slot', forged({ used: { [item(VOID, 1)]: 1n } })],
    ['spend in a void slot', forged({ spend: { [item(VOID, 0)]: 1n } })],
    ['a step in a void slot', forged({ step: { [item(VOID, 15)]: 1n } })],
    ['a bound in a void slot', forged({ itemMax: { [VOID]: 1n } })],
    ['a time in a void slot', forged({ at: { [VOID]: START + 5_000n } })],
    ['a regime in a void slot', forged({ regime: { [VOID]: 1n } })],
    ['a salt in a void slot', forged({ salt: { [VOID]: 1n } })],
    ['an item used in padding', forged({ used: { [item(PADDING, 0)]: 1n } })],
    ['spend in padding', forged({ spend: { [item(PADDING, 0)]: 1n } })],
    ['spend in the last item of padding', forged({ spend: { [item(15, 15)]: 1n } })],
    ['a step in padding', forged({ step: { [item(PADDING, 0)]: 1n } })],
    ['a bound in padding', forged({ itemMax: { [PADDING]: 1n } })],
    ['a time in padding', forged({ at: { [PADDING]: END } })],
    ['a category in padding', forged({ category: { [PADDING]: 1n } })],
    ['a regime in padding', forged({ regime: { [PADDING]: 1n } })],
    ['a token in padding', forged({ token: { [PADDING]: 1n } })],
    ['a salt in padding', forged({ salt: { [PADDING]: 1n } })],
    [
      'words shifted: an item in the bits of the one before',
      forged({ spend: { [item(A, 0)]: 1_000n + 1_000n * 2n ** 80n, [item(A, 1)]: 0n } }),
    ],
    [
      'words shifted: a step in the bits of the spend',
      forged({ spend: { [item(A, 2)]: 100n + 7n * 2n ** 48n }, step: { [item(A, 2)]: 0n } }),
    ],
    [
      'words shifted: spend in the bits of the step before',
      forged({ step: { [item(A, 0)]: 1_000n * 2n ** 32n }, spend: { [item(A, 1)]: 0n } }),
    ],
    ['header shifted: time above its 48 bits', forged({ at: { [F]: END + 2n ** 48n } })],
    ['header shifted: category above its 3 bits', forged({ category: { [A]: 8n } })],
    ['header shifted: regime into the count', forged({ regime: { [A]: 3n + 32n } })],
    ['regime p - 1', forged({ regime: { [A]: FIELD_ORDER - 1n } })],
    ['a ceiling of p - 1', forged({ ceilings: { 0: FIELD_ORDER - 1n } })],
    ['a cap of 2^63', forged({ cap: 2n ** 63n })],
    ['windowEnd of 2^48', forged({ windowEnd: 2n ** 48n })],
    [
      'counted without being active',
      forged({
        counted: { [PADDING]: 1n },
        used: { [item(PADDING, 0)]: 1n },
        at: { [PADDING]: END },
      }),
    ],
    ['a gap in the active slots', forged({ active: { [PADDING + 1]: 1n } })],
    ['an active slot of 2', forged({ active: { [VOID]: 2n } })],
    [
      'a counted slot of 2',
      forged({
        counted: { [VOID]: 2n },
        used: { [item(VOID, 0)]: 2n },
        at: { [VOID]: START + 5_000n },
      }),
    ],
    ['an opening total in period 0', forged({ openingTotals: { 0: 1n } })],
    [
      'k periods with k caps: the rest of the cap, plus 1',
      forgeInput(second, { spend: { [item(0, 0)]: 3_001n }, itemMax: { 0: 3_001n } }),
    ],
    [
      'before the last authorization of the period before',
      forgeInput(second, { at: { 0: START + 9n } }),
    ],
    [
      'an empty window without a note',
      forgeInput(buildBatchInput(batchPeriodOf([])), { windowStart: END, windowEnd: START }),
    ],
  ])('%s', async (_, input) => {
    await expect(shipped(input)).rejects.toThrow('Assert Failed');
    const violations = checker.violations(await unchecked(input), VIOLATIONS_MAX + 1);
    expect(violations).not.toEqual([]);
    // Hashes, sums and every other check are consistent: only the intended one breaks.
    expect(violations.length).toBeLessThanOrEqual(VIOLATIONS_MAX);
  });
});

type SignalName = (typeof PUBLIC_SIGNAL_NAMES)[number];
const LEAVES: readonly SignalName[] = ['leavesRoot'];
const NOTES: readonly SignalName[] = ['leavesRoot', 'summaryCommitment'];
const TOKENS: readonly SignalName[] = ['leavesRoot', 'tokensRoot'];
const POLICY: readonly SignalName[] = ['summaryCommitment', 'policyDigest'];

/** Two entries of some columns exchanged. */
const exchanged = (names: readonly string[], left: number, right: number) =>
  forged(
    Object.fromEntries(
      names.map((name) => [name, { [left]: entry(name, right), [right]: entry(name, left) }]),
    ),
  );

/** The items of two slots exchanged as well. */
function notesExchanged(left: number, right: number) {
  const columns = ['spend', 'step', 'used'].map((name) => {
    const cells = Array.from({ length: 16 }, (_, i): readonly [number, bigint][] => [
      [item(left, i), entry(name, item(right, i))],
      [item(right, i), entry(name, item(left, i))],
    ]);
    return [name, Object.fromEntries(cells.flat())];
  });
  return forgeInput(
    exchanged(['token', 'salt', 'itemMax'], left, right),
    Object.fromEntries(columns),
  );
}

describe('forged witnesses of batch notes that state something else', () => {
  test.each<[string, ReturnType<typeof forged>, readonly SignalName[]]>([
    ['an item understated by 1', forged({ spend: { [item(A, 0)]: 999n } }), NOTES],
    [
      'an item moved to its neighbour',
      forged({ spend: { [item(A, 1)]: 900n, [item(A, 2)]: 200n } }),
      LEAVES,
    ],
    ['two items exchanged', exchanged(['spend', 'step'], item(A, 1), item(A, 2)), LEAVES],
    ['two notes exchanged', notesExchanged(A, B), TOKENS],
    ['two tokens exchanged', exchanged(['token'], A, B), TOKENS],
    [
      'a payment of nothing more than the note counts',
      forged({ used: { [item(A, 3)]: 1n } }),
      LEAVES,
    ],
    [
      'the last payment left out',
      forged({
        used: { [item(A, 2)]: 0n },
        spend: { [item(A, 2)]: 0n },
        step: { [item(A, 2)]: 0n },
      }),
      NOTES,
    ],
    ['another step', forged({ step: { [item(A, 2)]: 8n } }), LEAVES],
    [
      'a step taken from the authorization time',
      forged({ at: { [D]: START + 5_001n }, step: { [item(D, 0)]: BigInt(WINDOW_MS - 5_001) } }),
      LEAVES,
    ],
    ['another regime', forged({ regime: { [A]: 4n } }), LEAVES],
    [
      'a note in another category',
      forged({ category: { [B]: BigInt(SEARCH) }, caps: { [SEARCH]: 900n } }),
      ['leavesRoot', 'tokensRoot', 'summaryCommitment', 'policyDigest'],
    ],
    ['a laxer ceiling', forged({ ceilings: { 0: 1_001n } }), POLICY],
    ['a wider window', forged({ windowEnd: END + 1n }), POLICY],
    ['a note of another period', forged({ periodId: 5n }), [...NOTES, 'periodDigest']],
  ])('%s', async (_, input, different) => {
    const claimed = computeStatement(atTheBounds).publicSignals.map((hex) => BigInt(`0x${hex}`));
    const witness = await unchecked(input);
    // The forgery is consistent with itself: what catches it is the statement that it makes.
    expect(checker.violations(witness)).toEqual([]);
    const differs = PUBLIC_SIGNAL_NAMES.filter((_name, i) => witness[1 + i] !== claimed[i]);
    expect(new Set(differs)).toEqual(new Set(different));
    const withClaim = [witness[0] ?? 1n, ...claimed, ...witness.slice(7)];
    expect(checker.violations(withClaim)).not.toEqual([]);
  });
});
