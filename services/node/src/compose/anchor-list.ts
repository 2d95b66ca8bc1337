import type { AnchorList } from '@atomicity/ledger/log-view';
import type { Settler } from '@atomicity/settler/settler';

/** The anchors as the HTTP edge shows them. */
export function anchorList(settler: Settler): AnchorList {
  return {
    async newest(limit) {
      return settler
        .status()
        .slice(0, limit)
        .map(({ anchor, subject, status, calendar, plannedAt, proof }) => ({
          anchor,
          size: subject.size,
          root: subject.root,
          status,
          calendar,
          plannedAt,
          proof,
        }));
    },
  };
}
