// Goal: what is shown of anchors is what they are: a pending one is pending, with its age.
import type { Anchor, AnchorStatus } from '@atomicity/kernel/anchor/anchor';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import { anchorId } from '@atomicity/kernel/anchor/event-codec';
import { testHash, testKey } from '@atomicity/kernel/testing/keys';
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { unixMs } from '@atomicity/kernel/units/time';
import { expect, test } from 'vitest';
import { anchorList, furthestOver } from './anchor-list.ts';

const AT = 1_795_251_960_000;

function anchorOf(rail: string, size: number, status: AnchorStatus): Anchor {
  const subject = { origin: 'o', size, root: testHash(`root ${size}`) };
  return {
    anchor: anchorId(subject, rail),
    subject,
    rail,
    idempotencyKey: testHash(`key ${rail} ${size}`),
    status,
    plannedAt: unixMs(AT),
    since: unixMs(AT + 5_000),
    calendar: null,
    prepared: 'f1',
    proof: status === 'pending' ? 'aa' : null,
    height: null,
    reason: null,
  };
}

const ots = anchorOf('opentimestamps', 9, 'pending');
const paid = anchorOf('lightning', 9, 'confirmed');
const dollars = parseDenomination('USD/6') ?? expect.fail('USD/6');
const batch: ClosedBatch = {
  batch: testHash('batch'),
  subject: ots.subject,
  from: 3,
  payload: testHash('payload'),
  diffs: 1,
  values: [{ denomination: dollars, amount: amount(12n) }],
  rails: ['lightning', 'opentimestamps'],
  settles: {
    edge: testHash('edge'),
    debtor: testKey('a').id,
    creditor: testKey('b').id,
    denomination: dollars,
    amount: amount(5n),
    request: null,
    target: 'https://creditor.example/invoices?token=secret',
  },
  reason: 'fee_low',
  quarantined: [],
  closedAt: unixMs(AT),
};
const orders: string[] = [];
const list = anchorList({
  settler: {
    status: () => [paid, ots],
    batches: () => [batch],
    abandon: async (anchor, reason) => void orders.push(`${anchor} ${reason}`),
  },
  askBatch: () => void orders.push('batch'),
  closedIndex: (_budget, periodIndex) => (periodIndex === 0 ? 8 : undefined),
  unanchored: () => ({ anchoredSize: 9, size: 10, since: null, ageMs: 0, values: [] }),
  now: () => AT + 60_000,
});

test('a pending anchor ages, an ended one does not', async () => {
  const shown = await list.newest(10);
  expect(shown.map(({ rail, status, ageMs }) => [rail, status, ageMs])).toEqual([
    ['lightning', 'confirmed', 5_000],
    ['opentimestamps', 'pending', 60_000],
  ]);
  expect(JSON.stringify(shown)).not.toContain(ots.idempotencyKey);
  expect(await list.newest(1)).toHaveLength(1);
});

test('a batch has the state of each of its anchors, and hides where it is paid', async () => {
  const { batches, unanchored } = await list.batches(10);
  expect(batches[0]?.anchors.map(({ rail, status }) => `${rail} ${status}`)).toEqual([
    'lightning confirmed',
    'opentimestamps pending',
  ]);
  expect(batches[0]).toMatchObject({ from: 3, size: 9, values: [{ amount: '12' }] });
  expect(JSON.stringify(batches)).not.toContain('secret');
  expect(unanchored.anchoredSize).toBe(9);
});

test('orders reach the settler, for anchors that there are', async () => {
  expect(list.askBatch()).toBe(true);
  expect(await list.abandon(ots.anchor, 'late')).toMatchObject({ rail: 'opentimestamps' });
  expect(await list.abandon('f'.repeat(64), 'late')).toBeUndefined();
  expect(orders).toEqual(['batch', `${ots.anchor} late`]);
});

test('a period has what covers its close, once it is closed', async () => {
  expect((await list.ofPeriod('b', 0)).map(({ rail }) => rail)).toEqual([
    'lightning',
    'opentimestamps',
  ]);
  expect(await list.ofPeriod('b', 1)).toEqual([]);
});

test('of several anchors of a rail the furthest counts, then the smallest that covers', () => {
  const rail = 'opentimestamps';
  const sizes = (anchors: readonly Anchor[], index: number) =>
    furthestOver(anchors, index).map(({ subject, status }) => `${subject.size} ${status}`);
  const all = [
    anchorOf(rail, 30, 'planned'),
    anchorOf(rail, 20, 'confirmed'),
    anchorOf(rail, 15, 'confirmed'),
    anchorOf(rail, 10, 'pending'),
    anchorOf(rail, 5, 'failed'),
  ];
  expect(sizes(all, 4)).toEqual(['15 confirmed']);
  expect(sizes(all, 17)).toEqual(['20 confirmed']);
  expect(sizes(all, 29)).toEqual(['30 planned']);
  expect(sizes(all, 30)).toEqual([]);
});
