/** When a batch is closed: when it is worth it or when it must be, never at a fixed interval. */
import type { UnixMs } from '../units/time.ts';
import type { Closure } from './closure.ts';
import {
  type ExcessExposure,
  type ExposureCap,
  exposureOverCap,
  unsettledExposure,
} from './exposure.ts';
import { type FeeSample, feeStanding, type LowFeeRule } from './fee-percentile.ts';
import type { BatchReason } from './reasons.ts';
import { type ChainTip, endsAt, type Timelock } from './timelock.ts';

export type BatchQueue = {
  /** What a batch closed now would hold: the `batch` of `splitClosures`. */
  readonly closures: readonly Closure[];
  /** Deadlines that the batch must precede. */
  readonly timelocks: readonly Timelock[];
  /** Size of its payload in bytes, or an estimate; null where nobody measured. */
  readonly payloadBytes: number | null;
  /** An operator asked for a batch. */
  readonly asked: boolean;
};

export type ChainView = {
  /** What the batch would pay now; null where nobody knows. */
  readonly fee: FeeSample | null;
  /** What it would have paid before, oldest first. */
  readonly feeHistory: readonly FeeSample[];
  /** Tips of the chains that timelocks count in. */
  readonly tips: readonly ChainTip[];
};

export type FillRule = {
  /** Payload bytes that one blob takes. */
  readonly blobBytes: number;
  /** From this share of the blobs on, the batch is closed; below it, a low fee is not taken. 1 … 10,000. */
  readonly fillMinBps: number;
};

export type BatchPolicy = {
  /** At most one of each denomination; one that is not named is not capped. */
  readonly exposureCaps: readonly ExposureCap[];
  /** How long before its earliest timelock a batch is closed, in ms. */
  readonly safetyMarginMs: number;
  /** How long the oldest closure waits at most, in ms. */
  readonly ageMaxMs: number;
  /** When a fee is low; null: none is. */
  readonly lowFee: LowFeeRule | null;
  /** Fewer closures are not worth a low fee, 1 or more: `crossover` says how many are. */
  readonly closuresMin: number;
  /** For batches that go out as blobs; null: how full they are decides nothing. */
  readonly fill: FillRule | null;
};

/** One trigger that fired, with what it saw. */
export type Trigger =
  | {
      readonly reason: 'timelock_near';
      /** When it ends at the earliest; null where the tip of its chain is not known. */
      readonly endsAt: number | null;
      readonly timelock: Timelock;
    }
  | { readonly reason: 'exposure_over_cap'; readonly over: readonly ExcessExposure[] }
  | { readonly reason: 'age_over_max'; readonly since: UnixMs }
  | { readonly reason: 'asked' }
  | { readonly reason: 'blob_filled'; readonly fillBps: number }
  | { readonly reason: 'fee_low'; readonly price: bigint; readonly below: bigint };

export type ScheduleDecision =
  | {
      readonly kind: 'close';
      /** The first of `fired`. */
      readonly reason: BatchReason;
      /** Every trigger that fires now, in the order of BATCH_REASONS. */
      readonly fired: readonly Trigger[];
      /** A timelock is near: what the rails pay does not matter. */
      readonly urgent: boolean;
    }
  | {
      readonly kind: 'wait';
      /** When a batch is closed if nothing else happens; null: never. */
      readonly until: number | null;
      readonly because: 'nothing_waits' | 'age_over_max' | 'timelock_near';
    };

type Deadline = { readonly timelock: Timelock; readonly endsAt: number | null };

/** The timelock that ends first; one that nobody can date ends before all others. */
function earliestOf(timelocks: readonly Timelock[], tips: readonly ChainTip[]): Deadline | null {
  let earliest: Deadline | null = null;
  for (const timelock of timelocks) {
    const end = endsAt(timelock, tips) ?? null;
    if (end === null) return { timelock, endsAt: null };
    if (earliest === null || earliest.endsAt === null || end < earliest.endsAt) {
      earliest = { timelock, endsAt: end };
    }
  }
  return earliest;
}

/**
 * How much of the blobs that a payload needs it fills, in bps, rounded down; 0 for no bytes.
 * @throws RangeError unless both are integers, 0 or more and 1 or more.
 */
export function blobFillBps(payloadBytes: number, blobBytes: number): number {
  if (!Number.isSafeInteger(payloadBytes) || payloadBytes < 0) {
    throw new RangeError(`payloadBytes out of range: ${payloadBytes}`);
  }
  if (!Number.isSafeInteger(blobBytes) || blobBytes < 1) {
    throw new RangeError(`blobBytes out of range: ${blobBytes}`);
  }
  if (payloadBytes === 0) return 0;
  const blobs = Math.ceil(payloadBytes / blobBytes);
  return Number((BigInt(payloadBytes) * 10_000n) / (BigInt(blobs) * BigInt(blobBytes)));
}

function triggersOf(
  { closures, payloadBytes, asked }: BatchQueue,
  { fee, feeHistory }: ChainView,
  policy: BatchPolicy,
  now: number,
  oldest: UnixMs,
  deadline: Deadline | null,
): readonly Trigger[] {
  const fired: Trigger[] = [];
  if (
    deadline !== null &&
    (deadline.endsAt === null || deadline.endsAt - policy.safetyMarginMs <= now)
  ) {
    fired.push({ reason: 'timelock_near', ...deadline });
  }
  const over = exposureOverCap(unsettledExposure(closures), policy.exposureCaps);
  if (over.length > 0) fired.push({ reason: 'exposure_over_cap', over });
  if (now - oldest >= policy.ageMaxMs) fired.push({ reason: 'age_over_max', since: oldest });
  if (asked) fired.push({ reason: 'asked' });
  const fillBps =
    policy.fill === null || payloadBytes === null
      ? null
      : blobFillBps(payloadBytes, policy.fill.blobBytes);
  const isFilled = fillBps !== null && fillBps >= (policy.fill?.fillMinBps ?? 0);
  if (isFilled) fired.push({ reason: 'blob_filled', fillBps });
  // An empty blob costs as much as a full one: a low fee is wasted on it.
  if (policy.lowFee === null || (fillBps !== null && !isFilled)) return fired;
  const standing = feeStanding(fee, feeHistory, policy.lowFee, now);
  if (standing.kind === 'low' && closures.length >= policy.closuresMin) {
    const { price, below } = standing;
    fired.push({ reason: 'fee_low', price, below });
  }
  return fired;
}

/**
 * Decides whether the batch is closed at `now`: as soon as the first of the triggers fires, with the
 * strongest of those that do as its reason (`BATCH_REASONS` is in that order). An empty queue is never
 * closed. Until `until` nothing but news closes it: a decision for the same queue, view and policy at an
 * earlier time waits as well, one at `until` or later closes.
 * `now`, in ms since the epoch, need not be later than what the queue holds: a clock that went back waits.
 * Source: the book, ch. 9.1 (batch window) and 9.2 (fill rule).
 */
export function decideBatch(
  queue: BatchQueue,
  chain: ChainView,
  policy: BatchPolicy,
  now: UnixMs,
): ScheduleDecision {
  const oldest = queue.closures.reduce<UnixMs | null>(
    (earliest, { since }) => (earliest === null || since < earliest ? since : earliest),
    null,
  );
  if (oldest === null) return { kind: 'wait', until: null, because: 'nothing_waits' };
  const deadline = earliestOf(queue.timelocks, chain.tips);
  const fired = triggersOf(queue, chain, policy, now, oldest, deadline);
  const [first] = fired;
  if (first !== undefined) {
    return {
      kind: 'close',
      reason: first.reason,
      fired,
      urgent: first.reason === 'timelock_near',
    };
  }
  const byAge = oldest + policy.ageMaxMs;
  const end = deadline?.endsAt ?? null;
  const byTimelock = end === null ? null : end - policy.safetyMarginMs;
  return byTimelock !== null && byTimelock <= byAge
    ? { kind: 'wait', until: byTimelock, because: 'timelock_near' }
    : { kind: 'wait', until: byAge, because: 'age_over_max' };
}
