/** A wallet's side of payments across books: asking for one, ordering one, and finalizing one. */
import { type Amount, amount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import type { Hash, Nonce, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type {
  CommitSignal,
  DeliveredPart,
  FinalizeReceipt,
  PaymentIntent,
  PaymentOrder,
} from '@atomicity/kernel/wire/objects';
import { finalizeKeyPair } from './key-pair.ts';
import { type DrawNonce, ownName, type SignedObject, type Signer, signObject } from './signer.ts';

/** What a receiver asks for. Amounts in units of the denomination, times in ms. */
export type DeliveryTerms = Pick<
  PaymentIntent,
  'denomination' | 'amount' | 'expiresAt' | 'description' | 'constraints'
> & {
  /** The receiver finalizes at least this much, or nothing; 1 … amount. */
  readonly minDeliverable: Amount;
  /** 1 … 16. */
  readonly partsMax: number;
};

/**
 * Signs an intent that can be paid from other nodes. Its finalize key is a function of the wallet's
 * secret (32 bytes) and the intent's nonce: nothing has to be stored, and no two intents share one.
 */
export function invoice(
  receiver: Signer,
  secret: Uint8Array,
  terms: DeliveryTerms,
  draw: DrawNonce,
): SignedObject<PaymentIntent> {
  const { minDeliverable, partsMax, ...asked } = terms;
  const nonce = draw();
  const body: PaymentIntent = {
    v: 1,
    type: 'PaymentIntent',
    receiver: receiver.by,
    policyHash: null,
    delivery: { finalizeKey: finalizeKeyPair(secret, nonce).id, minDeliverable, partsMax },
    nonce,
    ...asked,
  };
  return signObject(body, [receiver]);
}

/** What a payment may cost beside its amount, and how long the sender's node may try. */
export type OrderLimits = Pick<PaymentOrder, 'maxFee' | 'maxProbeSpend' | 'expiresAt'>;

/** Signs the order to pay an intent whole. @throws Error for an intent without delivery. */
export function orderPayment(
  payer: Signer,
  intent: { readonly id: Hash; readonly body: PaymentIntent },
  limits: OrderLimits,
  draw: DrawNonce,
): SignedObject<PaymentOrder> {
  const { receiver, denomination, delivery } = intent.body;
  if (delivery === null) throw new Error('the intent can only be paid inside its own book');
  const body: PaymentOrder = {
    v: 1,
    type: 'PaymentOrder',
    intent: intent.id,
    payer: payer.by,
    receiver,
    finalizeKey: delivery.finalizeKey,
    denomination,
    amount: intent.body.amount,
    nonce: draw(),
    ...limits,
  };
  return signObject(body, [payer]);
}

/** Parts that a receiver may bind itself to; `parts` ascending. */
export type DeliveryAsk = {
  readonly intent: Hash;
  readonly finalizeKey: PartyId;
  readonly parts: readonly DeliveredPart[];
  readonly at: UnixMs;
};

/** Who holds the finalize keys of a receiver's intents; undefined: it stays silent. */
export type WalletFinalizer = {
  commit(ask: DeliveryAsk, windowMs: number): Promise<string | undefined>;
  finalize(ask: DeliveryAsk): Promise<string | undefined>;
};

/**
 * Signs for the intents of one wallet, as often as it is asked. `nonceOf` finds the nonce of an intent
 * that the node knows. Silent for intents whose finalize key is not this wallet's.
 */
export function walletFinalizer(
  secret: Uint8Array,
  nonceOf: (intent: Hash) => Promise<Nonce | undefined>,
  draw: DrawNonce,
): WalletFinalizer {
  const keyOf = async ({ intent, finalizeKey }: DeliveryAsk) => {
    const nonce = await nonceOf(intent);
    const key = nonce === undefined ? undefined : finalizeKeyPair(secret, nonce);
    return key?.id === finalizeKey ? key : undefined;
  };
  return {
    async commit(ask, windowMs) {
      const key = await keyOf(ask);
      if (key === undefined) return undefined;
      const body: CommitSignal = {
        v: 1,
        type: 'CommitSignal',
        intent: ask.intent,
        finalizeKey: key.id,
        parts: ask.parts.map(({ part }) => part),
        windowMs,
        nonce: draw(),
      };
      return signObject(body, [ownName(key)]).text;
    },
    async finalize(ask) {
      const key = await keyOf(ask);
      if (key === undefined) return undefined;
      return signObject(deliveryReceipt(ask, draw()), [ownName(key)]).text;
    },
  };
}

/** The receipt for all parts at once. */
function deliveryReceipt(ask: DeliveryAsk, nonce: Nonce): FinalizeReceipt {
  const { intent, finalizeKey, parts, at } = ask;
  return {
    v: 1,
    type: 'FinalizeReceipt',
    intent,
    voucher: null,
    amount: amount(parts.reduce((sum, part) => sum + part.amount, 0n)),
    fee: ZERO_AMOUNT,
    at,
    notes: [],
    delivery: { finalizeKey, parts },
    nonce,
  };
}
