import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import { isEnded } from '@atomicity/kernel/anchor/anchor';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import { anchorId } from '@atomicity/kernel/anchor/event-codec';
import type {
  AnchorList,
  AnchorStateView,
  AnchorView,
  BatchView,
  UnanchoredView,
} from '@atomicity/ledger/log-view';
import type { Settler } from '@atomicity/settler/settler';

export type AnchorListParts = {
  readonly settler: Pick<Settler, 'status' | 'batches' | 'abandon'>;
  /** Asks for a batch; undefined where the node closes none. */
  readonly askBatch: (() => void) | undefined;
  /** Dense log index of the close of a period; undefined while it is open. */
  readonly closedIndex: (budget: string, periodIndex: number) => number | undefined;
  readonly unanchored: () => UnanchoredView;
  readonly now: () => number;
};

/** The anchors and batches as the HTTP edge shows them. */
export function anchorList(parts: AnchorListParts): AnchorList {
  const { settler, closedIndex, unanchored, now, askBatch } = parts;
  return {
    askBatch() {
      askBatch?.();
      return askBatch !== undefined;
    },
    async abandon(id, reason) {
      const known = settler.status().find(({ anchor }) => anchor === id);
      if (known === undefined) return undefined;
      await settler.abandon(known.anchor, reason);
      const after = settler.status().find(({ anchor }) => anchor === id) ?? known;
      return anchorState(after);
    },
    async newest(limit) {
      return settler
        .status()
        .slice(0, limit)
        .map((anchor) => anchorView(anchor, now()));
    },
    async ofPeriod(budget, periodIndex) {
      const closed = closedIndex(budget, periodIndex);
      return closed === undefined ? [] : furthestOver(settler.status(), closed).map(anchorState);
    },
    async batches(limit) {
      const anchors = new Map(settler.status().map((anchor) => [anchor.anchor, anchor]));
      const batches = settler
        .batches()
        .slice(0, limit)
        .map((batch) => batchView(batch, anchors));
      return { batches, unanchored: unanchored() };
    },
  };
}

export function anchorView(anchor: Anchor, now: number): AnchorView {
  const { subject, calendar, plannedAt, height, reason, proof, since } = anchor;
  const until = isEnded(anchor) ? since : now;
  return {
    ...anchorState(anchor),
    root: subject.root,
    calendar,
    plannedAt,
    ageMs: Math.max(0, until - plannedAt),
    height,
    reason,
    proof,
  };
}

export function anchorState({ anchor, rail, subject, status, since }: Anchor): AnchorStateView {
  return { anchor, rail, size: subject.size, status, since };
}

export function batchView(batch: ClosedBatch, anchors: ReadonlyMap<string, Anchor>): BatchView {
  const { subject, from, rails, settles, closedAt, reason, payload, diffs, quarantined } = batch;
  return {
    batch: batch.batch,
    from,
    size: subject.size,
    root: subject.root,
    closedAt,
    reason,
    payload,
    diffs,
    values: batch.values.map(({ denomination, amount }) => ({ denomination, amount: `${amount}` })),
    settles: settles === null ? null : paidBy(settles),
    quarantined,
    anchors: rails
      .map((rail) => anchors.get(anchorId(subject, rail)))
      .filter((anchor) => anchor !== undefined)
      .map(anchorState),
  };
}

/** Where to pay stays out: a target may name an account. */
function paidBy(settles: NonNullable<ClosedBatch['settles']>): BatchView['settles'] {
  const { edge, debtor, creditor, denomination, amount, request } = settles;
  return { edge, debtor, creditor, denomination, amount: `${amount}`, request };
}

const FURTHEST_FIRST: readonly Anchor['status'][] = [
  'confirmed',
  'pending',
  'submitted',
  'planned',
  'failed',
];

/**
 * For each rail, ascending, the anchor over the event at `index` that is furthest; of several the one
 * over the fewest leaves.
 */
export function furthestOver(anchors: readonly Anchor[], index: number): readonly Anchor[] {
  const best = new Map<string, Anchor>();
  for (const anchor of anchors) {
    if (anchor.subject.size <= index) continue;
    const other = best.get(anchor.rail);
    if (other === undefined || isBetter(anchor, other)) best.set(anchor.rail, anchor);
  }
  return [...best.values()].sort((one, other) => (one.rail < other.rail ? -1 : 1));
}

function isBetter(one: Anchor, other: Anchor): boolean {
  const further = FURTHEST_FIRST.indexOf(one.status) - FURTHEST_FIRST.indexOf(other.status);
  return further < 0 || (further === 0 && one.subject.size < other.subject.size);
}
