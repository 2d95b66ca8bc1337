import { type BatchItem, batchSpend, lastItemAt } from '../note/batch-commitment.ts';
import { AMOUNT_MAX } from '../units/amount.ts';
import { Failure, inconsistent, refuseUnsorted } from './codec.ts';
import type { BodyOf, DeliveryReceipt, Grant, Route } from './objects.ts';

/** Rules between the members of one body. Each gives the first broken one, or undefined. */
type Rule = Failure | undefined;

/** Amount and fee of one object are counted together: their sum is an amount too. */
export function refuseTotal(body: { readonly amount: bigint; readonly fee: bigint }): Rule {
  return body.amount + body.fee > AMOUNT_MAX
    ? inconsistent('fee', 'amount + fee is at most 2^63−1')
    : undefined;
}

export function refuseIntent(body: BodyOf<'PaymentIntent'>): Rule {
  return body.delivery !== null && body.delivery.minDeliverable > body.amount
    ? inconsistent('minDeliverable', 'minDeliverable is at most amount').under('delivery')
    : undefined;
}

export function refuseOrder(body: BodyOf<'PaymentOrder'>): Rule {
  return body.payer === body.receiver
    ? inconsistent('receiver', 'payer and receiver are two parties')
    : undefined;
}

export function refuseGrant(grant: Grant): Rule {
  if (grant.core.period !== grant.period) {
    return inconsistent('period', 'core and grant name one period').under('core');
  }
  if (grant.core.index !== grant.index) {
    return inconsistent('index', 'core and grant name one index').under('core');
  }
  return (grant.core.kind === 'batch') === (grant.items !== null)
    ? undefined
    : inconsistent('items', 'items are null exactly for a core of kind single');
}

/** A hold is given up at its expiry: what it pays for has been delivered by then. */
function refuseItems(body: BodyOf<'CapacityVoucher'>, items: readonly BatchItem[]): Rule {
  if (batchSpend(items) !== body.amount + body.fee) {
    return new Failure('items_sum_mismatch').under('items').under('grant');
  }
  return lastItemAt(body.at, items) > body.expiresAt
    ? new Failure('items_outlive_hold').under('items').under('grant')
    : undefined;
}

/** A voucher's fee is made of the policy of its payee, which the payer's route names first. */
function refuseRoute(body: BodyOf<'CapacityVoucher'>, route: Route): Rule {
  const [next] = route.hops;
  return body.policyHash === (next?.policyHash ?? null)
    ? undefined
    : inconsistent('policyHash', 'policyHash is that of the first of hops; null without hops');
}

export function refuseVoucher(body: BodyOf<'CapacityVoucher'>): Rule {
  if (body.from === body.to) return inconsistent('to', 'from and to are two parties');
  if (body.at >= body.expiresAt) return inconsistent('expiresAt', 'at is before expiresAt');
  if (body.grant !== null && body.grant.core.intent !== body.intent) {
    return inconsistent('intent', 'core and voucher name one intent').under('core').under('grant');
  }
  const items = body.grant?.items ?? null;
  const refusal = refuseTotal(body) ?? (items === null ? undefined : refuseItems(body, items));
  if (refusal !== undefined || body.route === null) return refusal;
  return refuseRoute(body, body.route);
}

function refuseDelivery(body: BodyOf<'FinalizeReceipt'>, { parts }: DeliveryReceipt): Rule {
  const unsorted = refuseUnsorted(parts, ({ part }) => part, 'parts');
  if (unsorted !== undefined) return unsorted.under('delivery');
  if (body.fee !== 0n) return inconsistent('fee', 'a delivery has fee 0');
  if (body.notes.length > 0) return inconsistent('notes', 'a delivery has no notes');
  const sum = parts.reduce((total, { amount }) => total + amount, 0n);
  return body.amount === sum
    ? undefined
    : inconsistent('amount', 'amount is the sum of the parts of the delivery');
}

export function refuseReceipt(body: BodyOf<'FinalizeReceipt'>): Rule {
  if ((body.voucher === null) !== (body.delivery !== null)) {
    return inconsistent('voucher', 'voucher is null exactly for a delivery');
  }
  return body.delivery === null ? refuseTotal(body) : refuseDelivery(body, body.delivery);
}
