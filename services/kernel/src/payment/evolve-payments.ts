import type {
  HoldLapsedData,
  HoldPlacedData,
  HoldVoidedData,
  IntentRecordedData,
  PaymentFinalizedData,
  Recording,
} from '../book/events.ts';
import { assert, known } from '../book/invariant.ts';
import { type BookState, type Pair, type Period, pairId, type Slot } from '../book/state.ts';
import { spendOf, withDraw } from '../budget/evolve-budgets.ts';
import { addDeadline } from '../collections/deadline-heap.ts';
import { withHeld, withPayment } from '../credit/evolve-edges.ts';
import { withOpenVoucher, withoutOpenVoucher } from '../credit/open-vouchers.ts';
import { bindPayload } from '../period-close/bound-payloads.ts';
import { type Hash, ZERO_HASH } from '../units/id.ts';

export function evolveIntentRecorded(
  state: BookState,
  terms: IntentRecordedData,
  eventId: Hash,
): BookState {
  const { intent: id, expiresAt } = terms;
  const intent = { terms, eventId, voucher: null, paid: false };
  return {
    ...state,
    intents: state.intents.set(id, intent),
    deadlines: addDeadline(state.deadlines, { expiresAt, id }),
  };
}

/** Issues the authorization of a hold: the budget's times, the period's slot and the pair. */
function withSlot(state: BookState, hold: HoldPlacedData, events: readonly Hash[]): BookState {
  const { grant, at } = hold;
  if (grant === null) return state;
  const period = known(state.periods.get(grant.period), 'period');
  assert(grant.index === period.count, 'authorizations have no gaps');
  const { authorization, commitment, category, payer, payee } = grant;
  const key = pairId(payer, payee);
  const slot: Slot = {
    status: 'open',
    authorization,
    commitment,
    category,
    spend: spendOf(hold),
    at,
    pair: key,
    events,
  };
  const fresh: Pair = { payer, payee, lastSeq: 0, prev: ZERO_HASH, open: 0, close: null };
  const pair = period.pairs.get(key) ?? fresh;
  const issued: Period = {
    ...period,
    kind: grant.items === null ? 'single' : 'batch',
    count: period.count + 1,
    open: period.open + 1,
    slots: period.slots.set(`${grant.index}`, slot),
    pairs: period.pairs.set(key, { ...pair, open: pair.open + 1 }),
  };
  const budget = known(state.budgets.get(grant.budget), 'budget');
  return {
    ...state,
    budgets: state.budgets.set(grant.budget, { ...budget, lastAt: at }),
    periods: state.periods.set(grant.period, issued),
    bound: events.reduce(bindPayload, state.bound),
  };
}

export function evolveHoldPlaced(state: BookState, hold: HoldPlacedData, eventId: Hash): BookState {
  const { voucher: id, expiresAt, grant } = hold;
  const edge = known(state.edges.get(hold.edge), 'edge');
  const intent = known(state.intents.get(hold.intent), 'intent');
  const slotted = withSlot(state, hold, [intent.eventId, eventId]);
  const drawn = grant === null ? slotted : withDraw(slotted, grant, spendOf(hold), 'commit');
  return {
    ...drawn,
    edges: state.edges.set(hold.edge, withHeld(edge, hold.from, spendOf(hold))),
    intents: state.intents.set(hold.intent, { ...intent, voucher: id }),
    holds: state.holds.set(id, { terms: hold, eventId }),
    openVouchers: withOpenVoucher(state.openVouchers, hold),
    deadlines: addDeadline(state.deadlines, { expiresAt, id }),
  };
}

type Ending = {
  readonly ending: 'spent' | 'void' | 'lapsed';
  readonly by: Hash | null;
  readonly note?: { readonly seq: number; readonly tail: Hash } | null;
};

function withSlotEnded(
  state: BookState,
  hold: HoldPlacedData,
  end: Ending,
  eventId: Hash,
): BookState {
  const { grant } = hold;
  if (grant === null) return state;
  const period = known(state.periods.get(grant.period), 'period');
  const slot = known(period.slots.get(`${grant.index}`), 'slot');
  const pair = known(period.pairs.get(slot.pair), 'pair');
  assert(slot.status === 'open', 'an authorization ends once');
  const { note } = end;
  assert(!note || note.seq === pair.lastSeq + 1, 'notes of a pair have no gaps');
  const last = note ? { lastSeq: note.seq, prev: note.tail } : {};
  const events = [...slot.events, eventId];
  const ended: Period = {
    ...period,
    open: period.open - 1,
    slots: period.slots.set(`${grant.index}`, { ...slot, status: end.ending, events }),
    pairs: period.pairs.set(slot.pair, { ...pair, ...last, open: pair.open - 1 }),
  };
  return {
    ...withDraw(state, grant, spendOf(hold), end.ending === 'spent' ? 'spend' : 'free'),
    periods: state.periods.set(grant.period, ended),
    bound: bindPayload(state.bound, eventId),
  };
}

/** Ends a hold: what it reserved is released at every level, its slot and its intent are told. */
function withHoldEnded(state: BookState, voucher: Hash, end: Ending, eventId: Hash): BookState {
  const { terms: hold, eventId: placed } = known(state.holds.get(voucher), 'hold');
  const edge = known(state.edges.get(hold.edge), 'edge');
  const ended = withSlotEnded(state, hold, end, eventId);
  const paid = end.ending === 'spent';
  const intent = state.intents.get(hold.intent);
  const told = intent && { ...intent, voucher: paid ? voucher : null, paid };
  return {
    ...ended,
    edges: state.edges.set(hold.edge, withHeld(edge, hold.from, -spendOf(hold))),
    // An intent that expired together with its hold may be forgotten already.
    intents: told ? state.intents.set(hold.intent, told) : state.intents,
    holds: state.holds.delete(voucher),
    openVouchers: withoutOpenVoucher(state.openVouchers, hold),
    ended: state.ended.set(voucher, {
      ending: end.ending,
      by: end.by,
      terms: hold,
      events: [placed, eventId],
    }),
  };
}

export function evolvePaymentFinalized(
  state: BookState,
  data: PaymentFinalizedData,
  eventId: Hash,
): BookState {
  const { terms: hold } = known(state.holds.get(data.voucher), 'hold');
  const { receipt: by, note } = data;
  const ended = withHoldEnded(state, data.voucher, { ending: 'spent', by, note }, eventId);
  const edge = known(ended.edges.get(hold.edge), 'edge');
  return { ...ended, edges: ended.edges.set(hold.edge, withPayment(edge, hold, data.legs)) };
}

export function evolveHoldLapsed(
  state: BookState,
  data: HoldLapsedData,
  { at, eventId }: Recording,
): BookState {
  const { terms: hold } = known(state.holds.get(data.voucher), 'hold');
  assert(at >= hold.expiresAt, 'a hold lapses at its expiry');
  return withHoldEnded(state, data.voucher, { ending: 'lapsed', by: null }, eventId);
}

export function evolveHoldVoided(state: BookState, data: HoldVoidedData, eventId: Hash): BookState {
  const end: Ending = { ending: 'void', by: data.voidReceipt };
  return withHoldEnded(state, data.voucher, end, eventId);
}
