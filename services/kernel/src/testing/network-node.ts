/** What an honest node does with a message, and what its hops still owe their other ends. */

import { incomingOf, isLast, isOpen, outgoingOf } from '../hop/find-hop.ts';
import type { Hop } from '../hop/hop.ts';
import { declineReceiptOf, hopReceiptOf, releaseReceiptOf } from '../hop/hop-receipt.ts';
import { payeeDeadline } from '../hop/routed-voucher.ts';
import { routingFee } from '../routing/fee-policy.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import type { BodyOf, HopTransition } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import {
  hostOf,
  keep,
  kept,
  type Message,
  type Network,
  type NetworkNode,
  record,
  send,
  signed,
} from './network-core.ts';
import { finalizeKeyOf } from './network-payment.ts';
import { must, own } from './world.ts';

const hopOf = (node: NetworkNode, voucher: Hash): Hop | undefined =>
  node.book.state.hops.get(voucher);

/** Signs what the node says of its hop, and sends it to the other end. */
export function say(
  network: Network,
  node: NetworkNode,
  hop: Hop,
  transition: HopTransition,
): void {
  const body = hopReceiptOf(hop, transition);
  send(network, node, hostOf(network, body.peer), signed(network, node, body));
}

/** Gives an open incoming hop up: recorded first, then sent. */
export function release(network: Network, node: NetworkNode, hop: Hop, reason: string): void {
  const object = signed(network, node, releaseReceiptOf(hop, reason, node.book.now));
  if (record(node, object).kind !== 'accepted') return;
  send(network, node, hostOf(network, hop.terms.from), object);
}

/** Refuses a voucher for good: recorded first, then sent. */
function decline(
  network: Network,
  node: NetworkNode,
  { id, body }: { readonly id: Hash; readonly body: BodyOf<'CapacityVoucher'> },
  reason: string,
): void {
  const { route } = body;
  if (route === null) return;
  const deadline = payeeDeadline({ ...body, route }, node.marginMs);
  const said = declineReceiptOf({ id, body }, reason, node.book.now, unixMs(Math.max(0, deadline)));
  const object = said && signed(network, node, said);
  if (object === undefined || record(node, object).kind === 'rejected') return;
  send(network, node, hostOf(network, body.from), object);
}

/** Passes a held part on to the next party, at the published fee, for the time that is left. */
function forward(network: Network, node: NetworkNode, hop: Hop): void {
  const { intent, part, denomination, amount: value, fee, finalizeKey, probe, hops } = hop.terms;
  const [next, ...rest] = hops;
  const peer = next && hostOf(network, next.party);
  const edge = peer && network.edges.get(`${node.name} ${peer.name}`);
  const own = routingFee(node.policy, value);
  if (!peer || !edge || own === undefined) {
    release(network, node, hop, 'edge_unknown');
    return;
  }
  const object = signed(network, node, {
    v: 1,
    type: 'CapacityVoucher',
    intent,
    edge,
    from: node.party.id,
    to: peer.party.id,
    denomination,
    amount: value,
    fee: amount(fee - own),
    at: node.book.now,
    expiresAt: hop.terms.deadline,
    policyHash: rest[0]?.policyHash ?? null,
    prevReceipt: objectId(hopReceiptOf(hop, 'held')),
    grant: null,
    route: {
      part,
      finalizeKey,
      seenAt: unixMs(peer.book.now - node.readingAgeMs),
      probe,
      hops: rest,
    },
    nonce: network.world.nonce(),
  });
  const decision = record(node, object);
  if (decision.kind === 'rejected') release(network, node, hop, decision.refusal.reason);
  if (decision.kind !== 'accepted') return;
  keep(node, object);
  send(network, node, peer, object);
}

const byPart = (left: Hop, right: Hop): number => (left.terms.part < right.terms.part ? -1 : 1);

/** The receiver's parts that can still be finalized. */
export function readyParts({ book }: NetworkNode, intent: Hash): readonly Hop[] {
  const vouchers = book.state.deliveries.get(intent)?.vouchers ?? [];
  return vouchers
    .flatMap((voucher) => book.state.hops.get(voucher) ?? [])
    .filter((hop) => isOpen(hop) && book.now < hop.terms.deadline)
    .sort(byPart);
}

function commitTo(network: Network, node: NetworkNode, intent: Hash, parts: readonly Hop[]): void {
  const key = finalizeKeyOf(intent, network);
  const body = {
    v: 1,
    type: 'CommitSignal',
    intent,
    finalizeKey: key.id,
    parts: parts.map(({ terms }) => terms.part),
    windowMs: 1_000,
    nonce: network.world.nonce(),
  } as const;
  const object = network.world.object(body, own(key));
  if (record(node, object).kind !== 'accepted') return;
  keep(node, object);
  for (const { terms } of parts) send(network, node, hostOf(network, terms.from), object);
}

/** The receiver's receipt for parts: its own word, for tests also where it would not give it. */
export function receiptFor(
  network: Network,
  node: NetworkNode,
  intent: Hash,
  parts: readonly { readonly part: Hop['terms']['part']; readonly amount: bigint }[],
): VerifiedObject<BodyOf<'FinalizeReceipt'>> {
  const key = finalizeKeyOf(intent, network);
  const named = parts.map(({ part, amount: value }) => ({ part, amount: amount(value) }));
  const body: BodyOf<'FinalizeReceipt'> = {
    v: 1,
    type: 'FinalizeReceipt',
    intent,
    voucher: null,
    amount: amount(named.reduce((sum, part) => sum + part.amount, 0n)),
    fee: amount(0n),
    at: node.book.now,
    notes: [],
    delivery: { finalizeKey: key.id, parts: named },
    nonce: network.world.nonce(),
  };
  return network.world.object(body, own(key));
}

/** Commits and finalizes when all of the intent, or what is wanted of it, is here. */
export function tryDelivery(network: Network, node: NetworkNode, intent: Hash): void {
  const terms = node.book.state.intents.get(intent)?.terms;
  const parts = readyParts(node, intent);
  const sum = parts.reduce((total, hop) => total + hop.terms.amount, 0n);
  if (terms?.delivery == null || sum < terms.delivery.minDeliverable) return;
  const fresh = parts.filter((hop) => hop.commit === null);
  if (node.commits && parts.length > 1) {
    if (fresh.length > 0) commitTo(network, node, intent, fresh);
    if (parts.some((hop) => hop.commitReceipt === null)) return;
  }
  const receipt = receiptFor(
    network,
    node,
    intent,
    parts.map((hop) => hop.terms),
  );
  if (record(node, receipt).kind !== 'accepted') return;
  for (const { terms: one } of parts) act(network, node, must(hopOf(node, one.voucher), 'hop'));
}

/** Does what a hop waits for. Doing it twice is doing it once. */
function act(network: Network, node: NetworkNode, hop: Hop): void {
  if (node.mode !== 'works') return;
  if (hop.status === 'claimed') say(network, node, hop, 'active');
  if (hop.terms.side === 'payer' || !isOpen(hop)) return;
  if (!isLast(hop)) {
    if (hop.outgoing === null) forward(network, node, hop);
  } else if (hop.terms.probe) {
    release(network, node, hop, 'probe');
  } else {
    tryDelivery(network, node, hop.terms.intent);
  }
}

function takeVoucher(
  network: Network,
  node: NetworkNode,
  object: VerifiedObject,
  body: BodyOf<'CapacityVoucher'>,
): void {
  const decision = record(node, object);
  const hop = hopOf(node, object.id);
  if (hop === undefined) {
    if (decision.kind === 'rejected') {
      decline(network, node, { id: object.id, body }, decision.refusal.reason);
    }
    return;
  }
  keep(node, object);
  say(network, node, hop, hop.status === 'lapsed' ? 'lapsed' : 'held');
  act(network, node, hop);
}

/** Passes a signal on to the payers of what this node forwards, and answers the payee. */
function takeSignal(
  network: Network,
  { from, to: node, object }: Message,
  { intent, parts }: BodyOf<'CommitSignal'>,
): void {
  record(node, object);
  for (const part of parts) {
    const outgoing = outgoingOf(node.book.state, intent, part);
    if (outgoing?.terms.to !== from.party.id || outgoing.commit === null) continue;
    say(network, node, outgoing, 'active*');
    const incoming = incomingOf(node.book.state, intent, part);
    if (incoming?.commit?.signal !== object.id || incoming.commitReceipt !== null) continue;
    send(network, node, hostOf(network, incoming.terms.from), object);
  }
}

function takeReceipt(
  network: Network,
  node: NetworkNode,
  object: VerifiedObject,
  { voucher, transition }: BodyOf<'HopReceipt'>,
): void {
  record(node, object);
  const hop = hopOf(node, voucher);
  if (hop === undefined) return;
  const { side, incoming, intent } = hop.terms;
  if (side === 'payee') {
    if (transition === 'active*') tryDelivery(network, node, intent);
    return;
  }
  // The answer to a claim, whenever it comes.
  if (transition === 'active' && hop.status === 'active') say(network, node, hop, 'active');
  if (transition === 'active' && hop.status === 'lapsed') say(network, node, hop, 'lapsed');
  const forwarded = incoming === null ? undefined : hopOf(node, incoming);
  if (forwarded?.status === 'lapsed') say(network, node, forwarded, 'lapsed');
  else if (forwarded !== undefined) act(network, node, forwarded);
}

/** Takes a message: records it, answers it, and does what follows. A silent node only records. */
export function react(network: Network, message: Message): void {
  const { to: node, object } = message;
  const { body } = object;
  if (body.type === 'CommitSignal') keep(node, object);
  if (node.mode === 'silent') {
    record(node, object);
    return;
  }
  if (body.type === 'CapacityVoucher') takeVoucher(network, node, object, body);
  else if (body.type === 'CommitSignal') takeSignal(network, message, body);
  else if (body.type === 'HopReceipt') takeReceipt(network, node, object, body);
  else record(node, object);
}

/** Sends again what the other ends of the node's hops have not answered, and goes on where it can. */
export function retry(network: Network, node: NetworkNode): void {
  node.book.lapse();
  for (const hop of [...node.book.state.hops.values()]) {
    const { side, voucher, from, to, incoming } = hop.terms;
    if (side === 'payer') {
      const waits = isOpen(hop) && hop.heldReceipt === null;
      if (waits) send(network, node, hostOf(network, to), kept(node, voucher));
      const forwarded = incoming === null ? undefined : hopOf(node, incoming);
      const over = hop.status === 'lapsed' && forwarded && isOpen(forwarded);
      if (over) release(network, node, forwarded, 'expired');
      continue;
    }
    if (hop.status === 'active*' && hop.commitReceipt === null && hop.commit !== null) {
      send(network, node, hostOf(network, from), kept(node, hop.commit.signal));
    }
    act(network, node, hop);
  }
}
