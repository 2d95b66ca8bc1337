// Periods for tests and benchmarks: every value follows from a seed and the options.
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { type SummaryOpening, summaryCommitment } from '@atomicity/kernel/period/summary';
import type { Policy } from '@atomicity/kernel/policy/policy-digest';
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import {
  type Hash,
  hashFromBytes,
  type Nonce,
  nonceFromBytes,
  partyIdFromKey,
  ZERO_FIELD,
} from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { PeriodWitness, WitnessSlot } from '../witness/period-witness.ts';

export const SAMPLE_WINDOW = { start: 1_800_000_000_000, end: 1_800_086_400_000 } as const;

function bytes(seed: string): Uint8Array {
  return taggedHash('SamplePeriod', utf8(seed));
}

function hash(seed: string): Hash {
  return hashFromBytes(bytes(seed));
}

function nonce(seed: string): Nonce {
  return nonceFromBytes(bytes(seed).subarray(0, 16));
}

export type SampleOptions = {
  readonly seed?: string;
  readonly tier?: Tier;
  /** Slots with spends 1 … 4; every fifth is void. Default 7. */
  readonly slotCount?: number;
  readonly previous?: SummaryOpening;
  readonly periodIndex?: number;
};

/** Three categories: ceilings 1,000 / 5,000 / 200, caps 3,000 / 8,000 / 400; total cap 10,000. */
export function samplePolicy(seed: string): Policy {
  const denomination = parseDenomination('USD/6');
  if (denomination === undefined) throw new Error('not a denomination');
  const category = (name: string, ceiling: bigint, cap: bigint) => ({
    name,
    ceiling: amount(ceiling),
    cap: amount(cap),
  });
  return {
    budget: hash(`${seed}/budget`),
    denomination,
    cap: amount(10_000n),
    windowStart: unixMs(SAMPLE_WINDOW.start),
    windowEnd: unixMs(SAMPLE_WINDOW.end),
    categories: [
      category('inference', 1_000n, 3_000n),
      category('storage', 5_000n, 8_000n),
      category('search', 200n, 400n),
    ],
    policySalt: nonce(`${seed}/policySalt`),
  };
}

/** A slot with a spend in ledger units, `afterMs` after the window opened. */
export function countedSlot(
  seed: string,
  fields: { readonly spend: bigint; readonly afterMs: number; readonly category?: number },
): Extract<WitnessSlot, { status: 'counted' }> {
  return {
    status: 'counted',
    authorization: hash(`${seed}/authorization`),
    category: fields.category ?? 0,
    spend: amount(fields.spend),
    at: unixMs(SAMPLE_WINDOW.start + fields.afterMs),
    regime: 3,
    salt: nonce(`${seed}/salt`),
  };
}

export function voidSlot(seed: string, category = 0): Extract<WitnessSlot, { status: 'void' }> {
  return { status: 'void', authorization: hash(`${seed}/authorization`), category };
}

/** The category caps that two full periods of the largest tier fit into. */
function roomyPolicy(policy: Policy): Policy {
  return {
    ...policy,
    categories: policy.categories.map((category) => ({ ...category, cap: amount(8_000n) })),
  };
}

/** A period that keeps its policy; tier 1,024 has wider category caps than the others. */
export function samplePeriod(options: SampleOptions = {}): PeriodWitness {
  const { seed = 'sample', tier = 16, slotCount = 7, previous = null } = options;
  const periodIndex = options.periodIndex ?? 0;
  const policy = tier > 256 ? roomyPolicy(samplePolicy(seed)) : samplePolicy(seed);
  const slotSeed = `${seed}/${periodIndex}`;
  const startMs = previous === null ? 0 : previous.lastAt - SAMPLE_WINDOW.start;
  const slots = Array.from({ length: slotCount }, (_, i) =>
    i % 5 === 4
      ? voidSlot(`${slotSeed}/${i}`, i % 3)
      : countedSlot(`${slotSeed}/${i}`, {
          spend: BigInt((i % 5) + 1),
          afterMs: startMs + i * 1_000,
          category: i % 3,
        }),
  );
  return {
    policy,
    parts: {
      period: periodHash(policy.budget, periodIndex),
      budget: policy.budget,
      periodIndex,
      principal: partyIdFromKey(bytes(`${seed}/principal`)),
      agent: partyIdFromKey(bytes(`${seed}/agent`)),
      origin: 'log.example/test',
      firstTreeSize: 10,
      lastTreeSize: 90,
      lastRoot: hash(`${seed}/root`),
      previousSummary: previous === null ? ZERO_FIELD : fieldToHex(summaryCommitment(previous)),
      chainId: 0,
      registry: '0'.repeat(40),
      circuit: 'spend',
      tier,
    },
    previous,
    slots,
    summarySalt: nonce(`${slotSeed}/summarySalt`),
  };
}
