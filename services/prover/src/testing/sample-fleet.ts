// Fleets for tests and benchmarks: every value follows from a seed and the options.
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import type { FailureCode } from '@atomicity/kernel/fleet/failure-codes';
import {
  type FleetPolicy,
  type FleetSlot,
  slotOfBudget,
} from '@atomicity/kernel/fleet/fleet-policy';
import type { FleetCycle } from '@atomicity/kernel/fleet/fleet-statement';
import type { FleetSize } from '@atomicity/kernel/fleet/fleet-tree';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import { type Amount, amount } from '@atomicity/kernel/units/amount';
import {
  type FieldHex,
  type Hash,
  hashFromBytes,
  nonceFromBytes,
} from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { computeStatement } from '../witness/compute-statement.ts';
import type { PeriodWitness } from '../witness/period-witness.ts';
import { SAMPLE_WINDOW, samplePeriod, samplePolicy } from './sample-period.ts';

function bytes(seed: string): Uint8Array {
  return taggedHash('SampleFleet', utf8(seed));
}

/** A field element that stands for a hash that nobody opens. */
function opaque(seed: string): FieldHex {
  return `00${hashFromBytes(bytes(seed)).slice(2)}` as FieldHex;
}

/** Which fleet a slot belongs to; the seed of everything about that slot. */
export function slotSeed(seed: string, index: number): string {
  return `${seed}/slot/${index}`;
}

/** The budget of a sample slot: that of `samplePolicy(slotSeed(seed, index))`. */
export function sampleBudget(seed: string, index: number): Hash {
  return samplePolicy(slotSeed(seed, index)).budget;
}

/** The slot of a budget's period 0 with a sub-cap in ledger units. */
export function sampleSlot(seed: string, index: number, subCap: bigint): FleetSlot {
  return { ...slotOfBudget(samplePolicy(slotSeed(seed, index)), 0), subCap: amount(subCap) };
}

/**
 * An opening that the fleet circuit takes and no spend proof stands behind: quick, for everything that
 * does not open the slot's own proof.
 */
export function sampleOpening(
  slot: FleetSlot,
  cumulativeTotal: Amount,
  seed: string,
): SummaryOpening {
  const none = new Array<Amount>(7).fill(amount(0n));
  return {
    policyDigest: slot.policyDigest,
    periodDigest: opaque(`${seed}/periodDigest`),
    nullifier: slot.nullifier,
    periodTotal: cumulativeTotal,
    cumulativeTotal,
    count: 1,
    firstAt: unixMs(SAMPLE_WINDOW.start),
    lastAt: unixMs(SAMPLE_WINDOW.start + 1_000),
    categoryTotals: [cumulativeTotal, ...none],
    cumulativeCategoryTotals: [cumulativeTotal, ...none],
    salt: nonceFromBytes(bytes(`${seed}/salt`).subarray(0, 16)),
  };
}

export type SampleFleetOptions = {
  readonly seed?: string;
  readonly size?: FleetSize;
  /** Default 50. */
  readonly slotCount?: number;
  /** Of slot i, in ledger units. Default 1,000 + i. */
  readonly subCapOf?: (index: number) => bigint;
  /** Cumulative total of slot i where it is included. Default 600 + i. */
  readonly spentOf?: (index: number) => bigint;
  /** Default the sum of the sub-caps plus 5,000. */
  readonly cap?: bigint;
  /** Slots that are excluded, with their codes. Default none. */
  readonly excluded?: Readonly<Record<number, FailureCode>>;
};

export type SampleFleet = { readonly policy: FleetPolicy; readonly cycle: FleetCycle };

/** A fleet and one cycle of it, with openings by `sampleOpening`. */
export function sampleFleet(options: SampleFleetOptions = {}): SampleFleet {
  const { seed = 'fleet', size = 64, slotCount = 50, excluded = {} } = options;
  const subCapOf = options.subCapOf ?? ((index: number) => 1_000n + BigInt(index));
  const spentOf = options.spentOf ?? ((index: number) => 600n + BigInt(index));
  const slots = Array.from({ length: slotCount }, (_, i) => sampleSlot(seed, i, subCapOf(i)));
  const granted = slots.reduce((sum, slot) => sum + slot.subCap, 0n);
  const cycle: FleetCycle = slots.map((slot, i) => {
    const code = excluded[i];
    return code === undefined
      ? { kind: 'included', summary: sampleOpening(slot, amount(spentOf(i)), slotSeed(seed, i)) }
      : { kind: 'excluded', code };
  });
  const cap = amount(options.cap ?? granted + 5_000n);
  return { policy: { fleet: hashFromBytes(bytes(`${seed}/fleet`)), cap, slots, size }, cycle };
}

/** The whole period of a sample slot: a spend proof of it can be made and opens the slot. */
export function sampleSlotPeriod(seed: string, index: number): PeriodWitness {
  return samplePeriod({ seed: slotSeed(seed, index), tier: 16, slotCount: 7 });
}

/** The cycle with some slots opened by the real summaries of their `sampleSlotPeriod`. */
export function withRealSummaries(
  cycle: FleetCycle,
  seed: string,
  indexes: readonly number[],
): FleetCycle {
  return cycle.map((outcome, i) =>
    outcome.kind === 'included' && indexes.includes(i)
      ? { kind: 'included', summary: computeStatement(sampleSlotPeriod(seed, i)).summary }
      : outcome,
  );
}
