import { accepted, type Decision, DUPLICATE, rejected } from '../book/decision.ts';
import type { GrantData } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type BookState, type Edge, type Intent, taskId } from '../book/state.ts';
import { spendOf } from '../budget/evolve-budgets.ts';
import { levelsById } from '../budget/levels.ts';
import type { JsonValue } from '../codec/canonical-json.ts';
import { exposureOf } from '../credit/positions.ts';
import { refuseDisputed } from '../credit/standing.ts';
import { decideRoutedVoucher } from '../hop/decide-routed-voucher.ts';
import { refuseSigner } from '../keys/signers.ts';
import { authorizationId } from '../note/commitment.ts';
import { coreHash } from '../note/note.ts';
import { AMOUNT_MAX } from '../units/amount.ts';
import type { UnixMs } from '../units/time.ts';
import type { CapacityVoucher, Grant, ParsedObject } from '../wire/objects.ts';
import { refuseBudgetTime, refuseDraw, refuseGrant } from './refuse-grant.ts';

/** The things that a voucher names. */
export type Place = {
  readonly edge: Edge;
  readonly intent: Intent;
  /** The granting budget and its parents, innermost first; none without a grant. */
  readonly levels: ReturnType<typeof levelsById>;
};

function findPlace(state: BookState, voucher: CapacityVoucher): Place | BookRefusal {
  const edge = state.edges.get(voucher.edge);
  if (edge === undefined) return refuse('edge_unknown', '/body/edge');
  if (state.hosted.has(voucher.from) !== state.hosted.has(voucher.to)) {
    return refuse('route_missing', '/body/route');
  }
  const intent = state.intents.get(voucher.intent);
  if (intent === undefined) return refuse('intent_unknown', '/body/intent');
  const { grant } = voucher;
  if (grant === null) return { edge, intent, levels: [] };
  const levels = levelsById(state, grant.budget);
  if (levels.length === 0) return refuse('budget_unknown', '/body/grant/budget');
  if (grant.task !== null && !state.tasks.has(taskId(grant.budget, grant.task))) {
    return refuse('task_unknown', '/body/grant/task');
  }
  return { edge, intent, levels };
}

/** Refusals, in order: intent_already_paid … payer_not_in_budget, as the code reads. */
function refuseFit(
  state: BookState,
  voucher: CapacityVoucher,
  place: Place,
): BookRefusal | undefined {
  const { edge, intent, levels } = place;
  const { a, b } = edge.terms;
  const { from, to } = voucher;
  if (!((from === a && to === b) || (from === b && to === a))) {
    return refuse('not_on_edge', '/body/from');
  }
  const delivery = state.deliveries.get(voucher.intent);
  if (intent.paid || (delivery && delivery.finalizeReceipt !== null)) {
    return refuse('intent_already_paid', '/body/intent');
  }
  if (intent.voucher !== null || delivery !== undefined) {
    return refuse('intent_already_held', '/body/intent');
  }
  const denominations = [edge.terms, intent.terms, ...levels.map((level) => level.terms)];
  if (denominations.some((terms) => terms.denomination !== voucher.denomination)) {
    return refuse('denomination_mismatch', '/body/denomination');
  }
  if (to !== intent.terms.receiver) return refuse('receiver_mismatch', '/body/to');
  if (voucher.amount !== intent.terms.amount) {
    return refuse('amount_mismatch', '/body/amount', { expected: `${intent.terms.amount}` });
  }
  if (voucher.policyHash !== intent.terms.policyHash) {
    return refuse('policy_hash_mismatch', '/body/policyHash');
  }
  if (voucher.fee * 10_000n > voucher.amount * BigInt(intent.terms.maxFeeBps)) {
    return refuse('fee_above_intent', '/body/fee', { maxFeeBps: intent.terms.maxFeeBps });
  }
  const [budget] = levels;
  const payers = budget && [budget.terms.agent, ...levels.map((level) => level.terms.principal)];
  return payers === undefined || payers.includes(from)
    ? undefined
    : refuse('payer_not_in_budget', '/body/from');
}

function refuseTime(
  state: BookState,
  voucher: CapacityVoucher,
  place: Place,
  now: UnixMs,
): BookRefusal | undefined {
  const { at, expiresAt } = voucher;
  const { skewMs, holdMsMax } = known(state.opened, 'book');
  if (now >= expiresAt) return refuse('expired', '/body/expiresAt', { now, expiresAt });
  if (Math.abs(at - now) > skewMs) return refuse('at_skewed', '/body/at', { at, now, skewMs });
  const early = refuseBudgetTime(place.levels, at, now);
  if (early !== undefined) return early;
  if (expiresAt - now > holdMsMax) {
    return refuse('hold_too_long', '/body/expiresAt', { holdMsMax });
  }
  if (expiresAt > place.intent.terms.expiresAt) {
    return refuse('hold_outlives_intent', '/body/expiresAt');
  }
  if (expiresAt > place.edge.terms.expiresAt) {
    return refuse('hold_outlives_edge', '/body/expiresAt');
  }
  return place.levels.some((level) => expiresAt > level.terms.windowEnd)
    ? refuse('hold_outlives_window', '/body/expiresAt')
    : undefined;
}

function refuseLimit(voucher: CapacityVoucher, edge: Edge): BookRefusal | undefined {
  const { limit, owed, held } = exposureOf(edge, voucher.from);
  const holds = held + spendOf(voucher);
  // A payer who is owed much may hold more than its limit, but not more than an amount can say.
  return owed + holds > limit || holds > AMOUNT_MAX
    ? refuse('edge_limit_exceeded', '/body/amount')
    : undefined;
}

function refuseParties(
  state: BookState,
  voucher: CapacityVoucher,
  place: Place,
): BookRefusal | undefined {
  const parties = [voucher.from, voucher.to, ...place.levels.map((level) => level.terms.agent)];
  const guilty = parties.find((party) => state.equivocators.has(party));
  return guilty === undefined
    ? refuseDisputed(place.edge)
    : refuse('party_equivocated', '/body', { party: guilty });
}

function grantData(voucher: CapacityVoucher, grant: Grant, place: Place): GrantData {
  const { budget, task, period, index, category, regime, items, noteSalt, core } = grant;
  const authorization = authorizationId({
    budget,
    category,
    index,
    intent: voucher.intent,
    nonce: grant.authorizationNonce,
    payee: voucher.to,
    period,
  });
  const agent = known(place.levels[0], 'budget').terms.agent;
  const { commitment, payer, payee } = core;
  return {
    budget,
    agent,
    task,
    period,
    index,
    category,
    regime,
    items,
    authorization,
    commitment,
    noteSalt,
    core: coreHash(core),
    payer,
    payee,
  };
}

function disclosureOf(grant: Grant | null): { disclosure?: JsonValue } {
  return grant === null ? {} : { disclosure: { core: grant.core, sig: grant.coreSig } };
}

/**
 * A payer holds amount + fee on an edge for an intent, within a budget or on its own signature; the
 * hold counts against the limit, the task, the budget and its parents at once.
 * Refusals, in order: edge_unknown … task_unknown, signer_mismatch and key refusals, what does not
 * fit, times, notes, limits, as `BOOK_REFUSALS` lists them. Again, until it expires: duplicate.
 */
export function decideVoucher(
  state: BookState,
  object: ParsedObject<CapacityVoucher>,
  now: UnixMs,
): Decision {
  const { route } = object.body;
  if (route !== null) return decideRoutedVoucher(state, object, route, now);
  if (state.holds.has(object.id) || state.ended.has(object.id)) return DUPLICATE;
  const voucher = object.body;
  const place = findPlace(state, voucher);
  if ('reason' in place) return rejected(place);
  const signer = place.levels[0]?.terms.agent ?? voucher.from;
  const refusal =
    refuseSigner(state, object, signer, now) ??
    refuseFit(state, voucher, place) ??
    refuseTime(state, voucher, place, now) ??
    refuseParties(state, voucher, place) ??
    refuseGrant(state, voucher, place) ??
    refuseLimit(voucher, place.edge) ??
    refuseDraw(state, voucher, place);
  if (refusal !== undefined) return rejected(refusal);
  const { intent, edge, from, to, denomination, amount, fee, at, expiresAt, policyHash } = voucher;
  const { grant } = voucher;
  return accepted({
    type: 'HoldPlaced',
    data: {
      voucher: object.id,
      intent,
      edge,
      from,
      to,
      denomination,
      amount,
      fee,
      at,
      expiresAt,
      policyHash,
      grant: grant === null ? null : grantData(voucher, grant, place),
    },
    ...disclosureOf(grant),
  });
}
