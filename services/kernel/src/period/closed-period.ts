/** A closed period as a read side hands it to whoever attests it. */
import type { Tier } from '../codec/merkle-16.ts';
import type { BatchItem } from '../note/batch-commitment.ts';
import type { SlotStatus } from '../note/roots.ts';
import type { Policy } from '../policy/policy-digest.ts';
import type { Amount } from '../units/amount.ts';
import type { FieldHex, Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { PeriodCircuit } from './period-digest.ts';

/** Which period of which budget: 0, 1, … */
export type PeriodPlace = { readonly budget: Hash; readonly periodIndex: number };

/** One authorization of a closed period with the opening of its note. Private. */
export type PeriodSlot = {
  readonly status: SlotStatus;
  /** Amount plus fee, in ledger units. */
  readonly spend: Amount;
  readonly at: UnixMs;
  readonly category: number;
  readonly regime: number;
  /** The payments of a batch note; null for a single note. */
  readonly items: readonly BatchItem[] | null;
  readonly authorization: Hash;
  readonly salt: Nonce;
  readonly commitment: FieldHex;
};

/** Everything that the attestation of a closed period is made of. */
export type ClosedPeriod = PeriodPlace & {
  readonly period: Hash;
  readonly principal: PartyId;
  readonly agent: PartyId;
  readonly tier: Tier;
  /** What proves it: `batch` for a period of batch notes. */
  readonly circuit: PeriodCircuit;
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
