/**
 * When a pending anchor is asked about again. Calendars wait for a block, an hour to a day; asking more often
 * than every ten minutes is of no use to anybody, and the older a promise, the less there is to hurry. Pure.
 */

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

type Remembered = { readonly since: number; readonly askedAt: number | null };

/**
 * Remembers when each pending anchor began and was last asked about, in this process. One that it has not heard
 * of, as after a restart, is due at once, and then begins anew.
 */
export class UpgradePacer {
  readonly #anchors = new Map<string, Remembered>();
  readonly #pacing: UpgradePacing;

  /** @throws {RangeError} unless 1 ≤ leastMs ≤ mostMs and ageDivisor ≥ 1. */
  constructor(pacing: UpgradePacing = UPGRADE_PACING) {
    const { leastMs, mostMs, ageDivisor } = pacing;
    if (!(leastMs >= 1 && mostMs >= leastMs && ageDivisor >= 1)) {
      throw new RangeError('pacing: 1 ≤ leastMs ≤ mostMs, ageDivisor ≥ 1');
    }
    this.#pacing = pacing;
  }

  /** An anchor was submitted. A second time changes nothing. */
  submitted(anchor: string, now: number): void {
    if (!this.#anchors.has(anchor)) this.#anchors.set(anchor, { since: now, askedAt: null });
  }

  /** When an anchor may be asked about next. */
  nextAt(anchor: string, now: number): number {
    const history = this.#anchors.get(anchor);
    return history === undefined ? now : nextUpgradeAt(history, now, this.#pacing);
  }

  isDue(anchor: string, now: number): boolean {
    return this.nextAt(anchor, now) <= now;
  }

  /** An anchor is being asked about, whatever will come of it. */
  asked(anchor: string, now: number): void {
    const since = this.#anchors.get(anchor)?.since ?? now;
    this.#anchors.set(anchor, { since, askedAt: now });
  }

  /** An anchor is confirmed, or needs no more questions for another reason. */
  forget(anchor: string): void {
    this.#anchors.delete(anchor);
  }
}
