/** The state diffs of a batch when some edges are left out: those wait, and go out with a later batch. */

import type { StateDiff } from '../state-diff/state-diff.ts';
import { signedAmount } from '../units/amount.ts';

/** What an edge moved while it waited: that may come to more than a diff holds, and then it waits on. */
export type WaitingDiff = Omit<StateDiff, 'delta'> & { readonly delta: bigint };

/** What earlier batches left out, by the number of the edge. */
export type LeftOut = ReadonlyMap<number, WaitingDiff>;

export type SplitDiffs = {
  /** What goes out now, ascending by edge. */
  readonly batch: readonly StateDiff[];
  readonly leftOut: LeftOut;
};

/**
 * Splits what moved in a span, with what still waits of earlier spans, into the diffs of the batch and those
 * of the edges that it quarantines. The diffs of one edge become one: movements add up, of the flags
 * every one stays. An auditor folds the batches of a log with it and gets the payload of each.
 * @throws RangeError when what one edge of the batch moved adds up to more than ±(2^63−1).
 */
export function splitDiffs(
  collected: readonly WaitingDiff[],
  before: LeftOut,
  quarantined: ReadonlySet<number>,
): SplitDiffs {
  const waiting = new Map(before);
  for (const diff of collected) {
    const earlier = waiting.get(diff.edge);
    waiting.set(diff.edge, earlier === undefined ? diff : sumOf(earlier, diff));
  }
  const all = [...waiting.values()].sort((one, other) => one.edge - other.edge);
  return {
    batch: all
      .filter(({ edge }) => !quarantined.has(edge))
      .map((diff) => ({ ...diff, delta: signedAmount(diff.delta) })),
    leftOut: new Map(
      all.filter(({ edge }) => quarantined.has(edge)).map((diff) => [diff.edge, diff]),
    ),
  };
}

function sumOf(earlier: WaitingDiff, later: WaitingDiff): WaitingDiff {
  return {
    edge: later.edge,
    delta: earlier.delta + later.delta,
    moves: earlier.moves + later.moves,
    flags: earlier.flags | later.flags,
  };
}
