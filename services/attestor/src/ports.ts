/** What the attestor needs of the rest. Structural: the node hands the implementations in. */
import type { ClosedPeriod, PeriodPlace } from '@atomicity/kernel/period/closed-period';
import type { Hash, PartyId, Signature } from '@atomicity/kernel/units/id';

export interface PeriodSource {
  /** Closed periods without an attestation, in the order of their closes. */
  pending(): readonly PeriodPlace[];
  /** A closed period; undefined while it is open or unknown. */
  closed(place: PeriodPlace): ClosedPeriod | undefined;
}

export interface CheckpointSource {
  /**
   * Size and root of a published signed checkpoint of at least `size` events. Durable: the log never
   * goes back behind it.
   */
  covering(size: number): Promise<{ readonly size: number; readonly root: Hash }>;
}

/** An operator's delegated key; it is held elsewhere. */
export interface OperatorSigner {
  readonly party: PartyId;
  readonly key: PartyId;
  sign(message: Uint8Array): Promise<Signature>;
}

export type Submitted =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate' }
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      /** The same object may be accepted later. */
      readonly transient: boolean;
    };

/**
 * Hands a signed object to the ledger; resolves when its effect is durable. The same command id with
 * the same text again is a duplicate.
 */
export type Submit = (commandId: string, text: string) => Promise<Submitted>;
