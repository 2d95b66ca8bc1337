import { checkEquivocation } from '../note/equivocation.ts';
import { periodHash } from '../period/period-hash.ts';
import { AMOUNT_MAX } from '../units/amount.ts';
import { ZERO_HASH } from '../units/id.ts';
import { budgetHash } from './budget-hash.ts';
import { Failure, inconsistent, refuseUnsorted } from './codec.ts';
import type { BodyOf, Grant } from './objects.ts';

/** Rules between the members of one body. Each gives the first broken one, or undefined. */
type Rule = Failure | undefined;

function refuseTotal(body: { readonly amount: bigint; readonly fee: bigint }): Rule {
  return body.amount + body.fee > AMOUNT_MAX
    ? inconsistent('fee', 'amount + fee is at most 2^63−1')
    : undefined;
}

function refusePeriod(body: {
  readonly budget: Parameters<typeof periodHash>[0];
  readonly periodIndex: number;
  readonly period: string;
}): Rule {
  return periodHash(body.budget, body.periodIndex) === body.period
    ? undefined
    : inconsistent('period', 'period is the hash of budget and periodIndex');
}

export function refuseDelegation(body: BodyOf<'KeyDelegation'>): Rule {
  const unsorted = refuseUnsorted(body.roles, (role) => role, 'roles');
  if (unsorted !== undefined) return unsorted;
  return body.notBefore < body.expiresAt
    ? undefined
    : inconsistent('expiresAt', 'notBefore is before expiresAt');
}

export function refuseEdge(body: BodyOf<'EdgeAgreement'>): Rule {
  return body.a < body.b ? undefined : inconsistent('b', 'a sorts before b');
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

export function refuseGrant(grant: Grant): Rule {
  if (grant.core.period !== grant.period) {
    return inconsistent('period', 'core and grant name one period').under('core');
  }
  return grant.core.index === grant.index
    ? undefined
    : inconsistent('index', 'core and grant name one index').under('core');
}

export function refuseVoucher(body: BodyOf<'CapacityVoucher'>): Rule {
  if (body.from === body.to) return inconsistent('to', 'from and to are two parties');
  if (body.at >= body.expiresAt) return inconsistent('expiresAt', 'at is before expiresAt');
  if (body.grant !== null && body.grant.core.intent !== body.intent) {
    return inconsistent('intent', 'core and voucher name one intent').under('core').under('grant');
  }
  return refuseTotal(body);
}

export function refuseReceipt(body: BodyOf<'FinalizeReceipt'>): Rule {
  return refuseTotal(body);
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
  return refusePeriod(body);
}

export function refuseEquivocation(body: BodyOf<'EquivocationProof'>): Rule {
  const verdict = checkEquivocation(body);
  if (typeof verdict === 'string') return undefined;
  return new Failure('not_equivocation', verdict.rule).under('second');
}
