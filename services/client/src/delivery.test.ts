// Goal: what a wallet signs for payments across books is what the wire layer takes, and only the wallet
// that asked can finalize. Method: sign, parse again, check every signature.
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import type { Nonce } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { describe, expect, it } from 'vitest';
import { type DeliveryTerms, invoice, orderPayment, walletFinalizer } from './delivery.ts';
import { finalizeKeyPair, keyPairFromSeed } from './key-pair.ts';

const USD = parseDenomination('USD/6') ?? never();
const receiver = { by: keyOf(1).id, key: keyOf(2) };
const payer = { by: keyOf(3).id, key: keyOf(4) };
const secret = new Uint8Array(32).fill(9);
const part = (digit: string) => digit.repeat(32) as Nonce;
const terms: DeliveryTerms = {
  denomination: USD,
  amount: amount(100n),
  minDeliverable: amount(60n),
  partsMax: 4,
  expiresAt: unixMs(1_000_000),
  description: 'a book',
  constraints: { maxFeeBps: 100, latencyMs: 10_000 },
};

let drawn = 0;
const draw = () => {
  drawn += 1;
  return drawn.toString(16).padStart(32, '0') as Nonce;
};

function keyOf(byte: number) {
  return keyPairFromSeed(new Uint8Array(32).fill(byte));
}

function never(): never {
  throw new Error('a denomination');
}

const typeOf = (text: string | undefined) => {
  const parsed = parseObject(text ?? '');
  return parsed.kind === 'refused' ? parsed.refusal : parsed.object.body.type;
};

describe('an invoice', () => {
  it('is a PaymentIntent whose finalize key follows from secret and nonce', () => {
    const { body, text } = invoice(receiver, secret, terms, draw);
    expect(typeOf(text)).toBe('PaymentIntent');
    expect(body.delivery).toEqual({
      finalizeKey: finalizeKeyPair(secret, body.nonce).id,
      minDeliverable: 60n,
      partsMax: 4,
    });
  });

  it('shares its finalize key with no other', () => {
    const keys = [1, 2, 3].map(
      () => invoice(receiver, secret, terms, draw).body.delivery?.finalizeKey,
    );
    expect(new Set(keys).size).toBe(3);
  });
});

describe('an order', () => {
  it('names the intent, its receiver and its finalize key', () => {
    const intent = invoice(receiver, secret, terms, draw);
    const limits = { maxFee: amount(2n), maxProbeSpend: amount(0n), expiresAt: unixMs(900_000) };
    const { body, text } = orderPayment(payer, intent, limits, draw);
    expect(typeOf(text)).toBe('PaymentOrder');
    expect(body).toMatchObject({
      intent: intent.id,
      payer: payer.by,
      receiver: receiver.by,
      finalizeKey: intent.body.delivery?.finalizeKey,
      amount: 100n,
      maxFee: 2n,
    });
  });

  it('is not signed for an intent without delivery', () => {
    const { id, body } = invoice(receiver, secret, terms, draw);
    const limits = { maxFee: amount(2n), maxProbeSpend: amount(0n), expiresAt: unixMs(900_000) };
    expect(() =>
      orderPayment(payer, { id, body: { ...body, delivery: null } }, limits, draw),
    ).toThrow('inside its own book');
  });
});

describe('a finalizer', () => {
  const intent = invoice(receiver, secret, terms, draw);
  const ask = {
    intent: intent.id,
    finalizeKey: intent.body.delivery?.finalizeKey ?? never(),
    parts: [
      { part: part('1'), amount: amount(40n) },
      { part: part('2'), amount: amount(60n) },
    ],
    at: unixMs(500_000),
  };
  const nonceOf = async (id: string) => (id === intent.id ? intent.body.nonce : undefined);

  it('signs one receipt for all parts and a signal for them', async () => {
    const finalizer = walletFinalizer(secret, nonceOf, draw);
    const text = (await finalizer.finalize(ask)) ?? '';
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.refusal));
    expect(parsed.object.body).toMatchObject({ amount: 100n, fee: 0n, voucher: null });
    expect(parsed.object.signatures).toEqual([
      { by: ask.finalizeKey, key: ask.finalizeKey, sig: expect.any(String) },
    ]);
    expect(typeOf(await finalizer.commit(ask, 5_000))).toBe('CommitSignal');
  });

  it('is silent for another wallet’s intent and for one that it does not know', async () => {
    const other = walletFinalizer(new Uint8Array(32).fill(8), nonceOf, draw);
    expect([await other.finalize(ask), await other.commit(ask, 1)]).toEqual([undefined, undefined]);
    const unknown = walletFinalizer(secret, async () => undefined, draw);
    expect(await unknown.finalize(ask)).toBeUndefined();
  });
});
