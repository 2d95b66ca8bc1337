/** Decide tables for payments across books: alice – bob – carol, each with a book of its own. */
import { decide } from '../book/decide.ts';
import type { Decision } from '../book/decision.ts';
import type { Hop } from '../hop/hop.ts';
import { hopReceiptOf, releaseReceiptOf } from '../hop/hop-receipt.ts';
import type { Hash } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { BodyOf, HopTransition } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { deliver } from './network.ts';
import { createNetwork, type Network, type NetworkNode, nodeOf, signed } from './network-core.ts';
import { receiptFor } from './network-node.ts';
import { ask, order, type PartOptions, partOver, sendPart } from './network-payment.ts';
import { commandFor } from './test-book.ts';
import { type Built, type Change, must } from './world.ts';

/** The ends of a line, and an intent of carol that alice has ordered to be paid. */
export type Line = {
  readonly network: Network;
  readonly alice: NetworkNode;
  readonly bob: NetworkNode;
  readonly carol: NetworkNode;
  readonly asked: Built<'PaymentIntent'>;
  readonly order: Built<'PaymentOrder'>;
};

export const ROUTE = ['alice', 'bob', 'carol'];
/** Offsets of the three clocks, ms: no two agree. */
const OFFSETS = { alice: 7_200_000, bob: -5_000, carol: 0 };

export type LineOptions = {
  readonly asks?: Parameters<typeof ask>[3];
  readonly value?: bigint;
  readonly orders?: Change<'PaymentOrder'>;
  readonly edges?: Change<'EdgeAgreement'>;
};

export function createLine(options: LineOptions = {}): Line {
  const { asks, value = 1_000n, orders, edges = {} } = options;
  const network = createNetwork({
    names: ROUTE,
    edges: [
      ['alice', 'bob', edges],
      ['bob', 'carol', edges],
    ],
    offsetsMs: OFFSETS,
  });
  const asked = ask(network, 'carol', value, asks);
  const ordered = order(network, 'alice', asked, orders);
  const [alice, bob, carol] = ROUTE.map((name) => nodeOf(network, name)) as [
    NetworkNode,
    NetworkNode,
    NetworkNode,
  ];
  return { network, alice, bob, carol, asked, order: ordered };
}

/** The sender's voucher of 1,000 for the whole route: 1,000 and bob's fee of 11. */
export const first = (line: Line, options: PartOptions = {}, value = 1_000n) =>
  partOver(line.network, line.asked, ROUTE, value, options);

/** A voucher changed in its route too. */
export function rerouted(
  line: Line,
  voucher: Built<'CapacityVoucher'>,
  change: Change<'CapacityVoucher'>,
  route: Partial<NonNullable<BodyOf<'CapacityVoucher'>['route']>> = {},
): Built<'CapacityVoucher'> {
  const from = must(
    line.network.nodes.find(({ party }) => party.id === voucher.body.from),
    'payer',
  );
  const changed = { ...must(voucher.body.route, 'route'), ...route };
  return signed(line.network, from, { ...voucher.body, route: changed, ...change });
}

/** Sends a part and delivers its voucher, so that alice and bob hold it; bob's answer is on its way. */
export function heldByBob(line: Line, options: PartOptions = {}, value = 1_000n) {
  line.bob.mode = 'silent';
  const voucher = sendPart(line.network, line.asked, ROUTE, value, options);
  deliver(line.network);
  line.bob.mode = 'works';
  return voucher;
}

/** Sends a part until carol holds it too, who does nothing with it. */
export function heldByCarol(line: Line, options: PartOptions = {}, value = 1_000n) {
  const { network, carol } = line;
  carol.mode = 'silent';
  const voucher = sendPart(network, line.asked, ROUTE, value, options);
  while (network.pending.length > 0) deliver(network);
  carol.mode = 'works';
  const onward = [...carol.book.state.hops.values()].find(
    ({ terms }) => terms.part === voucher.body.route?.part,
  );
  return { voucher, onward: must(onward, 'hop at carol').terms.voucher };
}

export const hopAt = ({ book }: NetworkNode, voucher: Hash): Hop =>
  must(book.state.hops.get(voucher), 'hop');

/** What a node's book decides on an object now, after the lapses that are due. */
export function decideAt({ book }: NetworkNode, object: VerifiedObject): Decision {
  book.lapse();
  return decide(book.state, commandFor(object), book.now);
}

/** The events of an accepted decision by type, with what matters of them. */
export function eventsOf(decision: Decision): readonly (readonly [string, Hash])[] {
  if (decision.kind !== 'accepted') throw new Error(JSON.stringify(decision));
  return decision.events.map((event) => {
    const { data } = event;
    return [event.type, 'voucher' in data && data.voucher !== null ? data.voucher : ('' as Hash)];
  });
}

/** Sets a node's clock to a time of its own. */
export function setClock({ book }: NetworkNode, now: number): void {
  book.now = unixMs(now);
}

/** The node as if its party were not hosted: its edges then are edges inside its book. */
export function withoutHosting(node: NetworkNode): NetworkNode {
  const { state } = node.book;
  const hosted = state.hosted.delete(node.party.id);
  return { ...node, book: { ...node.book, state: { ...state, hosted } } };
}

/** What a node says of its hop, changed. */
export function said(
  line: Line,
  node: NetworkNode,
  voucher: Hash,
  transition: HopTransition,
  change: Change<'HopReceipt'> = {},
): Built<'HopReceipt'> {
  return signed(line.network, node, {
    ...hopReceiptOf(hopAt(node, voucher), transition),
    ...change,
  });
}

/** A receipt for carol's part, recorded in her book: from then on she claims. */
export function claimed(line: Line, onward: Hash) {
  const { terms } = hopAt(line.carol, onward);
  const receipt = receiptFor(line.network, line.carol, terms.intent, [terms]);
  line.carol.book.accept(receipt);
  return receipt;
}

/** A line on which carol has claimed; bob and alice know nothing of it. */
export function claimedLine() {
  const line = createLine();
  const { voucher, onward } = heldByCarol(line);
  claimed(line, onward);
  return { line, voucher, onward, claim: said(line, line.carol, onward, 'active') };
}

/** The release of a hop by its payee, changed. */
export const release = (
  line: Line,
  node: NetworkNode,
  voucher: Hash,
  change: Change<'HopReceipt'> = {},
) =>
  signed(line.network, node, {
    ...releaseReceiptOf(hopAt(node, voucher), 'released', node.book.now),
    ...change,
  });
