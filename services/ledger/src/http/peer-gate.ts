import type { PartyId } from '@atomicity/kernel/units/id';
import type { PaymentNetwork } from '../peer-port.ts';
import type { Clock } from '../writer/book-clock.ts';
import type { Caller } from './caller.ts';
import { RefusedRequest } from './problem.ts';
import { RateLimiter } from './rate-limit.ts';
import { rateLimited } from './request-guard.ts';
import type { HttpSettings } from './settings.ts';

/** Lets neighbours through to the router: who they are, whether they are peers, and how fast they go. */
export class PeerGate {
  readonly #network: PaymentNetwork | undefined;
  readonly #clock: Clock;
  readonly #limiter: RateLimiter;

  constructor(network: PaymentNetwork | undefined, clock: Clock, settings: HttpSettings) {
    this.#network = network;
    this.#clock = clock;
    this.#limiter = new RateLimiter(settings.peerLimit, settings.callersMax);
  }

  /** @throws RefusedRequest `network_off`. */
  network(): PaymentNetwork {
    if (this.#network === undefined) throw new RefusedRequest({ reason: 'network_off' });
    return this.#network;
  }

  /**
   * The router, for a caller that speaks for `from`, which is a peer. `cost` tokens of that peer are
   * taken, whatever key it signs with.
   * @throws RefusedRequest `network_off`, `not_a_peer`, `rate_limited`.
   */
  admit(caller: Caller, from: PartyId, cost: number): PaymentNetwork {
    const network = this.network();
    if (!caller.parties.has(from) || !network.isPeer(from)) {
      throw new RefusedRequest({ reason: 'not_a_peer', field: '/from' });
    }
    const waitMs = this.#limiter.take(from, cost, this.#clock.now());
    if (waitMs > 0) throw rateLimited(waitMs);
    return network;
  }

  /** True for the node's own party and operator, auditors, and peers. */
  mayReadOffers({ roles, parties }: Caller): boolean {
    if (roles.has('operator') || roles.has('auditor')) return true;
    const network = this.network();
    return [...parties].some((party) => party === network.party || network.isPeer(party));
  }
}
