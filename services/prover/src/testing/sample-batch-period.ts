// Periods of batch notes for tests and benchmarks: every value follows from a seed and the options.
import { type BatchItem, batchSpend } from '@atomicity/kernel/note/batch-commitment';
import { amount } from '@atomicity/kernel/units/amount';
import type { PeriodWitness, WitnessSlot } from '../witness/period-witness.ts';
import { countedSlot, type SampleOptions, samplePeriod, voidSlot } from './sample-period.ts';

/** Items from pairs of a spend in ledger units and a step in ms. */
export function batchItems(pairs: readonly (readonly [bigint, number])[]): readonly BatchItem[] {
  return pairs.map(([spend, stepMs]) => ({ spend: amount(spend), stepMs }));
}

/** A slot with these payments, authorized `afterMs` after the window opened. */
export function batchSlot(
  seed: string,
  fields: {
    readonly items: readonly BatchItem[];
    readonly afterMs: number;
    readonly category?: number;
  },
): Extract<WitnessSlot, { status: 'counted' }> {
  const { items, ...place } = fields;
  return { ...countedSlot(seed, { spend: batchSpend(items), ...place }), items };
}

/** A period of batch notes with these slots, under the policy of `samplePeriod`. */
export function batchPeriodOf(
  slots: readonly WitnessSlot[],
  options: SampleOptions = {},
): PeriodWitness {
  const period = samplePeriod({ ...options, slotCount: 0 });
  return { ...period, parts: { ...period.parts, circuit: 'batch' }, slots };
}

/**
 * A period of batch notes that keeps its policy: `slotCount` slots (default 7), every fifth void, the
 * others of `itemCount` payments of 1 unit each, or of 1 … 16 in turn.
 */
export function sampleBatchPeriod(
  options: SampleOptions & { readonly itemCount?: number } = {},
): PeriodWitness {
  const { seed = 'sample', slotCount = 7, previous = null, itemCount } = options;
  const slotSeed = `${seed}/${options.periodIndex ?? 0}`;
  const startMs = previous === null ? 0 : previous.lastAt - samplePeriod().policy.windowStart;
  const slots = Array.from({ length: slotCount }, (_, i) => {
    if (i % 5 === 4) return voidSlot(`${slotSeed}/${i}`, i % 3);
    const count = itemCount ?? 1 + ((i * 5) % 16);
    return batchSlot(`${slotSeed}/${i}`, {
      items: batchItems(Array.from({ length: count }, (_item, j) => [1n, j % 3])),
      afterMs: startMs + i * 1_000,
      category: i % 2,
    });
  });
  return batchPeriodOf(slots, options);
}
