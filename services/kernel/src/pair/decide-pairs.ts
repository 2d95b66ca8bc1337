import { type Decision, DUPLICATE, rejected, unlessRefused, wireJson } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type BookState, type Pair, type Period, pairId, pairKeyId } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import { ZERO_HASH } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type {
  EquivocationProof,
  NoteKeyCertificate,
  PairClose,
  ParsedObject,
} from '../wire/objects.ts';

function refuseCertificate(
  state: BookState,
  period: Period,
  body: NoteKeyCertificate,
): BookRefusal | undefined {
  if (state.pairKeys.has(pairKeyId(body.period, body.party, body.counterparty))) {
    return refuse('exists_with_different_terms', '/body/noteKey');
  }
  if (state.noteKeys.has(body.noteKey)) return refuse('note_key_already_used', '/body/noteKey');
  const agent = state.budgets.get(period.budget)?.terms.agent;
  if (body.party !== agent && body.counterparty !== agent) {
    return refuse('note_key_not_for_agent', '/body/party');
  }
  return period.closed === null ? undefined : refuse('period_not_current', '/body/period');
}

/**
 * A party certifies the fresh key that it uses with one counterparty in one open period.
 * Refusals, in order: period_unknown, signer_mismatch and key refusals, exists_with_different_terms,
 * note_key_already_used, note_key_not_for_agent, period_not_current. Again: duplicate.
 */
export function decideNoteKeyCertificate(
  state: BookState,
  object: ParsedObject<NoteKeyCertificate>,
  now: UnixMs,
): Decision {
  const { party, counterparty, period: id, noteKey } = object.body;
  if (state.noteKeys.get(noteKey)?.certificate === object.id) return DUPLICATE;
  const period = state.periods.get(id);
  if (period === undefined) return rejected(refuse('period_unknown', '/body/period'));
  const refusal =
    refuseSigner(state, object, party, now) ?? refuseCertificate(state, period, object.body);
  return unlessRefused(refusal, () => ({
    type: 'NoteKeyCertified',
    data: { certificate: object.id, party, counterparty, period: id, noteKey },
  }));
}

function refusePairClose(
  state: BookState,
  period: Period,
  body: PairClose,
): BookRefusal | undefined {
  if (period.closed !== null) return refuse('period_not_current', '/body/period');
  const payer = state.noteKeys.get(body.payer);
  const payee = state.noteKeys.get(body.payee);
  const agent = state.budgets.get(period.budget)?.terms.agent;
  const certified =
    payer?.period === body.period &&
    payee?.period === body.period &&
    payer.party === agent &&
    payer.party === payee.counterparty &&
    payer.counterparty === payee.party;
  if (!certified) return refuse('note_key_not_certified', '/body/payer');
  const pair = period.pairs.get(pairId(body.payer, body.payee));
  if (pair !== undefined && pair.close !== null) return refuse('pair_closed', '/body/payer');
  if (pair !== undefined && pair.open > 0) {
    return refuse('pair_has_open_holds', '/body/payer', { open: pair.open });
  }
  const lastSeq = pair?.lastSeq ?? 0;
  return body.lastSeq === lastSeq && body.prev === (pair?.prev ?? ZERO_HASH)
    ? undefined
    : refuse('pair_close_mismatch', '/body/lastSeq', { expected: lastSeq, actual: body.lastSeq });
}

/** Indexes of a pair's lapsed authorizations, ascending. */
function lapsedOf(period: Period, pair: Pair | undefined): readonly number[] {
  if (pair === undefined) return [];
  const key = pairId(pair.payer, pair.payee);
  const indexes: number[] = [];
  for (let index = 0; index < period.count; index++) {
    const slot = period.slots.get(`${index}`);
    if (slot?.pair === key && slot.status === 'lapsed') indexes.push(index);
  }
  return indexes;
}

/**
 * Both note keys state where their notes ended: the pair takes no more holds in the period, and its
 * lapsed authorizations are shown unspent.
 * Refusals, in order: period_unknown, period_not_current, note_key_not_certified, pair_closed,
 * pair_has_open_holds, pair_close_mismatch. Again, until the attestation: duplicate.
 */
export function decidePairClose(state: BookState, object: ParsedObject<PairClose>): Decision {
  const { period: id, payer, payee, lastSeq, prev } = object.body;
  const period = state.periods.get(id);
  if (period === undefined) return rejected(refuse('period_unknown', '/body/period'));
  const pair = period.pairs.get(pairId(payer, payee));
  if (pair?.close === object.id) return DUPLICATE;
  return unlessRefused(refusePairClose(state, period, object.body), () => ({
    type: 'PairClosed',
    data: {
      close: object.id,
      budget: period.budget,
      period: id,
      payer,
      payee,
      lastSeq,
      prev,
      unspent: lapsedOf(period, pair),
    },
    disclosure: wireJson(object),
  }));
}

/**
 * Anybody shows two signed notes for one place; the party that certified the note key takes part in
 * no later hold. That the two objects exclude each other is checked when the proof is read.
 * Refusals, in order: note_key_unknown, exists_with_different_terms, note_key_not_certified. The
 * party's proof again: duplicate.
 */
export function decideEquivocationProof(
  state: BookState,
  object: ParsedObject<EquivocationProof>,
): Decision {
  const { body } = object;
  const noteKey = body.kind === 'core' ? body.first.object.payer : body.first.object.payee;
  const { period } = body.first.object;
  const certified = state.noteKeys.get(noteKey);
  if (certified === undefined) return rejected(refuse('note_key_unknown', '/body/first/object'));
  const { party } = certified;
  const recorded = state.equivocators.get(party);
  if (recorded === object.id) return DUPLICATE;
  let refusal: BookRefusal | undefined;
  if (recorded !== undefined) refusal = refuse('exists_with_different_terms', '/body');
  else if (certified.period !== period) {
    refusal = refuse('note_key_not_certified', '/body/first/object/period');
  }
  return unlessRefused(refusal, () => ({
    type: 'EquivocationRecorded',
    data: { proof: object.id, kind: body.kind, noteKey, period, party },
    disclosure: wireJson(object),
  }));
}
