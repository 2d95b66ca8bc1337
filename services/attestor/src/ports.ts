/** What the attestor needs of the rest. Structural: the node hands the implementations in. */
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import type { SlotStatus } from '@atomicity/kernel/note/roots';
import type { Policy } from '@atomicity/kernel/policy/policy-digest';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { FieldHex, Hash, Nonce, PartyId, Signature } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/** One authorization of a closed period with the opening of its note. Private. */
export type PeriodSlot = {
  readonly status: SlotStatus;
  /** Amount plus fee, in ledger units. */
  readonly spend: Amount;
  readonly at: UnixMs;
  readonly category: number;
  readonly regime: number;
  readonly authorization: Hash;
  readonly salt: Nonce;
  readonly commitment: FieldHex;
};

/** Everything that the attestation of a closed period is made of. */
export type ClosedPeriod = {
  readonly budget: Hash;
  readonly period: Hash;
  readonly periodIndex: number;
  readonly principal: PartyId;
  readonly agent: PartyId;
  readonly tier: Tier;
  readonly policy: Policy;
  /** As stated in the log; null when no statement was recorded. */
  readonly policyDigest: FieldHex | null;
  /** Size of the log before the period's first event. */
  readonly firstTreeSize: number;
  /** Dense log index of PeriodClosed. */
  readonly closedIndex: number;
  readonly leavesRoot: FieldHex;
  readonly tokensRoot: FieldHex;
  /** In index order, one for each authorization. */
  readonly slots: readonly PeriodSlot[];
};

export type PeriodPlace = { readonly budget: Hash; readonly periodIndex: number };

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
