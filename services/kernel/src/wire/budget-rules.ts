import { hasCircuit } from '../period/period-digest.ts';
import { periodHash } from '../period/period-hash.ts';
import { ZERO_HASH } from '../units/id.ts';
import { budgetHash } from './budget-hash.ts';
import { type Failure, inconsistent, refuseUnsorted } from './codec.ts';
import type { BodyOf } from './objects.ts';

/** Rules between the members of one body. Each gives the first broken one, or undefined. */
type Rule = Failure | undefined;

function refusePeriod(body: {
  readonly budget: Parameters<typeof periodHash>[0];
  readonly periodIndex: number;
  readonly period: string;
}): Rule {
  return periodHash(body.budget, body.periodIndex) === body.period
    ? undefined
    : inconsistent('period', 'period is the hash of budget and periodIndex');
}

export function refuseBudget(body: BodyOf<'BudgetDelegation'>): Rule {
  if (budgetHash(body) !== body.budget) {
    return inconsistent('budget', 'budget is the hash of agent, nonce and principal');
  }
  if (body.windowStart >= body.windowEnd) {
    return inconsistent('windowEnd', 'windowStart is before windowEnd');
  }
  const names = new Set(body.categories.map((category) => category.name));
  if (names.size < body.categories.length) {
    return inconsistent('categories', 'no two categories share a name');
  }
  const unsorted = refuseUnsorted(body.payees, (payee) => payee.party, 'payees');
  if (unsorted !== undefined) return unsorted;
  const known = body.categories.length;
  const stray = body.payees.findIndex((payee) => payee.category >= known);
  if (stray >= 0) {
    return inconsistent('category', 'category is one of categories').under(stray).under('payees');
  }
  return body.defaultCategory !== null && body.defaultCategory >= known
    ? inconsistent('defaultCategory', 'defaultCategory is one of categories')
    : undefined;
}

export function refuseCertificate(body: BodyOf<'NoteKeyCertificate'>): Rule {
  if (body.party === body.counterparty) {
    return inconsistent('counterparty', 'party and counterparty are two parties');
  }
  return body.noteKey === body.party
    ? inconsistent('noteKey', 'a note key is fresh, not the identity')
    : undefined;
}

export function refusePairClose(body: BodyOf<'PairClose'>): Rule {
  if (body.payer === body.payee) return inconsistent('payee', 'payer and payee are two keys');
  return (body.lastSeq === 0) === (body.prev === ZERO_HASH)
    ? undefined
    : inconsistent('prev', 'prev is 64 zeros exactly for lastSeq 0');
}

export function refusePeriodClose(body: BodyOf<'PeriodClose'>): Rule {
  return refusePeriod(body);
}

export function refuseAttestation(body: BodyOf<'AttestationSummary'>): Rule {
  const { parts } = body;
  const differs = (['budget', 'period', 'periodIndex'] as const).find(
    (name) => parts[name] !== body[name],
  );
  if (differs !== undefined) {
    return inconsistent(differs, 'parts and body agree').under('parts');
  }
  if (parts.tier !== body.circuit.tier) {
    return inconsistent('tier', 'parts and circuit name one tier').under('parts');
  }
  if (parts.circuit !== body.circuit.name) {
    return inconsistent('circuit', 'parts and circuit name one circuit').under('parts');
  }
  if (!hasCircuit(body.circuit.name, body.circuit.tier)) {
    return inconsistent('tier', 'a batch circuit has tier 16 or 64').under('circuit');
  }
  return refusePeriod(body);
}
