/** What must hold in a network of books after every step, recomputed from the events of each book. */
import { balanceOf } from '@atomicity/kernel/credit/positions';
import { type Network, type NetworkNode, nodeOf } from '@atomicity/kernel/testing/network-core';
import type { Hash } from '@atomicity/kernel/units/id';

function law(holds: boolean, name: string): void {
  if (!holds) throw new Error(`law broken: ${name}`);
}

type Moved = { readonly edge: Hash; readonly party: string; readonly delta: bigint };

/** Every leg that a book has recorded. Nothing else moves money. */
function legsOf({ book }: NetworkNode): readonly Moved[] {
  return book.events.flatMap(({ type, data }) => {
    if (type === 'HopActivated') return data.legs.map((leg) => ({ ...leg, edge: data.edge }));
    return type === 'DeliveryFinalized' ? [...data.legs] : [];
  });
}

function checkBook(node: NetworkNode): void {
  const { state } = node.book;
  const legs = legsOf(node);
  for (const { edge, terms, balance, heldFromA, heldFromB } of [...state.edges.values()].map(
    (one) => ({ ...one, edge: one.terms.edge }),
  )) {
    const own = legs.filter((leg) => leg.edge === edge);
    law(own.reduce((sum, { delta }) => sum + delta, 0n) === 0n, `${node.name}: conservation`);
    const ofA = own.filter(({ party }) => party === terms.a);
    const sum = ofA.reduce((total, { delta }) => total + delta, 0n);
    law(sum === balance, `${node.name}: a balance follows from its legs`);
    for (const [party, held] of [[terms.a, heldFromA] as const, [terms.b, heldFromB] as const]) {
      const open = [...state.hops.values()].filter(
        ({ status, terms: hop }) =>
          hop.edge === edge && hop.from === party && status !== 'active' && status !== 'lapsed',
      );
      const sumHeld = open.reduce((total, { terms: hop }) => total + hop.amount + hop.fee, 0n);
      law(sumHeld === held, `${node.name}: what is held is what is open`);
    }
  }
}

/** Orders bound what a sender pays; a receiver gets all that it asks for at least, or nothing. */
function checkPayments(node: NetworkNode): void {
  const { state, events } = node.book;
  for (const { terms, amountInUse, feeInUse, probeSpend } of state.orders.values()) {
    law(amountInUse <= terms.amount, `${node.name}: an order bounds the amount`);
    law(feeInUse <= terms.maxFee, `${node.name}: an order bounds the fees`);
    law(probeSpend <= terms.maxProbeSpend, `${node.name}: an order bounds the probes`);
  }
  for (const { type, data } of events) {
    if (type !== 'DeliveryFinalized') continue;
    const intent = state.intents.get(data.intent)?.terms;
    const signed = [...data.parts, ...data.missing].reduce((sum, { amount }) => sum + amount, 0n);
    if (intent?.delivery == null) continue;
    law(signed >= intent.delivery.minDeliverable, `${node.name}: all or nothing`);
    law(signed <= intent.amount, `${node.name}: never more than asked`);
  }
}

/** Holds after every step, whatever the other nodes do. @throws Error that names the broken law. */
export function checkNetworkLaws(network: Network): void {
  for (const node of network.nodes) {
    checkBook(node);
    checkPayments(node);
  }
}

/** Holds once messages have settled and all windows are over: both ends of an edge say the same. */
export function checkSettled(network: Network): void {
  checkNetworkLaws(network);
  for (const [names, id] of network.edges) {
    const [one, other] = names.split(' ').map((name) => nodeOf(network, name));
    const [mine, theirs] = [one?.book.state.edges.get(id), other?.book.state.edges.get(id)];
    law(mine?.balance === theirs?.balance, `${names}: both ends have one balance`);
    law(mine?.heldFromA === 0n && mine.heldFromB === 0n, `${names}: nothing stays held`);
  }
  for (const node of network.nodes) {
    for (const hop of node.book.state.hops.values()) {
      law(hop.status === 'active' || hop.status === 'lapsed', `${node.name}: every hop has ended`);
    }
  }
}

/** What the node's party is owed less what it owes, edge by edge, as its own book has it. */
export function ownBalances(network: Network, name: string): Readonly<Record<string, bigint>> {
  const { book, party } = nodeOf(network, name);
  const balances: Record<string, bigint> = {};
  for (const [names, id] of network.edges) {
    const [mine, other = ''] = names.split(' ');
    const edge = book.state.edges.get(id);
    if (mine === name && edge !== undefined) balances[other] = balanceOf(edge, party.id);
  }
  return balances;
}

/** The types of a book's events since some moment, for tests that count what happened. */
export function countEvents(node: NetworkNode, type: string): number {
  return node.book.events.filter((event) => event.type === type).length;
}
