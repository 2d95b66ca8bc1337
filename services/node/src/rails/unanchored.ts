import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import type { Exposure } from '@atomicity/kernel/batch/exposure';
import type { UnanchoredView } from '@atomicity/ledger/log-view';

/** Leaves under a confirmed anchor of any rail. */
export function anchoredSize(anchors: readonly Anchor[]): number {
  return anchors
    .filter(({ status }) => status === 'confirmed')
    .reduce((most, { subject }) => Math.max(most, subject.size), 0);
}

export type UnanchoredParts = {
  readonly anchors: () => readonly Anchor[];
  /** Leaves of the log. */
  readonly size: () => number;
  /** When the first position moved at this dense index or later. */
  readonly firstMovementAt: (from: number) => number | undefined;
  /** What moved at this dense index or later; empty where nobody counts it. */
  readonly valuesSince: (from: number) => UnanchoredView['values'];
  readonly now: () => number;
};

/** What is in the log and under no confirmed anchor, whenever it is asked. */
export function unanchoredView(parts: UnanchoredParts): () => UnanchoredView {
  return () => {
    const anchored = anchoredSize(parts.anchors());
    const since = parts.firstMovementAt(anchored) ?? null;
    return {
      anchoredSize: anchored,
      size: parts.size(),
      since,
      ageMs: since === null ? 0 : Math.max(0, parts.now() - since),
      values: since === null ? [] : parts.valuesSince(anchored),
    };
  };
}

/**
 * What moved after the first `anchored` leaves, one entry a denomination, ascending: what stands on each
 * batch that ends later, and what waits for the next one.
 */
export function unanchoredValues(
  batches: readonly ClosedBatch[],
  waiting: readonly Exposure[],
  anchored: number,
): UnanchoredView['values'] {
  const sums = new Map<string, bigint>();
  const add = (denomination: string, value: bigint) =>
    sums.set(denomination, (sums.get(denomination) ?? 0n) + value);
  for (const { subject, values } of batches) {
    if (subject.size <= anchored) continue;
    for (const { denomination, amount } of values) add(denomination, amount);
  }
  for (const { denomination, value } of waiting) add(denomination, value);
  return [...sums]
    .filter(([, sum]) => sum > 0n)
    .map(([denomination, sum]) => ({ denomination, amount: `${sum}` }))
    .sort((one, other) => (one.denomination < other.denomination ? -1 : 1));
}
