import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { PaymentIntent } from '@atomicity/kernel/wire/objects';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { isEnd } from '@atomicity/router/payment/payment';
import type { FaultBudget } from '../engine/fault-budget.ts';
import type { Random } from '../engine/random.ts';
import type { Trace } from '../engine/trace.ts';
import type { VirtualTime } from '../engine/virtual-time.ts';
import { law, type RunFacts } from '../model/facts.ts';
import { drawFrom, drawKey, short, signVerified } from '../node/identities.ts';
import type { SimNode } from '../node/sim-node.ts';
import { UNIT } from './prepare.ts';

export type PaymentPlan = {
  readonly number: number;
  readonly atMs: number;
  readonly sender: string;
  readonly receiver: string;
  readonly amount: bigint;
  readonly minDeliverable: bigint;
  readonly partsMax: number;
  readonly maxFee: bigint;
  readonly maxProbeSpend: bigint;
};

/** When users ask for payments, true ms. */
export const PAYING_MS = 60_000;
const RETRY_MS = 700;
const HOUR = 3_600_000;
/** Long beyond every skew: neither end may find the other's object expired. */
const LASTING_MS = 72 * HOUR;

export function drawPayments(
  random: Random,
  names: readonly string[],
  count: number,
  budget: FaultBudget,
): readonly PaymentPlan[] {
  const spanMs = budget.withinMargin ? PAYING_MS : 4 * PAYING_MS;
  return Array.from({ length: count }, (_, number) => {
    const [sender = '', receiver = ''] = random.shuffled(names);
    // Many are larger than any one line: they need parts, or lapse.
    const whole = BigInt(random.chance(0.3) ? random.between(600, 4_000) : random.between(1, 600));
    return {
      number,
      atMs: random.unit() * spanMs,
      sender,
      receiver,
      amount: whole,
      minDeliverable: random.chance(0.6) ? whole : (whole * 3n + 3n) / 4n,
      partsMax: random.between(1, 6),
      maxFee: whole / 4n + 20n,
      maxProbeSpend: random.chance(0.5) ? 0n : whole * 2n,
    };
  });
}

type Stage = {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly random: Random;
  readonly facts: RunFacts;
  readonly nodes: ReadonlyMap<string, SimNode>;
};

/** A payment that a node has taken on. */
export type Taken = { readonly plan: PaymentPlan; readonly intent: Hash };

/**
 * The users: a receiver asks to be paid, then a sender tells its node to pay. A node that does not
 * answer is asked again; what it has once taken on it may not forget.
 */
export class Workload {
  readonly #stage: Stage;
  readonly #taken = new Map<string, Taken>();
  readonly #refused = new Map<string, number>();
  #open = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** True while a user still waits for a node to take something on. */
  get isWaiting(): boolean {
    return this.#open > 0;
  }

  get taken(): readonly Taken[] {
    return [...this.#taken.values()];
  }

  /** True once every payment that a node took on has ended. */
  isOver(): boolean {
    return [...this.#taken.values()].every(({ plan, intent }) => {
      const node = this.#node(plan.sender);
      const view = node.agent?.payment(intent);
      if (view !== undefined) return isEnd(view.status);
      return node.disk.journal().get('payment', intent) === undefined;
    });
  }

  /** Why payments ended without a delivery, and how often. */
  outcomes(): ReadonlyMap<string, number> {
    const counts = new Map(this.#refused);
    for (const { plan, intent } of this.#taken.values()) {
      const view = this.#node(plan.sender).agent?.payment(intent);
      const outcome =
        view === undefined ? 'ended before a crash' : `${view.status} ${view.reason ?? ''}`.trim();
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    return counts;
  }

  plan(payments: readonly PaymentPlan[]): void {
    for (const payment of payments) {
      this.#open += 1;
      this.#stage.time.after(payment.atMs, () => this.#ask(payment));
    }
  }

  /**
   * A payment of which the node keeps notes is gone on with, also after a crash. Of one that has
   * ended it may forget how.
   */
  checkRemembered(name: string): void {
    const node = this.#node(name);
    const journal = node.disk.journal();
    for (const { plan, intent } of this.#taken.values()) {
      if (plan.sender !== name || journal.get('payment', intent) === undefined) continue;
      const view = node.agent?.payment(intent);
      law(
        view !== undefined && isEnd(view.status),
        'every payment ends',
        () => `${name} ${intent} is ${view?.status ?? 'forgotten'}`,
      );
    }
  }

  #ask(plan: PaymentPlan): void {
    const { facts, random, time, trace } = this.#stage;
    const receiver = this.#node(plan.receiver);
    const own = random.fork(`payment ${plan.number}`);
    const key = drawKey(own);
    const intent = signVerified<PaymentIntent>(
      {
        v: 1,
        type: 'PaymentIntent',
        receiver: receiver.party,
        denomination: UNIT,
        amount: amount(plan.amount),
        expiresAt: unixMs(receiver.options.clock.now() + LASTING_MS),
        description: `payment ${plan.number}`,
        policyHash: null,
        constraints: { maxFeeBps: 10_000, latencyMs: 60_000 },
        delivery: {
          finalizeKey: key.id,
          minDeliverable: amount(plan.minDeliverable),
          partsMax: plan.partsMax,
        },
        nonce: drawFrom(own)(),
      },
      receiver.options.identity.signer,
    );
    const { id } = intent;
    facts.intents.set(id, {
      intent: id,
      receiver: receiver.party,
      amount: plan.amount,
      minDeliverable: plan.minDeliverable,
    });
    receiver.finalizer.add(id, key);
    trace.add(
      time.nowUs,
      plan.receiver,
      `asks for ${plan.amount} from ${plan.sender}: ${short(id)}`,
    );
    this.#until(
      () => receiver.submit(intent),
      (outcome) => outcome.kind === 'accepted' || outcome.kind === 'duplicate',
      () => this.#pay(plan, intent, own),
    );
  }

  #pay(plan: PaymentPlan, intent: VerifiedObject<PaymentIntent>, own: Random): void {
    const { facts } = this.#stage;
    const [sender, receiver] = [this.#node(plan.sender), this.#node(plan.receiver)];
    const order = signVerified(
      {
        v: 1,
        type: 'PaymentOrder',
        intent: intent.id,
        payer: sender.party,
        receiver: receiver.party,
        finalizeKey: intent.body.delivery?.finalizeKey ?? receiver.party,
        denomination: UNIT,
        amount: amount(plan.amount),
        maxFee: amount(plan.maxFee),
        maxProbeSpend: amount(plan.maxProbeSpend),
        expiresAt: unixMs(sender.options.clock.now() + LASTING_MS),
        nonce: drawFrom(own)(),
      },
      sender.options.identity.signer,
    );
    facts.orders.set(intent.id, {
      intent: intent.id,
      payer: sender.party,
      amount: plan.amount,
      maxFee: plan.maxFee,
      maxProbeSpend: plan.maxProbeSpend,
    });
    const request = {
      order: order.text,
      intent: intent.text,
      delegation: receiver.options.identity.delegation.text,
    };
    this.#until(
      () => sender.agent?.pay(request),
      () => true,
      (outcome) => {
        this.#open -= 1;
        if (outcome.kind === 'taken') this.#taken.set(intent.id, { plan, intent: intent.id });
        else this.#count(`refused ${outcome.refusal.reason}`);
      },
    );
  }

  /** Asks a node again and again until it answers what counts. */
  #until<T>(
    ask: () => Promise<T> | undefined,
    counts: (answer: T) => boolean,
    then: (answer: T) => void,
  ): void {
    let isDone = false;
    const again = () => {
      if (isDone) return;
      ask()?.then(
        (answer) => {
          if (isDone || !counts(answer)) return;
          isDone = true;
          then(answer);
        },
        (error: unknown) => this.#count(`rejected ${String(error)}`),
      );
      this.#stage.time.after(RETRY_MS, again);
    };
    again();
  }

  #count(outcome: string): void {
    this.#refused.set(outcome, (this.#refused.get(outcome) ?? 0) + 1);
  }

  #node(name: string): SimNode {
    const node = this.#stage.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }
}
