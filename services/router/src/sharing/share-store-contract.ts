import { testHash } from '@atomicity/kernel/testing/keys';
import { START, testParty } from '@atomicity/kernel/testing/world';
import { describe, expect, it } from 'vitest';
import type { RefusedShare, ShareStore } from './share-ports.ts';

const ALICE = testParty('alice').id;
const BOB = testParty('bob').id;

export const place = (revision: number) => ({ revision, eventId: testHash(`event ${revision}`) });

function refusedAt(revision: number, change: Partial<RefusedShare> = {}): RefusedShare {
  const why = { object: testHash('object'), type: 'KeyDelegated', reason: 'expired' };
  return { ...place(revision), ...why, at: START, isFinal: true, ...change };
}

/** What every store of shared objects does, the fake in memory included. `open` keeps 3 refusals. */
export function shareStoreContract(name: string, open: () => ShareStore): void {
  describe(`the store of shared objects ${name}`, () => {
    it('knows nothing of a neighbour at first', () => {
      const store = open();
      expect([store.cursor(ALICE), store.refused(ALICE)]).toEqual([undefined, []]);
    });

    it('keeps the last cursor of each neighbour', () => {
      const store = open();
      store.settle(ALICE, place(3), []);
      store.settle(ALICE, place(7), []);
      store.settle(BOB, place(1), []);
      expect([store.cursor(ALICE), store.cursor(BOB)]).toEqual([place(7), place(1)]);
    });

    it('keeps refusals with or without a new cursor, in order, one for each revision', () => {
      const store = open();
      store.settle(ALICE, place(9), [refusedAt(9, { isFinal: false }), refusedAt(4)]);
      store.settle(ALICE, undefined, [refusedAt(9, { object: null })]);
      expect(store.refused(ALICE)).toEqual([refusedAt(4), refusedAt(9, { object: null })]);
      expect(store.refused(BOB)).toEqual([]);
      expect(store.cursor(ALICE)).toEqual(place(9));
    });

    it('forgets what is dropped, and the oldest beyond its limit', () => {
      const store = open();
      store.settle(
        ALICE,
        place(5),
        [1, 2, 3, 4, 5].map((at) => refusedAt(at)),
      );
      store.drop(ALICE, 4);
      store.drop(ALICE, 4);
      expect(store.refused(ALICE)).toEqual([refusedAt(3), refusedAt(5)]);
    });
  });
}
