// Goal: two ends never hold a proof that they differ because something of the edge was still on its way.
// Method: the desks and outboxes of two neighbours over books in memory; each end records a settlement
// that the other has not got, before a proposal and while it is under way.
import { testHash, testNonce } from '@atomicity/kernel/testing/keys';
import { must, through } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { expect, it } from 'vitest';
import { memoryShareStore } from '../sharing/memory-share-store.ts';
import { ShareOutbox } from '../sharing/share-outbox.ts';
import {
  type Neighbourhood,
  submit,
  type TestNode,
  verifyForTest,
} from '../testing/neighbourhood.ts';
import { shareInto, shareLogOf } from '../testing/share-between.ts';
import { street } from '../testing/streets.ts';
import { EdgeStateDesk, type StateProposalAnswer } from './edge-state-desk.ts';

type End = { readonly node: TestNode; readonly desk: EdgeStateDesk; readonly outbox: ShareOutbox };

type Pair = {
  readonly nodes: Neighbourhood;
  readonly edge: Hash;
  readonly a: End;
  readonly b: End;
  /** Proposals that reached b. */
  readonly answers: StateProposalAnswer[];
  /** Between a proposal and its judgement. */
  meanwhile: () => void | Promise<void>;
  isCut: boolean;
};

/** bob is owed 1,022 by alice; who is a and who is b follows from their ids. */
async function paid(): Promise<Pair> {
  const nodes = street();
  await nodes.node('alice').agent.pay(nodes.request('alice', nodes.intent('dave', 1_000n)));
  await nodes.time.run(2_000);
  const edge = nodes.edgeId('alice', 'bob');
  const { a } = must(nodes.node('alice').book.state().edges.get(edge), 'edge').terms;
  const names = nodes.node('alice').party.id === a ? ['alice', 'bob'] : ['bob', 'alice'];
  const ends: End[] = [];
  const pair = {
    answers: [] as StateProposalAnswer[],
    meanwhile: (): void | Promise<void> => undefined,
    isCut: false,
  };
  for (const name of names)
    ends.push(open(nodes.node(name), nodes, pair, () => must(ends[1], 'b')));
  return Object.assign(pair, { nodes, edge, a: must(ends[0], 'a'), b: must(ends[1], 'b') });
}

function open(
  node: TestNode,
  nodes: Neighbourhood,
  pair: Pick<Pair, 'answers' | 'meanwhile' | 'isCut'>,
  other: () => End,
): End {
  const { book, party } = node;
  const ports = {
    party: party.id,
    book,
    now: () => node.now(),
    draw: () => testNonce('draw'),
    sign: (id: Hash) => ({
      by: party.id,
      key: party.key.id,
      sig: nodes.world.sign(party.key, id),
    }),
    after: (ms: number, run: () => void) => nodes.time.after(ms, run),
  };
  const bookOf = (id: string) => nodes.nodes().find((each) => each.party.id === id)?.book;
  const outbox = new ShareOutbox({
    ...ports,
    log: shareLogOf(book),
    share: shareInto((id) => (pair.isCut ? undefined : bookOf(id))),
    store: memoryShareStore(),
  });
  outbox.start();
  const desk = new EdgeStateDesk({
    ...ports,
    verify: (text) => Promise.resolve(verifyForTest(text)),
    propose: async (_to, edge, text) => {
      await pair.meanwhile();
      const answer = await other().desk.answer(party.id, edge, text);
      pair.answers.push(answer);
      return answer;
    },
    delegationText: (of) => {
      const found = nodes.nodes().find((each) => each.party.id === of);
      return found && nodes.delegation(found.party).text;
    },
    shared: outbox,
  });
  return { node, desk, outbox };
}

/** Bob, the creditor, was paid 22 in cash. */
function settlement({ nodes, edge }: Pair) {
  const bob = nodes.node('bob').party;
  return nodes.world.object(
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
}

const reasons = ({ answers }: Pair) =>
  answers.map((answer) => (answer.kind === 'refused' ? answer.refusal.reason : answer.kind));

const edgesOf = ({ a, b, edge }: Pair) =>
  [a, b].map(({ node }) => must(node.book.state().edges.get(edge), 'edge'));

it('a delivers what b lacks before it proposes', async () => {
  const pair = await paid();
  submit(pair.a.node.book, settlement(pair));
  expect(await pair.a.desk.propose(pair.edge)).toEqual({ kind: 'agreed', reason: null });
  expect(reasons(pair)).toEqual(['signed']);
});

it('a proposes nothing while it cannot deliver', async () => {
  const pair = await paid();
  submit(pair.a.node.book, settlement(pair));
  pair.isCut = true;
  expect(await pair.a.desk.propose(pair.edge)).toEqual({
    kind: 'none',
    reason: 'peer_unreachable',
  });
  expect(reasons(pair)).toEqual([]);
});

it('b delivers what a lacks before it says that they differ', async () => {
  const pair = await paid();
  pair.meanwhile = () => {
    pair.meanwhile = () => undefined;
    submit(pair.b.node.book, settlement(pair));
  };
  expect(await pair.a.desk.propose(pair.edge)).toEqual({ kind: 'agreed', reason: null });
  expect(reasons(pair)).toEqual(['state_in_motion', 'signed']);
  const [ofA, ofB] = edgesOf(pair);
  expect(ofA?.state?.terms).toEqual(ofB?.state?.terms);
  expect([ofA?.dispute, ofB?.dispute]).toEqual([null, null]);
});

it('what b delivered while a’s proposal was under way is no difference', async () => {
  const pair = await paid();
  pair.meanwhile = async () => {
    pair.meanwhile = () => undefined;
    submit(pair.b.node.book, settlement(pair));
    await pair.b.outbox.flush(pair.a.node.party.id);
  };
  expect(await pair.a.desk.propose(pair.edge)).toEqual({ kind: 'agreed', reason: null });
  expect(reasons(pair)).toEqual(['state_in_motion', 'signed']);
});

it('a difference that remains is proven to the second proposal', async () => {
  const pair = await paid();
  const receipt = settlement(pair);
  // b's outbox believes that a has it, and a has not: a's book was restored from before it.
  const { accept } = pair.a.node.book;
  pair.a.node.book.accept = () => ({ kind: 'duplicate' });
  submit(pair.b.node.book, receipt);
  await pair.b.outbox.flush(pair.a.node.party.id);
  pair.a.node.book.accept = accept;
  expect(await pair.a.desk.propose(pair.edge)).toEqual({ kind: 'disputed', reason: null });
  expect(reasons(pair)).toEqual(['state_in_motion', 'differs']);
  const [ofA, ofB] = edgesOf(pair);
  expect(ofA?.dispute?.proof).toBe(must(ofB?.dispute, 'dispute').proof);
});

it('b’s outbox brings a state whose answer was lost', async () => {
  const pair = await paid();
  const answer = pair.b.desk.answer.bind(pair.b.desk);
  pair.b.desk.answer = async (...given) => {
    await answer(...given);
    throw new Error('the answer is lost');
  };
  expect((await pair.a.desk.propose(pair.edge)).reason).toBe('peer_unreachable');
  expect(edgesOf(pair).map(({ state }) => state?.terms.sequence)).toEqual([undefined, 1]);
  await pair.b.outbox.flush(pair.a.node.party.id);
  const [ofA, ofB] = edgesOf(pair);
  expect(ofA?.state?.terms).toEqual(must(ofB?.state, 'state').terms);
});
