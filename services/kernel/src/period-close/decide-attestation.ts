import { type Decision, DUPLICATE, rejected, unlessRefused, wireJson } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Budget, Period } from '../book/state.ts';
import { refuseOperator } from '../keys/signers.ts';
import { circuitOf } from '../period/period-digest.ts';
import { ZERO_FIELD } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { AttestationSummary, ParsedObject } from '../wire/objects.ts';

function refuseAttestation(
  state: BookState,
  budget: Budget,
  period: Period,
  body: AttestationSummary,
): BookRefusal | undefined {
  if (period.attestation !== null) return refuse('exists_with_different_terms', '/body/period');
  const { closed } = period;
  if (closed === null) return refuse('period_not_closed', '/body/period');
  if (budget.attested !== period.index) {
    return refuse('previous_not_attested', '/body/periodIndex', { expected: budget.attested });
  }
  const { parts, publicSignals, circuit } = body;
  const { principal, agent, tier } = budget.terms;
  const fits =
    body.periodIndex === period.index &&
    parts.period === period.period &&
    parts.budget === body.budget &&
    parts.periodIndex === period.index &&
    parts.principal === principal &&
    parts.agent === agent &&
    parts.origin === state.origin &&
    parts.previousSummary === (budget.lastSummary ?? ZERO_FIELD) &&
    parts.tier === tier &&
    circuit.tier === tier &&
    circuit.name === circuitOf(period.kind);
  if (!fits) return refuse('attestation_parts_mismatch', '/body/parts');
  const [leaves, tokens, , policy] = publicSignals;
  const agrees =
    leaves === closed.leavesRoot &&
    tokens === closed.tokensRoot &&
    policy === budget.policy?.policyDigest;
  return agrees ? undefined : refuse('attestation_signals_mismatch', '/body/publicSignals');
}

/**
 * An operator records the attestation of a closed period; its authorizations shrink to totals. The
 * pairing check of the proof is made outside: what counts is the auditor's own. Period digest and
 * nullifier are recomputed when the object is verified, from the parts that are compared here.
 * Refusals, in order: budget_unknown, period_unknown, not_the_operator and key refusals,
 * exists_with_different_terms, period_not_closed, previous_not_attested,
 * attestation_parts_mismatch, attestation_signals_mismatch. Again: duplicate.
 */
export function decideAttestation(
  state: BookState,
  object: ParsedObject<AttestationSummary>,
  now: UnixMs,
): Decision {
  const { budget: id, period: periodId, publicSignals, verificationKeyHash } = object.body;
  const budget = state.budgets.get(id);
  if (budget === undefined) return rejected(refuse('budget_unknown', '/body/budget'));
  const period = state.periods.get(periodId);
  if (period === undefined || period.budget !== id) {
    return rejected(refuse('period_unknown', '/body/period'));
  }
  if (period.attestation === object.id) return DUPLICATE;
  const refusal =
    refuseOperator(state, object, now) ?? refuseAttestation(state, budget, period, object.body);
  return unlessRefused(refusal, () => ({
    type: 'PeriodAttested',
    data: {
      attestation: object.id,
      budget: id,
      period: periodId,
      periodIndex: period.index,
      publicSignals,
      verificationKeyHash,
    },
    disclosure: wireJson(object),
  }));
}
