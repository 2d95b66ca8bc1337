import type { Hash } from '@atomicity/kernel/units/id';
import { AgentCore } from './agent-core.ts';
import { DutyRunner } from './duty-runner.ts';
import { Inbox } from './inbox.ts';
import { Outbox } from './outbox.ts';
import type { PaymentOutcome, PaymentRequest, PaymentView } from './payment/payment.ts';
import type { RoutingKnowledge } from './payment/routing-knowledge.ts';
import { Sender } from './payment/sender.ts';
import type { AgentPorts, PeerAnswer, PeerMessage } from './ports.ts';
import { Receiver } from './receiver.ts';
import { AGENT_DEFAULTS, type AgentSettings } from './settings.ts';

export type AgentOptions = {
  readonly settings?: Partial<AgentSettings>;
  /** What payments are planned with; without it the agent forwards and receives only. */
  readonly routing?: RoutingKnowledge;
};

/**
 * Speaks for one hosted party with its neighbours: takes their messages, does what its hops owe,
 * and carries out the party's payments. What it has to do follows from the book's state, so that a
 * new agent after a crash goes on where the old one was.
 *
 * Invariants: a voucher is in the own book before it is sent; an answer leaves after its cause is
 * durable; when an outcome in the own book is unknown the agent stops, and does nothing more.
 */
export class HopAgent {
  readonly #core: AgentCore;
  readonly #inbox: Inbox;
  readonly #runner: DutyRunner;
  readonly #sender: Sender;

  constructor(ports: AgentPorts, options: AgentOptions = {}) {
    const core = new AgentCore(ports, { ...AGENT_DEFAULTS, ...options.settings });
    const outbox = new Outbox(core, new Receiver(core));
    this.#core = core;
    this.#inbox = new Inbox(core);
    this.#runner = new DutyRunner(core, (duty) => outbox.execute(duty));
    this.#sender = new Sender(core, options.routing);
    core.touched = (vouchers) => this.wake(vouchers);
    core.ended = () => this.stop();
  }

  /** Why the agent has stopped by itself, or undefined while it works. */
  get halted(): string | undefined {
    return this.#core.halted;
  }

  /** Duties and payments that are under way or wait. */
  get pendingCount(): number {
    return this.#runner.size + this.#sender.pendingCount;
  }

  /**
   * Takes a neighbour's message, whose sender the transport has authenticated, and answers it once
   * every effect is durable. The same message again gets the same answers.
   * @throws AgentHalted when the outcome is unknown: the neighbour sends it again.
   */
  receive(message: PeerMessage): Promise<PeerAnswer> {
    return this.#inbox.receive(message);
  }

  /**
   * Looks at hops again: the given ones, or all of the book (linear). Call it when the book has
   * recorded something that this agent did not bring: a lapse above all. A second call changes
   * nothing.
   */
  wake(vouchers?: readonly Hash[]): void {
    if (this.#core.halted !== undefined) return;
    for (const voucher of vouchers ?? this.#core.state().hops.keys()) {
      this.#runner.wake(voucher as Hash);
      this.#sender.wake(voucher as Hash);
    }
  }

  /** Rebuilds every duty and payment from the state and the journal. Call it after the start. */
  recover(): void {
    this.#sender.recover();
    this.wake();
  }

  /**
   * Starts the payment of an intent. Resolves once the order is durable, or refused; how it goes on,
   * `payment` tells. A second call with the same order finds the first.
   */
  pay(request: PaymentRequest): Promise<PaymentOutcome> {
    return this.#sender.pay(request);
  }

  /**
   * The payment of an intent, if this agent's party ordered one. `hops`: vouchers of the intent that the
   * book has, oldest first, from whoever keeps an index; without it all hops of the book are looked
   * through for a payment that ended before a restart.
   */
  payment(intent: Hash, hops?: readonly Hash[]): PaymentView | undefined {
    return this.#sender.view(intent, hops);
  }

  /** Signed texts about an intent that this node has seen, its own and those of others. */
  evidenceOf(intent: Hash): readonly string[] {
    return this.#core.evidence.of(intent);
  }

  /** Ends all waiting; nothing is sent any more. A second call changes nothing. */
  stop(): void {
    this.#core.halt('stopped by its owner');
    this.#runner.stop();
    this.#sender.stop();
  }
}
