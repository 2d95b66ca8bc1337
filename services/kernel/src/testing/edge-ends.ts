/**
 * Three nodes with a book each: a debtor between two creditors, edges that exist at two ends, and
 * messages that a test delivers when and how often it likes. Hops are put into the books as events:
 * what makes a hop move is not the matter here.
 */
import type { BookEvent } from '../book/events.ts';
import { evolve } from '../book/evolve.ts';
import type { Edge } from '../book/state.ts';
import { legsOf } from '../credit/decide-edge-states.ts';
import { refuseToSignReassign } from '../credit/decide-reassign.ts';
import { judgeEdgeState, proposeEdgeState } from '../credit/edge-state.ts';
import { exposureOf } from '../credit/positions.ts';
import type { HopHeldData } from '../hop/events.ts';
import { eventId } from '../log/envelope.ts';
import { type Amount, amount, signedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { EdgeState, FinalizeReceipt } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { delegation, edge } from './accounts.ts';
import { reassign, settlementReceipt } from './edges.ts';
import { testHash, testNonce } from './keys.ts';
import { createTestBook, type TestBook } from './test-book.ts';
import {
  AGENT,
  type Change,
  CLOUD,
  createWorld,
  GPU,
  HOUR,
  must,
  OPERATOR,
  partyOf,
  START,
  STREAM,
  type TestParty,
  through,
  USD,
  type World,
} from './world.ts';

export const DEBTOR = AGENT;
export const FROM = GPU;
export const TO = CLOUD;
export type End = 'debtor' | 'from' | 'to';

/** A message on its way. Delivering it may put others on the way. */
export type Message = { readonly to: TestBook; readonly deliver: () => void };

/** One voucher at both ends, and how far it has got: held, held there, claimed, active, active there. */
type PairedHop = { readonly terms: HopHeldData; stage: number };

export type Ends = {
  readonly world: World;
  readonly books: { readonly [E in End]: TestBook };
  readonly fromEdge: Hash;
  readonly toEdge: Hash;
  readonly queue: Message[];
  readonly hops: PairedHop[];
  /** Verdicts of proposals, in order. */
  readonly verdicts: string[];
};

function hosting(world: World, party: TestParty): VerifiedObject {
  const body = { v: 1 as const, type: 'PartyHosting' as const, party: party.id, marginMs: 1_000 };
  return world.object({ ...body, nonce: world.nonce() }, through(OPERATOR));
}

/** Three books, each with its own party's edges only. Clocks may differ. */
export function createEnds(
  terms: Change<'EdgeAgreement'> = {},
  clocks: { readonly [E in End]?: number } = {},
): Ends {
  const world = createWorld({ crypto: 'none' });
  const expiresAt = unixMs(START + 50_000 * HOUR);
  const wide = { limitA: amount(1_000_000n), limitB: amount(1_000_000n), expiresAt, ...terms };
  const [one, other] = [edge(world, DEBTOR, FROM, wide), edge(world, DEBTOR, TO, wide)];
  const create = (end: End, host: TestParty, parties: readonly TestParty[]) => {
    const book = createTestBook(unixMs(START + (clocks[end] ?? 0)));
    const keys = parties.map((party) => delegation(world, party, { expiresAt }));
    book.accept(delegation(world, OPERATOR), ...keys, hosting(world, host));
    return book;
  };
  const books = {
    debtor: create('debtor', DEBTOR, [DEBTOR, FROM, TO]),
    from: create('from', FROM, [DEBTOR, FROM]),
    to: create('to', TO, [DEBTOR, TO]),
  };
  books.debtor.accept(one, other);
  books.from.accept(one);
  books.to.accept(other);
  const [fromEdge, toEdge] = [one.id, other.id];
  return { world, books, fromEdge, toEdge, queue: [], hops: [], verdicts: [] };
}

/** The edge as a book has it. */
export function edgeIn(book: TestBook, id: Hash): Edge {
  return must(book.state.edges.get(id), 'edge');
}

/** The book of a party of an edge. */
export function bookOf({ books }: Ends, party: TestParty): TestBook {
  if (party === DEBTOR) return books.debtor;
  return party === FROM ? books.from : books.to;
}

/** The party at the other end. */
export function peerOn(ends: Ends, id: Hash, party: TestParty): TestParty {
  if (party !== DEBTOR) return DEBTOR;
  return id === ends.fromEdge ? FROM : TO;
}

function record(book: TestBook, name: string, event: BookEvent): void {
  const recorded = {
    ...event,
    stream: STREAM,
    revision: book.state.revision + 1,
    at: book.now,
    eventId: eventId(STREAM, name, 0),
  };
  book.state = evolve(book.state, recorded);
  book.events.push(recorded);
}

/** Puts an object on the way to a book; there it must count or have counted. */
function send(ends: Ends, to: TestBook, object: VerifiedObject): void {
  const deliver = () => {
    const decision = to.submit(object);
    if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.refusal));
  };
  ends.queue.push({ to, deliver });
}

/** `from` holds `value` on an edge, if its limit allows; the payee does not know yet. */
export function holdHop(ends: Ends, id: Hash, from: TestParty, value: Amount): void {
  const book = bookOf(ends, from);
  const to = peerOn(ends, id, from);
  const { limit, owed, held } = exposureOf(edgeIn(book, id), from.id);
  if (owed + held + value > limit) return;
  const name = `hop ${ends.hops.length}`;
  const terms: HopHeldData = {
    voucher: testHash(name),
    side: 'payer',
    intent: testHash(`intent of ${name}`),
    part: testNonce(name),
    edge: id,
    from: from.id,
    to: to.id,
    denomination: USD,
    amount: value,
    fee: amount(0n),
    policyHash: testHash('policy'),
    finalizeKey: OPERATOR.id,
    probe: false,
    hops: [{ party: OPERATOR.id, policyHash: testHash('policy') }],
    prevReceipt: null,
    incoming: null,
    at: book.now,
    deadline: unixMs(START + 100_000 * HOUR),
  };
  const { intent, denomination, finalizeKey } = terms;
  const order = { intent, denomination, finalizeKey, payer: from.id, receiver: to.id };
  const most = { amount: value, maxFee: amount(0n), maxProbeSpend: amount(0n) };
  const data = {
    order: testHash(`order of ${name}`),
    ...order,
    ...most,
    expiresAt: terms.deadline,
  };
  record(book, `order of ${name}`, { type: 'PaymentOrdered', data });
  record(book, name, { type: 'HopHeld', data: terms });
  ends.hops.push({ terms, stage: 0 });
}

function receiptOf({ terms }: PairedHop) {
  const object: FinalizeReceipt = {
    v: 1,
    type: 'FinalizeReceipt',
    intent: terms.intent,
    voucher: terms.voucher,
    amount: terms.amount,
    fee: terms.fee,
    at: terms.at,
    notes: [],
    delivery: null,
    nonce: terms.part,
  };
  const { sig } = must(delegation(createWorld({ crypto: 'none' }), OPERATOR).signatures[0], 'sig');
  return { object, sig };
}

function activation(hop: PairedHop): BookEvent {
  const { voucher, side, intent, part, edge: on, from, to, denomination } = hop.terms;
  const { amount: value, fee } = hop.terms;
  const ref = { voucher, side, intent, part, edge: on, from, to, denomination, amount: value, fee };
  const legs = legsOf(to, from, signedAmount(value + fee));
  const finalizeReceipt = testHash('finalized');
  const data = {
    ...ref,
    receipt: testHash('answer'),
    finalizeReceipt,
    finalize: receiptOf(hop),
    legs,
  };
  return { type: 'HopActivated', data };
}

/** Takes a hop one step further, in one book. Ended hops stay as they are. */
export function stepHop(ends: Ends, hop: PairedHop): void {
  const { terms } = hop;
  const [payer, payee] = [partyOf(terms.from), partyOf(terms.to)].map((party) =>
    bookOf(ends, party),
  );
  if (payer === undefined || payee === undefined || hop.stage > 3) return;
  hop.stage += 1;
  const name = `${terms.voucher} ${hop.stage}`;
  if (hop.stage === 1) {
    record(payee, name, { type: 'HopHeld', data: { ...terms, side: 'payee', at: payee.now } });
  } else if (hop.stage === 2) {
    const claim = { finalize: receiptOf(hop), finalizeReceipt: testHash('finalized') };
    const { data } = activation(hop) as Extract<BookEvent, { type: 'HopActivated' }>;
    const { receipt: _receipt, legs: _legs, ...ref } = data;
    record(payee, name, { type: 'HopClaimed', data: { ...ref, ...claim, at: payee.now } });
  } else record(hop.stage === 3 ? payer : payee, name, activation(hop));
}

/** The creditor states what it got outside, if its own book takes that; the debtor is told. */
export function settle(ends: Ends, id: Hash, creditor: TestParty, value: Amount): void {
  const own = bookOf(ends, creditor);
  const object = settlementReceipt(ends.world, creditor, id, value, { at: own.now });
  if (own.submit(object).kind === 'accepted') {
    send(ends, bookOf(ends, peerOn(ends, id, creditor)), object);
  }
}

/** The debt of the debtor goes from one creditor to the other, if all sign; the debtor is the last. */
export function move(ends: Ends, value: Amount): void {
  const { world, books, fromEdge, toEdge } = ends;
  const expiresAt = unixMs(START + 60_000 * HOUR);
  const of = { debtor: DEBTOR, from: FROM, to: TO, fromEdge, toEdge };
  const object = reassign(world, of, value, { expiresAt });
  const signs = (end: End) =>
    refuseToSignReassign(books[end].state, object.body, books[end].now, end) === undefined;
  if (!signs('from') || !signs('to') || !signs('debtor')) return;
  books.debtor.accept(object);
  send(ends, books.from, object);
  send(ends, books.to, object);
}

/** What the end that does not propose does with a proposal. */
function answer(ends: Ends, body: EdgeState): void {
  const [a, b] = [partyOf(body.a), partyOf(body.b)];
  const own = bookOf(ends, b);
  const verdict = judgeEdgeState(own.state, body, own.now);
  ends.verdicts.push(verdict.kind);
  if (verdict.kind !== 'agree') return;
  const object = ends.world.object(body, through(a), through(b));
  // It signs, records and only then tells.
  own.accept(object);
  send(ends, bookOf(ends, a), object);
}

/** The book of an edge's a proposes its next state, if there is one at its time. */
export function propose(ends: Ends, id: Hash): void {
  const { a, b } = edgeIn(ends.books.debtor, id).terms;
  const [own, peer] = [bookOf(ends, partyOf(a)), bookOf(ends, partyOf(b))];
  const body = proposeEdgeState(own.state, id, own.now);
  if ('reason' in body) return;
  ends.queue.push({ to: peer, deliver: () => answer(ends, body) });
}

/** Delivers message `which`; a test may deliver it again. */
export function deliver(ends: Ends, which: number, keep = false): void {
  const at = which % Math.max(ends.queue.length, 1);
  const message = ends.queue[at];
  if (message === undefined) return;
  if (!keep) ends.queue.splice(at, 1);
  message.deliver();
}

/** Lets everything that is under way arrive. */
export function settleDown(ends: Ends): void {
  while (ends.queue.length > 0) deliver(ends, 0);
  for (const hop of ends.hops) while (hop.stage < 4) stepHop(ends, hop);
}
