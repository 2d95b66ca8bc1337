// Fleets for tests: slots that nothing stands behind.
import { fieldToHex } from '../codec/field.ts';
import type { FailureCode } from '../fleet/failure-codes.ts';
import type { FleetPolicy, FleetSlot } from '../fleet/fleet-policy.ts';
import type { FleetCycle } from '../fleet/fleet-statement.ts';
import type { FleetSize } from '../fleet/fleet-tree.ts';
import type { SlotStanding } from '../fleet/plan-cycle.ts';
import type { SummaryOpening } from '../period/summary.ts';
import { amount } from '../units/amount.ts';
import type { Hash, Nonce } from '../units/id.ts';
import { unixMs } from '../units/time.ts';

/** A slot that no other index gives, with a sub-cap in ledger units. */
export function slotOf(index: number, subCap: bigint): FleetSlot {
  return {
    policyDigest: fieldToHex(1_000n + BigInt(index)),
    nullifier: fieldToHex(2_000n + BigInt(index)),
    subCap: amount(subCap),
  };
}

/** A policy over these sub-caps; the cap is their sum if none is given. */
export function fleetPolicyOf(
  subCaps: readonly bigint[],
  cap: bigint = subCaps.reduce((sum, subCap) => sum + subCap, 0n),
  size: FleetSize = 64,
): FleetPolicy {
  return {
    fleet: 'f1'.repeat(32) as Hash,
    cap: amount(cap),
    slots: subCaps.map((subCap, i) => slotOf(i, subCap)),
    size,
  };
}

/** An opening of the slot with this cumulative total. */
export function openingOf(slot: FleetSlot, cumulativeTotal: bigint): SummaryOpening {
  const total = amount(cumulativeTotal);
  const none = new Array<typeof total>(7).fill(amount(0n));
  return {
    policyDigest: slot.policyDigest,
    periodDigest: fieldToHex(77n),
    nullifier: slot.nullifier,
    periodTotal: total,
    cumulativeTotal: total,
    count: 1,
    firstAt: unixMs(1),
    lastAt: unixMs(2),
    categoryTotals: [total, ...none],
    cumulativeCategoryTotals: [total, ...none],
    salt: 'ab'.repeat(16) as Nonce,
  };
}

/** One outcome a slot: what it spent, or why it is excluded; a slot left out spent nothing. */
export function fleetCycleOf(
  policy: FleetPolicy,
  outcomes: readonly (bigint | FailureCode)[],
): FleetCycle {
  return policy.slots.map((slot, i) => {
    const outcome = outcomes[i] ?? 0n;
    return typeof outcome === 'bigint'
      ? { kind: 'included', summary: openingOf(slot, outcome) }
      : { kind: 'excluded', code: outcome };
  });
}

/** A slot of which nothing is wrong, but for its attestation. */
export const HEALTHY: Omit<SlotStanding, 'attested'> = {
  openDisputes: [],
  unconfirmedHops: 0,
  missingCloses: 0,
  credentialExpiresAt: null,
  lastPaymentAt: null,
  hasLaterPeriod: false,
};
