import type { Recording } from '../book/events.ts';
import type { BookState } from '../book/state.ts';
import { addDeadline } from '../collections/deadline-heap.ts';
import { ZERO_AMOUNT } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type {
  FeeMismatchRecordedData,
  FeePolicyPublishedData,
  PartyHostedData,
  PaymentOrderedData,
} from './events.ts';
import { orderForgottenAt, orderKey, policyForgottenAt, policyKey } from './find-hop.ts';

export function evolvePartyHosted(state: BookState, data: PartyHostedData): BookState {
  return { ...state, hosted: state.hosted.set(data.party, data) };
}

export function evolveFeePolicyPublished(
  state: BookState,
  terms: FeePolicyPublishedData,
  { at, eventId }: Recording,
): BookState {
  const { policyHash, policy } = terms;
  const key = policyKey(policy.hop, policy.denomination);
  const before = state.currentPolicies.get(key);
  let { policies, deadlines } = state;
  const replaced = before === undefined ? undefined : policies.get(before);
  if (before !== undefined && replaced !== undefined) {
    const former = { ...replaced, replacedAt: at };
    policies = policies.set(before, former);
    const expiresAt = policyForgottenAt(former);
    if (expiresAt !== undefined) deadlines = addDeadline(deadlines, { expiresAt, id: before });
  }
  return {
    ...state,
    policies: policies.set(policyHash, { terms, eventId, replacedAt: null }),
    currentPolicies: state.currentPolicies.set(key, policyHash),
    deadlines,
  };
}

export function evolvePaymentOrdered(
  state: BookState,
  terms: PaymentOrderedData,
  eventId: Hash,
): BookState {
  const order = {
    terms,
    eventId,
    amountInUse: ZERO_AMOUNT,
    feeInUse: ZERO_AMOUNT,
    probeSpend: ZERO_AMOUNT,
    amountPaid: ZERO_AMOUNT,
  };
  const id = orderKey(terms.intent, terms.payer);
  return {
    ...state,
    orders: state.orders.set(id, order),
    deadlines: addDeadline(state.deadlines, { expiresAt: orderForgottenAt(order), id }),
  };
}

export function evolveFeeMismatch(state: BookState, data: FeeMismatchRecordedData): BookState {
  return { ...state, feeMismatches: state.feeMismatches.set(data.voucher, data.proof) };
}
