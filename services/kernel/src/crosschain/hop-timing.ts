/** Time on the hops of a path over several chains, first hop: the sender's. All of it in wall-clock ms. */

/**
 * How blocks come. Each is an average over windows as long as the path's, in ms, 1 or more:
 * fast ≤ mean ≤ slow.
 */
export type ChainTiming = {
  readonly chain: string;
  readonly fastMs: number;
  readonly meanMs: number;
  readonly slowMs: number;
};

/** No time on a path is longer, in ms: sums of such times stay exact. */
export const PATH_MS_MAX = 2 ** 48;

export type HopTiming = {
  readonly name: string;
  readonly timing: ChainTiming;
  /** Until what is locked or claimed on this hop counts as final, 0 or more. */
  readonly confirmations: number;
  /** T_claim: to see the preimage and have a claim mined, the wait in the mempool included. */
  readonly claimMs: number;
  /** T_variance: the worst that a single block comes late by. */
  readonly deviationMs: number;
  /** How long a sequencer that is off can keep a claim out; 0 where nobody can. */
  readonly forcedInclusionMs: number;
};

/** When a hop's lock ends, counted from when it is made. */
export type Expiry =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'blocks'; readonly blocks: number };

/** For which course of events confirmations are timed: plan with `slow`. */
export type TimingCase = 'mean' | 'slow';

/**
 * Blocks that take at least `ms` even if each comes after `intervalMs`: rounded up. For an expiry that is
 * the FAST interval. The slow one gives fewer blocks, whose window shrinks as soon as they come faster.
 * @throws RangeError for a negative time or an interval below 1.
 */
export function blocksFor(ms: number, intervalMs: number): number {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new RangeError(`ms out of range: ${ms}`);
  if (!Number.isSafeInteger(intervalMs) || intervalMs < 1) {
    throw new RangeError(`intervalMs out of range: ${intervalMs}`);
  }
  return Math.ceil(ms / intervalMs);
}

/** When the lock ends at the earliest: blocks come fast. */
export function earliestEndMs(expiry: Expiry, { fastMs }: ChainTiming): number {
  return expiry.kind === 'time' ? expiry.ms : expiry.blocks * fastMs;
}

/** When it ends at the latest: blocks come slowly, and until then it may be claimed. */
export function latestEndMs(expiry: Expiry, { slowMs }: ChainTiming): number {
  return expiry.kind === 'time' ? expiry.ms : expiry.blocks * slowMs;
}

/** T_confirm: how long the hop's confirmations take. */
export function confirmMs({ confirmations, timing }: HopTiming, of: TimingCase): number {
  return confirmations * (of === 'slow' ? timing.slowMs : timing.meanMs);
}

/** T_hop = T_confirm + T_claim + T_variance. Source: the book, ch. 8.2. */
export function hopMs(hop: HopTiming, of: TimingCase): number {
  return confirmMs(hop, of) + hop.claimMs + hop.deviationMs;
}

export type HopExpiry = {
  readonly name: string;
  readonly blocks: number;
  readonly earliestMs: number;
  readonly latestMs: number;
};

export type TimelockBudget = {
  /** First hop first. */
  readonly hops: readonly HopExpiry[];
  /** Σ T_hop: what the path asks of everybody's patience. */
  readonly totalMs: number;
  /** How long the sender's money is locked at most. */
  readonly lockupMs: number;
};

/**
 * The shortest expiries, in blocks of each chain, with which every hop has more than its T_hop, and time for
 * the finality of the hop behind it and for forced inclusion, after that hop has ended at its latest. Blocks are counted with the fast
 * interval, so that no window is shorter than it was planned, and confirmations with that of `of`.
 * @throws RangeError for times that are none, and where a lock would end after PATH_MS_MAX.
 * Source: the book, ch. 8.2; it counts expiries with the slow interval, which shortens them.
 */
export function budgetTimelocks(path: readonly HopTiming[], of: TimingCase): TimelockBudget {
  const expiries: HopExpiry[] = [];
  let behindMs = 0;
  let behindFinalMs = 0;
  let totalMs = 0;
  for (const hop of path.toReversed()) {
    const ownMs = hopMs(hop, of);
    const neededMs = Math.max(ownMs, hop.claimMs + Math.max(hop.forcedInclusionMs, behindFinalMs));
    // One more: a margin of nothing is none.
    const blocks = blocksFor(behindMs + neededMs + 1, hop.timing.fastMs);
    const expiry: Expiry = { kind: 'blocks', blocks };
    const latestMs = latestEndMs(expiry, hop.timing);
    const earliestMs = earliestEndMs(expiry, hop.timing);
    if (latestMs > PATH_MS_MAX) throw new RangeError(`expiry of ${hop.name} out of range`);
    expiries.unshift({ name: hop.name, blocks, earliestMs, latestMs });
    behindMs = latestMs;
    behindFinalMs = confirmMs(hop, of);
    totalMs += ownMs;
  }
  return { hops: expiries, totalMs, lockupMs: behindMs };
}
