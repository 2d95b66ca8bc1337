import { type EdgeFacts, law, type NodeFacts, type RunFacts } from './facts.ts';
import {
  readVoucher,
  type SeenDelivery,
  type SeenHeld,
  type SeenHop,
  type SeenLeg,
} from './seen-events.ts';

export type ModelStatus = 'held' | 'active*' | 'claimed' | 'confirmed' | 'active' | 'lapsed';

/** A hop as the model follows it in one book. */
export type ModelHop = {
  readonly terms: SeenHeld;
  /** True ms when the hop lapses by the clock of its book. */
  readonly deadlineTrueMs: number;
  status: ModelStatus;
  /** True ms of the claim. */
  claimedTrueMs: number | undefined;
  lapse: 'expired' | 'released' | 'denied' | undefined;
};

export type ModelEdge = {
  readonly facts: EdgeFacts;
  /** Seen from a: positive when b owes a. */
  balance: bigint;
  limitA: bigint;
  limitB: bigint;
  /** Open holds that would make a, or b, owe more. */
  heldFromA: bigint;
  heldFromB: bigint;
};

const OPEN: ReadonlySet<ModelStatus> = new Set(['held', 'active*', 'claimed', 'confirmed']);
const MAY_CLAIM: ReadonlySet<ModelStatus> = new Set(['held', 'active*']);

/** A clock at most this wrong in rate, both ends, leaves this part of a span uncertain. */
const DRIFT = 400e-6;
const ROUNDING_MS = 2;

export const isOpen = (hop: ModelHop): boolean => OPEN.has(hop.status);

/** One book as the model reckons it from the events of its log alone. */
export class BookModel {
  readonly node: NodeFacts;
  readonly hops = new Map<string, ModelHop>();
  readonly edges = new Map<string, ModelEdge>();
  /** Incoming and outgoing vouchers that are not lapsed, by intent and part. */
  readonly #incoming = new Map<string, string>();
  readonly #outgoing = new Map<string, string>();
  readonly deliveries = new Map<string, SeenDelivery>();
  readonly #probeSpend = new Map<string, bigint>();
  readonly #positions = new Map<string, bigint>();
  readonly #declined = new Set<string>();
  readonly #vouchers = new Set<string>();
  readonly #facts: RunFacts;

  constructor(node: NodeFacts, facts: RunFacts) {
    this.node = node;
    this.#facts = facts;
  }

  isBetweenHonest(edge: string): boolean {
    const { a, b } = this.#edge(edge).facts;
    return [a, b].every((party) => this.#facts.nodeOfParty.get(party)?.isHonest ?? false);
  }

  openEdge(edge: string): void {
    const facts = this.#facts.edges.get(edge);
    law(facts !== undefined, 'edges are agreed', () => `unknown edge ${edge}`);
    const { limitA, limitB } = facts;
    this.edges.set(edge, { facts, balance: 0n, limitA, limitB, heldFromA: 0n, heldFromB: 0n });
  }

  /** The party has signed that it does not take a voucher. */
  declined(voucher: string): void {
    law(!this.hops.has(voucher), 'what is held is not declined', () => `${this.#name} ${voucher}`);
    this.#declined.add(voucher);
  }

  held(data: SeenHeld, voucherText: string): void {
    const { voucher, side } = data;
    law(!this.#declined.has(voucher), 'what was declined is never held', () => voucher);
    law(!this.hops.has(voucher), 'a voucher is held once', () => `${this.#name} ${voucher}`);
    const signed = readVoucher(voucherText);
    law(
      signed.amount === data.amount && signed.fee === data.fee && signed.edge === data.edge,
      'a hold is what was signed',
      () => `${this.#name} ${voucher}`,
    );
    law(data.at < data.deadline, 'a hold begins before it ends', () => `${this.#name} ${voucher}`);
    const deadlineTrueMs = this.node.trueMs(data.deadline);
    this.hops.set(voucher, {
      terms: data,
      deadlineTrueMs,
      status: 'held',
      claimedTrueMs: undefined,
      lapse: undefined,
    });
    if (side === 'payee') this.#heldAsPayee(data, signed, deadlineTrueMs);
    else this.#heldAsPayer(data);
    this.#reserve(data, 1n);
    this.#vouchers.add(voucherText);
  }

  /** True for the text of a voucher that this book has recorded. */
  hasVoucher(text: string): boolean {
    return this.#vouchers.has(text);
  }

  /** The law of relative time: the payee's deadline comes a margin before the payer's expiry. */
  #heldAsPayee(data: SeenHeld, signed: ReturnType<typeof readVoucher>, trueMs: number): void {
    const payer = this.#facts.nodeOfParty.get(data.from);
    law(payer !== undefined, 'payers are known', () => data.from);
    law(
      data.to === this.node.party && signed.seenAt <= data.at,
      'a payee rests on readings of its own past',
      () => `${this.#name} ${data.voucher}`,
    );
    if (payer.isHonest) {
      const ttl = signed.expiresAt - signed.at;
      const slack = ttl * DRIFT + ROUNDING_MS;
      const payerEnd = payer.trueMs(signed.expiresAt);
      law(
        trueMs <= payerEnd - this.node.marginMs + slack,
        'a payee has its margin before the payer lapses',
        () => `${this.#name} ${data.voucher}: ends at ${trueMs}, payer at ${payerEnd}`,
      );
    }
    if (data.hops.length === 0) {
      law(data.fee === 0n, 'a receiver pays no fee', () => `${this.#name} ${data.voucher}`);
    }
    this.#onlyOne(this.#incoming, data);
  }

  #heldAsPayer(data: SeenHeld): void {
    this.#onlyOne(this.#outgoing, data);
    if (data.incoming === null) this.#heldAsSender(data);
    else this.#heldAsForwarder(data, data.incoming);
  }

  #heldAsForwarder(data: SeenHeld, incoming: string): void {
    const before = this.hops.get(incoming);
    law(
      before !== undefined && before.terms.side === 'payee' && MAY_CLAIM.has(before.status),
      'a forwarder holds before it forwards',
      () => `${this.#name} ${data.voucher}`,
    );
    law(
      data.deadline <= before.terms.deadline && data.amount === before.terms.amount,
      'a forwarded hold ends before the one it rests on and delivers the same',
      () => `${this.#name} ${data.voucher}`,
    );
    const policy = this.#facts.policies.get(before.terms.policyHash ?? '');
    law(
      policy !== undefined && policy.hop === this.node.party,
      'a forwarder has published its price',
      () => `${this.#name} ${data.voucher}`,
    );
    const kept = before.terms.fee - data.fee;
    const price = policy.feeFlat + roundedUp(data.amount * policy.feeBps, 10_000n);
    law(
      kept === price,
      'fees are as published',
      () => `${this.#name} keeps ${kept} of ${data.amount}, its price is ${price}`,
    );
  }

  #heldAsSender(data: SeenHeld): void {
    const order = this.#facts.orders.get(data.intent);
    law(
      order !== undefined && order.payer === this.node.party,
      'a sender has ordered what it pays',
      () => `${this.#name} ${data.voucher}`,
    );
    if (data.probe) {
      const spend = (this.#probeSpend.get(data.intent) ?? 0n) + data.amount + data.fee;
      this.#probeSpend.set(data.intent, spend);
      law(
        spend <= order.maxProbeSpend,
        'probes stay within maxProbeSpend',
        () => `${this.#name} ${data.intent}: ${spend} of ${order.maxProbeSpend}`,
      );
      return;
    }
    const { amount, fee } = this.spending(data.intent);
    law(
      amount <= order.amount && fee <= order.maxFee,
      'a sender is bounded by its order',
      () => `${this.#name} ${data.intent}: ${amount} + ${fee}`,
    );
  }

  /** What a sender has open or paid for an intent, probes aside. */
  spending(intent: string): { readonly amount: bigint; readonly fee: bigint } {
    let [amount, fee] = [0n, 0n];
    for (const { terms, status } of this.hops.values()) {
      const isFirst = terms.side === 'payer' && terms.incoming === null && !terms.probe;
      if (terms.intent !== intent || !isFirst || status === 'lapsed') continue;
      amount += terms.amount;
      fee += terms.fee;
    }
    return { amount, fee };
  }

  #onlyOne(places: Map<string, string>, { intent, part, voucher }: SeenHeld): void {
    const place = `${intent}/${part}`;
    const other = this.hops.get(places.get(place) ?? '');
    law(
      other === undefined || other.status === 'lapsed',
      'a part is held once on each side',
      () => `${this.#name} ${voucher}`,
    );
    places.set(place, voucher);
  }

  committed(data: SeenHop, at: number): void {
    const hop = this.#hop(data.voucher);
    law(hop.status === 'held' && at < hop.terms.deadline, 'held becomes active* in time', () =>
      this.#late(data, at, hop),
    );
    hop.status = 'active*';
  }

  claimed(data: SeenHop, at: number): void {
    const hop = this.#hop(data.voucher);
    law(
      hop.terms.side === 'payee' && MAY_CLAIM.has(hop.status) && !hop.terms.probe,
      'a claim is for a hold',
      () => `${this.#name} ${data.voucher} is ${hop.status}`,
    );
    law(at < hop.terms.deadline, 'a receipt counts before the deadline only', () =>
      this.#late(data, at, hop),
    );
    hop.status = 'claimed';
    hop.claimedTrueMs = this.#facts.nowMs();
  }

  confirmed(data: SeenHop): void {
    const hop = this.#hop(data.voucher);
    law(hop.status === 'claimed', 'a confirmation answers a claim', () => data.voucher);
    hop.status = 'confirmed';
  }

  activated(data: SeenHop, at: number, legs: readonly SeenLeg[]): void {
    const hop = this.#hop(data.voucher);
    if (hop.terms.side === 'payer') {
      law(
        MAY_CLAIM.has(hop.status) && at < hop.terms.deadline,
        'a payer owes nothing after the deadline',
        () => this.#late(data, at, hop),
      );
    } else {
      law(hop.status === 'claimed', 'an answer answers a claim', () => data.voucher);
      law(
        hop.terms.hops.length > 0,
        'a receiver is paid by deliveries alone',
        () => `${this.#name} ${data.voucher}`,
      );
    }
    const whole = hop.terms.amount + hop.terms.fee;
    law(
      legs.length === 2 &&
        legs.some(({ party, delta }) => party === hop.terms.from && delta === -whole) &&
        legs.some(({ party, delta }) => party === hop.terms.to && delta === whole),
      'a payment moves amount and fee, once',
      () => `${this.#name} ${data.voucher}`,
    );
    this.#end(hop, 'active');
    this.move(data.edge, legs);
  }

  lapsed(data: SeenHop, at: number, why: 'expired' | 'released' | 'denied'): void {
    const hop = this.#hop(data.voucher);
    const may = why === 'denied' ? hop.status === 'claimed' : MAY_CLAIM.has(hop.status);
    law(may, 'what is claimed lapses by a denial alone', () => `${this.#name} ${data.voucher}`);
    law(why !== 'expired' || at >= hop.terms.deadline, 'a hold lapses at its deadline', () =>
      this.#late(data, at, hop),
    );
    hop.lapse = why;
    this.#end(hop, 'lapsed');
  }

  delivered(data: SeenDelivery): void {
    const { intent, parts, missing, amount, legs } = data;
    law(!this.deliveries.has(intent), 'a delivery happens once', () => `${this.#name} ${intent}`);
    const facts = this.#facts.intents.get(intent);
    law(facts?.receiver === this.node.party, 'a receiver asked for it', () => intent);
    let [got, lost] = [0n, 0n];
    for (const part of parts) {
      const hop = this.#hop(part.voucher);
      law(
        hop.status === 'confirmed' || hop.status === 'claimed',
        'a delivery is of claimed parts',
        () => `${this.#name} ${part.voucher} is ${hop.status}`,
      );
      got += hop.terms.amount;
      this.#end(hop, 'active');
    }
    for (const part of missing) lost += part.amount;
    law(
      got === amount && got + lost >= facts.minDeliverable && got + lost <= facts.amount,
      'no partial delivery',
      () => `${this.#name} ${intent}: ${got} and missing ${lost} of ${facts.minDeliverable}`,
    );
    this.deliveries.set(intent, data);
    for (const edge of new Set(parts.map((part) => part.edge))) {
      this.move(
        edge,
        legs.filter((leg) => leg.edge === edge),
      );
    }
    const gained = legs.reduce(
      (s, { party, delta }) => (party === data.receiver ? s + delta : s),
      0n,
    );
    law(gained === got, 'a receiver gains what was delivered', () => `${this.#name} ${intent}`);
  }

  /** Books legs of one edge. */
  move(edge: string, legs: readonly SeenLeg[]): void {
    const line = this.#edge(edge);
    const { a, denomination } = line.facts;
    const sum = legs.reduce((total, { delta }) => total + delta, 0n);
    law(sum === 0n, 'conservation', () => `${this.#name} ${edge}: legs add up to ${sum}`);
    for (const { party, delta } of legs) {
      const key = `${denomination} ${party}`;
      this.#positions.set(key, (this.#positions.get(key) ?? 0n) + delta);
      if (party === a) line.balance += delta;
    }
  }

  changeLimit(edge: string, grantor: string, limit: bigint): void {
    const line = this.#edge(edge);
    if (grantor === line.facts.a) line.limitA = limit;
    else line.limitB = limit;
  }

  /** Σ of all positions of each denomination is 0, from the model's own books. */
  checkConservation(): void {
    const sums = new Map<string, bigint>();
    for (const [key, position] of this.#positions) {
      const denomination = key.slice(0, key.indexOf(' '));
      sums.set(denomination, (sums.get(denomination) ?? 0n) + position);
    }
    for (const [denomination, sum] of sums) {
      law(sum === 0n, 'conservation', () => `${this.#name} ${denomination}: ${sum}`);
    }
  }

  /**
   * Holds, or frees, on the side of the payer. What a hold becomes is as much as it held, so this is
   * where limits are kept; a settlement or reassign may use up room that open holds rest on.
   */
  #reserve({ edge, from, amount, fee }: SeenHop, sign: 1n | -1n): void {
    const line = this.#edge(edge);
    const change = sign * (amount + fee);
    const isA = from === line.facts.a;
    if (isA) line.heldFromA += change;
    else line.heldFromB += change;
    const exposure = isA ? line.heldFromA - line.balance : line.heldFromB + line.balance;
    const limit = isA ? line.limitB : line.limitA;
    law(
      sign === -1n || exposure <= limit,
      'limits hold, what is held included',
      () => `${this.#name} ${edge}: ${exposure} of ${limit}`,
    );
  }

  #end(hop: ModelHop, status: 'active' | 'lapsed'): void {
    this.#reserve(hop.terms, -1n);
    hop.status = status;
  }

  #hop(voucher: string): ModelHop {
    const hop = this.hops.get(voucher);
    law(hop !== undefined, 'events are of known hops', () => `${this.#name} ${voucher}`);
    return hop;
  }

  #edge(edge: string): ModelEdge {
    const line = this.edges.get(edge);
    law(line !== undefined, 'events are of known edges', () => `${this.#name} ${edge}`);
    return line;
  }

  #late({ voucher }: SeenHop, at: number, { status, terms }: ModelHop): string {
    return `${this.#name} ${voucher} is ${status}: at ${at}, deadline ${terms.deadline}`;
  }

  get #name(): string {
    return this.node.name;
  }
}

function roundedUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
