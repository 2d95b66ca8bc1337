import { orderOf } from '@atomicity/kernel/hop/find-hop';
import type { EdgeOutcome } from '@atomicity/kernel/routing/edge-beliefs';
import { ownEdgesOf } from '@atomicity/kernel/routing/own-edges';
import type { PartToSend, PlannedPart, PlanOptions } from '@atomicity/kernel/routing/plan';
import { planPayment, replan } from '@atomicity/kernel/routing/plan-payment';
import { planProbes } from '@atomicity/kernel/routing/plan-probes';
import { type Amount, amount, subtractAmount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { Delivery, PaymentIntent, PaymentOrder } from '@atomicity/kernel/wire/objects';
import type { AgentCore } from '../agent-core.ts';
import { backoffMs } from '../backoff.ts';
import { receiptsOfPart } from './part-receipts.ts';
import { partVoucher } from './part-voucher.ts';
import type { PaymentStatus, PaymentView } from './payment.ts';
import { isEnd } from './payment.ts';
import { outcomesOf, type PlaceOfEnd, placeOfEnd } from './place-of-end.ts';
import { type Progress, progressOf } from './progress.ts';
import type { RoutingKnowledge } from './routing-knowledge.ts';

/** A payment as it stands when a run begins: new, or found again after a restart. */
export type OngoingPayment = {
  readonly intent: Hash;
  readonly orderId: Hash;
  readonly order: PaymentOrder;
  readonly terms: PaymentIntent;
  readonly delivery: Delivery;
  /** First-hop vouchers that the book has already. */
  readonly vouchers: readonly Hash[];
};

/** Reasons of the receiver that no other route changes. */
const FINAL_REASONS: ReadonlySet<string> = new Set([
  'intent_unknown',
  'intent_already_paid',
  'intent_already_held',
  'delivery_not_offered',
  'delivery_exceeds_amount',
  'receiver_mismatch',
  'finalize_key_mismatch',
  'hold_outlives_intent',
  'denomination_mismatch',
]);

/** Reasons of the own book that no other plan changes. */
const ORDER_REASONS: ReadonlySet<string> = new Set(['order_unknown', 'order_expired']);

type Blame = { readonly reason: string; readonly hop: PartyId | null };

const NO_ROUTE: Blame = { reason: 'no_route', hop: null };

/** What a run does next: end, plan, probe first, or wait for hops. */
type Next = 'wait' | 'plan' | { readonly end: PaymentStatus };

/**
 * Carries one payment out: plans, sends parts, learns from those that come back, plans what is left
 * over other ways, until the receiver has signed, the time is up, or nothing can be planned. All or
 * nothing is the receiver's: parts that wait for others lapse on their own.
 *
 * One step at a time: whatever wakes it while a step is under way is looked at after it.
 */
export class PaymentRun {
  readonly #core: AgentCore;
  readonly #routing: RoutingKnowledge;
  readonly #payment: OngoingPayment;
  readonly #onEnd: () => void;
  readonly #vouchers: Hash[];
  /** What this process planned; of parts from before a restart only the book's terms are known. */
  readonly #planned = new Map<Hash, PartToSend>();
  readonly #learnt = new Set<Hash>();
  /** Timers that wake the run, and those that a step of it waits for. */
  readonly #cancels = new Set<() => void>();
  readonly #pauses = new Set<() => void>();
  #status: PaymentStatus = 'planned';
  #blame: Blame | undefined;
  #rounds = 0;
  #routelessSince: UnixMs | undefined;
  #hasProbed = false;
  #running = false;
  #again = false;
  #stopped = false;

  constructor(
    core: AgentCore,
    routing: RoutingKnowledge,
    payment: OngoingPayment,
    onEnd: () => void,
  ) {
    this.#core = core;
    this.#routing = routing;
    this.#payment = payment;
    this.#onEnd = onEnd;
    this.#vouchers = [...payment.vouchers];
    this.#hasProbed = payment.vouchers.length > 0;
  }

  get orderId(): Hash {
    return this.#payment.orderId;
  }

  view(): PaymentView {
    const { paid, fees } = this.#progress();
    return {
      intent: this.#payment.intent,
      status: this.#status,
      reason: this.#blame?.reason ?? null,
      hop: this.#blame?.hop ?? null,
      paid,
      fees,
      rounds: this.#rounds,
      vouchers: [...this.#vouchers],
    };
  }

  wake(): void {
    if (this.#stopped || isEnd(this.#status)) return;
    this.#again = true;
    if (!this.#running) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of [...this.#cancels, ...this.#pauses]) cancel();
    this.#cancels.clear();
    this.#pauses.clear();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#again && !this.#stopped && !isEnd(this.#status)) {
        this.#again = false;
        await this.#step();
      }
    } catch {
      if (this.#core.halted === undefined) this.#wakeAfter(this.#core.settings.retryCapMs);
    } finally {
      this.#running = false;
    }
  }

  #progress(): Progress {
    return progressOf(this.#core.state(), this.#vouchers, this.#payment.order);
  }

  async #step(): Promise<void> {
    await this.#learnFromEnded();
    const progress = this.#progress();
    const next = this.#next(progress);
    if (next === 'wait') {
      this.#status = progress.isHeld ? 'held' : 'planned';
      this.#wakeAtDeadline(progress);
    } else if (next === 'plan') {
      await this.#round(progress);
    } else {
      this.#end(next.end);
    }
  }

  #next({ active, open, openProbes, underWay, isSettled, hasExpired }: Progress): Next {
    const { order } = this.#payment;
    if (isSettled) return { end: 'finalized' };
    if (active.length > 0) return 'wait';
    const isLate = this.#core.now() >= order.expiresAt;
    const isRefused = this.#blame !== undefined && FINAL_REASONS.has(this.#blame.reason);
    const isSpent = this.#rounds >= this.#core.settings.roundsMax;
    const isOver = isLate || isRefused || isSpent || hasExpired;
    if (open.length > 0 && (isOver || underWay === order.amount)) return 'wait';
    if (open.some(({ status }) => status === 'active*')) return 'wait';
    if (hasExpired || (isLate && this.#vouchers.length > 0)) return { end: 'lapsed' };
    if (isOver && this.#routelessSince !== undefined) this.#blame ??= NO_ROUTE;
    if (isOver) return { end: 'failed' };
    return openProbes.length > 0 && this.#cancels.size > 0 ? 'wait' : 'plan';
  }

  #end(status: PaymentStatus): void {
    this.#status = status;
    if (status === 'lapsed' && this.#blame === undefined) {
      this.#blame = { reason: 'expired', hop: null };
    }
    if (status === 'finalized') this.#blame = undefined;
    const { order } = this.#payment;
    this.#routing.tell({
      receiver: order.receiver,
      denomination: order.denomination,
      amount: order.amount,
      observed: status === 'finalized' ? 'success' : 'failure',
    });
    this.stop();
    this.#onEnd();
  }

  #wakeAfter(ms: number): void {
    const cancel = this.#core.ports.after(ms, () => {
      this.#cancels.delete(cancel);
      this.wake();
    });
    this.#cancels.add(cancel);
  }

  /** The book records lapses when it is swept; this only makes sure that somebody looks. */
  #wakeAtDeadline({ open, openProbes }: Progress): void {
    if (this.#cancels.size > 0) return;
    const now = this.#core.now();
    const deadlines = [...open, ...openProbes].map(({ terms }) => terms.deadline);
    const first = Math.min(...deadlines, this.#payment.order.expiresAt);
    this.#wakeAfter(Math.max(first - now, this.#core.settings.retryFirstMs) + 1);
  }

  async #learnFromEnded(): Promise<void> {
    const state = this.#core.state();
    for (const voucher of this.#vouchers) {
      const hop = state.hops.get(voucher);
      if (hop === undefined || this.#learnt.has(voucher)) continue;
      if (hop.status !== 'active' && hop.status !== 'lapsed') continue;
      this.#learnt.add(voucher);
      const crossings = this.#planned.get(voucher)?.crossings ?? [];
      if (hop.status === 'active') {
        this.#learn(crossings.map((crossing) => ({ ...crossing, kind: 'paid' })));
      } else if (hop.lapse?.why === 'released') {
        const receipts = await receiptsOfPart(this.#core, this.#routing, hop.terms, crossings);
        this.#learnRelease(hop.lapse.reason, placeOfEnd(crossings, receipts), crossings);
      }
    }
  }

  #learnRelease(
    reason: string,
    place: PlaceOfEnd | undefined,
    crossings: PartToSend['crossings'],
  ): void {
    // Only the receiver's own word for it shows that a probe came through.
    const isHearsay = reason === 'probe' && place?.hop !== this.#payment.order.receiver;
    if (place !== undefined && !isHearsay) this.#learn(outcomesOf(crossings, place));
    if (reason !== 'probe') {
      this.#blame = { reason: place?.reason ?? reason, hop: place?.hop ?? null };
    }
  }

  #learn(outcomes: readonly EdgeOutcome[]): void {
    this.#routing.learn(outcomes, this.#core.now());
  }

  #options(): PlanOptions {
    const { hopMs, collectMs } = this.#core.settings;
    return {
      holdMsMax: this.#core.state().opened?.holdMsMax ?? 0,
      partsMax: this.#payment.delivery.partsMax,
      finalWindowMs: collectMs,
      hopMs,
    };
  }

  /** Ways that already failed are known to the index; those of open parts are left to them. */
  #plan(progress: Progress) {
    const { order } = this.#payment;
    const now = this.#core.now();
    const edges = ownEdgesOf(this.#core.state(), order.payer, order.denomination, now);
    const index = this.#routing.index();
    const open = progress.open.flatMap(({ terms }) => {
      const part = this.#planned.get(terms.voucher);
      return part === undefined || !('successProbability' in part) ? [] : [part as PlannedPart];
    });
    if (progress.open.length === 0) return planPayment(index, edges, order, now, this.#options());
    const feeInUse = amount(progress.open.reduce((sum, { terms }) => sum + terms.fee, 0n));
    const left = subtractAmount(order.amount, amount(progress.underWay)) ?? ZERO_AMOUNT;
    const rest = { amount: left, feeInUse, failed: [], open };
    const partsMax = this.#payment.delivery.partsMax - (progress.open.length - open.length);
    return replan(index, edges, order, rest, now, { ...this.#options(), partsMax });
  }

  async #round(progress: Progress): Promise<void> {
    const planned = this.#plan(progress);
    if (planned.kind === 'refused') {
      if (this.#awaitsOffers(planned.refusal.reason, progress)) return;
      this.#blame ??= { reason: planned.refusal.reason, hop: null };
      // Open parts of an incomplete payment lapse; nothing can be added to them.
      this.#rounds = this.#core.settings.roundsMax;
      this.#again = true;
      return;
    }
    this.#routelessSince = undefined;
    if (!this.#hasProbed) {
      this.#hasProbed = true;
      if (await this.#probe(planned.plan.parts)) return;
    }
    this.#rounds += 1;
    for (const part of planned.plan.parts) await this.#send(part, false);
    this.#again = true;
  }

  /** True if the first plan is made again later: after a start, offers have to come round first. */
  #awaitsOffers(reason: string, { open }: Progress): boolean {
    const { routeWaitMs, routeAgainMs } = this.#core.settings;
    const isFirst = this.#rounds === 0 && open.length === 0 && reason === 'no_route';
    if (!isFirst || this.#routing.hasHeard?.() !== false) return false;
    const now = this.#core.now();
    this.#routelessSince ??= now;
    const endsAt = Math.min(this.#routelessSince + routeWaitMs, this.#payment.order.expiresAt);
    if (now >= endsAt) return false;
    if (this.#cancels.size === 0) this.#wakeAfter(Math.min(routeAgainMs, endsAt - now));
    return true;
  }

  /** True if probes are under way that are worth waiting for. */
  async #probe(parts: readonly PlannedPart[]): Promise<boolean> {
    const { intent, order } = this.#payment;
    const spent = orderOf(this.#core.state(), intent, order.payer)?.probeSpend ?? ZERO_AMOUNT;
    const left: Amount = subtractAmount(order.maxProbeSpend, spent) ?? ZERO_AMOUNT;
    const probes = left === 0n ? undefined : planProbes(parts, left);
    if (probes?.kind !== 'planned') return false;
    let sent = 0;
    for (const probe of probes.plan.probes) if (await this.#send(probe, true)) sent += 1;
    if (sent > 0) this.#wakeAfter(this.#core.settings.probeWaitMs);
    this.#again = true;
    return sent > 0;
  }

  /** Issues one voucher. False, with the reason kept, when it could not be. */
  async #send(planned: PartToSend, probe: boolean): Promise<boolean> {
    const { intent, order } = this.#payment;
    const { ports } = this.#core;
    const seenAt = await this.#readClock(planned.to);
    if (seenAt === undefined) {
      this.#failedFirst(planned, { reason: 'peer_unreachable', hop: planned.to });
      return false;
    }
    const body = partVoucher(planned, {
      intent,
      order,
      part: ports.draw(),
      nonce: ports.draw(),
      probe,
      now: this.#core.now(),
      seenAt,
    });
    const voucher = await this.#core.own(body);
    const outcome = await this.#core.issue(voucher);
    if (outcome.kind !== 'recorded') {
      const reason = outcome.kind === 'busy' ? 'busy' : outcome.refusal.reason;
      if (ORDER_REASONS.has(reason)) this.#rounds = this.#core.settings.roundsMax;
      this.#blame = { reason, hop: this.#core.party };
      return false;
    }
    // Durable from here, and counted against the order: only now may the first hop see it.
    this.#vouchers.push(voucher.id);
    this.#planned.set(voucher.id, planned);
    this.#core.touchHop(voucher.id);
    return true;
  }

  #failedFirst({ crossings }: PartToSend, blame: Blame): void {
    this.#blame = blame;
    this.#learn(outcomesOf(crossings, { failedAt: 0 }));
  }

  /** A fresh reading of a first hop's clock; undefined if it does not answer a few times. */
  async #readClock(peer: PartyId): Promise<UnixMs | undefined> {
    const { settings, ports } = this.#core;
    for (let attempt = 1; attempt <= settings.pingsMax; attempt++) {
      const known = await this.#core.freshClock(peer);
      if (known !== undefined) return known;
      try {
        await this.#core.exchange(peer, [], 'ping');
      } catch {
        this.#core.refuseHalted();
        const { retryFirstMs, retryCapMs } = settings;
        await this.#pause(backoffMs(attempt, retryFirstMs, retryCapMs, ports.draw()));
      }
    }
    return this.#core.freshClock(peer);
  }

  /** Never resolves once the run has been stopped. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#core.ports.after(ms, () => {
        this.#pauses.delete(cancel);
        resolve();
      });
      this.#pauses.add(cancel);
    });
  }
}
