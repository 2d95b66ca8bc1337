// Goal: what routing saves over a history. Method: a history by hand, and generated ones with spikes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blobParametersAt, ETHEREUM_MAINNET } from '../batch/fork-numbers.ts';
import { SCENE } from '../testing/batch-samples.ts';
import { generateFeeHistory, type HistoryShape, seededRandom } from '../testing/fee-histories.ts';
import { unixMs } from '../units/time.ts';
import { type FeeRow, readFeeHistory, writeFeeHistory } from './fee-history.ts';
import { replayHistory } from './replay.ts';
import type { RouteSettings } from './route.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const GWEI = 10n ** 9n;
const call = { zeroBytes: 100, nonZeroBytes: 64 };
const SETTINGS: RouteSettings = {
  plans: {
    blob: { call, executionGas: 60_000n, framingBytes: 4, blobsMax: 6 },
    calldata: { call, executionGas: 50_000n, bytesMax: 120_000 },
    external: { unitBytes: 512, call, executionGas: 175_000n },
  },
  numbers: ETHEREUM_MAINNET,
  hysteresis: { bandBps: 1_000, batches: 5 },
};
const bpo2 = blobParametersAt(ETHEREUM_MAINNET, SCENE);
if (bpo2 === undefined) throw new Error('no blobs');
const SHAPE: HistoryShape = {
  rows: 1_200,
  blocksPerRow: 5,
  blobs: bpo2,
  baseFeePerGas: 2n * GWEI,
  gasSpike: 12,
  blobDemand: 0.8,
  spikeDemand: 1.5,
  blobFeeMax: 60n * GWEI,
  spikeChance: 0.002,
  spikeBlocks: 150,
  externalPerUnit: 3n * 10n ** 12n,
  gaps: false,
};
const PAYLOAD = { zeroBytes: 600, nonZeroBytes: 11_400 };

describe('by hand', () => {
  const row = (i: number, blobBaseFee: bigint): FeeRow => ({
    at: unixMs(SCENE + i),
    baseFeePerGas: 10n,
    priorityFeePerGas: 0n,
    blobBaseFee,
    externalPerUnit: null,
  });
  // Calldata: 46,200 tokens and 356 of the call at the floor, 486,560 gas; blobs: 82,424 gas and the blob.
  const asCalldata = 4_865_600n;
  const blobAt = (fee: bigint) => 824_240n + 131_072n * fee;
  const rows = [1n, 40n, 40n, 31n, 30n, 30n, 30n].map((fee, i) => row(i, fee));

  test('a spike is left, and the return waits for the band or for long enough', () => {
    const hysteresis = { bandBps: 1_000, batches: 3 };
    const replay = replayHistory(rows, PAYLOAD, { ...SETTINGS, hysteresis });
    // 30 is cheaper than calldata by 109,200 wei, less than a tenth: taken at the third in a row.
    const blobs = blobAt(1n) + blobAt(30n);
    expect(replay).toEqual({
      batches: 7,
      router: {
        wei: blobs + 5n * asCalldata,
        switches: 2,
        batches: { blob: 2, calldata: 5, external: 0 },
        missed: 0,
      },
      withoutHysteresis: {
        wei: blobs + 2n * blobAt(30n) + 3n * asCalldata,
        switches: 2,
        batches: { blob: 4, calldata: 3, external: 0 },
        missed: 0,
      },
      statics: [
        { route: 'blob', missed: 0, wei: 32_246_224n, savingBps: 684 },
        { route: 'calldata', missed: 0, wei: 34_059_200n, savingBps: 1_180 },
        { route: 'external', missed: 7, wei: null, savingBps: null },
      ],
    });
  });

  test('what no route takes is missed, and counted', () => {
    const none = { blob: null, calldata: null, external: null };
    expect(replayHistory(rows, PAYLOAD, { ...SETTINGS, plans: none })).toMatchObject({
      router: { wei: 0n, switches: 0, missed: 7 },
      statics: [{ missed: 7 }, { missed: 7 }, { missed: 7 }],
    });
  });
});

describe('a generated history', () => {
  const history = generateFeeHistory(seededRandom(7), SHAPE);

  test('is the same for a seed, and of the documented format', () => {
    expect(generateFeeHistory(seededRandom(7), SHAPE)).toEqual(history);
    expect(generateFeeHistory(seededRandom(8), SHAPE)).not.toEqual(history);
    expect(readFeeHistory(writeFeeHistory(history))).toEqual({ kind: 'read', rows: history });
  });

  test('has spikes: the blob fee lies at its floor most of the time, and far above it at others', () => {
    const fees = history.map(({ blobBaseFee }) => blobBaseFee ?? 0n);
    expect(fees.filter((fee) => fee < GWEI).length).toBeGreaterThan(300);
    expect(fees.filter((fee) => fee > 30n * GWEI).length).toBeGreaterThan(100);
  });

  test('routed by price costs less than any static choice, with a few switches', () => {
    const { router, withoutHysteresis, statics } = replayHistory(history, PAYLOAD, SETTINGS);
    const saved = statics.map(({ route, savingBps }) => [route, savingBps ?? 0] as const);
    for (const [, bps] of saved) expect(bps).toBeGreaterThan(0);
    expect(router.switches).toBeLessThan(withoutHysteresis.switches);
    expect(saved).toEqual([
      ['blob', 4_814],
      ['calldata', 6_870],
      ['external', 2_607],
    ]);
    expect([router.switches, withoutHysteresis.switches]).toEqual([20, 22]);
  });

  test('of prices that tremble around parity is where hysteresis pays: 5 switches for 194, for less than 4 % more', () => {
    const random = seededRandom(3);
    // Blobs cost as much as calldata at 3.083 gwei a blob gas; here within a tenth of that.
    const trembling = history.slice(0, 400).map((row) => ({
      ...row,
      baseFeePerGas: 1_000_000_000n,
      priorityFeePerGas: 0n,
      externalPerUnit: null,
      blobBaseFee: (3_083_333_333n * BigInt(900 + Math.floor(random() * 200))) / 1_000n,
    }));
    const { router, withoutHysteresis } = replayHistory(trembling, PAYLOAD, SETTINGS);
    expect([router.switches, withoutHysteresis.switches]).toEqual([5, 194]);
    expect(router.wei * 100n < withoutHysteresis.wei * 104n).toBe(true);
  });
});

test(`routing freely never costs more than a static choice; hysteresis costs at most its band more (seed ${SEED})`, () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 0, max: 5_000 }),
      fc.boolean(),
      fc.nat({ max: 60_000 }),
      (seed, bandBps, gaps, more) => {
        const shape = { ...SHAPE, rows: 40, blocksPerRow: 20, spikeBlocks: 80, gaps };
        const history = generateFeeHistory(seededRandom(seed), shape);
        const payload = { zeroBytes: 10, nonZeroBytes: 100 + more };
        const settings = { ...SETTINGS, hysteresis: { bandBps, batches: 4 } };
        const { router, withoutHysteresis, statics } = replayHistory(history, payload, settings);
        for (const { wei } of statics) {
          if (wei !== null) expect(withoutHysteresis.wei <= wei).toBe(true);
        }
        expect(router.wei >= withoutHysteresis.wei).toBe(true);
        const bound = withoutHysteresis.wei * 10_000n;
        expect(router.wei * (10_000n - BigInt(bandBps)) <= bound).toBe(true);
        expect(router.missed).toBe(withoutHysteresis.missed);
        expect(router.switches).toBeLessThanOrEqual(withoutHysteresis.switches);
      },
    ),
    { seed: SEED, numRuns: 40 },
  );
});
