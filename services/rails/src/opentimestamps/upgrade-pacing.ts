/**
 * When a pending anchor is asked about again. Calendars wait for a block, an hour to a day; asking more often
 * than every ten minutes is of no use to anybody, and the older a promise, the less there is to hurry. Pure.
 */

import type { Hash } from '@atomicity/kernel/units/id';

export type UpgradeHistory = {
  /** When the anchor was planned or submitted, ms since the epoch. */
  readonly since: number;
  /** When calendars were last asked about it, whatever they answered; null if never. */
  readonly askedAt: number | null;
};

export type UpgradePacing = {
  /** The least pause, in ms: ten minutes. */
  readonly leastMs: number;
  /** The longest pause, in ms: six hours. */
  readonly mostMs: number;
  /** The pause is the anchor's age divided by this: 12. */
  readonly ageDivisor: number;
};

export const UPGRADE_PACING: UpgradePacing = {
  leastMs: 600_000,
  mostMs: 21_600_000,
  ageDivisor: 12,
};

/**
 * The time of the next question: ten minutes after the last one for two hours, two hours after a day, six hours
 * after three days. Never asked means ten minutes after the anchor's own beginning. A clock that was set back
 * delays the next question by one pause at most.
 *
 * @param now ms since the epoch.
 */
export function nextUpgradeAt(
  { since, askedAt }: UpgradeHistory,
  now: number,
  { leastMs, mostMs, ageDivisor }: UpgradePacing = UPGRADE_PACING,
): number {
  const last = askedAt ?? since;
  const age = Math.max(0, last - since);
  const pause = Math.min(mostMs, Math.max(leastMs, Math.floor(age / ageDivisor)));
  return Math.min(last, now) + pause;
}

/**
 * Remembers when each anchor was last asked about, in this process. After a restart an anchor is asked at once
 * if its first ten minutes have passed, and as before from then on.
 */
export class UpgradePacer {
  readonly #askedAt = new Map<Hash, number>();
  readonly #pacing: UpgradePacing;

  /** @throws {RangeError} unless 1 ≤ leastMs ≤ mostMs and ageDivisor ≥ 1. */
  constructor(pacing: UpgradePacing = UPGRADE_PACING) {
    const { leastMs, mostMs, ageDivisor } = pacing;
    if (!(leastMs >= 1 && mostMs >= leastMs && ageDivisor >= 1)) {
      throw new RangeError('pacing: 1 ≤ leastMs ≤ mostMs, ageDivisor ≥ 1');
    }
    this.#pacing = pacing;
  }

  /** When an anchor may be asked about next. */
  nextAt(anchor: Hash, since: number, now: number): number {
    const askedAt = this.#askedAt.get(anchor) ?? null;
    return nextUpgradeAt({ since, askedAt }, now, this.#pacing);
  }

  isDue(anchor: Hash, since: number, now: number): boolean {
    return this.nextAt(anchor, since, now) <= now;
  }

  /** An anchor was asked about, whatever came of it. */
  asked(anchor: Hash, now: number): void {
    this.#askedAt.set(anchor, now);
  }

  /** Forgets all anchors but these: the ones that are still pending. */
  keepOnly(pending: Iterable<Hash>): void {
    const kept = new Set(pending);
    for (const anchor of this.#askedAt.keys()) {
      if (!kept.has(anchor)) this.#askedAt.delete(anchor);
    }
  }
}
