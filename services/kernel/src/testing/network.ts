/** How messages move and time passes in a network of test books, and whole payments over it. */

import { unixMs } from '../units/time.ts';
import type { Message, Network } from './network-core.ts';
import { react, retry } from './network-node.ts';
import { ask, order, sendPart } from './network-payment.ts';
import { type Built, must, START } from './world.ts';

/** What becomes of a message: taken, lost, taken and kept for a second time, or kept for later. */
export type Fate = 'deliver' | 'drop' | 'duplicate' | 'delay';

/** Takes one message off the way and lets its addressee act on it. */
export function deliver(network: Network, index = 0): void {
  const [message] = network.pending.splice(index, 1);
  if (message === undefined || message.to.mode === 'down') return;
  react(network, message);
}

/** Delivers messages until none is left, or `max` of them; delayed ones stay on their way. */
export function pump(network: Network, fate: (message: Message) => Fate = () => 'deliver'): void {
  const delayed: Message[] = [];
  for (let left = 10_000; network.pending.length > 0; left -= 1) {
    if (left === 0) throw new Error('messages without end');
    const [message] = network.pending;
    if (message === undefined) break;
    const chosen = fate(message);
    if (chosen === 'delay' || chosen === 'duplicate') delayed.push(message);
    if (chosen === 'delay' || chosen === 'drop') network.pending.shift();
    else deliver(network);
  }
  network.pending.push(...delayed);
}

/** Every node that works sends again what its hops still owe their other ends. */
export function resend(network: Network): void {
  for (const node of network.nodes) if (node.mode === 'works') retry(network, node);
}

/** Lets true time pass on every clock; books that are not down record what lapses. */
export function advance(network: Network, ms: number): void {
  network.elapsedMs += ms;
  for (const node of network.nodes) {
    node.book.now = unixMs(START + node.offsetMs + network.elapsedMs);
    if (node.mode !== 'down') node.book.lapse();
  }
}

/** Sends again and delivers until a round changes no book; then every message has been taken. */
export function settle(network: Network): void {
  for (let round = 0; round < 50; round += 1) {
    const before = network.nodes.map(({ book }) => book.events.length).join();
    resend(network);
    pump(network);
    if (network.nodes.map(({ book }) => book.events.length).join() === before) return;
  }
  throw new Error('books that never settle');
}

/**
 * A whole payment: the receiver, where the routes end, asks for the sum of the parts, the sender, where
 * they begin, orders it and sends each part over its route of names, and every message is delivered.
 */
export function payOver(
  network: Network,
  parts: readonly { readonly route: readonly string[]; readonly value: bigint }[],
): Built<'PaymentIntent'> {
  const [route] = parts.map((part) => part.route);
  const [sender, receiver] = [must(route?.at(0), 'sender'), must(route?.at(-1), 'receiver')];
  const sum = parts.reduce((total, { value }) => total + value, 0n);
  const asked = ask(network, receiver, sum);
  order(network, sender, asked);
  for (const part of parts) sendPart(network, asked, part.route, part.value);
  pump(network);
  return asked;
}
