import { coreHash, type NoteCore } from '../note/note.ts';
import type { Hash } from '../units/id.ts';
import type { WireBody } from '../wire/objects.ts';
import type { BookState } from './state.ts';

/** The note core of a voucher, while its hold is open or remembered; undefined without a grant. */
export function noteCoreOf(state: BookState, voucher: Hash): NoteCore | undefined {
  const hold = (state.holds.get(voucher) ?? state.ended.get(voucher))?.terms;
  if (hold === undefined || hold.grant === null) return undefined;
  const { period, index, items, payer, payee, commitment } = hold.grant;
  const { intent } = hold;
  const { origin } = state;
  const kind = items === null ? 'single' : 'batch';
  return { v: 1, kind, origin, period, index, payer, payee, intent, commitment };
}

/** Finds the cores that a receipt or a void names by hash: the `findCore` of `requiredChecks`. */
export function findCoreIn(state: BookState, body: WireBody): (core: Hash) => NoteCore | undefined {
  if (body.type !== 'FinalizeReceipt' && body.type !== 'VoidReceipt') return () => undefined;
  const core = body.voucher === null ? undefined : noteCoreOf(state, body.voucher);
  return (hash) => (core !== undefined && coreHash(core) === hash ? core : undefined);
}
