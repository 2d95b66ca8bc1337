// Goal: the laws of routing, for any prices. Method: random payloads, prices, settings and memories.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ETHEREUM_MAINNET } from '../batch/fork-numbers.ts';
import {
  costsOf,
  DATA_ROUTES,
  type DataPrices,
  decideRoute,
  type RouteMemory,
  type RouteSettings,
} from './route.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const OPTIONS = { seed: SEED, numRuns: 300 };

const count = fc.nat({ max: 300_000 });
const payload = fc.record({ zeroBytes: count, nonZeroBytes: count.map((n) => n + 1) });
const call = fc.constant({ zeroBytes: 10, nonZeroBytes: 100 });
const executionGas = fc.bigInt(0n, 400_000n);
const settings: fc.Arbitrary<RouteSettings> = fc.record({
  plans: fc.record({
    blob: fc.option(
      fc.record({
        call,
        executionGas,
        framingBytes: fc.constant(4),
        blobsMax: fc.integer({ min: 1, max: 9 }),
      }),
    ),
    calldata: fc.option(fc.record({ call, executionGas, bytesMax: count })),
    external: fc.option(
      fc.record({ unitBytes: fc.integer({ min: 1, max: 1_000 }), call, executionGas }),
    ),
  }),
  numbers: fc.constant(ETHEREUM_MAINNET),
  hysteresis: fc.record({
    bandBps: fc.integer({ min: 0, max: 10_000 }),
    batches: fc.integer({ min: 1, max: 4 }),
  }),
});
const wei = fc.oneof(fc.bigInt(0n, 10n), fc.bigInt(0n, 10n ** 11n));
const prices: fc.Arbitrary<DataPrices> = fc.record({
  baseFeePerGas: wei,
  priorityFeePerGas: wei,
  blobBaseFee: fc.option(wei),
  externalPerUnit: fc.option(wei),
});
const route = fc.constantFrom(...DATA_ROUTES);
const memory: fc.Arbitrary<RouteMemory> = fc.record({
  current: fc.option(route),
  challenger: fc.option(fc.record({ route, batches: fc.integer({ min: 1, max: 4 }) })),
});

test(`only an available route is chosen, and always one if there is one (seed ${SEED})`, () => {
  fc.assert(
    fc.property(payload, prices, settings, memory, (of, at, rules, before) => {
      const decision = decideRoute(of, at, rules, before);
      const costs = costsOf(of, at, rules);
      const priced = costs.filter((cost) => cost.kind === 'costs');
      expect(decision.costs).toEqual(costs);
      if (decision.kind === 'none') {
        expect(priced).toEqual([]);
        return;
      }
      expect(priced).toContainEqual({ kind: 'costs', route: decision.route, wei: decision.wei });
      expect(rules.plans[decision.route]).not.toBeNull();
      expect(decision.memory.current).toBe(decision.route);
    }),
    OPTIONS,
  );
});

test(`what is kept is dearer than the cheapest by less than the band, and not for long (seed ${SEED})`, () => {
  fc.assert(
    fc.property(payload, prices, settings, memory, (of, at, rules, before) => {
      const decision = decideRoute(of, at, rules, before);
      if (decision.kind === 'none') return;
      const least = decision.costs.reduce(
        (min, cost) => (cost.kind === 'costs' && cost.wei < min ? cost.wei : min),
        decision.wei,
      );
      if (decision.reason !== 'within_band') {
        expect(decision.wei).toBe(least);
        expect(decision.memory.challenger).toBeNull();
        return;
      }
      const saving = (decision.wei - least) * 10_000n;
      expect(saving < BigInt(rules.hysteresis.bandBps) * decision.wei).toBe(true);
      expect(decision.memory.challenger?.batches).toBeLessThan(rules.hysteresis.batches);
    }),
    OPTIONS,
  );
});

test(`at equal prices the same route is kept for ever after (seed ${SEED})`, () => {
  fc.assert(
    fc.property(payload, prices, settings, memory, (of, at, rules, before) => {
      let now = before;
      const seen: unknown[] = [];
      for (let i = 0; i < 8; i++) {
        const decision = decideRoute(of, at, rules, now);
        if (decision.kind === 'none') return;
        seen.push(decision.route);
        now = decision.memory;
      }
      const changes = seen.filter((it, i) => i > 0 && it !== seen[i - 1]).length;
      expect(changes).toBeLessThanOrEqual(1);
      expect(seen[7]).toBe(seen[4]);
    }),
    OPTIONS,
  );
});

test(`dearer prices never make a route cheaper (seed ${SEED})`, () => {
  fc.assert(
    fc.property(payload, prices, settings, wei, (of, at, rules, more) => {
      const dearer = {
        baseFeePerGas: at.baseFeePerGas + more,
        priorityFeePerGas: at.priorityFeePerGas + more,
        blobBaseFee: at.blobBaseFee === null ? null : at.blobBaseFee + more,
        externalPerUnit: at.externalPerUnit === null ? null : at.externalPerUnit + more,
      };
      const after = costsOf(of, dearer, rules);
      for (const [i, cost] of costsOf(of, at, rules).entries()) {
        const then = after[i];
        expect(then?.kind).toBe(cost.kind);
        if (cost.kind === 'costs' && then?.kind === 'costs') {
          expect(then.wei >= cost.wei).toBe(true);
        }
      }
    }),
    OPTIONS,
  );
});
