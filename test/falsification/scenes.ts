/** The networks that these tests attack, and the few moves that they share. */

import type { Hop } from '@atomicity/kernel/hop/hop';
import { advance, pump, resend } from '@atomicity/kernel/testing/network';
import {
  createNetwork,
  type Message,
  type Network,
  type NetworkNode,
  type NetworkOptions,
  nodeOf,
} from '@atomicity/kernel/testing/network-core';
import type { HopTransition } from '@atomicity/kernel/wire/objects';

/** Alice – Bob – Carol – Dave. */
export function line(options: Partial<NetworkOptions> = {}): Network {
  return createNetwork({
    names: ['alice', 'bob', 'carol', 'dave'],
    edges: [
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'dave'],
    ],
    ...options,
  });
}

/** Alice pays Dave over Bob or over Carol. */
export function diamond(options: Partial<NetworkOptions> = {}): Network {
  return createNetwork({
    names: ['alice', 'bob', 'carol', 'dave'],
    edges: [
      ['alice', 'bob'],
      ['bob', 'dave'],
      ['alice', 'carol'],
      ['carol', 'dave'],
    ],
    ...options,
  });
}

export const LINE = ['alice', 'bob', 'carol', 'dave'] as const;
export const OVER_BOB = ['alice', 'bob', 'dave'] as const;
export const OVER_CAROL = ['alice', 'carol', 'dave'] as const;

/** True for a HopReceipt of this transition. */
export function says(message: Message, transition: HopTransition): boolean {
  const { body } = message.object;
  return body.type === 'HopReceipt' && body.transition === transition;
}

/** True for a payee's claim: the answer of its payer goes the other way. */
export function claims(message: Message): boolean {
  return says(message, 'active') && message.to.party.id !== payeeOf(message);
}

function payeeOf({ to, object: { body } }: Message) {
  const voucher = body.type === 'HopReceipt' ? body.voucher : undefined;
  return voucher === undefined ? undefined : to.book.state.hops.get(voucher)?.terms.to;
}

/** The hops of a node, the payer's side first. */
export function hopsOf(network: Network, name: string): readonly Hop[] {
  const hops = [...nodeOf(network, name).book.state.hops.values()];
  return hops.sort((one, other) => (one.terms.side < other.terms.side ? 1 : -1));
}

/** The status of every hop of the network: `alice payer held`, … */
export function statuses(network: Network): readonly string[] {
  return network.nodes.flatMap(({ name }) =>
    hopsOf(network, name).map(({ terms, status }) => `${name} ${terms.side} ${status}`),
  );
}

/** True time until the hop's deadline by its own book's clock, ms. */
export function untilDeadline({ book }: NetworkNode, { terms }: Hop): number {
  return terms.deadline - book.now;
}

/** Lets all windows end; nodes that work tell each other the rest, and every message arrives. */
export function windUp(network: Network): void {
  for (let round = 0; round < 6; round += 1) {
    advance(network, 60_000);
    resend(network);
    pump(network);
  }
}

/** Every node works again, and the rest is told. */
export function comeBack(network: Network): void {
  for (const node of network.nodes) node.mode = 'works';
  windUp(network);
}
