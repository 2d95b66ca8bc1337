import { type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import type { BookEvent, EndedGrantData, HoldPlacedData, NoteData } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type BookState, type Pair, pairId } from '../book/state.ts';
import { spendOf } from '../budget/evolve-budgets.ts';
import { deadlinesDue } from '../collections/deadline-heap.ts';
import { decideDelivery } from '../hop/decide-delivery.ts';
import { isOpen, refOf } from '../hop/find-hop.ts';
import type { Hop } from '../hop/hop.ts';
import { refuseSigner } from '../keys/signers.ts';
import { tailHash } from '../note/note.ts';
import { negateSignedAmount, signedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { FinalizeReceipt, ParsedObject, VoidReceipt } from '../wire/objects.ts';

/** The open hold of a voucher; else why there is none. */
function findHold(state: BookState, voucher: Hash): HoldPlacedData | BookRefusal {
  const hold = state.holds.get(voucher) ?? state.ended.get(voucher);
  return hold?.terms ?? refuse('hold_unknown', '/body/voucher');
}

/** What every end of a hold repeats of it. */
function endOf(hold: HoldPlacedData) {
  const { voucher, intent, edge, from, to, denomination, amount, fee } = hold;
  let grant: EndedGrantData | null = null;
  if (hold.grant !== null) {
    const { budget, task, period, index, category, core } = hold.grant;
    grant = { budget, task, period, index, category, core };
  }
  return { voucher, intent, edge, from, to, denomination, amount, fee, grant };
}

/** The pair of a granted hold. */
function pairOf(state: BookState, hold: HoldPlacedData): Pair | undefined {
  if (hold.grant === null) return undefined;
  const { period, payer, payee } = hold.grant;
  return known(state.periods.get(period)?.pairs.get(pairId(payer, payee)), 'pair');
}

function refuseEnd(
  state: BookState,
  object: ParsedObject<FinalizeReceipt> | ParsedObject<VoidReceipt>,
  hold: HoldPlacedData,
  now: UnixMs,
): BookRefusal | undefined {
  const refusal = refuseSigner(state, object, hold.to, now);
  if (refusal !== undefined) return refusal;
  if (!state.holds.has(hold.voucher)) return refuse('hold_already_ended', '/body/voucher');
  return object.body.intent === hold.intent ? undefined : refuse('intent_mismatch', '/body/intent');
}

function refuseLate(hold: HoldPlacedData, now: UnixMs): BookRefusal | undefined {
  const { expiresAt } = hold;
  return now >= expiresAt ? refuse('hold_expired', '/body/voucher', { now, expiresAt }) : undefined;
}

function refuseReceipt(
  state: BookState,
  { body }: ParsedObject<FinalizeReceipt>,
  hold: HoldPlacedData,
  now: UnixMs,
): BookRefusal | undefined {
  if (body.amount !== hold.amount || body.fee !== hold.fee) {
    return refuse('amount_mismatch', '/body/amount', {
      amount: `${hold.amount}`,
      fee: `${hold.fee}`,
    });
  }
  const { skewMs } = known(state.opened, 'book');
  const { at } = body;
  if (Math.abs(at - now) > skewMs) return refuse('at_skewed', '/body/at', { at, now, skewMs });
  const late = refuseLate(hold, now);
  if (late !== undefined) return late;
  const pair = pairOf(state, hold);
  const [note] = body.notes;
  if (body.notes.length !== (pair === undefined ? 0 : 1)) {
    return refuse('note_count_mismatch', '/body/notes');
  }
  if (note === undefined || pair === undefined) return undefined;
  if (note.core !== hold.grant?.core) return refuse('note_core_mismatch', '/body/notes/0/core');
  const expected = pair.lastSeq + 1;
  if (note.seq !== expected) {
    return refuse('seq_not_next', '/body/notes/0/seq', { expected, actual: note.seq });
  }
  return note.prev === pair.prev
    ? undefined
    : refuse('prev_mismatch', '/body/notes/0/prev', { expected: pair.prev });
}

function noteData(hold: HoldPlacedData, receipt: FinalizeReceipt): NoteData | null {
  const [note] = receipt.notes;
  if (note === undefined || hold.grant === null) return null;
  const { seq, prev, core } = note;
  const { payer, payee, period } = hold.grant;
  return { seq, prev, tail: tailHash({ v: 1, core, payer, payee, period, seq, prev }) };
}

function paymentEvent(object: ParsedObject<FinalizeReceipt>, hold: HoldPlacedData): BookEvent {
  const spend = signedAmount(spendOf(hold));
  const note = noteData(hold, object.body);
  const data = {
    ...endOf(hold),
    receipt: object.id,
    at: object.body.at,
    legs: [
      { party: hold.from, delta: negateSignedAmount(spend) },
      { party: hold.to, delta: spend },
    ],
    note,
  };
  const [signed] = object.body.notes;
  if (signed === undefined || note === null || hold.grant === null) {
    return { type: 'PaymentFinalized', data };
  }
  const { core, seq, prev, sig } = signed;
  const { payer, payee, period } = hold.grant;
  const tail = { v: 1, core, payer, payee, period, seq, prev };
  return { type: 'PaymentFinalized', data, disclosure: { tail, sig } };
}

/**
 * The payee turns a hold into a payment of exactly its amount and fee: the only event that changes
 * positions. With a grant it carries the pair's next note.
 * Refusals, in order: hold_unknown, signer_mismatch and key refusals, hold_already_ended,
 * intent_mismatch, amount_mismatch, at_skewed, hold_expired, note_count_mismatch,
 * note_core_mismatch, seq_not_next, prev_mismatch. Again, until the voucher expires: duplicate.
 */
export function decideReceipt(
  state: BookState,
  object: ParsedObject<FinalizeReceipt>,
  now: UnixMs,
): Decision {
  const { voucher, delivery } = object.body;
  if (delivery !== null) return decideDelivery(state, object, delivery, now);
  if (voucher === null) return rejected(refuse('hold_unknown', '/body/voucher'));
  if (state.ended.get(voucher)?.by === object.id) return DUPLICATE;
  const hold = findHold(state, voucher);
  if ('reason' in hold) return rejected(hold);
  const refusal = refuseEnd(state, object, hold, now) ?? refuseReceipt(state, object, hold, now);
  return unlessRefused(refusal, () => paymentEvent(object, hold));
}

function refuseVoid(
  { body }: ParsedObject<VoidReceipt>,
  hold: HoldPlacedData,
  now: UnixMs,
): BookRefusal | undefined {
  const late = refuseLate(hold, now);
  if (late !== undefined) return late;
  if ((body.noteVoid === null) !== (hold.grant === null)) {
    return refuse('note_count_mismatch', '/body/noteVoid');
  }
  return body.noteVoid === null || body.noteVoid.core === hold.grant?.core
    ? undefined
    : refuse('note_core_mismatch', '/body/noteVoid/core');
}

/**
 * The payee gives a hold up before it expires: everything it reserved is free again.
 * Refusals, in order: hold_unknown, signer_mismatch and key refusals, hold_already_ended,
 * intent_mismatch, hold_expired, note_count_mismatch, note_core_mismatch. Again: duplicate.
 */
export function decideVoid(
  state: BookState,
  object: ParsedObject<VoidReceipt>,
  now: UnixMs,
): Decision {
  const { voucher, noteVoid } = object.body;
  if (state.ended.get(voucher)?.by === object.id) return DUPLICATE;
  const hold = findHold(state, voucher);
  if ('reason' in hold) return rejected(hold);
  const refusal = refuseEnd(state, object, hold, now) ?? refuseVoid(object, hold, now);
  return unlessRefused(refusal, () => ({
    type: 'HoldVoided',
    data: { ...endOf(hold), voidReceipt: object.id },
    ...(noteVoid === null
      ? {}
      : { disclosure: { noteVoid: { v: 1, core: noteVoid.core }, sig: noteVoid.sig } }),
  }));
}

/** A hop that nobody claimed in time, by the clock of this book. */
function hopLapsed({ terms }: Hop): BookEvent {
  const { deadline: at } = terms;
  const data = { ...refOf(terms), why: 'expired' as const, reason: 'expired', receipt: null, at };
  return { type: 'HopLapsed', data };
}

/**
 * One HoldLapsed or HopLapsed for each open hold or hop whose deadline is ≤ `now`, earliest first, at
 * most `countMax`. Claimed hops wait for their payers. Deciding again before they are recorded gives
 * the same events.
 */
export function decideLapses(state: BookState, now: UnixMs, countMax = 1_000): BookEvent[] {
  const events: BookEvent[] = [];
  for (const { id } of deadlinesDue(state.deadlines, now)) {
    if (events.length >= countMax) break;
    const hop = state.hops.get(id as Hash);
    if (hop !== undefined && isOpen(hop)) events.push(hopLapsed(hop));
    const hold = state.holds.get(id)?.terms;
    if (hold === undefined) continue;
    events.push({
      type: 'HoldLapsed',
      data: endOf(hold),
      ...(hold.grant === null ? {} : { disclosure: { core: hold.grant.core } }),
    });
  }
  return events;
}
