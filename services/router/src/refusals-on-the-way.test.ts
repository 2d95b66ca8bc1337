// Goal: a payment finds another way, or ends with a reason and a place; nothing is spent that the order
// does not allow. Method: neighbourhoods whose edges, prices, clocks or receivers are not as offered.
import { must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { describe, expect, it } from 'vitest';
import { Neighbourhood } from './testing/neighbourhood.ts';
import { balance, differences, hopsOf, square, statuses, street } from './testing/streets.ts';

const diskFull = (): never => {
  throw new Error('database or disk is full');
};

const idOf = (nodes: Neighbourhood, name: string) => nodes.node(name).party.id;

describe('a hop that cannot forward', () => {
  /** bob offers much more to dave than his edge carries; carol is dearer, and can. */
  function lure(): Neighbourhood {
    const nodes = new Neighbourhood([
      ['alice', 'bob'],
      ['alice', 'carol'],
      ['bob', 'dave', 100n],
      ['carol', 'dave'],
    ]);
    nodes.offer('bob', { dave: 1_000_000n }, { feeFlat: amount(1n) });
    nodes.offer('carol', { dave: 1_000_000n }, { feeFlat: amount(50n) });
    return nodes;
  }

  it('is named, learnt, and gone around within the same order', async () => {
    const nodes = lure();
    const intent = nodes.intent('dave', 1_000n, { partsMax: 1 });
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(2_000);

    expect(nodes.node('alice').agent.payment(intent.id)).toMatchObject({
      status: 'finalized',
      rounds: 2,
      fees: 50n,
    });
    expect(nodes.node('alice').routing.outcomes).toContainEqual(
      expect.objectContaining({
        kind: 'failed',
        from: idOf(nodes, 'bob'),
        to: idOf(nodes, 'dave'),
        amount: 1_000n,
      }),
    );
    expect(statuses(nodes, 'bob')).toEqual(['payee lapsed']);
    expect(hopsOf(nodes, 'bob')[0]?.lapse?.reason).toBe('edge_limit_exceeded');
  });

  it('ends the payment with its name when there is no other way', async () => {
    const nodes = lure();
    nodes.fate = (from, to) => (from === 'alice' && to === 'carol' ? 'lost' : 'delivered');
    const intent = nodes.intent('dave', 1_000n, { partsMax: 1 });
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(60_000);

    const view = must(nodes.node('alice').agent.payment(intent.id), 'payment');
    expect([view.status, view.paid]).toEqual(['failed', 0n]);
    expect(nodes.node('alice').agent.pendingCount).toBe(0);
  });

  it('further along is found by its own receipt, which the hops before it pass on', async () => {
    const nodes = new Neighbourhood([
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'dave', 100n],
    ]);
    nodes.offer('bob', { carol: 1_000_000n });
    nodes.offer('carol', { dave: 1_000_000n });
    const intent = nodes.intent('dave', 1_000n, { partsMax: 1 });
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(5_000);

    expect(nodes.node('alice').agent.payment(intent.id)).toMatchObject({
      status: 'failed',
      reason: 'edge_limit_exceeded',
      hop: idOf(nodes, 'carol'),
    });
    const failed = nodes.node('alice').routing.outcomes.filter(({ kind }) => kind === 'failed');
    expect(failed.map(({ from, to }) => [from, to])).toEqual([
      [idOf(nodes, 'carol'), idOf(nodes, 'dave')],
    ]);
  });
});

describe('a receiver', () => {
  it('that does not know the intent ends the payment at once', async () => {
    const nodes = street();
    const known = nodes.intent('dave', 1_000n);
    const other = street();
    // The same receiver asks through another node: dave's book here does not have it.
    const foreign = other.intent('dave', 2_000n, { label: 'foreign' });
    await nodes.node('alice').agent.pay(nodes.request('alice', foreign));
    await nodes.time.run(5_000);
    expect(nodes.node('alice').agent.payment(foreign.id)).toMatchObject({
      status: 'failed',
      reason: 'intent_unknown',
      hop: idOf(nodes, 'dave'),
      rounds: 1,
    });
    expect(known.id).not.toBe(foreign.id);
  });

  it('that stays silent lets every hold lapse: no partial, no refund, nothing left to do', async () => {
    const nodes = street();
    nodes.node('dave').silent = true;
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(2_000);
    expect(nodes.node('alice').agent.payment(intent.id)?.status).toBe('held');
    await nodes.time.run(60_000);
    expect(nodes.node('alice').agent.payment(intent.id)).toMatchObject({
      status: 'lapsed',
      paid: 0n,
      reason: 'expired',
    });
    for (const name of ['alice', 'bob', 'carol', 'dave']) {
      expect(new Set(hopsOf(nodes, name).map(({ status }) => status))).toEqual(new Set(['lapsed']));
      expect(nodes.node(name).agent.pendingCount).toBe(0);
    }
    expect(balance(nodes, 'alice', 'bob')).toBe(0n);
  });

  it('that speaks late, but in time, is paid', async () => {
    const nodes = street();
    nodes.node('dave').silent = true;
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(2_000);
    nodes.node('dave').silent = false;
    await nodes.time.run(6_000);
    expect(nodes.node('alice').agent.payment(intent.id)?.status).toBe('finalized');
    expect(differences(nodes)).toBe('0,0,0');
  });
});

describe('clocks that are wrong by minutes or weeks', () => {
  it.each([
    [['bob'], 1_000_000_000],
    [['dave'], 1_000_000],
    [['alice'], 1_000_000_000],
    [['alice', 'bob', 'dave'], 3_000_000],
  ])('%s by %s ms: the payment is final, the deadlines still shrink', async (names, ms) => {
    const nodes = new Neighbourhood([
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'dave'],
    ]);
    for (const name of names) nodes.skew(name, ms);
    nodes.offer('bob', { carol: 1_000_000n });
    nodes.offer('carol', { dave: 1_000_000n });
    const intent = nodes.intent('dave', 1_000n);
    await nodes
      .node('alice')
      .agent.pay(nodes.request('alice', intent, { expiresInMs: 2_000_000_000 }));
    await nodes.time.run(3_000);
    expect(nodes.node('alice').agent.payment(intent.id)?.status).toBe('finalized');
    expect(differences(nodes)).toBe('0,0,0');
  });
});

describe('a reading of a clock that has grown old', () => {
  it('is renewed before a voucher rests on it', async () => {
    const nodes = street();
    const first = nodes.intent('dave', 100n);
    await nodes.node('alice').agent.pay(nodes.request('alice', first));
    await nodes.time.run(2_000);
    const before = nodes.sent.length;
    const second = nodes.intent('dave', 100n);
    await nodes.node('alice').agent.pay(nodes.request('alice', second));
    await nodes.time.run(2_000);
    const pings = nodes.sent.slice(before).filter(({ objects }) => objects === 0);
    expect(pings.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'alice bob',
      'bob carol',
      'carol dave',
    ]);
    expect(nodes.node('alice').agent.payment(second.id)?.status).toBe('finalized');
  });
});

describe('probes', () => {
  it('come back at once, count against the order, and teach where the way ends', async () => {
    const nodes = square();
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent, { maxProbeSpend: 10n }));
    await nodes.time.run(3_000);
    const probes = hopsOf(nodes, 'alice').filter(({ terms }) => terms.probe);
    expect(probes.map(({ lapse }) => lapse?.reason)).toEqual(['probe', 'probe']);
    const { outcomes } = nodes.node('alice').routing;
    expect(outcomes.slice(0, 4).map(({ kind, amount: of }) => [kind, of])).toEqual([
      ['held', 2n],
      ['held', 1n],
      ['held', 2n],
      ['held', 1n],
    ]);
    expect(nodes.node('alice').agent.payment(intent.id)?.status).toBe('finalized');
    const order = [...nodes.node('alice').book.state().orders.values()][0];
    expect(order?.probeSpend).toBe(4n);
    expect(balance(nodes, 'dave', 'bob') + balance(nodes, 'dave', 'carol')).toBe(1_000n);
  });

  it('never spend more than maxProbeSpend, and without any left the payment goes on', async () => {
    const nodes = square();
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent, { maxProbeSpend: 3n }));
    await nodes.time.run(3_000);
    const probes = hopsOf(nodes, 'alice').filter(({ terms }) => terms.probe);
    expect(probes.length).toBe(1);
    expect(nodes.node('alice').agent.payment(intent.id)?.status).toBe('finalized');
  });
});

describe('an order', () => {
  it.each([
    ['the fees exceed maxFee', { maxFee: 21n }, 'max_fee_exceeded'],
    ['there is no time', { expiresInMs: 900 }, 'hold_too_long'],
  ])('fails with the reason when %s', async (_what, change, reason) => {
    const nodes = street();
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent, change));
    await nodes.time.run(2_000);
    expect(nodes.node('alice').agent.payment(intent.id)).toMatchObject({
      status: 'failed',
      reason,
    });
    expect(hopsOf(nodes, 'alice')).toEqual([]);
  });

  it('is refused before anything is recorded when the receiver did not sign the intent', async () => {
    const nodes = street();
    const intent = nodes.intent('dave', 1_000n);
    const request = nodes.request('alice', intent);
    const mallory = nodes.delegation(nodes.node('carol').party).text;
    const outcome = await nodes.node('alice').agent.pay({ ...request, delegation: mallory });
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { reason: 'key_unknown' } });
    expect(nodes.node('alice').book.state().orders.size).toBe(0);
    expect(nodes.node('alice').journal.all('payment')).toEqual([]);
  });

  it('for an intent that is being paid already is refused, and the first goes on', async () => {
    const nodes = street();
    const intent = nodes.intent('dave', 1_000n);
    const { agent, journal } = nodes.node('alice');
    const first = await agent.pay(nodes.request('alice', intent));
    expect(first.kind).toBe('taken');
    expect(await agent.pay(nodes.request('alice', intent))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'exists_with_different_terms' },
    });
    expect(journal.all('payment')).toHaveLength(1);
    await nodes.time.run(2_000);
    expect(agent.payment(intent.id)?.status).toBe('finalized');
    expect(journal.all('payment')).toEqual([]);
  });

  it('that the journal does not take is refused as busy, with nothing begun, and taken later', async () => {
    const nodes = street();
    const { agent, book, journal } = nodes.node('alice');
    const request = nodes.request('alice', nodes.intent('dave', 1_000n));
    const { put } = journal;
    const before = book.state().revision;
    Object.assign(journal, { put: diskFull });
    expect(await agent.pay(request)).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'busy' },
    });
    expect([book.state().revision, agent.pendingCount, agent.halted]).toEqual([
      before,
      0,
      undefined,
    ]);
    Object.assign(journal, { put });
    expect((await agent.pay(request)).kind).toBe('taken');
    await nodes.time.run(2_000);
    expect(statuses(nodes, 'alice')).toEqual(['payer active']);
  });

  it('that was refused or has ended leaves the journal in the end, whatever the disk says', async () => {
    const nodes = street();
    const { agent, book, journal } = nodes.node('alice');
    const intent = nodes.intent('dave', 1_000n);
    const request = nodes.request('alice', intent);
    const { drop } = journal;
    Object.assign(journal, { drop: diskFull });
    book.fault = () => 'busy';
    expect(await agent.pay(request)).toMatchObject({ refusal: { reason: 'busy' } });
    book.fault = () => undefined;
    expect(journal.all('payment')).toHaveLength(1);
    Object.assign(journal, { drop });
    await nodes.time.run(10_000);
    expect(journal.all('payment')).toEqual([]);
    await agent.pay(request);
    Object.assign(journal, { drop: diskFull });
    await nodes.time.run(2_000);
    expect(agent.payment(intent.id)?.status).toBe('finalized');
    expect([journal.all('payment').length, agent.pendingCount]).toEqual([1, 0]);
    Object.assign(journal, { drop });
    await nodes.time.run(10_000);
    expect(journal.all('payment')).toEqual([]);
  });

  it('that is taken soon after a refusal keeps its entry', async () => {
    const nodes = street();
    nodes.node('dave').silent = true;
    const { agent, book, journal } = nodes.node('alice');
    const request = nodes.request('alice', nodes.intent('dave', 1_000n));
    const { drop } = journal;
    Object.assign(journal, { drop: diskFull });
    book.fault = () => 'busy';
    await agent.pay(request);
    Object.assign(journal, { drop });
    book.fault = () => undefined;
    expect((await agent.pay(request)).kind).toBe('taken');
    await nodes.time.run(8_000);
    expect(journal.all('payment')).toHaveLength(1);
  });

  it('given twice is one payment', async () => {
    const nodes = street();
    const request = nodes.request('alice', nodes.intent('dave', 1_000n));
    const { agent } = nodes.node('alice');
    const [one, two] = await Promise.all([agent.pay(request), agent.pay(request)]);
    expect([one.kind, two.kind]).toEqual(['taken', 'taken']);
    await nodes.time.run(2_000);
    expect(statuses(nodes, 'alice')).toEqual(['payer active']);
  });
});
