/** Deadlines of what a batch must not outlive, on one scale: milliseconds of wall-clock time. */
import type { BookState } from '../book/state.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';

/**
 * - `time`: by the clock, as holds and hops lapse.
 * - `blocks`: at a height of a chain, as a contract or an output there has it.
 */
export type Timelock =
  | { readonly kind: 'time'; readonly at: UnixMs }
  | { readonly kind: 'blocks'; readonly chain: string; readonly height: number };

/** Where a chain stands. */
export type ChainTip = {
  readonly chain: string;
  readonly height: number;
  /** When it was seen there. */
  readonly at: UnixMs;
  /** The interval of blocks that come FAST, 1 ms or more: a height must never come sooner than told. */
  readonly fastIntervalMs: number;
};

/**
 * The earliest wall-clock moment at which a timelock can end. Blocks count from the tip with the fast
 * interval, so that blocks which come fast never make it late. Undefined where the tip of its chain is
 * not known: nobody can tell, and whoever decides must take it as near.
 */
export function endsAt(timelock: Timelock, tips: readonly ChainTip[]): number | undefined {
  if (timelock.kind === 'time') return timelock.at;
  const tip = tips.find(({ chain }) => chain === timelock.chain);
  if (tip === undefined) return undefined;
  return tip.at + Math.max(0, timelock.height - tip.height) * tip.fastIntervalMs;
}

/**
 * The earliest deadline among the open holds and hops on edges that move in the batch, or null.
 * One whose whole life is at most `lifeMinMs` is left out: it is placed inside every safety margin of
 * that length, and no batch can be closed in time for it. Linear in the open holds and hops.
 */
export function earliestHold(
  state: BookState,
  edges: ReadonlySet<Hash>,
  lifeMinMs: number,
): Timelock | null {
  let earliest: UnixMs | null = null;
  const take = (edge: Hash, from: UnixMs, until: UnixMs): void => {
    if (!edges.has(edge) || until - from <= lifeMinMs) return;
    if (earliest === null || until < earliest) earliest = until;
  };
  for (const { terms } of state.holds.values()) take(terms.edge, terms.at, terms.expiresAt);
  for (const { terms, status } of state.hops.values()) {
    if (status !== 'active' && status !== 'lapsed') take(terms.edge, terms.at, terms.deadline);
  }
  return earliest === null ? null : { kind: 'time', at: earliest };
}
