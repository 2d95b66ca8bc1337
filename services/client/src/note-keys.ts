import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { NoteKeyCertificate, PairClose } from '@atomicity/kernel/wire/objects';
import { type KeyPair, noteKeyPair } from './key-pair.ts';
import { type Party, signerOf } from './party.ts';
import { type DrawNonce, ownName, type SignedObject, signObject } from './signer.ts';

/** The key that `party` signs notes with, towards `counterparty` in `period`. */
export function noteKeyOf(party: Party, counterparty: PartyId, period: Hash): KeyPair {
  return noteKeyPair(party.noteSecret, counterparty, period);
}

/** The party certifies that key privately; the key itself signs too, to show that it is held. */
export function certifyNoteKey(
  party: Party,
  counterparty: PartyId,
  period: Hash,
  draw: DrawNonce,
): SignedObject<NoteKeyCertificate> {
  const noteKey = noteKeyOf(party, counterparty, period);
  const body: NoteKeyCertificate = {
    v: 1,
    type: 'NoteKeyCertificate',
    party: party.id,
    counterparty,
    period,
    noteKey: noteKey.id,
    nonce: draw(),
  };
  return signObject(body, [signerOf(party), ownName(noteKey)]);
}

/** Both note keys state where the pair's sequence ended: `lastSeq` 0 and zeros if nothing was paid. */
export function closePair(
  payer: { readonly party: Party; readonly counterparty: PartyId },
  payee: { readonly party: Party; readonly counterparty: PartyId },
  end: { readonly period: Hash; readonly lastSeq: number; readonly prev: Hash },
  draw: DrawNonce,
): SignedObject<PairClose> {
  const payerKey = noteKeyOf(payer.party, payer.counterparty, end.period);
  const payeeKey = noteKeyOf(payee.party, payee.counterparty, end.period);
  const body: PairClose = {
    v: 1,
    type: 'PairClose',
    payer: payerKey.id,
    payee: payeeKey.id,
    nonce: draw(),
    ...end,
  };
  return signObject(body, [ownName(payerKey), ownName(payeeKey)]);
}
