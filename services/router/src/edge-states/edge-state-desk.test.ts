// Goal: two ends that agree sign one state, two that differ both hold the proof, whatever gets lost.
// Method: the desks of two neighbours talk to each other directly; one book is made to differ.
import { testHash, testNonce } from '@atomicity/kernel/testing/keys';
import { must, through } from '@atomicity/kernel/testing/world';
import { amount, signedAmount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import type { EdgeState } from '@atomicity/kernel/wire/objects';
import { describe, expect, it } from 'vitest';
import { type Neighbourhood, submit, verifyForTest } from '../testing/neighbourhood.ts';
import { balance, street } from '../testing/streets.ts';
import { EdgeStateDesk, type StateProposalAnswer } from './edge-state-desk.ts';

class Pair {
  readonly nodes: Neighbourhood;
  /** The names of the edge's a and b: a proposes. */
  readonly a: string;
  readonly b: string;
  readonly edge: Hash;
  isAnswerLost = false;
  answer: (answer: StateProposalAnswer) => StateProposalAnswer = (answer) => answer;
  readonly #desks = new Map<string, EdgeStateDesk>();

  constructor(nodes = street()) {
    this.nodes = nodes;
    this.edge = nodes.edgeId('alice', 'bob');
    const terms = must(nodes.node('alice').book.state().edges.get(this.edge), 'edge').terms;
    [this.a, this.b] =
      terms.a === nodes.node('alice').party.id ? ['alice', 'bob'] : ['bob', 'alice'];
    for (const name of ['alice', 'bob']) this.#desks.set(name, this.#open(name));
  }

  desk(name: string): EdgeStateDesk {
    return must(this.#desks.get(name), name);
  }

  state(name: string) {
    return must(this.nodes.node(name).book.state().edges.get(this.edge), 'edge');
  }

  #open(name: string): EdgeStateDesk {
    const { book, party, now } = {
      book: this.nodes.node(name).book,
      party: this.nodes.node(name).party,
      now: () => this.nodes.node(name).now(),
    };
    return new EdgeStateDesk({
      party: party.id,
      book,
      verify: (text) => Promise.resolve(verifyForTest(text)),
      sign: (id) => ({
        by: party.id,
        key: party.key.id,
        sig: this.nodes.world.sign(party.key, id),
      }),
      now,
      after: (ms, run) => this.nodes.time.after(ms, run),
      propose: async (_to, edge, text) => {
        const other = name === this.a ? this.b : this.a;
        const answer = await this.desk(other).answer(party.id, edge, text);
        if (this.isAnswerLost) throw new Error('no answer');
        return this.answer(answer);
      },
      delegationText: (of) => {
        const found = this.nodes.nodes().find((node) => node.party.id === of);
        return found && this.nodes.delegation(found.party).text;
      },
    });
  }
}

async function paid(): Promise<Pair> {
  const pair = new Pair();
  const { nodes } = pair;
  await nodes.node('alice').agent.pay(nodes.request('alice', nodes.intent('dave', 1_000n)));
  await nodes.time.run(2_000);
  expect(balance(nodes, 'alice', 'bob')).toBe(-1_022n);
  return pair;
}

describe('two ends that agree', () => {
  it('both record the state that both have signed', async () => {
    const pair = await paid();
    expect(await pair.desk(pair.a).propose(pair.edge)).toEqual({ kind: 'agreed', reason: null });
    const states = [pair.a, pair.b].map((name) => pair.state(name).state?.terms);
    expect(states[0]).toEqual(states[1]);
    expect(states[0]).toMatchObject({ sequence: 1, open: [] });
    await pair.nodes.time.run(10);
    expect(await pair.desk(pair.a).propose(pair.edge)).toEqual({ kind: 'agreed', reason: null });
    expect(pair.state(pair.b).state?.terms.sequence).toBe(2);
  });

  it('come together again after a lost answer', async () => {
    const pair = await paid();
    pair.isAnswerLost = true;
    expect(await pair.desk(pair.a).propose(pair.edge)).toEqual({
      kind: 'none',
      reason: 'peer_unreachable',
    });
    expect(pair.state(pair.b).state?.terms.sequence).toBe(1);
    expect(pair.state(pair.a).state).toBeNull();
    pair.isAnswerLost = false;
    await pair.nodes.time.run(10);
    expect(await pair.desk(pair.a).propose(pair.edge)).toEqual({ kind: 'agreed', reason: null });
    expect(pair.state(pair.a).state?.terms).toEqual(pair.state(pair.b).state?.terms);
  });

  it('do so by themselves, now and then, where something moved', async () => {
    const pair = await paid();
    for (const name of [pair.a, pair.b]) pair.desk(name).start();
    await pair.nodes.time.run(600_001);
    expect(pair.state(pair.b).state?.terms.sequence).toBe(1);
    await pair.nodes.time.run(600_001);
    expect(pair.state(pair.b).state?.terms.sequence).toBe(1);
    for (const name of [pair.a, pair.b]) pair.desk(name).stop();
  });

  it('wait while messages are under way', async () => {
    const pair = new Pair();
    const { nodes } = pair;
    nodes.fate = (from, to, message) =>
      from === 'alice' && to === 'bob' && message.objects.length > 0 ? 'lost' : 'delivered';
    await nodes.node('alice').agent.pay(nodes.request('alice', nodes.intent('dave', 1_000n)));
    await nodes.time.run(1_000);
    expect(await pair.desk(pair.a).propose(pair.edge)).toEqual({
      kind: 'none',
      reason: 'state_in_motion',
    });
  });
});

/** A state of a that says one unit more than b's book has. */
function exaggerated(pair: Pair): string {
  const { nodes, edge } = pair;
  const a = nodes.node(pair.a).party;
  const edgeOfA = pair.state(pair.a);
  const body: EdgeState = {
    v: 1,
    type: 'EdgeState',
    edge,
    a: edgeOfA.terms.a,
    b: edgeOfA.terms.b,
    sequence: 1,
    previous: '0'.repeat(64) as Hash,
    at: nodes.node(pair.a).now(),
    balance: signedAmount(edgeOfA.balance + 1n),
    carry: signedAmount(0n),
    open: [],
    nonce: testNonce('exaggerated'),
  };
  const whole = nodes.world.object(body, through(a), through(nodes.node(pair.b).party));
  const { by, key, sig } = must(
    whole.signatures.find((one) => one.by === a.id),
    'signature',
  );
  const [head] = whole.text.split(',"signatures":');
  return `${head},"signatures":[{"by":"${by}","key":"${key}","sig":"${sig}"}]}`;
}

describe('two ends that differ', () => {
  it('leave b with the proof, and a with b’s signed view', async () => {
    const pair = await paid();
    const from = pair.nodes.node(pair.a).party.id;
    const answer = await pair.desk(pair.b).answer(from, pair.edge, exaggerated(pair));
    expect(answer.kind).toBe('differs');
    expect(pair.state(pair.b).dispute).not.toBeNull();
  });

  it('both record the proof when a’s book holds a settlement that b’s does not', async () => {
    const pair = await paid();
    const { nodes, edge } = pair;
    const bob = nodes.node('bob').party;
    const receipt = nodes.world.object(
      {
        v: 1,
        type: 'SettlementReceipt',
        edge,
        creditor: bob.id,
        request: null,
        amount: amount(22n),
        rail: 'cash',
        evidence: testHash('banknotes'),
        at: nodes.time.now(),
        nonce: testNonce('settlement'),
      },
      through(bob),
    );
    submit(nodes.node(pair.a).book, receipt);
    const proposed = await pair.desk(pair.a).propose(edge);
    expect(proposed).toEqual({ kind: 'disputed', reason: null });
    const proofs = [pair.a, pair.b].map((name) => pair.state(name).dispute?.proof);
    expect(proofs[0]).toBeDefined();
    expect(proofs[0]).toBe(proofs[1]);
    // The other end records what it had missed, both sign again, and the dispute is over.
    submit(nodes.node(pair.b).book, receipt);
    await nodes.time.run(10);
    expect(await pair.desk(pair.a).propose(edge)).toEqual({ kind: 'agreed', reason: null });
    expect([pair.a, pair.b].map((name) => pair.state(name).dispute)).toEqual([null, null]);
  });

  it('prove nothing by states of two moments', async () => {
    const pair = await paid();
    const { nodes } = pair;
    const from = nodes.node(pair.a).party.id;
    const differs = await pair.desk(pair.b).answer(from, pair.edge, exaggerated(pair));
    pair.answer = () => differs;
    await nodes.time.run(10);
    const proposed = await pair.desk(pair.a).propose(pair.edge);
    // b's view is of another moment: two moments prove nothing.
    expect(proposed).toEqual({ kind: 'none', reason: 'not_edge_disagreement' });
    expect(pair.state(pair.a).dispute).toBeNull();
  });
});

describe('a proposal that is not one', () => {
  it('is refused by name', async () => {
    const pair = await paid();
    const { nodes, edge } = pair;
    const [a, b] = [nodes.node(pair.a).party.id, nodes.node(pair.b).party.id];
    const judged = (from: typeof a, of: Hash, text: string) =>
      pair.desk(pair.b).answer(from, of, text);
    const good = exaggerated(pair);
    const reasons = [
      await judged(nodes.node('carol').party.id, edge, good),
      await judged(b, edge, good),
      await judged(a, nodes.edgeId('bob', 'carol'), good),
      await judged(a, edge, 'no json'),
      await judged(a, edge, nodes.delegation(nodes.node('carol').party).text),
      await judged(a, edge, good.replace(/"sequence":1/, '"sequence":"1"')),
    ].map((answer) => (answer.kind === 'refused' ? answer.refusal.reason : answer.kind));
    expect(reasons).toEqual([
      'not_on_edge',
      'not_on_edge',
      'not_on_edge',
      'not_json',
      'unexpected_type',
      'wrong_type',
    ]);
  });

  it('is refused when a peer sends too many', async () => {
    const pair = await paid();
    const a = pair.nodes.node(pair.a).party.id;
    const answers: StateProposalAnswer[] = [];
    for (let i = 0; i < 61; i++) answers.push(await pair.desk(pair.b).answer(a, pair.edge, '{}'));
    expect(answers.at(59)).toMatchObject({ refusal: { reason: 'missing_field' } });
    expect(answers.at(60)).toMatchObject({ refusal: { reason: 'busy' } });
  });
});
