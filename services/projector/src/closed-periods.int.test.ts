// Goal: what the attestor reads is what the log fixed. Method: recompute commitments and roots from
// the rows of a closed period and compare them with its close.
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { batchCommitment } from '@atomicity/kernel/note/batch-commitment';
import { commitment, tokenOf } from '@atomicity/kernel/note/commitment';
import { leavesRoot, tokensRoot } from '@atomicity/kernel/note/roots';
import { policyDigest } from '@atomicity/kernel/policy/policy-digest';
import { amount } from '@atomicity/kernel/units/amount';
import { afterEach, describe, expect, it } from 'vitest';
import { closedIndexOf, closedPeriod, noteCounts, pendingPeriods } from './closed-periods.ts';
import { firstMovementAt } from './movements.ts';
import { BookWorld } from './testing/book-world.ts';
import { attestPeriod, closePeriod, delegateBudget } from './testing/budget-world.ts';
import { LogHarness } from './testing/log-harness.ts';

let harness: LogHarness;
afterEach(async () => {
  await harness.close();
});

describe('a closed period of batch notes', () => {
  it('has the payments of each note, and names the circuit that proves it', async () => {
    harness = await LogHarness.open(() => new MemoryEventStore());
    const world = new BookWorld('batches');
    const budget = delegateBudget(world);
    const items = [7n, 0n, 11n].map((spend, i) => ({ spend: amount(spend), stepMs: 9 * i }));
    for (const ending of ['spent', 'void', 'lapsed'] as const) {
      world.pay({ budget, provider: 1, units: 17n, fee: 1n, items, ending });
    }
    closePeriod(world, budget, true);
    await harness.append(world.stream, world.events);
    await harness.settled();
    const { file } = harness.projector.projection;
    const closed = closedPeriod(file, { budget, periodIndex: 0 });
    if (closed === undefined) throw new Error('the period is closed');
    const { slots, period, tier, circuit } = closed;
    expect(circuit).toBe('batch');
    expect(slots.map((slot) => slot.items)).toEqual([items, items, items]);
    for (const { at, category, regime, authorization, salt, ...slot } of slots) {
      const token = tokenOf(authorization);
      const opened = batchCommitment({ at, category, regime, items, period, token, salt });
      expect([fieldToHex(opened), slot.spend]).toEqual([slot.commitment, 18n]);
    }
    expect(fieldToHex(leavesRoot(slots, tier))).toBe(closed.leavesRoot);
  });
});

describe('a closed period', () => {
  it('is pending until it is attested, with every opening of its notes', async () => {
    harness = await LogHarness.open(() => new MemoryEventStore());
    const world = new BookWorld('closed');
    const budget = delegateBudget(world);
    const delegated = world.events.findIndex(({ type }) => type === 'BudgetDelegated');
    for (const ending of ['spent', 'void', 'lapsed', 'spent'] as const) {
      world.pay({ budget, provider: 1, units: 1_000n, fee: 3n, ending });
    }
    closePeriod(world, budget, false);
    const closedIndex = world.events.length - 1;
    world.pay({ budget, provider: 0, units: 5n, ending: 'spent' });
    await harness.append(world.stream, world.events);
    await harness.settled();
    const { file } = harness.projector.projection;
    const place = { budget, periodIndex: 0 };
    expect(pendingPeriods(file)).toEqual([place]);
    expect([...noteCounts(file)].sort()).toEqual([1, 4]);
    expect(closedPeriod(file, { budget, periodIndex: 1 })).toBeUndefined();
    const closed = closedPeriod(file, place);
    if (closed === undefined) throw new Error('the period is closed');
    const { slots, tier, period, firstTreeSize } = closed;
    expect([firstTreeSize, closed.closedIndex]).toEqual([delegated, closedIndex]);
    expect(closedIndexOf(file, budget, 0)).toBe(closedIndex);
    expect(closedIndexOf(file, budget, 1)).toBeUndefined();
    const paid = world.events.findIndex(({ type }) => type === 'PaymentFinalized');
    expect(firstMovementAt(file, 0)).toBe(world.events[paid]?.at);
    expect(firstMovementAt(file, world.events.length)).toBeUndefined();
    expect(slots.map(({ status }) => status)).toEqual(['spent', 'void', 'lapsed', 'spent']);
    expect([closed.circuit, new Set(slots.map(({ items }) => items))]).toEqual([
      'spend',
      new Set([null]),
    ]);
    for (const { spend, at, category, regime, authorization, salt, ...slot } of slots) {
      const packed = { spend, at, category, regime };
      const opened = commitment({ packed, period, token: tokenOf(authorization), salt });
      expect(fieldToHex(opened)).toBe(slot.commitment);
    }
    expect(fieldToHex(leavesRoot(slots, tier))).toBe(closed.leavesRoot);
    expect(fieldToHex(tokensRoot(slots, tier))).toBe(closed.tokensRoot);
    expect(fieldToHex(policyDigest(closed.policy))).toBe(closed.policyDigest);
    attestPeriod(world, budget, 0);
    closePeriod(world, budget, true);
    await harness.append(world.stream, world.events.slice(closedIndex + 1).slice(-2));
    await harness.settled();
    expect(pendingPeriods(file)).toEqual([{ budget, periodIndex: 1 }]);
    // The second period begins right behind the close of the first.
    expect(closedPeriod(file, { budget, periodIndex: 1 })?.firstTreeSize).toBe(closedIndex + 1);
  });
});
