import { refuseSigner, type VerifiedDelegation } from '@atomicity/kernel/routing/delegated-signer';
import { takeOffer } from '@atomicity/kernel/routing/offer-index';
import {
  emptyRoutingIndex,
  type RoutingIndex,
  recordOutcomes,
} from '@atomicity/kernel/routing/routing-index';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { RoutingOffer } from '@atomicity/kernel/wire/objects';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { RoutingKnowledge } from '@atomicity/router/payment/routing-knowledge';

/** An offer and the delegation of the key that signed it. */
export type Heard = {
  readonly offer: VerifiedObject<RoutingOffer>;
  readonly delegation: VerifiedDelegation;
};

/** What one incarnation of a node has heard of others' offers, and learnt; a crash forgets it. */
export class Knowledge {
  readonly #delegations = new Map<PartyId, VerifiedDelegation>();
  #index: RoutingIndex = emptyRoutingIndex();

  hear({ offer, delegation }: Heard, source: PartyId, now: UnixMs): void {
    this.#delegations.set(delegation.body.party, delegation);
    const outcome = takeOffer(this.#index.offers, offer, delegation, source, now);
    if (outcome.kind === 'taken') this.#index = { ...this.#index, offers: outcome.index };
  }

  port(): RoutingKnowledge {
    return {
      index: () => this.#index,
      learn: (outcomes, now) => {
        this.#index = recordOutcomes(this.#index, outcomes, now);
      },
      isSignedBy: (object, party, now) => {
        const delegation = this.#delegations.get(party);
        return (
          delegation !== undefined && refuseSigner(object, party, delegation, now) === undefined
        );
      },
      tell: () => {},
    };
  }
}
