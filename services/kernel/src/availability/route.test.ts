// Goal: what each route costs, and which is taken. Method: rows worked by hand; the book's volumes.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ByteCounts } from '../batch/blob-fee.ts';
import { ETHEREUM_MAINNET } from '../batch/fork-numbers.ts';
import {
  costsOf,
  DATA_ROUTES,
  type DataPrices,
  decideRoute,
  NO_HYSTERESIS,
  NO_MEMORY,
  ROUTE_REASONS,
  type RouteMemory,
  type RouteSettings,
  savingBps,
} from './route.ts';

const GWEI = 10n ** 9n;
const call: ByteCounts = { zeroBytes: 100, nonZeroBytes: 64 };
const SETTINGS: RouteSettings = {
  plans: {
    blob: { call, executionGas: 60_000n, framingBytes: 4, blobsMax: 6 },
    calldata: { call, executionGas: 50_000n, bytesMax: 120_000 },
    external: { unitBytes: 512, call, executionGas: 250_000n },
  },
  numbers: ETHEREUM_MAINNET,
  hysteresis: { bandBps: 1_000, batches: 3 },
};
const PRICES: DataPrices = {
  baseFeePerGas: 9n * GWEI,
  priorityFeePerGas: 1n * GWEI,
  blobBaseFee: 12n * GWEI,
  externalPerUnit: 5_000n * GWEI,
};
const bytes = (nonZeroBytes: number, zeroBytes = 0): ByteCounts => ({ zeroBytes, nonZeroBytes });
const plansWithout = (...names: readonly (keyof RouteSettings['plans'])[]): RouteSettings => ({
  ...SETTINGS,
  plans: { ...SETTINGS.plans, ...Object.fromEntries(names.map((name) => [name, null])) },
});
const weiOf = (payload: ByteCounts, prices = PRICES, settings = SETTINGS) =>
  costsOf(payload, prices, settings).map((cost) =>
    cost.kind === 'costs' ? cost.wei : cost.because,
  );

describe('the cost of a route', () => {
  // The call alone: 100 zero bytes and 64 others are 356 tokens, 1,424 gas.
  const BLOB_GAS = 21_000n + 1_424n + 60_000n;
  const EXTERNAL_GAS = 21_000n + 1_424n + 250_000n;

  test('is exact', () => {
    expect(weiOf(bytes(1_000, 200))).toEqual([
      BLOB_GAS * 10n * GWEI + 131_072n * 12n * GWEI,
      // 4,556 tokens: 45,560 gas at the floor, 18,224 and the execution above it.
      (21_000n + 18_224n + 50_000n) * 10n * GWEI,
      EXTERNAL_GAS * 10n * GWEI + 3n * 5_000n * GWEI,
    ]);
  });

  test('of calldata is at the floor as soon as that is more', () => {
    // 6 gas more a token than the standard outweigh the 50,000 of the execution from 8,334 tokens on.
    const [, below] = weiOf(bytes(1_994));
    const [, above] = weiOf(bytes(1_995));
    expect(below).toBe((21_000n + 4n * 8_332n + 50_000n) * 10n * GWEI);
    expect(above).toBe((21_000n + 10n * 8_336n) * 10n * GWEI);
  });

  test.each([
    ['the last byte of a blob', 126_972, 1n],
    ['the first of the next', 126_973, 2n],
    ['the last of six', 761_852, 6n],
  ])('of %s counts whole blobs', (_, size, blobs) => {
    const [wei] = weiOf(bytes(size));
    expect(wei).toBe(BLOB_GAS * 10n * GWEI + blobs * 131_072n * 12n * GWEI);
  });

  test.each([
    ['a unit in full', 512, 1n],
    ['a unit begun', 513, 2n],
  ])('of %s counts whole units', (_, size, units) => {
    expect(weiOf(bytes(size))[2]).toBe(EXTERNAL_GAS * 10n * GWEI + units * 5_000n * GWEI);
  });
});

describe('a route is not available', () => {
  test.each([
    [
      'that is not configured',
      bytes(9),
      PRICES,
      plansWithout('blob', 'calldata', 'external'),
      ['not_configured', 'not_configured', 'not_configured'],
    ],
    [
      'without a price',
      bytes(9),
      { ...PRICES, blobBaseFee: null, externalPerUnit: null },
      plansWithout('calldata'),
      ['no_price', 'not_configured', 'no_price'],
    ],
    [
      'that is too small',
      bytes(761_853),
      PRICES,
      plansWithout('external'),
      ['too_large', 'too_large', 'not_configured'],
    ],
  ] as const)('%s', (_, payload, prices, settings, expected) => {
    expect(weiOf(payload, prices, settings)).toEqual(expected);
    expect(decideRoute(payload, prices, settings, NO_MEMORY)).toEqual({
      kind: 'none',
      costs: costsOf(payload, prices, settings),
    });
  });

  test('as calldata above the gas of a transaction', () => {
    const plan = { call, executionGas: 50_000n, bytesMax: 10 ** 6 };
    const wide = { ...SETTINGS, plans: { ...SETTINGS.plans, calldata: plan } };
    // (16,777,216 − 21,000) / 10 tokens, less 356 of the call.
    expect(weiOf(bytes(418_816), PRICES, wide)[1]).toBe(
      (21_000n + 10n * (356n + 4n * 418_816n)) * 10n * GWEI,
    );
    expect(weiOf(bytes(418_817), PRICES, wide)[1]).toBe('over_gas_limit');
  });

  test('at exactly the gas of a transaction it still is', () => {
    const last = ETHEREUM_MAINNET.transactionGasMax.value - 21_000n - 1_424n;
    const found = [last, last + 1n].map((executionGas) => {
      const plan = { call, executionGas, framingBytes: 4, blobsMax: 6 };
      const plans = { ...SETTINGS.plans, blob: plan };
      return costsOf(bytes(9), PRICES, { ...SETTINGS, plans })[0]?.kind;
    });
    expect(found).toEqual(['costs', 'unavailable']);
  });

  test('in more blobs than the chain lets a transaction have, whatever is configured', () => {
    const plan = { call, executionGas: 60_000n, framingBytes: 4, blobsMax: 9 };
    const wide = { ...SETTINGS, plans: { ...SETTINGS.plans, blob: plan } };
    expect(weiOf(bytes(761_853), PRICES, wide)[0]).toBe('too_large');
  });

  test.each([bytes(0), bytes(-1), bytes(-1, 5), bytes(0.5), bytes(5, -1), bytes(1, Number.NaN)])(
    'for the payload %s',
    (payload) => {
      expect(() => costsOf(payload, PRICES, SETTINGS)).toThrow(RangeError);
    },
  );
});

describe('the route of the book’s volumes, in hourly batches of 18-byte diffs', () => {
  test.each([
    ['5,000 a day', 208, 'calldata'],
    ['200,000 a day', 8_333, 'blob'],
    // 12 blobs: more than a transaction has; and dearer, had it room.
    ['2,000,000 a day', 83_333, 'external'],
  ])('for %s', (_, diffs, route) => {
    const decision = decideRoute(bytes(diffs * 18), PRICES, SETTINGS, NO_MEMORY);
    expect(decision).toMatchObject({ kind: 'route', route, reason: 'first', excessBps: 0 });
  });

  test('flips away from blobs in a spike of their fee', () => {
    const spike = { ...PRICES, blobBaseFee: 120n * GWEI };
    const memory: RouteMemory = { current: 'blob', challenger: null };
    expect(decideRoute(bytes(8_333 * 18), spike, SETTINGS, memory)).toMatchObject({
      route: 'external',
      reason: 'cheaper_by_band',
    });
  });

  test('prices the posting of a commitment: it eats the saving at moderate volume', () => {
    const free = { unitBytes: 512, call: bytes(0), executionGas: 0n };
    const settings = { ...SETTINGS, plans: { ...SETTINGS.plans, external: free } };
    const payload = bytes(8_333 * 18);
    expect(decideRoute(payload, PRICES, settings, NO_MEMORY)).toMatchObject({ route: 'external' });
    expect(decideRoute(payload, PRICES, SETTINGS, NO_MEMORY)).toMatchObject({ route: 'blob' });
  });
});

describe('hysteresis', () => {
  const payload = bytes(3_000);
  const [, asCalldata] = weiOf(payload);
  if (typeof asCalldata !== 'bigint') throw new Error('no cost');
  const settings = plansWithout('external');
  const call0 = 82_424n * 10n * GWEI;
  /** Prices at which blobs cost `bps` of what calldata costs. */
  const blobsAt = (bps: bigint): DataPrices => ({
    ...PRICES,
    blobBaseFee: (asCalldata * bps) / 10_000n / 131_072n - call0 / 131_072n,
  });
  const from = (current: RouteMemory['current'], batches = 0): RouteMemory => ({
    current,
    challenger: batches === 0 ? null : { route: 'blob', batches },
  });
  const decide = (prices: DataPrices, memory: RouteMemory, over = settings) => {
    const decision = decideRoute(payload, prices, over, memory);
    if (decision.kind === 'none') throw new Error('no route');
    return [decision.route, decision.reason, decision.memory.challenger?.batches ?? 0];
  };

  test.each<[string, bigint, RouteMemory, readonly unknown[]]>([
    ['keeps what is the cheapest', 10_001n, from('calldata'), ['calldata', 'cheapest', 0]],
    ['keeps what is a little dearer', 9_500n, from('calldata'), ['calldata', 'within_band', 1]],
    ['counts for how many batches', 9_500n, from('calldata', 1), ['calldata', 'within_band', 2]],
    ['switches after so many', 9_500n, from('calldata', 2), ['blob', 'cheaper_for_long', 0]],
    ['switches at once by the band', 8_999n, from('calldata'), ['blob', 'cheaper_by_band', 0]],
    [
      'forgets the count once it is the cheapest',
      10_001n,
      from('calldata', 2),
      ['calldata', 'cheapest', 0],
    ],
    ['takes the cheapest first', 9_999n, from(null), ['blob', 'first', 0]],
    [
      'leaves what cannot take it',
      10_001n,
      from('external', 2),
      ['calldata', 'current_unavailable', 0],
    ],
  ])('%s', (_, bps, memory, expected) => {
    expect(decide(blobsAt(bps), memory)).toEqual(expected);
  });

  test('counts anew when another route becomes the cheapest', () => {
    const cheap = { ...blobsAt(9_900n), externalPerUnit: 0n };
    const near = { unitBytes: 512, call, executionGas: 58_000n };
    const both = { ...SETTINGS, plans: { ...SETTINGS.plans, external: near } };
    const kept = decideRoute(payload, cheap, both, from('calldata', 2));
    expect(kept).toMatchObject({ route: 'external', reason: 'cheaper_by_band' });
    const wide = { ...both, hysteresis: { bandBps: 10_000, batches: 3 } };
    expect(decideRoute(payload, cheap, wide, from('calldata', 2))).toMatchObject({
      route: 'calldata',
      reason: 'within_band',
      memory: { current: 'calldata', challenger: { route: 'external', batches: 1 } },
    });
  });

  test('of none switches for any saving', () => {
    const free = { ...settings, hysteresis: NO_HYSTERESIS };
    expect(decide(blobsAt(9_999n), from('calldata'), free)).toEqual(['blob', 'cheaper_by_band', 0]);
    expect(decide(blobsAt(10_001n), from('calldata'), free)).toEqual(['calldata', 'cheapest', 0]);
  });

  test('says what keeping costs', () => {
    expect(decideRoute(payload, blobsAt(9_500n), settings, from('calldata'))).toMatchObject({
      excessBps: 500,
      wei: asCalldata,
    });
    expect(savingBps(10_000n, 9_500n)).toBe(500);
    expect(savingBps(10_000n, 10_001n)).toBe(0);
    expect(savingBps(0n, 0n)).toBe(0);
  });
});

test('the page names every route, and why one is taken or cannot be', () => {
  const page = readFileSync(
    new URL('../../../../docs/reference/data-availability.md', import.meta.url),
    'utf8',
  );
  const unavailable = ['not_configured', 'no_price', 'too_large', 'over_gas_limit'];
  for (const word of [...DATA_ROUTES, ...ROUTE_REASONS, ...unavailable]) {
    expect(page).toContain(`\`${word}\``);
  }
});
