/** How much time is left on each hop when everything comes as late as it may. */
import {
  confirmMs,
  type Expiry,
  earliestEndMs,
  type HopTiming,
  latestEndMs,
  type TimingCase,
} from './hop-timing.ts';

export type LockedHop = HopTiming & { readonly expiry: Expiry };

export type HopMargin = {
  readonly name: string;
  /** When its lock ends at the earliest and at the latest, from now. */
  readonly earliestMs: number;
  readonly latestMs: number;
  /** From when the hop behind it has ended at the latest until this one ends at the earliest. */
  readonly deltaMs: number;
  /** What of it is left after the claim, its confirmations and late blocks; 0 or less is none. */
  readonly marginMs: number;
};

/**
 * The margin of each hop, first hop first. Whoever is paid behind a hop withholds the preimage to the last
 * viable block; then the claim is seen, mined and confirmed on this hop, and a block comes late by
 * `stress` times its deviation. The base is the hop's own window: expiry less the expiry behind it.
 * Source: the book, ch. 8.7.
 */
export function marginsOf(
  path: readonly LockedHop[],
  of: TimingCase,
  stress = 1,
): readonly HopMargin[] {
  return path.map((hop, i) => {
    const behind = path[i + 1];
    const earliestMs = earliestEndMs(hop.expiry, hop.timing);
    const behindMs = behind === undefined ? 0 : latestEndMs(behind.expiry, behind.timing);
    const deltaMs = earliestMs - behindMs;
    return {
      name: hop.name,
      earliestMs,
      latestMs: latestEndMs(hop.expiry, hop.timing),
      deltaMs,
      marginMs: deltaMs - hop.claimMs - confirmMs(hop, of) - stress * hop.deviationMs,
    };
  });
}

/** The hop with the least margin; of several the first. Undefined for a path without hops. */
export function weakestHop(margins: readonly HopMargin[]): HopMargin | undefined {
  const [first, ...others] = margins;
  if (first === undefined) return undefined;
  return others.reduce((least, hop) => (hop.marginMs < least.marginMs ? hop : least), first);
}

/** The stress that a path should bear: three times the deviation of a block. Source: the book, ch. 8.7. */
export const STRESS = 3;

export type StressVerdict = {
  readonly holds: boolean;
  readonly weakest: HopMargin;
};

/** Does every margin stay above nothing under stress, and which hop is nearest to it? */
export function stressPath(
  path: readonly LockedHop[],
  of: TimingCase,
  stress = STRESS,
): StressVerdict | undefined {
  const weakest = weakestHop(marginsOf(path, of, stress));
  return weakest && { holds: weakest.marginMs > 0, weakest };
}
