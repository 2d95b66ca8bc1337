import { hashField } from '@atomicity/kernel/codec/field-encodings';
import { tokenOf } from '@atomicity/kernel/note/commitment';
import { type Policy, policyDigestInputs } from '@atomicity/kernel/policy/policy-digest';
import { type Hash, nonceToInteger } from '@atomicity/kernel/units/id';
import type { CircuitInput } from '../prove/groth16-prover.ts';
import { policyBoundsSignals } from './build-bound-input.ts';
import type { WitnessSlot } from './period-witness.ts';
import { WitnessError } from './witness-error.ts';

/** One of the three claims about the notes of a period, each proved alone. */
export type NotesClaim = 'aggregate' | 'ceilings' | 'window';

export const NOTES_CLAIMS: readonly NotesClaim[] = ['aggregate', 'ceilings', 'window'];

/** Tiers that have claim circuits. */
export type ClaimTier = 16 | 64;

export const CLAIM_TIERS: readonly ClaimTier[] = [16, 64];

export type ClaimInput = CircuitInput & { readonly circuit: `claim-${NotesClaim}-${ClaimTier}` };

/** What a claim about the notes of one period rests on. */
export type ClaimWitness = {
  readonly policy: Policy;
  readonly period: Hash;
  readonly tier: number;
  /** In index order, without gaps; at most the tier. */
  readonly slots: readonly WitnessSlot[];
};

const CATEGORIES = 8;
const SPEND_LIMIT = 2n ** 63n;

type Counted = Extract<WitnessSlot, { status: 'counted' }>;

/** True for a tier that has claim circuits. */
export function isClaimTier(tier: number): tier is ClaimTier {
  return (CLAIM_TIERS as readonly number[]).includes(tier);
}

function pad(values: readonly bigint[], length: number): readonly bigint[] {
  return [...values, ...new Array<bigint>(length - values.length).fill(0n)];
}

type Columns = (value: (slot: Counted) => bigint) => readonly bigint[];

/** One entry an index: a value of the counted note there, else 0. */
function columnsOf(slots: readonly WitnessSlot[], tier: ClaimTier): Columns {
  return (value) =>
    pad(
      slots.map((slot) => (slot.status === 'counted' ? value(slot) : 0n)),
      tier,
    );
}

const categoryAndRegime = ({ category, regime }: Counted): bigint =>
  BigInt(category) | (BigInt(regime) << 3n);

function ceilingsSignals(policy: Policy, columns: Columns): CircuitInput['signals'] {
  const [budgetId = 0n, denomId = 0n, capAndWindow = 0n, , , , ...rest] =
    policyDigestInputs(policy);
  const ceilings = policy.categories.map(({ ceiling }) => ceiling);
  return {
    budgetId,
    denomId,
    capAndWindow,
    ceilings: pad(ceilings, CATEGORIES),
    capWords: rest.slice(0, 3),
    policySalt: rest[3] ?? 0n,
    spend: columns((slot) => slot.spend),
    at: columns((slot) => BigInt(slot.at)),
    category: columns((slot) => BigInt(slot.category)),
    regime: columns((slot) => BigInt(slot.regime)),
  };
}

function aggregateSignals(policy: Policy, columns: Columns): CircuitInput['signals'] {
  return {
    ...policyBoundsSignals(policy),
    spend: columns((slot) => slot.spend),
    fields: columns((slot) => BigInt(slot.at) | (categoryAndRegime(slot) << 48n)),
  };
}

function windowSignals(policy: Policy, columns: Columns): CircuitInput['signals'] {
  let before = BigInt(policy.windowStart);
  return {
    ...policyBoundsSignals(policy),
    step: columns(({ at }) => {
      const step = BigInt(at) - before;
      before = BigInt(at);
      return step;
    }),
    low: columns((slot) => slot.spend),
    high: columns(categoryAndRegime),
  };
}

const SIGNALS_OF = {
  aggregate: aggregateSignals,
  ceilings: ceilingsSignals,
  window: windowSignals,
} as const;

/** Without any check, for the tests that feed the circuits with false periods. */
export function uncheckedClaimInput(
  claim: NotesClaim,
  { policy, period, slots }: ClaimWitness,
  tier: ClaimTier,
): ClaimInput {
  const columns = columnsOf(slots, tier);
  return {
    circuit: `claim-${claim}-${tier}`,
    signals: {
      ...SIGNALS_OF[claim](policy, columns),
      periodId: hashField(period),
      counted: columns(() => 1n),
      token: columns((slot) => tokenOf(slot.authorization)),
      salt: columns((slot) => nonceToInteger(slot.salt)),
    },
  };
}

function checkRanges(slots: readonly WitnessSlot[]): void {
  slots.forEach((slot, index) => {
    if (slot.status === 'void') return;
    const { spend, category, regime } = slot;
    const fits =
      spend >= 0n &&
      spend < SPEND_LIMIT &&
      category >= 0 &&
      category < CATEGORIES &&
      regime >= 0 &&
      regime < 32;
    if (!fits) throw new WitnessError('value_out_of_range', { index });
  });
}

function checkAggregate({ policy, slots }: ClaimWitness): void {
  const total = slots.reduce(
    (sum, slot) => sum + (slot.status === 'counted' ? slot.spend : 0n),
    0n,
  );
  if (total > policy.cap) throw new WitnessError('cap_exceeded');
}

function checkCeilings({ policy, slots }: ClaimWitness): void {
  slots.forEach((slot, index) => {
    if (slot.status === 'void') return;
    const category = policy.categories[slot.category];
    if (category === undefined) throw new WitnessError('category_unknown', { index });
    if (slot.spend > category.ceiling) {
      throw new WitnessError('ceiling_exceeded', { index, category: category.name });
    }
  });
}

function checkWindow({ policy, slots }: ClaimWitness): void {
  let before = policy.windowStart;
  slots.forEach((slot, index) => {
    if (slot.status === 'void') return;
    if (slot.at < policy.windowStart) throw new WitnessError('outside_window', { index });
    if (slot.at < before) throw new WitnessError('time_goes_back', { index });
    if (slot.at > policy.windowEnd) throw new WitnessError('outside_window', { index });
    before = slot.at;
  });
}

const CHECK_OF = {
  aggregate: checkAggregate,
  ceilings: checkCeilings,
  window: checkWindow,
} as const;

/**
 * The circuit input of one claim, checked for that claim alone: a period that breaks its window still has
 * a proof of its ceilings.
 * @throws WitnessError `tier_not_supported`, `too_many_slots`, `value_out_of_range`, then the claim's own:
 * `cap_exceeded`; `category_unknown`, `ceiling_exceeded`; `outside_window`, `time_goes_back`.
 */
export function buildClaimInput(claim: NotesClaim, witness: ClaimWitness): ClaimInput {
  const { tier, slots } = witness;
  if (!isClaimTier(tier)) throw new WitnessError('tier_not_supported', { tier });
  if (slots.length > tier) throw new WitnessError('too_many_slots', { slots: slots.length, tier });
  checkRanges(slots);
  CHECK_OF[claim](witness);
  return uncheckedClaimInput(claim, witness, tier);
}
