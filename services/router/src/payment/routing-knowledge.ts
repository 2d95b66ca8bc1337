import type { EdgeOutcome } from '@atomicity/kernel/routing/edge-beliefs';
import type { RoutingIndex } from '@atomicity/kernel/routing/routing-index';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';

/** How an attempt went, as coarsely as neighbours may be told. */
export type PaymentNews = {
  readonly receiver: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly observed: 'success' | 'failure';
};

/** What a sender plans with, and where it leaves what it learnt. */
export type RoutingKnowledge = {
  readonly index: () => RoutingIndex;
  readonly learn: (outcomes: readonly EdgeOutcome[], now: UnixMs) => void;
  /** True if an object of a party is signed by a key that the party is known to have delegated. */
  readonly isSignedBy: (object: VerifiedObject, party: PartyId, now: UnixMs) => boolean;
  /** False while offers of neighbours may still come that were there before a restart. Default: true. */
  readonly hasHeard?: () => boolean;
  /** Told once for each payment that ended. */
  readonly tell: (news: PaymentNews) => void;
};
