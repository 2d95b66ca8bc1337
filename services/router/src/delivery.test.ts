// Goal: the receiver's buffer waits, binds itself and lets go at exact times. Method: a table over the
// kernel's own hops, made by real payments whose parts arrive as each row says.
import { must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { describe, expect, it } from 'vitest';
import { deliveryStep } from './delivery.ts';
import { hopsOf, square } from './testing/streets.ts';

const LEAD_MS = 500;

/** dave, silent, holds `parts` of two parts of 1000 in all; he would take `least`. */
async function held(parts: 1 | 2, least: bigint) {
  const nodes = square({ roundsMax: 1 });
  nodes.node('dave').finalizer = {
    commit: () => Promise.resolve(undefined),
    finalize: () => Promise.resolve(undefined),
  };
  nodes.fate = (from, to, message) =>
    parts === 1 && from === 'carol' && to === 'dave' && message.objects.length > 0
      ? 'lost'
      : 'delivered';
  const intent = nodes.intent('dave', 1_000n, { minDeliverable: amount(least) });
  await nodes.node('alice').agent.pay(nodes.request('alice', intent));
  await nodes.time.run(100);
  const state = nodes.node('dave').book.state();
  const hops = hopsOf(nodes, 'dave');
  expect(hops).toHaveLength(parts);
  const first = Math.min(...hops.map(({ terms }) => terms.deadline));
  const step = (now: number, of: Hash = intent.id, from = state) =>
    deliveryStep(from, of, nodes.node('dave').party.id, unixMs(now), { settleLeadMs: LEAD_MS });
  return { nodes, state, hops, first, step };
}

describe('with the whole amount in two parts', () => {
  it('the receiver binds the payers at once, until the first part would lapse', async () => {
    const { step, first, hops } = await held(2, 1_000n);
    const now = first - 7_000;
    const next = step(now);
    expect(next).toMatchObject({ kind: 'commit', windowMs: 7_000 });
    const parts = next.kind === 'commit' ? next.parts.map(({ terms }) => terms.part) : [];
    expect(parts).toEqual(hops.map(({ terms }) => terms.part).sort());
  });

  it('it takes nothing any more at the deadline of one', async () => {
    const { step, first } = await held(2, 1_000n);
    expect(step(first - 1).kind).toBe('commit');
    expect(step(first + 60_000)).toEqual({ kind: 'rest' });
  });
});

describe('with one part of two', () => {
  it('it waits for the other until twice the lead before the deadline, then takes what it has', async () => {
    const { step, first } = await held(1, 300n);
    const decideAt = first - 2 * LEAD_MS;
    expect(step(decideAt - 1)).toEqual({ kind: 'wait', untilMs: decideAt });
    expect(step(decideAt).kind).toBe('finalize');
  });

  it('it waits for no other when the intent takes no more parts: its silence would name it', async () => {
    const { step, first, state, hops } = await held(1, 300n);
    const { intent: id } = must(hops[0], 'hop').terms;
    const asked = must(state.intents.get(id), 'intent');
    const delivery = { ...must(asked.terms.delivery, 'delivery'), partsMax: 1 };
    const terms = { ...asked.terms, delivery };
    const single = { ...state, intents: state.intents.set(id, { ...asked, terms }) };
    expect(step(first - 7_000, id, single).kind).toBe('finalize');
  });

  it('it lets the part lapse when that is less than it would take', async () => {
    const { step, first } = await held(1, 1_000n);
    expect(step(first - 2 * LEAD_MS)).toEqual({ kind: 'rest' });
    expect(step(first - 1)).toEqual({ kind: 'rest' });
  });
});

describe('when payers have been told', () => {
  it('it waits for all their answers, then takes those that answered if they are enough', async () => {
    const { step, first, state, hops } = await held(2, 300n);
    const commit = {
      signal: must(hops[0], 'hop').terms.intent,
      eventId: must(hops[0], 'hop').eventId,
      at: state.at,
    };
    const [one, other] = hops.map((hop) => ({ ...hop, status: 'active*' as const, commit }));
    const answered = { ...must(one, 'hop'), commitReceipt: must(one, 'hop').eventId };
    const both = (last: typeof answered | NonNullable<typeof other>) => ({
      ...state,
      hops: state.hops.set(answered.terms.voucher, answered).set(last.terms.voucher, last),
    });
    const waiting = both(must(other, 'hop'));
    const last = first - LEAD_MS;
    expect(step(last - 1, answered.terms.intent, waiting)).toEqual({ kind: 'wait', untilMs: last });
    const late = step(last, answered.terms.intent, waiting);
    expect(late.kind === 'finalize' && late.parts.map(({ terms }) => terms.voucher)).toEqual([
      answered.terms.voucher,
    ]);
    const told = { ...must(other, 'hop'), commitReceipt: answered.eventId };
    const all = step(last - 1, answered.terms.intent, both(told));
    expect(all.kind === 'finalize' && all.parts.length).toBe(2);
  });
});

it('an intent that nobody knows needs nothing', async () => {
  const { step, first, hops } = await held(1, 300n);
  expect(step(first - 1, must(hops[0], 'hop').eventId)).toEqual({ kind: 'rest' });
});
