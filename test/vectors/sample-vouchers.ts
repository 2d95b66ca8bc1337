// The vouchers of the sample objects that draw on a budget.
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { coreHash, type NoteCore } from '@atomicity/kernel/note/note';
import { amount } from '@atomicity/kernel/units/amount';
import { type Hash, type Signature, ZERO_FIELD } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { voucherCommitment } from '@atomicity/kernel/wire/check-opening';
import type { BodyOf, Grant } from '@atomicity/kernel/wire/objects';
import { objectId } from '@atomicity/kernel/wire/parse-object';
import { key, nonce, sign } from './sample-keys.ts';

export const SAMPLE_ORIGIN = 'log.example/atomicity';

export type SamplePlace = {
  readonly budget: Hash;
  readonly period: Hash;
  readonly intent: BodyOf<'PaymentIntent'>;
  readonly edge: BodyOf<'EdgeAgreement'>;
};

/** A hold of the intent, 250 units of fee and index 0: of one payment, or split into `items`. */
export function grantedVoucher(
  { budget, period, intent, edge }: SamplePlace,
  items: Grant['items'] = null,
): BodyOf<'CapacityVoucher'> & { readonly grant: Grant } {
  const [payerNote, payeeNote] = [key('payer note'), key('payee note')];
  const at = unixMs(intent.expiresAt - 60_000);
  const core: NoteCore = {
    v: 1,
    kind: items === null ? 'single' : 'batch',
    origin: SAMPLE_ORIGIN,
    period,
    index: 0,
    payer: payerNote.id,
    payee: payeeNote.id,
    intent: objectId(intent),
    commitment: ZERO_FIELD,
  };
  const grant: Grant = {
    budget,
    task: 'nightly-run',
    period,
    index: 0,
    category: 1,
    regime: 3,
    items,
    authorizationNonce: nonce('authorization'),
    noteSalt: nonce('note salt'),
    core,
    coreSig: '' as Signature,
  };
  const body: BodyOf<'CapacityVoucher'> = {
    v: 1,
    type: 'CapacityVoucher',
    intent: objectId(intent),
    edge: objectId(edge),
    from: key('principal').id,
    to: intent.receiver,
    denomination: intent.denomination,
    amount: intent.amount,
    fee: amount(250n),
    at,
    expiresAt: unixMs(at + 30_000),
    policyHash: null,
    prevReceipt: null,
    grant,
    route: null,
    nonce: nonce('voucher'),
  };
  const opened = { ...core, commitment: fieldToHex(voucherCommitment(body, grant)) };
  const coreSig = sign(coreHash(opened), payerNote);
  return { ...body, grant: { ...grant, core: opened, coreSig } };
}
