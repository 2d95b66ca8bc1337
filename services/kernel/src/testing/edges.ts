/** Builders for the life of an edge beside payments. */
import type { BookState } from '../book/state.ts';
import { proposeEdgeState } from '../credit/edge-state.ts';
import { amount, type SignedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import type { EdgeState } from '../wire/objects.ts';
import { objectId } from '../wire/parse-object.ts';
import { delegation } from './accounts.ts';
import { testHash } from './keys.ts';
import { intent, receipt, voucher } from './payments.ts';
import type { TestBook } from './test-book.ts';
import {
  type Built,
  type Change,
  HOUR,
  must,
  partyOf,
  START,
  type TestParty,
  through,
  USD,
  type World,
} from './world.ts';

/** The next state of an edge as a book has it. @throws Error if the book proposes none. */
export function proposal(state: BookState, edge: Hash, at: UnixMs): EdgeState {
  const body = proposeEdgeState(state, edge, at);
  if ('reason' in body) throw new Error(JSON.stringify(body));
  return body;
}

/** A state that both parties of the edge signed; by default the next one as the book has it. */
export function edgeState(
  world: World,
  { state, now }: TestBook,
  edge: Hash,
  change: Change<'EdgeState'> = {},
): Built<'EdgeState'> {
  const body = { ...proposal(state, edge, change.at ?? now), ...change };
  return world.object(body, through(partyOf(body.a)), through(partyOf(body.b)));
}

/** The proof that a signed `one` and b signed `other`. */
export function disagreement(
  world: World,
  one: EdgeState,
  other: EdgeState,
): Built<'EdgeDisagreement'> {
  const [a, b] = [partyOf(one.a), partyOf(one.b)];
  const delegated = (party: TestParty) => {
    const { body, signatures } = delegation(world, party);
    return { object: body, sig: must(signatures[0], 'signature').sig };
  };
  return world.object({
    v: 1,
    type: 'EdgeDisagreement',
    first: { object: one, sig: world.sign(a.key, objectId(one)) },
    second: { object: other, sig: world.sign(b.key, objectId(other)) },
    delegations: [delegated(a), delegated(b)],
  });
}

type Movement = {
  readonly debtor: TestParty;
  readonly from: TestParty;
  readonly to: TestParty;
  readonly fromEdge: Hash;
  readonly toEdge: Hash;
};

export function reassign(
  world: World,
  of: Movement,
  value: bigint,
  change: Change<'Reassign'> = {},
): Built<'Reassign'> {
  const { debtor, from, to, fromEdge, toEdge } = of;
  return world.object(
    {
      v: 1,
      type: 'Reassign',
      debtor: debtor.id,
      from: from.id,
      to: to.id,
      fromEdge,
      toEdge,
      denomination: USD,
      amount: amount(value),
      expiresAt: unixMs(START + HOUR),
      nonce: world.nonce(),
      ...change,
    },
    through(debtor),
    through(from),
    through(to),
  );
}

export function settlementRequest(
  world: World,
  creditor: TestParty,
  edge: Hash,
  value: bigint,
  change: Change<'SettlementRequest'> = {},
): Built<'SettlementRequest'> {
  return world.object(
    {
      v: 1,
      type: 'SettlementRequest',
      edge,
      creditor: creditor.id,
      amount: amount(value),
      endpoints: [{ rail: 'sepa', target: 'DE02 1203 0000 0000 2020 51' }],
      expiresAt: unixMs(START + HOUR),
      nonce: world.nonce(),
      ...change,
    },
    through(creditor),
  );
}

export function settlementReceipt(
  world: World,
  creditor: TestParty,
  edge: Hash,
  value: bigint,
  change: Change<'SettlementReceipt'> = {},
): Built<'SettlementReceipt'> {
  return world.object(
    {
      v: 1,
      type: 'SettlementReceipt',
      edge,
      creditor: creditor.id,
      request: null,
      amount: amount(value),
      rail: 'sepa',
      evidence: testHash(`evidence ${world.nonce()}`),
      at: START,
      nonce: world.nonce(),
      ...change,
    },
    through(creditor),
  );
}

/** A hold of `from` on an edge, outside any budget: its voucher is recorded, its intent too. */
export function heldOn(
  world: World,
  book: TestBook,
  edge: Hash,
  from: TestParty,
  to: TestParty,
  value: bigint,
): Built<'CapacityVoucher'> {
  const asked = intent(world, to, value);
  const held = voucher(world, asked, edge, from, { at: book.now });
  book.accept(asked, held);
  return held;
}

/** `from` pays `to` on an edge. */
export function payOn(
  world: World,
  book: TestBook,
  edge: Hash,
  from: TestParty,
  to: TestParty,
  value: bigint,
): void {
  const held = heldOn(world, book, edge, from, to, value);
  book.accept(receipt(world, book.state, held, { at: book.now }));
}

/** What an edge's a is owed in a book. */
export function balanceIn(book: TestBook, edge: Hash): SignedAmount {
  return must(book.state.edges.get(edge), 'edge').balance;
}
