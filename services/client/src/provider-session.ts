import { createPublicKey, verify } from 'node:crypto';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import type { PoseidonHash } from '@atomicity/kernel/codec/poseidon';
import {
  BATCH_ITEMS_MAX,
  type BatchItem,
  lastItemAt,
} from '@atomicity/kernel/note/batch-commitment';
import { coreHash, tailHash, tailOf, voidHash } from '@atomicity/kernel/note/note';
import { type Amount, amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { type Hash, keyOfPartyId, type PartyId, ZERO_HASH } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { checkOpening } from '@atomicity/kernel/wire/check-opening';
import { strictSignatureShape } from '@atomicity/kernel/wire/ed25519-strict';
import type {
  CapacityVoucher,
  FinalizeReceipt,
  Grant,
  PaymentIntent,
  VoidReceipt,
} from '@atomicity/kernel/wire/objects';
import { signingBytes } from '@atomicity/kernel/wire/signing-bytes';
import { noteKeyOf } from './note-keys.ts';
import { type Party, signerOf } from './party.ts';
import { type DrawNonce, type SignedObject, signObject } from './signer.ts';

export type Quote = {
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly expiresAt: UnixMs;
  readonly description: string;
};

/** A quote for up to 16 payments that one voucher holds and one receipt finalizes. */
export type BatchQuote = Omit<Quote, 'amount'> & {
  /** The price of each payment, in order: 1 … 16. */
  readonly prices: readonly Amount[];
};

/** Why a payee does not sign a voucher: what it was shown is not what it quoted or can check. */
export type PayeeObjection =
  | 'not_quoted'
  | 'amount_differs'
  | 'items_differ'
  | 'opening_differs'
  | 'note_signature_invalid'
  | 'note_key_differs'
  | 'time_differs';

/** What it offered; `prices` for a batch only. */
type Quoted = { readonly intent: PaymentIntent; readonly prices: readonly Amount[] | null };

type PairEnd = { lastSeq: number; prev: Hash };

/** A provider: quotes, checks what it is asked to sign, and keeps each pair's sequence without gaps. */
export class ProviderSession {
  readonly party: Party;
  readonly #draw: DrawNonce;
  readonly #skewMs: number;
  readonly #hash: PoseidonHash | undefined;
  readonly #quotes = new Map<Hash, Quoted>();
  readonly #pairs = new Map<string, PairEnd>();

  constructor(parameters: {
    readonly party: Party;
    readonly draw: DrawNonce;
    /** The largest |at − now| it accepts, in ms. */
    readonly skewMs?: number;
    readonly hash?: PoseidonHash;
  }) {
    this.party = parameters.party;
    this.#draw = parameters.draw;
    this.#skewMs = parameters.skewMs ?? 60_000;
    this.#hash = parameters.hash;
  }

  /** Signs an offer to deliver for an amount. */
  quote(quote: Quote): SignedObject<PaymentIntent> {
    return this.#offer(quote, null);
  }

  /**
   * Signs an offer to deliver a stream of up to 16 payments under one note. The intent shows their sum;
   * `object` compares each payment of the voucher with its price.
   * @throws RangeError for no or more than 16 prices, or a sum beyond an amount.
   */
  quoteBatch({ prices, ...quote }: BatchQuote): SignedObject<PaymentIntent> {
    if (prices.length < 1 || prices.length > BATCH_ITEMS_MAX) {
      throw new RangeError(`a batch has 1 to ${BATCH_ITEMS_MAX} prices, not ${prices.length}`);
    }
    const sum = prices.reduce((total, price) => total + price, 0n);
    return this.#offer({ ...quote, amount: amount(sum) }, prices);
  }

  #offer(quote: Quote, prices: readonly Amount[] | null): SignedObject<PaymentIntent> {
    const body: PaymentIntent = {
      v: 1,
      type: 'PaymentIntent',
      receiver: this.party.id,
      policyHash: null,
      constraints: { maxFeeBps: 0, latencyMs: 60_000 },
      delivery: null,
      nonce: this.#draw(),
      ...quote,
    };
    const intent = signObject(body, [signerOf(this.party)]);
    this.#quotes.set(intent.id, { intent: body, prices });
    return intent;
  }

  /** The id of its note key towards an agent in a period. */
  noteKeyFor(agent: PartyId, period: Hash): PartyId {
    return noteKeyOf(this.party, agent, period).id;
  }

  /**
   * Recomputes everything that a receipt would make the payee vouch for: amount and time as quoted, each
   * payment of a batch at its price and due before the hold ends, the commitment from its opening, the
   * payer's signature on the core, its own note key.
   */
  object(voucher: CapacityVoucher, agent: PartyId, now: UnixMs): PayeeObjection | undefined {
    const quoted = this.#quotes.get(voucher.intent);
    if (quoted === undefined || voucher.to !== this.party.id) return 'not_quoted';
    const { intent: quote, prices } = quoted;
    if (voucher.amount !== quote.amount || voucher.denomination !== quote.denomination) {
      return 'amount_differs';
    }
    if (Math.abs(voucher.at - now) > this.#skewMs) return 'time_differs';
    const { grant } = voucher;
    const items = grant?.items ?? null;
    if (!matches(items, prices)) return 'items_differ';
    if (items !== null && lastItemAt(voucher.at, items) > voucher.expiresAt) return 'time_differs';
    if (grant === null) return undefined;
    if (checkOpening(voucher, this.#hash) !== undefined) return 'opening_differs';
    if (grant.core.payee !== this.noteKeyFor(agent, grant.period)) return 'note_key_differs';
    return isCoreSigned(grant) ? undefined : 'note_signature_invalid';
  }

  /** Signs the receipt and the tail of the voucher's note: the pair's sequence advances by one. */
  receipt(
    voucher: SignedObject<CapacityVoucher>,
    agent: PartyId,
    at: UnixMs,
  ): SignedObject<FinalizeReceipt> {
    const { intent, amount, fee, grant } = voucher.body;
    const body: FinalizeReceipt = {
      v: 1,
      type: 'FinalizeReceipt',
      intent,
      voucher: voucher.id,
      amount,
      fee,
      at,
      notes: grant === null ? [] : [this.#tail(grant, agent)],
      delivery: null,
      nonce: this.#draw(),
    };
    return signObject(body, [signerOf(this.party)]);
  }

  /** Signs that it gives the hold up, and that the note's core counts for nothing. */
  decline(voucher: SignedObject<CapacityVoucher>, agent: PartyId): SignedObject<VoidReceipt> {
    const { intent, grant } = voucher.body;
    const core = grant === null ? null : coreHash(grant.core);
    const body: VoidReceipt = {
      v: 1,
      type: 'VoidReceipt',
      intent,
      voucher: voucher.id,
      noteVoid:
        grant === null || core === null
          ? null
          : {
              core,
              sig: noteKeyOf(this.party, agent, grant.period).signId(voidHash({ v: 1, core })),
            },
      nonce: this.#draw(),
    };
    return signObject(body, [signerOf(this.party)]);
  }

  /** Where the pair's sequence stands in a period: `lastSeq` 0 and zeros before the first note. */
  pairEnd(agent: PartyId, period: Hash): Readonly<PairEnd> {
    return this.#pairs.get(`${agent} ${period}`) ?? { lastSeq: 0, prev: ZERO_HASH };
  }

  #tail(grant: Grant, agent: PartyId): FinalizeReceipt['notes'][number] {
    const { lastSeq, prev } = this.pairEnd(agent, grant.period);
    const seq = lastSeq + 1;
    const id = tailHash(tailOf(grant.core, seq, prev));
    this.#pairs.set(`${agent} ${grant.period}`, { lastSeq: seq, prev: id });
    const sig = noteKeyOf(this.party, agent, grant.period).signId(id);
    return { core: coreHash(grant.core), seq, prev, sig };
  }
}

/** A batch is held exactly as it was quoted, and nothing else is held as a batch. */
function matches(items: readonly BatchItem[] | null, prices: readonly Amount[] | null): boolean {
  if (items === null || prices === null) return items === prices;
  return items.length === prices.length && items.every(({ spend }, i) => spend === prices[i]);
}

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function isCoreSigned({ core, coreSig }: Grant): boolean {
  const raw = keyOfPartyId(core.payer);
  const signature = hexToBytes(coreSig);
  if (strictSignatureShape(raw, signature) !== undefined) return false;
  const key = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, raw]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, signingBytes(coreHash(core)), key, signature);
}
