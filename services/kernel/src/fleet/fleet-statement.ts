import { fieldToHex } from '../codec/field.ts';
import { type SummaryOpening, summaryCommitment } from '../period/summary.ts';
import { type Amount, amount } from '../units/amount.ts';
import type { FieldHex } from '../units/id.ts';
import { FAILURE_CODES, type FailureCode } from './failure-codes.ts';
import { type FleetPolicy, fleetPolicyRoot, refuseFleetPolicy } from './fleet-policy.ts';
import { type FleetPath, type FleetSize, type FleetTree, fleetTree } from './fleet-tree.ts';
import { type FleetRefusal, fleetRefusal } from './refusals.ts';

/** What a cycle says of one slot. */
export type SlotOutcome =
  | { readonly kind: 'included'; readonly summary: SummaryOpening }
  | { readonly kind: 'excluded'; readonly code: FailureCode };

/** One outcome for each slot of the policy, in slot order. */
export type FleetCycle = readonly SlotOutcome[];

/** How the cap of a cycle is divided, in ledger units: consumed + reserved + remaining = cap. */
export type FleetTotals = {
  /** Cumulative totals of the included slots. */
  readonly consumed: Amount;
  /** Sub-caps of the excluded slots, whatever they spent. */
  readonly reserved: Amount;
  /** The rest: what the next cycle may hand out. */
  readonly remaining: Amount;
};

export type FleetStatement = FleetTotals & {
  /** Policy root, summaries root, amounts, words of `included`, context: in the circuit's order. */
  readonly publicSignals: readonly FieldHex[];
  readonly policyRoot: bigint;
  readonly summariesRoot: bigint;
  /** cap | consumed · 2^64 | reserved · 2^128 | slot count · 2^192. */
  readonly amounts: bigint;
  /** Bit i of the words, 128 bits each (64 slots: one word), is set if slot i is included. */
  readonly included: readonly bigint[];
  readonly includedCount: number;
  /** In slot order. */
  readonly excluded: readonly { readonly slot: number; readonly code: FailureCode }[];
};

export type StatedCycle =
  | { readonly kind: 'stated'; readonly statement: FleetStatement }
  | { readonly kind: 'refused'; readonly refusal: FleetRefusal };

const BITS_PER_WORD = 128;
const CONTEXT_LIMIT = 1n << 248n;

/** The leaves of the summaries tree: the commitment of an included slot, 0 for any other. */
export function summaryLeaves(cycle: FleetCycle): readonly bigint[] {
  return cycle.map((slot) => (slot.kind === 'included' ? summaryCommitment(slot.summary) : 0n));
}

/** The tree over the summaries of a cycle. @throws RangeError as `fleetTree`. */
export function summariesTree(cycle: FleetCycle, size: FleetSize): FleetTree {
  return fleetTree('fleet-summaries', summaryLeaves(cycle), size);
}

/**
 * The path from the summary of a slot to the summaries root; for several, `summariesTree` once.
 * @throws RangeError for an index outside the tree.
 */
export function summaryPath(cycle: FleetCycle, size: FleetSize, index: number): FleetPath {
  return summariesTree(cycle, size).pathOf(index);
}

/** cap | consumed · 2^64 | reserved · 2^128 | slotCount · 2^192: injective, each part is below 2^64. */
export function amountsWord(
  cap: Amount,
  consumed: Amount,
  reserved: Amount,
  slotCount: number,
): bigint {
  return cap | (consumed << 64n) | (reserved << 128n) | (BigInt(slotCount) << 192n);
}

function includedWords(cycle: FleetCycle, size: FleetSize): readonly bigint[] {
  const words = new Array<bigint>(Math.ceil(size / BITS_PER_WORD)).fill(0n);
  for (const [i, slot] of cycle.entries()) {
    if (slot.kind === 'excluded') continue;
    const at = Math.floor(i / BITS_PER_WORD);
    words[at] = (words[at] ?? 0n) | (1n << BigInt(i % BITS_PER_WORD));
  }
  return words;
}

/** One byte for each excluded slot, in slot order: what the contract takes as `codes`. */
export function excludedCodes(cycle: FleetCycle): Uint8Array {
  return Uint8Array.from(
    cycle.flatMap((slot) => (slot.kind === 'excluded' ? [FAILURE_CODES[slot.code]] : [])),
  );
}

function refuseOutcome(policy: FleetPolicy, cycle: FleetCycle): FleetRefusal | undefined {
  for (const [i, slot] of policy.slots.entries()) {
    const outcome = cycle[i];
    if (outcome === undefined || outcome.kind === 'excluded') continue;
    const { summary } = outcome;
    if (summary.policyDigest !== slot.policyDigest) {
      return fleetRefusal('summary_of_another_policy', { slot: i });
    }
    if (summary.nullifier !== slot.nullifier) {
      return fleetRefusal('summary_of_another_period', { slot: i });
    }
    if (summary.cumulativeTotal > slot.subCap) {
      return fleetRefusal('sub_cap_exceeded', { slot: i });
    }
  }
  return undefined;
}

/**
 * What a fleet proof of this cycle says. `context` names the place where the proof may be used: chain,
 * registry, fleet, cycle, revision; the adapter of that chain computes it.
 *
 * That the summaries are attested is not this function's question: `planCycle` excludes a slot whose
 * attestation does not verify, and the chain can be asked to see it.
 * Refusals, in this order: those of `refuseFleetPolicy`, `slot_count_mismatch`, then of the first slot
 * that has one `summary_of_another_policy`, `summary_of_another_period`, `sub_cap_exceeded`, then
 * `context_out_of_range`.
 */
export function fleetStatement(
  policy: FleetPolicy,
  cycle: FleetCycle,
  context: bigint,
): StatedCycle {
  const refusal =
    refuseFleetPolicy(policy) ??
    (cycle.length === policy.slots.length ? undefined : fleetRefusal('slot_count_mismatch')) ??
    refuseOutcome(policy, cycle) ??
    (context >= 0n && context < CONTEXT_LIMIT ? undefined : fleetRefusal('context_out_of_range'));
  if (refusal !== undefined) return { kind: 'refused', refusal };
  let consumed = 0n;
  let reserved = 0n;
  const excluded: { slot: number; code: FailureCode }[] = [];
  for (const [i, outcome] of cycle.entries()) {
    if (outcome.kind === 'included') {
      consumed += outcome.summary.cumulativeTotal;
    } else {
      reserved += policy.slots[i]?.subCap ?? 0n;
      excluded.push({ slot: i, code: outcome.code });
    }
  }
  const totals = {
    consumed: amount(consumed),
    reserved: amount(reserved),
    remaining: amount(policy.cap - consumed - reserved),
  };
  const policyRoot = fleetPolicyRoot(policy);
  const summariesRoot = summariesTree(cycle, policy.size).root;
  const amounts = amountsWord(policy.cap, totals.consumed, totals.reserved, policy.slots.length);
  const included = includedWords(cycle, policy.size);
  const signals = [policyRoot, summariesRoot, amounts, ...included, context];
  return {
    kind: 'stated',
    statement: {
      ...totals,
      publicSignals: signals.map(fieldToHex),
      policyRoot,
      summariesRoot,
      amounts,
      included,
      includedCount: cycle.length - excluded.length,
      excluded,
    },
  };
}
