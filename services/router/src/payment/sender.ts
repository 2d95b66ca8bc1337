import { orderOf } from '@atomicity/kernel/hop/find-hop';
import type { Hash } from '@atomicity/kernel/units/id';
import type { AgentCore } from '../agent-core.ts';
import { isRefusal } from '../signed-text.ts';
import type { PaymentOutcome, PaymentRequest, PaymentView } from './payment.ts';
import { checkRequest } from './payment-request.ts';
import { type OngoingPayment, PaymentRun } from './payment-run.ts';
import { endedView } from './progress.ts';
import type { RoutingKnowledge } from './routing-knowledge.ts';

/** Payments that have ended and are still told of. */
const ENDED_MAX = 1_000;

/**
 * The party's own payments. What a payment is allowed stands in the book, what became of its parts
 * too; the texts that it began with are in the journal. So a restart goes on with all of them.
 */
export class Sender {
  readonly #core: AgentCore;
  readonly #routing: RoutingKnowledge | undefined;
  readonly #runs = new Map<Hash, PaymentRun>();
  readonly #starting = new Map<string, Promise<PaymentOutcome>>();
  /** Intents of runs that have ended, the oldest first. */
  readonly #endedRuns: Hash[] = [];
  /** Orders whose entry in the journal is to be dropped later, each with what ends the waiting. */
  readonly #forgetting = new Map<Hash, () => void>();
  #stopped = false;

  constructor(core: AgentCore, routing: RoutingKnowledge | undefined) {
    this.#core = core;
    this.#routing = routing;
  }

  /** Payments that have not ended. */
  get pendingCount(): number {
    return this.#runs.size - this.#endedRuns.length;
  }

  /** What the run says, or of one that ended before a restart what the book says. */
  view(intent: Hash, hops?: readonly Hash[]): PaymentView | undefined {
    const run = this.#runs.get(intent);
    if (run !== undefined) return run.view();
    const state = this.#core.state();
    const order = orderOf(state, intent, this.#core.party);
    if (order === undefined) return undefined;
    if (hops !== undefined)
      return endedView(
        state,
        order,
        hops.filter((id) => this.#isOwn(id)),
      );
    return endedView(state, order, this.#vouchersOf(new Set([intent])).get(intent) ?? []);
  }

  /** True for a voucher with which the party began a part. */
  #isOwn(voucher: Hash): boolean {
    const terms = this.#core.state().hops.get(voucher)?.terms;
    return terms?.side === 'payer' && terms.from === this.#core.party && terms.incoming === null;
  }

  /**
   * See `HopAgent.pay`. Refusals: routing_missing, those of `checkRequest`, busy (the journal could not
   * be written, or the book has no room: nothing was recorded), those of the book.
   */
  pay(request: PaymentRequest): Promise<PaymentOutcome> {
    // Two calls with one order are one start: else one's failure could undo the other's journal.
    const underWay = this.#starting.get(request.order);
    if (underWay !== undefined) return underWay;
    const started = this.#start(request).finally(() => this.#starting.delete(request.order));
    this.#starting.set(request.order, started);
    return started;
  }

  async #start(request: PaymentRequest): Promise<PaymentOutcome> {
    const routing = this.#routing;
    if (routing === undefined) {
      const rule = 'the agent plans payments with what it knows of routes';
      return { kind: 'refused', refusal: { reason: 'routing_missing', rule } };
    }
    const checked = await checkRequest(this.#core, request);
    if (isRefusal(checked)) return { kind: 'refused', refusal: checked };
    const { order, intent, delivery } = checked;
    const id = order.body.intent;
    const known = this.#runs.get(id);
    if (known?.orderId === order.id) return { kind: 'taken', view: known.view() };
    // Vouchers come after their order: without one there is none to look for.
    const isNew = orderOf(this.#core.state(), id, this.#core.party) === undefined;
    // The journal first: an order in the book whose intent nobody knows could never be carried out.
    try {
      this.#core.journal.put('payment', order.id, JSON.stringify(request));
    } catch {
      return busy('the disk takes the journal’s entry');
    }
    this.#keep(order.id);
    const outcome = await this.#core.record(order);
    if (outcome.kind !== 'recorded') {
      this.#forget(order.id);
      return outcome.kind === 'busy' ? busy('the book has room for the command') : outcome;
    }
    const vouchers = isNew ? [] : (this.#vouchersOf(new Set([id])).get(id) ?? []);
    const run = this.#begin(
      { intent: id, orderId: order.id, order: order.body, terms: intent, delivery, vouchers },
      routing,
    );
    return { kind: 'taken', view: run.view() };
  }

  /** Drops what a restart would go on with; again later while the disk does not take it. */
  #forget(orderId: Hash): void {
    this.#keep(orderId);
    try {
      this.#core.journal.drop('payment', orderId);
    } catch {
      if (this.#stopped) return;
      const { ports, settings } = this.#core;
      const again = () => this.#forget(orderId);
      this.#forgetting.set(orderId, ports.after(settings.retryCapMs, again));
    }
  }

  /** The entry is of use again. */
  #keep(orderId: Hash): void {
    this.#forgetting.get(orderId)?.();
    this.#forgetting.delete(orderId);
  }

  /** Goes on with every payment of the journal. */
  recover(): void {
    const entries = this.#core.journal.all('payment');
    for (const { text } of entries) void this.#resume(text);
  }

  async #resume(text: string): Promise<void> {
    try {
      await this.pay(JSON.parse(text) as PaymentRequest);
    } catch {
      // The agent has halted meanwhile; the next one recovers.
    }
  }

  #begin(payment: OngoingPayment, routing: RoutingKnowledge): PaymentRun {
    const known = this.#runs.get(payment.intent);
    if (known !== undefined) return known;
    const run = new PaymentRun(this.#core, routing, payment, () => this.#ended(payment));
    this.#runs.set(payment.intent, run);
    if (!this.#stopped) run.wake();
    return run;
  }

  #ended({ orderId, intent }: OngoingPayment): void {
    this.#forget(orderId);
    this.#endedRuns.push(intent);
    const oldest = this.#endedRuns.length > ENDED_MAX ? this.#endedRuns.shift() : undefined;
    if (oldest !== undefined) this.#runs.delete(oldest);
  }

  /** First-hop vouchers of intents, by intent. Linear in the hops of the book. */
  #vouchersOf(intents: ReadonlySet<Hash>): ReadonlyMap<Hash, readonly Hash[]> {
    const found = new Map<Hash, { readonly voucher: Hash; readonly at: number }[]>();
    for (const { terms } of this.#core.state().hops.values()) {
      const isOwn = terms.side === 'payer' && terms.from === this.#core.party;
      if (!isOwn || terms.incoming !== null || !intents.has(terms.intent)) continue;
      const list = found.get(terms.intent) ?? [];
      found.set(terms.intent, [...list, { voucher: terms.voucher, at: terms.at }]);
    }
    const sorted = new Map<Hash, readonly Hash[]>();
    for (const [intent, list] of found) {
      list.sort((a, b) => a.at - b.at || (a.voucher < b.voucher ? -1 : 1));
      sorted.set(
        intent,
        list.map(({ voucher }) => voucher),
      );
    }
    return sorted;
  }

  /** A hop has changed: its payment looks at it. */
  wake(voucher: Hash): void {
    const terms = this.#core.state().hops.get(voucher)?.terms;
    if (terms?.side !== 'payer' || terms.from !== this.#core.party) return;
    this.#runs.get(terms.intent)?.wake();
  }

  stop(): void {
    this.#stopped = true;
    for (const run of this.#runs.values()) run.stop();
    for (const orderId of [...this.#forgetting.keys()]) this.#keep(orderId);
  }
}

/** Nothing was recorded; the same request may be taken later. */
function busy(rule: string): PaymentOutcome {
  return { kind: 'refused', refusal: { reason: 'busy', rule } };
}
