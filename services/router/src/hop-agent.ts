import type { Hash } from '@atomicity/kernel/units/id';
import type { AgentPorts, PeerAnswer, PeerMessage } from './ports.ts';

/** The signed texts that a payment starts from. */
export type PaymentRequest = {
  /** PaymentOrder of the agent's party. */
  readonly order: string;
  /** PaymentIntent of the receiver, with delivery. */
  readonly intent: string;
  /** The KeyDelegation, by the receiver's identity, of the key that signed the intent. */
  readonly delegation: string;
};

export type PaymentStatus = 'planned' | 'held' | 'finalized' | 'lapsed' | 'failed';

/** Where a payment stands; a refused request is `failed` at once. */
export type PaymentView = {
  readonly intent: Hash;
  readonly status: PaymentStatus;
  /** Why it failed, and the hop that is to blame as far as the node knows. */
  readonly reason: string | null;
  readonly hop: string | null;
};

/**
 * Speaks for one hosted party with its neighbours. Skeleton: the methods are final, their effects
 * follow.
 */
export class HopAgent {
  readonly #ports: AgentPorts;

  constructor(ports: AgentPorts) {
    this.#ports = ports;
  }

  /** Takes a neighbour's message and answers it once every effect is durable. */
  receive(_message: PeerMessage): Promise<PeerAnswer> {
    return Promise.reject(new Error(`${this.#ports.party} is not ready`));
  }

  /** Looks at hops again: the given ones, or all. Call it when the book recorded something. */
  wake(_vouchers?: readonly Hash[]): void {}

  /** Rebuilds every duty from the book's state. Call it once, after the start. */
  recover(): void {}

  /** Starts, or finds, the payment of an intent. */
  pay(_request: PaymentRequest): Promise<PaymentView> {
    return Promise.reject(new Error(`${this.#ports.party} is not ready`));
  }

  /** The payment of an intent, if this agent's party ordered one. */
  payment(_intent: Hash): PaymentView | undefined {
    return undefined;
  }

  /** Ends all waiting; nothing is sent any more. */
  stop(): void {}
}
