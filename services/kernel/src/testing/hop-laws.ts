/** An independent account of payments across books, from the events of each book alone. */
import type { RecordedEvent } from '../book/events.ts';
import { openVouchersOf } from '../credit/open-vouchers.ts';
import type { Hash, PartyId } from '../units/id.ts';
import type { Network, NetworkNode } from './network-core.ts';

function law(holds: boolean, name: string): void {
  if (!holds) throw new Error(`law broken: ${name}`);
}

type Held = { readonly edge: Hash; readonly from: PartyId; readonly spend: bigint };
type Account = {
  /** What is held now, by voucher. */
  readonly held: Map<Hash, Held>;
  /** Vouchers that became debts. */
  readonly paid: Map<Hash, Held>;
  /** By `edge party`. */
  readonly positions: Map<string, bigint>;
};

function move({ positions }: Account, edge: Hash, party: PartyId, delta: bigint): void {
  const key = `${edge} ${party}`;
  positions.set(key, (positions.get(key) ?? 0n) + delta);
}

function pay(account: Account, voucher: Hash): void {
  const held = account.held.get(voucher);
  law(held !== undefined, `${voucher} is held until it is paid`);
  if (held === undefined) return;
  account.held.delete(voucher);
  account.paid.set(voucher, held);
}

function add(account: Account, { type, data }: RecordedEvent): void {
  if (type === 'HopHeld') {
    law(!account.held.has(data.voucher), 'a voucher is held once');
    const { edge, from, amount, fee } = data;
    account.held.set(data.voucher, { edge, from, spend: amount + fee });
  } else if (type === 'HopLapsed') {
    law(account.held.delete(data.voucher), `${data.voucher} is held until it lapses`);
  } else if (type === 'HopActivated') {
    pay(account, data.voucher);
    for (const { party, delta } of data.legs) move(account, data.edge, party, delta);
  } else if (type === 'DeliveryFinalized') {
    for (const { voucher } of data.parts) pay(account, voucher);
    for (const { edge, party, delta } of data.legs) move(account, edge, party, delta);
  }
}

function accountOf(events: readonly RecordedEvent[]): Account {
  const account: Account = { held: new Map(), paid: new Map(), positions: new Map() };
  for (const event of events) add(account, event);
  return account;
}

function sumOf(holds: Iterable<Held>, edge: Hash, from: PartyId): bigint {
  let sum = 0n;
  for (const one of holds) if (one.edge === edge && one.from === from) sum += one.spend;
  return sum;
}

/** Held and paid amounts of a node's order, which are never more than it allows. */
function checkOrders({ book }: NetworkNode, account: Account): void {
  for (const {
    terms,
    amountInUse,
    feeInUse,
    probeSpend,
    amountPaid,
  } of book.state.orders.values()) {
    law(amountInUse <= terms.amount && feeInUse <= terms.maxFee, 'an order is kept');
    law(probeSpend <= terms.maxProbeSpend && amountPaid <= amountInUse, 'an order is kept');
    let [amounts, fees] = [0n, 0n];
    for (const event of book.events) {
      if (event.type !== 'HopHeld') continue;
      const { voucher, intent, from, incoming, probe, amount, fee } = event.data;
      const own = intent === terms.intent && from === terms.payer && incoming === null && !probe;
      if (!own || !(account.held.has(voucher) || account.paid.has(voucher))) continue;
      amounts += amount;
      fees += fee;
    }
    law(amounts === amountInUse && fees === feeInUse, 'an order counts what is open or paid');
  }
}

/**
 * One book: Σ positions is 0 on every edge; what an edge holds is Σ of its open hops; limits hold;
 * orders are kept; a middle hop earns its fee or nothing. @throws Error that names the broken law.
 */
export function checkNode(node: NetworkNode): void {
  const { state, events } = node.book;
  const account = accountOf(events);
  for (const edge of state.edges.values()) {
    const { terms, balance, heldFromA, heldFromB, limitA, limitB } = edge;
    const [a, b] = [terms.a, terms.b].map(
      (party) => account.positions.get(`${terms.edge} ${party}`) ?? 0n,
    ) as [bigint, bigint];
    law(a + b === 0n && a === balance, 'conservation');
    law(heldFromA === sumOf(account.held.values(), terms.edge, terms.a), 'holds of a');
    law(heldFromB === sumOf(account.held.values(), terms.edge, terms.b), 'holds of b');
    const open = [...account.held].filter(([, held]) => held.edge === terms.edge);
    const vouchers = open.map(([voucher]) => voucher).sort();
    law(openVouchersOf(state, edge).join() === vouchers.join(), 'what is open');
    law(balance + heldFromB <= limitA && -balance + heldFromA <= limitB, 'limits');
  }
  for (const [voucher, { terms, status }] of state.hops.entries()) {
    const open = status !== 'active' && status !== 'lapsed';
    law(account.held.has(voucher as Hash) === open, `${status} is open or not`);
    law(open || account.paid.has(voucher as Hash) === (status === 'active'), 'active is paid');
    law(state.edges.has(terms.edge), 'a hop is on an edge');
  }
  checkOrders(node, account);
}

/**
 * Both ends of every edge have one balance, nothing is held but what waits for an answer that its
 * payer has forgotten, and every voucher that was paid at one end was paid at the other.
 * @throws Error that names the broken law.
 */
export function checkEnds({ nodes }: Network): void {
  const balances = new Map<Hash, bigint>();
  const paid = new Map<Hash, number>();
  for (const { book, name } of nodes) {
    for (const { terms, balance, heldFromA, heldFromB } of book.state.edges.values()) {
      law(heldFromA === 0n && heldFromB === 0n, `${name} holds nothing`);
      const other = balances.get(terms.edge);
      law(other === undefined || other === balance, `both ends of ${terms.edge} agree`);
      balances.set(terms.edge, balance);
    }
    for (const voucher of accountOf(book.events).paid.keys()) {
      paid.set(voucher, (paid.get(voucher) ?? 0) + 1);
    }
  }
  law(
    [...paid.values()].every((ends) => ends === 2),
    'paid at both ends',
  );
}
