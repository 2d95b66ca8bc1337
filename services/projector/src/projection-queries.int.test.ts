// Goal: queries answer from one state and say which. Method: a book with a hold of each ending.
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProjectionQueries } from './projection-queries.ts';
import { BookWorld } from './testing/book-world.ts';
import { delegateBudget } from './testing/budget-world.ts';
import { LogHarness } from './testing/log-harness.ts';

const world = new BookWorld('queries');
const budget = delegateBudget(world);
const paid = world.pay({ budget, task: 'train', units: 1_000n, fee: 5n, ending: 'spent' });
const held = world.pay({ budget, task: 'train', provider: 1, units: 300n, ending: 'held' });
const freed = world.pay({ units: 70n, ending: 'void' });

let harness: LogHarness;
let queries: ProjectionQueries;
beforeEach(async () => {
  harness = await LogHarness.open(() => new MemoryEventStore());
  await harness.append(world.stream, world.events);
  await harness.settled();
  queries = new ProjectionQueries(harness.projector);
});
afterEach(async () => {
  await harness.close();
});

describe('queries', () => {
  it('state the log index and time that they are as of', async () => {
    const { asOf, value } = await queries.balances(world.agent);
    expect(asOf).toEqual({ logIndex: world.events.length - 1, at: world.now });
    const nothingYet = { heldIncoming: '0', denomination: 'USD/6' };
    expect(value).toEqual([{ ...nothingYet, net: '-1005', heldOutgoing: '300' }]);
    expect((await queries.balances('pk:nobody')).value).toBeUndefined();
  });

  it('show an edge from both sides', async () => {
    const [provider = ''] = world.providers;
    const { value: edges } = await queries.edgesOf(provider);
    expect(edges).toHaveLength(1);
    const edge = (await queries.edge(edges?.[0]?.edge ?? '')).value;
    expect(edge).toEqual(edges?.[0]);
    const owed = edge?.a === provider ? edge.balanceA : edge?.balanceB;
    expect(owed).toBe('1005');
    expect(BigInt(edge?.balanceA ?? 0) + BigInt(edge?.balanceB ?? 1)).toBe(0n);
    expect((await queries.edge('00')).value).toBeUndefined();
  });

  it('show every level of a budget adding up to its cap', async () => {
    const { value } = await queries.budget(budget);
    expect(value).toMatchObject({ committed: '300', spent: '1005', periodIndex: 0 });
    expect(value?.categories.map(({ committed, spent }) => [committed, spent])).toEqual([
      ['0', '1005'],
      ['300', '0'],
    ]);
    expect(value?.tasks).toMatchObject([{ name: 'train', committed: '300', spent: '1005' }]);
    for (const level of [value, ...(value?.categories ?? []), ...(value?.tasks ?? [])]) {
      if (level === undefined) throw new Error('no level');
      const { available, committed, spent, cap } = level;
      expect(BigInt(available) + BigInt(committed) + BigInt(spent)).toBe(BigInt(cap));
    }
    expect((await queries.budgetsOf(world.principal)).value).toEqual([value]);
    expect((await queries.budgetsOf(world.operator)).value).toEqual([]);
  });

  it('show holds and the authorizations of a period', async () => {
    const status = async (voucher: string) => (await queries.hold(voucher)).value?.status;
    expect(await status(paid.voucher)).toBe('finalized');
    expect(await status(held.voucher)).toBe('held');
    expect(await status(freed.voucher)).toBe('voided');
    expect((await queries.holdsOf(world.agent)).value).toHaveLength(3);
    expect((await queries.holdsOf(world.operator)).value).toEqual([]);
    const { value: period } = await queries.period(budget, 0);
    expect(period).toMatchObject({ status: 'open', count: 2, leavesRoot: null });
    expect(period?.authorizations).toEqual([
      { index: 0, status: 'spent', voucher: paid.voucher, category: 0, spend: '1005' },
      { index: 1, status: 'held', voucher: held.voucher, category: 1, spend: '300' },
    ]);
    expect((await queries.period(budget, 1)).value).toBeUndefined();
  });

  it('show the keys of a party', async () => {
    const { value } = await queries.party(world.agent);
    expect(value?.keys).toMatchObject([
      { key: world.agent, roles: ['auditor', 'operator', 'party'], revokedAt: null },
    ]);
    expect((await queries.party('pk:nobody')).value).toBeUndefined();
  });

  it('wait for a place in the log, and give up in time', async () => {
    const { projector } = harness;
    const size = world.events.length;
    expect(await queries.reached(world.stream, size - 1, 0)).toBe(true);
    expect(await queries.reached(world.stream, -1, 0)).toBe(true);
    expect(await queries.reached(world.stream, size, 1)).toBe(false);
    const later = projector.waitForIndex(size, 30_000);
    world.advance(10_000);
    await harness.append(world.stream, world.events.slice(size));
    expect(await later).toBe(true);
    expect((await queries.hold(held.voucher)).value?.status).toBe('lapsed');
    const never = projector.waitForIndex(1_000_000, 30_000);
    await projector.stop();
    expect(await never).toBe(false);
    expect(await projector.waitForIndex(1_000_000, 30_000)).toBe(false);
  });
});
