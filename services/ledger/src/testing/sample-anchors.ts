import type { AnchorList } from '../log-view.ts';

/** Anchors and a batch with every member filled. */
export function sampleAnchors(debtor: string, creditor: string): AnchorList {
  const state = {
    anchor: 'a1',
    rail: 'opentimestamps',
    size: 3,
    status: 'pending',
    since: 2,
  } as const;
  const calendar = 'local calendar: proves nothing to outsiders';
  const place = { from: 0, size: 3, root: 'b'.repeat(64), closedAt: 1, payload: 'd'.repeat(64) };
  const value = { denomination: 'USD/6', amount: '12' };
  const newest = {
    ...state,
    root: 'b'.repeat(64),
    calendar,
    plannedAt: 1,
    ageMs: 5,
    height: null,
    reason: null,
    proof: '00ff',
  };
  return {
    newest: async () => [newest, { ...newest, rail: 'lightning' }],
    askBatch: () => true,
    abandon: async (anchor) => (anchor === 'a'.repeat(64) ? state : undefined),
    ofPeriod: async () => [state],
    batches: async () => ({
      batches: [
        {
          ...place,
          batch: 'c'.repeat(64),
          reason: 'age_over_max',
          diffs: 1,
          values: [value],
          settles: { ...value, edge: 'e'.repeat(64), debtor, creditor, request: null },
          quarantined: [{ edge: 'f'.repeat(64), reason: 'disputed' }],
          anchors: [state],
        },
      ],
      unanchored: { anchoredSize: 0, size: 4, since: 1, ageMs: 9, values: [value] },
    }),
  };
}
