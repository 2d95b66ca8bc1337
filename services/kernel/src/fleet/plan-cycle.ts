import type { SummaryOpening } from '../period/summary.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { FailureCode } from './failure-codes.ts';
import type { FleetPolicy, FleetSlot } from './fleet-policy.ts';
import type { FleetCycle, SlotOutcome } from './fleet-statement.ts';

/** What a node knows of one slot when its cycle ends. */
export type SlotStanding = {
  /** What is disputed and not settled: the budget, or edges that its payments used. */
  readonly openDisputes: readonly Hash[];
  /** Hops of its payments on which the two ends differ yet: claimed by one, or not confirmed. */
  readonly unconfirmedHops: number;
  /** Pairs of the period whose close is not signed by both. */
  readonly missingCloses: number;
  /** First moment at which the agent's key or credential no longer counts; `null` for no end. */
  readonly credentialExpiresAt: UnixMs | null;
  /** Authorization time of the last payment; `null` when there was none. */
  readonly lastPaymentAt: UnixMs | null;
  /** The opening of the period's summary once its attestation verified; `null` before. */
  readonly attested: SummaryOpening | null;
  /** The budget has a period after the one whose nullifier the slot fixes. */
  readonly hasLaterPeriod: boolean;
};

/** An excluded slot on its way to whoever settles what is wrong with it. */
export type SlotResolution = {
  readonly slot: number;
  readonly policyDigest: FleetSlot['policyDigest'];
  readonly code: FailureCode;
  /** What is reserved until a late proof releases it. */
  readonly subCap: FleetSlot['subCap'];
};

export type CyclePlan = {
  readonly cycle: FleetCycle;
  /** One for each excluded slot, in slot order. */
  readonly resolutions: readonly SlotResolution[];
};

/** The one code of a slot, or the summary that includes it. */
function outcomeOf(slot: FleetSlot, standing: SlotStanding | undefined): SlotOutcome {
  const excluded = (code: FailureCode): SlotOutcome => ({ kind: 'excluded', code });
  if (standing === undefined) return excluded('proof_missing');
  const { credentialExpiresAt, lastPaymentAt, attested } = standing;
  if (standing.openDisputes.length > 0) return excluded('pending_dispute');
  if (standing.unconfirmedHops > 0 || standing.missingCloses > 0) return excluded('stale_state');
  if (
    credentialExpiresAt !== null &&
    lastPaymentAt !== null &&
    lastPaymentAt >= credentialExpiresAt
  ) {
    return excluded('credential_expired');
  }
  // The attestation of another policy or period is none of this slot's.
  if (
    attested === null ||
    attested.policyDigest !== slot.policyDigest ||
    attested.nullifier !== slot.nullifier
  ) {
    return excluded('proof_missing');
  }
  if (standing.hasLaterPeriod) return excluded('period_overflow');
  if (attested.cumulativeTotal > slot.subCap) return excluded('over_sub_cap');
  return { kind: 'included', summary: attested };
}

/**
 * Decides which slots a cycle includes. A slot that fails is excluded with one code, the first that
 * applies in the order of `FAILURE_CODES`, and changes nothing for the others: the plan of a policy
 * that `refuseFleetPolicy` passes is always one that `fleetStatement` states. A slot without a
 * standing is excluded as `proof_missing`; standings after the last slot are ignored.
 */
export function planCycle(
  policy: FleetPolicy,
  standings: readonly (SlotStanding | undefined)[],
): CyclePlan {
  const cycle = policy.slots.map((slot, i) => outcomeOf(slot, standings[i]));
  const resolutions = policy.slots.flatMap((slot, i): readonly SlotResolution[] => {
    const outcome = cycle[i];
    if (outcome === undefined || outcome.kind === 'included') return [];
    const { policyDigest, subCap } = slot;
    return [{ slot: i, policyDigest, code: outcome.code, subCap }];
  });
  return { cycle, resolutions };
}
