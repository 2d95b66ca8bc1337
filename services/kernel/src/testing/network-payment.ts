/** Payments over a network: what a receiver asks, what a sender orders, and parts over given routes. */
import type { Decision } from '../book/decision.ts';
import { routingFee } from '../routing/fee-policy.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { type TestKey, testKey } from './keys.ts';
import {
  edgeBetween,
  keep,
  type Network,
  type NetworkNode,
  nodeOf,
  policyOf,
  record,
  send,
  signed,
} from './network-core.ts';
import { intent } from './payments.ts';
import { type Built, type Change, must } from './world.ts';

const finalizeKeys = new WeakMap<Network, Map<Hash, TestKey>>();

/** The key that the receiver made for an intent. */
export function finalizeKeyOf(id: Hash, network: Network): TestKey {
  return must(finalizeKeys.get(network)?.get(id), 'finalize key');
}

/** A receiver asks to be paid from other books: by default in full, in up to 16 parts. */
export function ask(
  network: Network,
  receiver: string,
  value: bigint,
  options: {
    readonly minDeliverable?: bigint;
    readonly partsMax?: number;
    readonly change?: Change<'PaymentIntent'>;
  } = {},
): Built<'PaymentIntent'> {
  const { book, party } = nodeOf(network, receiver);
  const { minDeliverable = value, partsMax = 16, change } = options;
  const key = testKey(`finalize ${network.world.nonce()}`);
  const object = intent(network.world, party, value, {
    expiresAt: unixMs(book.now + 3_600_000),
    delivery: { finalizeKey: key.id, minDeliverable: amount(minDeliverable), partsMax },
    ...change,
  });
  const keys = finalizeKeys.get(network) ?? new Map<Hash, TestKey>();
  finalizeKeys.set(network, keys.set(object.id, key));
  book.accept(object);
  return object;
}

/** A sender lets its node pay an intent: by default fees of as much again, and no probes. */
export function order(
  network: Network,
  sender: string,
  asked: Built<'PaymentIntent'>,
  change: Change<'PaymentOrder'> = {},
): Built<'PaymentOrder'> {
  const node = nodeOf(network, sender);
  const { receiver, denomination, amount: value, delivery } = asked.body;
  const object = signed(network, node, {
    v: 1,
    type: 'PaymentOrder',
    intent: asked.id,
    payer: node.party.id,
    receiver,
    finalizeKey: must(delivery, 'delivery').finalizeKey,
    denomination,
    amount: value,
    maxFee: value,
    maxProbeSpend: amount(0n),
    expiresAt: unixMs(node.book.now + 3_000_000),
    nonce: network.world.nonce(),
    ...change,
  });
  node.book.accept(object);
  return object;
}

export type PartOptions = {
  /** Time of the first hop's hold, ms; a minute unless given. */
  readonly ttlMs?: number;
  readonly probe?: boolean;
  readonly change?: Change<'CapacityVoucher'>;
};

/** The sender's voucher for one part along a route of names, sender first; nothing is recorded. */
export function partOver(
  network: Network,
  asked: Built<'PaymentIntent'>,
  route: readonly string[],
  value: bigint,
  { ttlMs = 60_000, probe = false, change = {} }: PartOptions = {},
): Built<'CapacityVoucher'> {
  const [sender, first, ...further] = route.map((name) => nodeOf(network, name));
  const [from, to] = [must(sender, 'sender'), must(first, 'first hop')];
  const middle = [to, ...further].slice(0, -1);
  const fee = middle.reduce(
    (sum, { policy }) => sum + must(routingFee(policy, amount(value)), 'fee'),
    0n,
  );
  const hops = further.map(({ party }, i) => ({
    party: party.id,
    policyHash: policyOf(must(middle[i], 'hop before')),
  }));
  const { now } = from.book;
  return signed(network, from, {
    v: 1,
    type: 'CapacityVoucher',
    intent: asked.id,
    edge: edgeBetween(network, from.name, to.name),
    from: from.party.id,
    to: to.party.id,
    denomination: asked.body.denomination,
    amount: amount(value),
    fee: amount(fee),
    at: now,
    expiresAt: unixMs(now + ttlMs),
    policyHash: hops[0]?.policyHash ?? null,
    prevReceipt: null,
    grant: null,
    route: {
      part: network.world.nonce(),
      finalizeKey: must(asked.body.delivery, 'delivery').finalizeKey,
      seenAt: unixMs(to.book.now - from.readingAgeMs),
      probe,
      hops,
    },
    nonce: network.world.nonce(),
    ...change,
  });
}

/** Records a voucher in its payer's book and sends it if it was accepted. */
export function sendVoucher(
  network: Network,
  from: NetworkNode,
  to: NetworkNode,
  voucher: Built<'CapacityVoucher'>,
): Decision {
  const decision = record(from, voucher);
  if (decision.kind !== 'accepted') return decision;
  keep(from, voucher);
  send(network, from, to, voucher);
  return decision;
}

/** Sends one part along a route of names; nothing moves before `pump`. */
export function sendPart(
  network: Network,
  asked: Built<'PaymentIntent'>,
  route: readonly string[],
  value: bigint,
  options: PartOptions = {},
): Built<'CapacityVoucher'> {
  const voucher = partOver(network, asked, route, value, options);
  const [from, to] = route.map((name) => nodeOf(network, name));
  sendVoucher(network, must(from, 'sender'), must(to, 'first hop'), voucher);
  return voucher;
}
