import type { NoteKeyCertifiedData, PairClosedData } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import { type BookState, pairId, pairKeyId } from '../book/state.ts';
import { bindPayload } from '../period-close/bound-payloads.ts';
import type { Hash } from '../units/id.ts';

export function evolveNoteKeyCertified(
  state: BookState,
  data: NoteKeyCertifiedData,
  eventId: Hash,
): BookState {
  const { party, counterparty, noteKey } = data;
  const period = known(state.periods.get(data.period), 'period');
  return {
    ...state,
    noteKeys: state.noteKeys.set(noteKey, data),
    pairKeys: state.pairKeys.set(pairKeyId(data.period, party, counterparty), noteKey),
    periods: state.periods.set(data.period, {
      ...period,
      events: period.events.set(eventId, true),
    }),
    bound: bindPayload(state.bound, eventId),
  };
}

export function evolvePairClosed(state: BookState, data: PairClosedData): BookState {
  const { period: id, payer, payee, lastSeq, prev, close } = data;
  const period = known(state.periods.get(id), 'period');
  let { slots } = period;
  for (const index of data.unspent) {
    const slot = known(slots.get(`${index}`), 'slot');
    slots = slots.set(`${index}`, { ...slot, status: 'unspent' });
  }
  const pair = { payer, payee, lastSeq, prev, open: 0, close };
  const pairs = period.pairs.set(pairId(payer, payee), pair);
  return { ...state, periods: state.periods.set(id, { ...period, slots, pairs }) };
}
