import { fieldToHex } from '@atomicity/kernel/codec/field';
import { merkleRoot16 } from '@atomicity/kernel/codec/merkle-16';
import { batchCommitment } from '@atomicity/kernel/note/batch-commitment';
import { commitment, tokenOf } from '@atomicity/kernel/note/commitment';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import { nullifier, periodDigest } from '@atomicity/kernel/period/period-digest';
import { type SummaryOpening, summaryCommitment } from '@atomicity/kernel/period/summary';
import { policyDigest } from '@atomicity/kernel/policy/policy-digest';
import { type Amount, amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { PublicSignals } from '@atomicity/kernel/wire/objects';
import type { PeriodWitness, WitnessSlot } from './period-witness.ts';

export type Statement = {
  /** In the order of the circuit's outputs. */
  readonly publicSignals: PublicSignals;
  /** What signal 2 hides: the principal gets it, the next period's proof opens it. */
  readonly summary: SummaryOpening;
};

const ZERO_TIME = unixMs(0);
const CATEGORIES = 8;

type CountedSlot = Extract<WitnessSlot, { status: 'counted' }>;

function isCountedSlot(slot: WitnessSlot): slot is CountedSlot {
  return slot.status === 'counted';
}

function leafOf(slot: WitnessSlot, period: Hash): bigint {
  if (!isCountedSlot(slot)) return 0n;
  const { spend, at, category, regime, items, salt } = slot;
  const bound = { period, token: tokenOf(slot.authorization), salt };
  return items === undefined
    ? commitment({ packed: { spend, at, category, regime }, ...bound })
    : batchCommitment({ at, category, regime, items, ...bound });
}

function sum(values: readonly bigint[]): Amount {
  return amount(values.reduce((total, value) => total + value, 0n));
}

function summaryOf(witness: PeriodWitness): SummaryOpening {
  const { policy, parts, previous, slots } = witness;
  const counted = slots.filter(isCountedSlot);
  const categoryTotals = Array.from({ length: CATEGORIES }, (_, category) =>
    sum(counted.filter((slot) => slot.category === category).map((slot) => slot.spend)),
  );
  const cumulativeCategoryTotals = categoryTotals.map((total, category) =>
    sum([previous?.cumulativeCategoryTotals[category] ?? 0n, total]),
  );
  return {
    policyDigest: fieldToHex(policyDigest(policy)),
    periodDigest: fieldToHex(periodDigest(parts)),
    nullifier: fieldToHex(nullifier(parts.budget, parts.periodIndex)),
    periodTotal: sum(categoryTotals),
    cumulativeTotal: sum(cumulativeCategoryTotals),
    count: slots.length,
    firstAt: counted.at(0)?.at ?? ZERO_TIME,
    lastAt: counted.at(-1)?.at ?? previous?.lastAt ?? policy.windowStart,
    categoryTotals,
    cumulativeCategoryTotals,
    salt: witness.summarySalt,
  };
}

/**
 * The six public signals of a period and the opening of its summary, computed in TypeScript and not
 * by the circuit. It states, it does not judge: a period that breaks its caps has a statement too, of
 * which no proof exists.
 * @throws RangeError for values outside their encodings, or more slots than the tier.
 */
export function computeStatement(witness: PeriodWitness): Statement {
  const { parts, slots } = witness;
  const summary = summaryOf(witness);
  const leaves = slots.map((slot) => leafOf(slot, parts.period));
  return {
    publicSignals: [
      fieldToHex(merkleRoot16('leaves', leaves, parts.tier)),
      fieldToHex(tokensRoot(slots, parts.tier)),
      fieldToHex(summaryCommitment(summary)),
      summary.policyDigest,
      summary.periodDigest,
      summary.nullifier,
    ],
    summary,
  };
}
