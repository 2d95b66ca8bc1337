// Goal: a neighbour can harm nobody but itself, and costs no more than its messages. Method: messages
// that no honest agent sends, to an agent whose book, counters and hops are watched.
import { declineReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { testHash, testKey } from '@atomicity/kernel/testing/keys';
import { must, START, through } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { BodyOf } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { describe, expect, it } from 'vitest';
import { Neighbourhood } from './testing/neighbourhood.ts';
import { balance, square, statuses, street } from './testing/streets.ts';

const HASH = testHash('some');

/** A voucher of `from` for bob, as good as it can be unless `change` makes it worse. */
function voucher(
  nodes: Neighbourhood,
  change: Partial<BodyOf<'CapacityVoucher'>> = {},
  route: Partial<NonNullable<BodyOf<'CapacityVoucher'>['route']>> = {},
  signer = 'alice',
) {
  const { book, party } = nodes.node('bob');
  const policy = must([...book.state().policies.keys()][0], 'policy') as typeof HASH;
  const carols = must([...nodes.node('carol').book.state().policies.keys()][0], 'policy');
  return nodes.world.object(
    {
      v: 1,
      type: 'CapacityVoucher',
      intent: HASH,
      edge: nodes.edgeId('alice', 'bob'),
      from: nodes.node('alice').party.id,
      to: party.id,
      denomination: nodes.policyOf('bob').denomination,
      amount: amount(100n),
      fee: amount(4n),
      at: nodes.time.now(),
      expiresAt: unixMs(nodes.time.now() + 30_000),
      policyHash: policy,
      prevReceipt: null,
      grant: null,
      route: {
        part: nodes.world.nonce(),
        finalizeKey: testKey('finalize').id,
        seenAt: nodes.time.now(),
        probe: false,
        hops: [
          { party: nodes.node('carol').party.id, policyHash: policy },
          { party: nodes.node('dave').party.id, policyHash: carols as typeof HASH },
        ],
        ...route,
      },
      nonce: nodes.world.nonce(),
      ...change,
    },
    through(nodes.node(signer).party),
  );
}

const send = (nodes: Neighbourhood, from: string, ...objects: string[]) =>
  nodes.node('bob').agent.receive({ from: nodes.node(from).party.id, objects });

async function reasonsOf(nodes: Neighbourhood, from: string, ...objects: string[]) {
  const { answers } = await send(nodes, from, ...objects);
  return answers.map((one) => {
    if (one.kind === 'refused') return one.refusal.reason;
    if (one.kind === 'none') return 'none';
    const parsed = parseObject(one.object);
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'HopReceipt') return 'unreadable';
    return `${parsed.object.body.transition} ${parsed.object.body.reason ?? ''}`.trim();
  });
}

describe('what cannot concern a common edge', () => {
  it('is refused before anything is verified, and leaves no trace', async () => {
    const nodes = street();
    const { book, counts } = nodes.node('bob');
    const rows = book.rows.length;
    const good = voucher(nodes);
    const texts = [
      'no json',
      '{}',
      good.text.slice(0, -1),
      'x'.repeat(70_000),
      nodes.delegation(nodes.node('alice').party).text,
    ];
    expect(await reasonsOf(nodes, 'alice', ...texts)).toEqual([
      'not_json',
      'missing_field',
      'not_json',
      'object_too_large',
      'unexpected_type',
    ]);
    // dave has no edge with bob; carol has, but the voucher is of alice.
    expect(await reasonsOf(nodes, 'dave', good.text)).toEqual(['peer_mismatch']);
    expect(await reasonsOf(nodes, 'carol', good.text)).toEqual(['peer_mismatch']);
    expect(counts.verifications).toBe(0);
    expect(book.rows.length).toBe(rows);
  });

  it('is not taken from a route that is none, or that is for another payee', async () => {
    const nodes = street();
    const local = voucher(nodes, { route: null, policyHash: null });
    const other = voucher(nodes, { to: nodes.node('carol').party.id });
    expect(await reasonsOf(nodes, 'alice', local.text, other.text)).toEqual([
      'peer_mismatch',
      'peer_mismatch',
    ]);
  });

  it('a receipt about a hop that nobody has costs nothing', async () => {
    const nodes = street();
    const held = must(declineReceiptOf(voucher(nodes), 'expired', START, START), 'receipt');
    const body = { ...held, hop: nodes.node('alice').party.id, peer: nodes.node('bob').party.id };
    const receipt = nodes.world.object(body, through(nodes.node('alice').party));
    expect(await reasonsOf(nodes, 'alice', receipt.text)).toEqual(['hop_unknown']);
    const signal = nodes.world.object(
      {
        v: 1,
        type: 'CommitSignal',
        intent: HASH,
        finalizeKey: testKey('finalize').id,
        parts: [nodes.world.nonce()],
        windowMs: 1_000,
        nonce: nodes.world.nonce(),
      },
      { by: testKey('finalize'), key: testKey('finalize') },
    );
    expect(await reasonsOf(nodes, 'alice', signal.text)).toEqual(['hop_unknown']);
    expect(nodes.node('bob').counts.verifications).toBe(0);
  });
});

describe('a voucher', () => {
  it('under a forged signature is refused without a signed word', async () => {
    const nodes = street();
    const good = voucher(nodes);
    const other = voucher(nodes);
    const sig = must(other.signatures[0], 'signature').sig;
    const forged = good.text.replace(must(good.signatures[0], 'signature').sig, sig);
    expect(await reasonsOf(nodes, 'alice', forged)).toEqual(['signature_invalid']);
    expect(nodes.node('bob').book.state().declined.size).toBe(0);
  });

  it('signed by a key that is not alice’s is refused without a signed word', async () => {
    const nodes = street();
    const good = voucher(nodes);
    const { id } = nodes.node('alice').party;
    const signed = nodes.world.object(good.body, {
      by: nodes.node('alice').party.identity,
      key: nodes.node('dave').party.key,
    });
    expect(signed.body.from).toBe(id);
    expect(await reasonsOf(nodes, 'alice', signed.text)).toEqual(['key_unknown']);
    expect(nodes.node('bob').book.state().declined.size).toBe(0);
  });

  it('that bob refuses is declined in his book first, for good, and in the same words again', async () => {
    const nodes = street();
    const poor = voucher(nodes, { fee: amount(1n) });
    expect(await reasonsOf(nodes, 'alice', poor.text)).toEqual(['lapsed fee_mismatch']);
    expect(nodes.node('bob').book.state().declined.size).toBe(1);
    const first = await send(nodes, 'alice', poor.text);
    await nodes.time.run(100);
    nodes.node('bob').restart();
    const second = await send(nodes, 'alice', poor.text);
    expect(second.answers).toEqual(first.answers);
    expect(statuses(nodes, 'bob')).toEqual([]);
  });

  it('stays declined when its reason has gone: else alice could let bob pay for nothing', async () => {
    const nodes = street();
    const large = voucher(nodes, { amount: amount(999_000n), fee: amount(20_000n) });
    expect(await reasonsOf(nodes, 'alice', large.text)).toEqual(['lapsed edge_limit_exceeded']);
    const text = nodes.raiseLimit('alice', 'bob', 10_000_000n);
    expect(text).toBe('accepted');
    expect(await reasonsOf(nodes, 'alice', large.text)).toEqual(['lapsed edge_limit_exceeded']);
    expect(statuses(nodes, 'bob')).toEqual([]);
  });

  it('that has become stale is declined without an event, however often it comes', async () => {
    const nodes = street();
    const { book } = nodes.node('bob');
    const stale = voucher(nodes);
    await nodes.time.run(60_000);
    const rows = book.rows.length;
    expect(await reasonsOf(nodes, 'alice', stale.text)).toEqual(['lapsed voucher_stale']);
    expect(await reasonsOf(nodes, 'alice', stale.text)).toEqual(['lapsed voucher_stale']);
    expect(book.rows.length).toBe(rows);
  });

  it('that bob has forgotten gets no signed word: he may have claimed it once', async () => {
    const nodes = street();
    const intent = nodes.intent('dave', 1_000n);
    let paid = '';
    nodes.onArrival = (to, { objects: [text = ''] }) => {
      if (to.party.name === 'bob' && text.includes('"CapacityVoucher"')) paid = text;
    };
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(10_000);
    expect(statuses(nodes, 'bob')).toEqual(['payee active', 'payer active']);
    nodes.skew('bob', 8 * 86_400_000);
    expect(nodes.raiseLimit('alice', 'bob', 2_000_000n)).toBe('accepted');
    expect(statuses(nodes, 'bob')).toEqual([]);
    expect(await reasonsOf(nodes, 'alice', paid)).toEqual(['voucher_stale']);
  });

  it('that bob held in vain and has forgotten gets no second signed word', async () => {
    const nodes = street();
    const held = voucher(nodes);
    expect(await reasonsOf(nodes, 'alice', held.text)).toEqual(['held']);
    await nodes.time.run(60_000);
    expect(statuses(nodes, 'bob')).toContain('payee lapsed');
    const [word] = (await send(nodes, 'alice', held.text)).answers;
    expect(word).toMatchObject({ kind: 'answer' });
    nodes.skew('bob', 3_500_000);
    expect((await send(nodes, 'alice', held.text)).answers).toEqual([word]);
    nodes.skew('bob', 3_700_000);
    expect(nodes.raiseLimit('alice', 'bob', 2_000_000n)).toBe('accepted');
    expect(statuses(nodes, 'bob')).not.toContain('payee lapsed');
    const rows = nodes.node('bob').book.rows.length;
    expect(await reasonsOf(nodes, 'alice', held.text)).toEqual(['voucher_stale']);
    expect(nodes.node('bob').book.rows.length).toBe(rows);
  });

  it('with a reading of bob’s clock that he never gave is not taken when that time has come', async () => {
    const nodes = street();
    const ahead = voucher(nodes, {}, { seenAt: unixMs(nodes.time.now() + 1_000) });
    expect(await reasonsOf(nodes, 'alice', ahead.text)).toEqual(['lapsed seen_at_ahead']);
    await nodes.time.run(2_000);
    expect(await reasonsOf(nodes, 'alice', ahead.text)).toEqual(['lapsed seen_at_ahead']);
    // Nothing is remembered for longer than a hold may last.
    const far = voucher(nodes, {}, { seenAt: unixMs(nodes.time.now() + 10_000_000_000) });
    expect(await reasonsOf(nodes, 'alice', far.text)).toEqual(['seen_at_ahead']);
    expect(nodes.node('bob').book.state().declined.size).toBe(1);
  });
});

describe('a flood', () => {
  it('of objects in one message is judged up to the limit', async () => {
    const nodes = street({ objectsMax: 3 });
    const texts = Array.from({ length: 6 }, () => voucher(nodes).text);
    const reasons = await reasonsOf(nodes, 'alice', ...texts);
    expect(reasons.filter((reason) => reason === 'held')).toHaveLength(3);
    expect(reasons.filter((reason) => reason === 'busy')).toHaveLength(3);
  });

  it('of messages at once is judged up to the limit, and other neighbours are heard', async () => {
    const nodes = street({ inFlightMax: 2 });
    const asked = Array.from({ length: 5 }, () => reasonsOf(nodes, 'alice', voucher(nodes).text));
    const reasons = (await Promise.all(asked)).flat();
    expect(reasons.filter((reason) => reason === 'held')).toHaveLength(2);
    expect(reasons.filter((reason) => reason === 'busy')).toHaveLength(3);
    expect((await send(nodes, 'carol')).answers).toEqual([]);
    expect(await reasonsOf(nodes, 'alice', voucher(nodes).text)).toEqual(['held']);
  });

  it('of refused vouchers makes no more events than a peer may make', async () => {
    const nodes = street({ declinesMax: 4, declinesMs: 10_000 });
    const { book } = nodes.node('bob');
    const rows = book.rows.length;
    for (let i = 0; i < 9; i++)
      await send(nodes, 'alice', voucher(nodes, { fee: amount(1n) }).text);
    expect(book.rows.length - rows).toBe(4);
    await nodes.time.run(10_000);
    await send(nodes, 'alice', voucher(nodes, { fee: amount(1n) }).text);
    expect(book.rows.length - rows).toBe(5);
  });
});

describe('answers', () => {
  it('that say nothing true move nothing: the voucher is sent again until its time is up', async () => {
    const nodes = street();
    const lies = [
      { answers: [], clock: 'no clock' },
      { answers: [{ kind: 'answer' as const, object: 'no receipt' }], clock: '{}' },
      {
        answers: Array.from({ length: 1_000 }, () => ({ kind: 'none' as const })),
        clock: nodes.delegation(nodes.node('bob').party).text,
      },
    ];
    let told = 0;
    nodes.answer = (to, answer) =>
      to === 'bob' && told < 30
        ? { ...must(lies[told++ % 3], 'lie'), clock: answer.clock }
        : answer;
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(3_600_000);
    expect(told).toBeGreaterThan(3);
    expect(['finalized', 'lapsed']).toContain(nodes.node('alice').agent.payment(intent.id)?.status);
    for (const name of ['alice', 'bob', 'carol', 'dave']) {
      expect(nodes.node(name).halts).toEqual([]);
      expect(nodes.node(name).agent.pendingCount).toBe(0);
    }
  });

  it('with a clock of somebody else give no reading to rest on', async () => {
    const nodes = street({ pingsMax: 2 });
    const carols = await nodes.node('carol').agent.receive({
      from: nodes.node('bob').party.id,
      objects: [],
    });
    nodes.answer = (to, answer) => (to === 'bob' ? { ...answer, clock: carols.clock } : answer);
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(60_000);
    expect(statuses(nodes, 'alice')).toEqual([]);
    expect(nodes.node('alice').agent.payment(intent.id)?.status).toBe('failed');
  });
});

describe('a next hop that never answers', () => {
  it('holds up what goes to it, and no other way through the forwarder', async () => {
    const nodes = new Neighbourhood(
      [
        ['alice', 'bob'],
        ['bob', 'dave'],
        ['bob', 'carol'],
      ],
      { sendsMax: 2 },
    );
    nodes.offer(
      'bob',
      { dave: 1_000_000n, carol: 1_000_000n },
      { feeBps: 100, feeFlat: amount(1n) },
    );
    nodes.offer('carol', { bob: 1_000_000n });
    const carry = nodes.carry.bind(nodes);
    const dave = nodes.node('dave').party.id;
    nodes.carry = (from, to, message) =>
      to === dave ? new Promise(() => {}) : carry(from, to, message);
    const policy = must([...nodes.node('bob').book.state().policies.keys()][0], 'policy');
    const hops = [{ party: dave, policyHash: policy as typeof HASH }];
    const lured = Array.from({ length: 4 }, () => voucher(nodes, {}, { hops }).text);
    expect(await reasonsOf(nodes, 'alice', ...lured)).toEqual(['held', 'held', 'held', 'held']);
    const intent = nodes.intent('carol', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(10_000);
    expect(nodes.node('alice').agent.payment(intent.id)?.status).toBe('finalized');
  });
});

describe('a payer that never answers a claim', () => {
  it('does not keep the receiver from what others paid, once nobody can answer any more', async () => {
    const nodes = square();
    nodes.fate = (from, to, { objects: [text = ''] }) =>
      from === 'dave' && to === 'bob' && text.includes('"transition":"active"')
        ? 'lost'
        : 'delivered';
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(60_000);
    expect(statuses(nodes, 'dave').toSorted()).toEqual(['payee claimed', 'payee confirmed']);
    expect(balance(nodes, 'dave', 'carol')).toBe(0n);
    nodes.skew('dave', 15 * 86_400_000);
    await nodes.time.run(120_000);
    expect(statuses(nodes, 'dave').toSorted()).toEqual(['payee active', 'payee lapsed']);
    expect(balance(nodes, 'dave', 'carol')).toBe(-balance(nodes, 'carol', 'dave'));
    expect(balance(nodes, 'dave', 'carol')).toBeGreaterThan(0n);
    expect(nodes.node('dave').agent.pendingCount).toBe(0);
    expect(nodes.node('dave').halts).toEqual([]);
  });
});
