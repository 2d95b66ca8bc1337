import { OperatingError } from '@atomicity/event-log/port';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { isCounted } from '@atomicity/kernel/note/roots';
import type { ClosedPeriod, PeriodSlot } from '@atomicity/kernel/period/closed-period';
import type { PeriodParts } from '@atomicity/kernel/period/period-digest';
import { type SummaryOpening, summaryCommitment } from '@atomicity/kernel/period/summary';
import { type FieldHex, type Hash, type Nonce, ZERO_FIELD } from '@atomicity/kernel/units/id';
import { computeStatement, type Statement } from '@atomicity/prover/witness/compute-statement';
import type { PeriodWitness, WitnessSlot } from '@atomicity/prover/witness/period-witness';

/** What a period's digest takes from outside the book. */
export type StatementContext = {
  readonly origin: string;
  /** A signed checkpoint that covers the period's close. */
  readonly checkpoint: { readonly size: number; readonly root: Hash };
  /** Opening of the summary before; null for the first period. */
  readonly previous: SummaryOpening | null;
  /** `NO_REGISTRY` unless given. */
  readonly registry?: RegistryAddress | undefined;
};

/** The contract that may be shown the attestation. */
export type RegistryAddress = {
  /** EIP-155 chain id, 1 … 2^53−1. */
  readonly chainId: number;
  /** 40 lower-case hex digits. */
  readonly registry: string;
};

/** No registry contract: the attestation is checked off chain. */
export const NO_REGISTRY: RegistryAddress = { chainId: 0, registry: '0'.repeat(40) };

/** What the period digest binds. */
export function periodParts(closed: ClosedPeriod, context: StatementContext): PeriodParts {
  const { checkpoint, origin, previous } = context;
  return {
    period: closed.period,
    budget: closed.budget,
    periodIndex: closed.periodIndex,
    principal: closed.principal,
    agent: closed.agent,
    origin,
    firstTreeSize: closed.firstTreeSize,
    lastTreeSize: checkpoint.size,
    lastRoot: checkpoint.root,
    previousSummary: previous === null ? ZERO_FIELD : fieldToHex(summaryCommitment(previous)),
    ...(context.registry ?? NO_REGISTRY),
    circuit: closed.circuit,
    tier: closed.tier,
  };
}

/** A slot as circuits take it: of one that does not count, only that it was issued. */
export function witnessSlot(slot: PeriodSlot): WitnessSlot {
  const { authorization, category, spend, at, regime, items, salt } = slot;
  const batch = items === null ? {} : { items };
  return isCounted(slot.status)
    ? { status: 'counted', authorization, category, spend, at, regime, salt, ...batch }
    : { status: 'void', authorization, category };
}

/** Everything that the proof of a closed period rests on. */
export function periodWitness(
  closed: ClosedPeriod,
  fixed: {
    readonly parts: PeriodParts;
    readonly previous: SummaryOpening | null;
    readonly summarySalt: Nonce;
  },
): PeriodWitness {
  return { policy: closed.policy, ...fixed, slots: closed.slots.map(witnessSlot) };
}

/**
 * The statement of a period, which must be the one that its close fixed in the log.
 * @throws OperatingError `statement_mismatch` (not_applied): the rows that the witness was read from
 * are not those of the log; `facts.signal` names the public signal. Rebuild the projection.
 */
export function checkedStatement(closed: ClosedPeriod, witness: PeriodWitness): Statement {
  const statement = computeStatement(witness);
  const fixed = [closed.leavesRoot, closed.tokensRoot, null, closed.policyDigest];
  const names = ['leavesRoot', 'tokensRoot', 'summaryCommitment', 'policyDigest'];
  fixed.forEach((expected, i) => {
    if (expected === null || expected === statement.publicSignals[i]) return;
    throw mismatch(names[i] ?? '', closed);
  });
  return statement;
}

/** True when two statements have the same six public signals. */
export function sameSignals(left: readonly FieldHex[], right: readonly FieldHex[]): boolean {
  return left.length === right.length && left.every((signal, i) => signal === right[i]);
}

function mismatch(signal: string, { budget, periodIndex }: ClosedPeriod): OperatingError {
  return new OperatingError({
    code: 'statement_mismatch',
    outcome: 'not_applied',
    shortMessage: `the ${signal} of the period’s notes is not the one that its close fixed`,
    facts: { signal, budget, periodIndex },
  });
}
