/**
 * The statements of one end of an edge about one voucher. They follow from the hop record alone, so
 * that a second sending, after a crash or much later, is byte for byte the first.
 */
import { bytesToHex, utf8 } from '../codec/bytes.ts';
import { taggedHash } from '../codec/tagged-hash.ts';
import { type Hash, hashToBytes, keyOfPartyId, type Nonce, type PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import type { CapacityVoucher, HopReceipt, HopTransition } from '../wire/objects.ts';
import type { HopDeclinedData } from './events.ts';
import type { Hop } from './hop.ts';

/** First 16 bytes of taggedHash('HopReceiptNonce', voucher ‖ transition ‖ hop). */
function receiptNonce(voucher: Hash, transition: HopTransition, hop: PartyId): Nonce {
  const parts = [hashToBytes(voucher), utf8(transition), keyOfPartyId(hop)];
  return bytesToHex(taggedHash('HopReceiptNonce', ...parts).subarray(0, 16)) as Nonce;
}

type Said = Pick<HopReceipt, 'at' | 'reason' | 'prev' | 'finalize'>;

function statement({ terms }: Hop, transition: HopTransition, said: Said): HopReceipt {
  const { voucher, side, intent, part, from, to, amount, fee, policyHash, deadline } = terms;
  const [hop, peer] = side === 'payee' ? [to, from] : [from, to];
  return {
    v: 1,
    type: 'HopReceipt',
    hop,
    peer,
    voucher,
    intent,
    part,
    transition,
    amount,
    fee,
    policyHash,
    deadline,
    ...said,
    nonce: receiptNonce(voucher, transition, hop),
  };
}

/** Id of the hosted side's receipt before `active` or `lapsed`: `held` of a payee, `active*` of a payer. */
function firstReceipt(hop: Hop): Hash | null {
  if (hop.terms.side === 'payee') return objectId(hopReceiptOf(hop, 'held'));
  return hop.commit === null ? null : objectId(hopReceiptOf(hop, 'active*'));
}

/**
 * What the hosted side says of its hop: the body of a HopReceipt, to be signed by its key. Payee:
 * `held`; `active` (its claim) once claimed; `lapsed` once released, denied or expired. Payer:
 * `active*` once committed; `active` or `lapsed` (its answers) once it is so. Times are this book's.
 * @throws Error for a transition that the record does not show.
 */
export function hopReceiptOf(hop: Hop, transition: HopTransition): HopReceipt {
  const { terms, commit, finalize, lapse, claimedAt } = hop;
  const payee = terms.side === 'payee';
  const none = { reason: null, finalize: null };
  switch (transition) {
    case 'held':
      if (!payee) break;
      return statement(hop, 'held', { ...none, at: terms.at, prev: terms.prevReceipt });
    case 'active*':
      if (payee || commit === null) break;
      return statement(hop, 'active*', { ...none, at: commit.at, prev: null });
    case 'active': {
      const at = payee ? claimedAt : hop.at;
      if (finalize === null || at === null) break;
      return statement(hop, 'active', { at, reason: null, prev: firstReceipt(hop), finalize });
    }
    case 'lapsed':
      if (lapse === null) break;
      return releaseReceiptOf(hop, lapse.reason, hop.at);
  }
  throw new Error(`a ${terms.side} says nothing of ${transition} while ${hop.status}`);
}

/**
 * The `lapsed` with which a payee releases an open hop, or gives a claim up that nobody can answer any
 * more: to be signed, recorded in its own book and then sent. `at` by the clock of the book. Once
 * recorded, `hopReceiptOf` gives the same.
 */
export function releaseReceiptOf(hop: Hop, reason: string, at: UnixMs): HopReceipt {
  // A lapse after a claim follows the claim, and contradicts nothing.
  const prev = hop.claimedAt === null ? firstReceipt(hop) : objectId(hopReceiptOf(hop, 'active'));
  return statement(hop, 'lapsed', { at, reason, prev, finalize: null });
}

/**
 * The `lapsed` with which a payee refuses a voucher that its book does not hold: to be signed,
 * recorded in its own book, so that the voucher cannot be held later, and then sent. `deadline`: what
 * `payeeDeadline` gives for the voucher. Undefined for a voucher without a route.
 */
export function declineReceiptOf(
  voucher: { readonly id: Hash; readonly body: CapacityVoucher },
  reason: string,
  at: UnixMs,
  deadline: UnixMs,
): HopReceipt | undefined {
  const { intent, from: peer, to: hop, amount, fee, policyHash, route } = voucher.body;
  if (route === null) return undefined;
  const { part } = route;
  const terms = { voucher: voucher.id, intent, part, hop, peer, amount, fee, policyHash };
  return declinedReceiptOf({ ...terms, reason, at, deadline });
}

/** The same from what the book remembers of it. */
export function declinedReceiptOf(declined: Omit<HopDeclinedData, 'receipt'>): HopReceipt {
  const { voucher, intent, part, hop, peer, amount, fee, policyHash } = declined;
  const { reason, at, deadline } = declined;
  return {
    v: 1,
    type: 'HopReceipt',
    hop,
    peer,
    voucher,
    intent,
    part,
    transition: 'lapsed',
    amount,
    fee,
    policyHash,
    at,
    deadline,
    reason,
    prev: null,
    finalize: null,
    nonce: receiptNonce(voucher, 'lapsed', hop),
  };
}
