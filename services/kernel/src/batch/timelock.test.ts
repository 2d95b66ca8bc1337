// Goal: where timelocks come from. Method: the books of a line and of a fleet, with open and ended holds.
import { describe, expect, test } from 'vitest';
import { ownHold } from '../testing/holds.ts';
import { claimedLine, createLine, heldByBob, hopAt, setClock } from '../testing/hop-table.ts';
import { edgeBetween } from '../testing/network-core.ts';
import { createFleet } from '../testing/test-book.ts';
import { unixMs } from '../units/time.ts';
import { earliestHold, endsAt } from './timelock.ts';

describe('a timelock ends', () => {
  const tips = [{ chain: 'bitcoin', height: 100, at: unixMs(1_000), fastIntervalMs: 10 }];
  test.each([
    ['by the clock', { kind: 'time', at: unixMs(7) } as const, 7],
    ['blocks after the tip', { kind: 'blocks', chain: 'bitcoin', height: 103 } as const, 1_030],
    ['at the tip', { kind: 'blocks', chain: 'bitcoin', height: 100 } as const, 1_000],
    [
      'when its tip was seen, once past',
      { kind: 'blocks', chain: 'bitcoin', height: 9 } as const,
      1_000,
    ],
    ['nobody knows when', { kind: 'blocks', chain: 'ethereum', height: 9 } as const, undefined],
  ])('%s', (_, timelock, expected) => {
    expect(endsAt(timelock, tips)).toBe(expected);
  });
});

describe('the earliest hold', () => {
  test('of a book without holds is none', () => {
    const { book, gpuEdge } = createFleet();
    expect(earliestHold(book.state, new Set([gpuEdge]), 0)).toBeNull();
  });

  test('is that with the earliest deadline, on an edge that moves', () => {
    const fleet = createFleet();
    const { book, gpuEdge, cloudEdge } = fleet;
    const late = ownHold(fleet, 10n, { expiresAt: unixMs(book.now + 50_000) });
    book.accept(late);
    book.accept(ownHold(fleet, 10n, { expiresAt: unixMs(book.now + 40_000) }));
    const at = unixMs(book.now + 40_000);
    expect(earliestHold(book.state, new Set([gpuEdge]), 0)).toEqual({ kind: 'time', at });
    expect(earliestHold(book.state, new Set([cloudEdge]), 0)).toBeNull();
  });

  test('leaves out what never lived longer than the margin', () => {
    const fleet = createFleet();
    const { book, gpuEdge } = fleet;
    book.accept(ownHold(fleet, 10n, { expiresAt: unixMs(book.now + 40_000) }));
    expect(earliestHold(book.state, new Set([gpuEdge]), 40_000)).toBeNull();
    expect(earliestHold(book.state, new Set([gpuEdge]), 39_999)).not.toBeNull();
  });

  test('may be a hop, by the clock of this book, until it ended', () => {
    const line = createLine();
    const { id } = heldByBob(line);
    const edges = new Set([edgeBetween(line.network, 'alice', 'bob')]);
    const { deadline } = hopAt(line.bob, id).terms;
    const found = () => earliestHold(line.bob.book.state, edges, 0);
    expect(found()).toEqual({ kind: 'time', at: deadline });
    setClock(line.bob, deadline);
    line.bob.book.lapse();
    expect(found()).toBeNull();
  });

  test('may be a hop that was claimed: its payer has not answered', () => {
    const { line } = claimedLine();
    const edges = new Set([edgeBetween(line.network, 'alice', 'bob')]);
    expect(earliestHold(line.bob.book.state, edges, 0)).not.toBeNull();
  });
});
