/**
 * What every Lightning node must do for us, whichever implementation is behind the port. LDK, LDK in another
 * process, LND and the scripted node pass the same suite.
 */

import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RailError } from '../port.ts';
import { decodeBolt11 } from './bolt11.ts';
import type { InvoiceState, LightningNode, PaymentState } from './lightning-node.ts';

export type LightningUnderTest = {
  /** Has a channel to the payee, or a route, with at least 1,000,000 msat to spend. */
  readonly payer: LightningNode;
  readonly payee: LightningNode;
  /** More than the payer can send. */
  readonly unpayableMsat: bigint;
  readonly stop: () => Promise<void>;
};

const signal = new AbortController().signal;
const LIMITS = { maxFeeMsat: 10_000n, timeoutMs: 20_000 };
/** A held payment never ends by itself: this is how long `pay` waits for it. */
const BRIEFLY = { maxFeeMsat: 10_000n, timeoutMs: 500 };
const ASKED_MAX = 20_000;

let drawn = 0;
/** 32 bytes that no other test of this process and no earlier process used. */
function draw(): Uint8Array {
  drawn += 1;
  return sha256(new TextEncoder().encode(`${process.pid} ${process.hrtime.bigint()} ${drawn}`));
}

const requestOf = (amountMsat: bigint) => ({
  amountMsat,
  descriptionHash: draw(),
  expirySeconds: 600,
});

/** Asks again until the answer is `wanted`, for events of a node come when they come. */
async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  let answer = await ask();
  for (let i = 0; i < ASKED_MAX && !wanted(answer); i++) {
    await new Promise(setImmediate);
    answer = await ask();
  }
  return answer;
}

async function errorOf(promise: Promise<unknown>): Promise<RailError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RailError) return error;
  throw new Error('a RailError was expected', { cause: error });
}

/** The state that `pay` answers; a node that cannot wait any longer may throw `unknown` instead. */
async function payBriefly(node: LightningNode, bolt11: string): Promise<PaymentState> {
  try {
    return await node.pay(bolt11, BRIEFLY, signal);
  } catch (error) {
    if (error instanceof RailError && error.outcome === 'unknown') return { kind: 'in_flight' };
    throw error;
  }
}

/** Runs the suite over two nodes that `start` brings up. */
export function describeLightningNodeContract(
  name: string,
  start: () => Promise<LightningUnderTest>,
): void {
  describe(`Lightning node contract: ${name}`, () => {
    let world: LightningUnderTest;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world.stop());

    const invoiceReaches = (hash: string, wanted: InvoiceState) =>
      eventually(
        () => world.payee.trackInvoice(hash, signal),
        (state) => state === wanted,
      );
    const paymentReaches = (hash: string, wanted: PaymentState['kind']) =>
      eventually(
        () => world.payer.trackPayment(hash, signal),
        ({ kind }) => kind === wanted,
      );
    const issueHold = async (preimage: Uint8Array) => {
      const paymentHash = bytesToHex(sha256(preimage));
      const request = { ...requestOf(40_000n), paymentHash };
      return world.payee.createHoldInvoice(request, signal);
    };
    const holdPayment = async (preimage: Uint8Array) => {
      const { bolt11, paymentHash } = await issueHold(preimage);
      expect(await payBriefly(world.payer, bolt11)).toEqual({ kind: 'in_flight' });
      expect(await invoiceReaches(paymentHash, 'held')).toBe('held');
      return { bolt11, paymentHash };
    };

    it('names itself by its public key', async () => {
      const [payer, payee] = [await world.payer.nodeId(signal), await world.payee.nodeId(signal)];
      expect(payer).toMatch(/^0[23][0-9a-f]{64}$/);
      expect(payee).toMatch(/^0[23][0-9a-f]{64}$/);
      expect(payer).not.toBe(payee);
    });

    it('issues invoices that say what was asked for, signed by its key', async () => {
      const request = requestOf(21_001n);
      const { bolt11, paymentHash } = await world.payee.createInvoice(request, signal);
      const decoded = decodeBolt11(bolt11);
      if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
      const { invoice } = decoded;
      expect({ ...invoice.description, hash: undefined }).toEqual({ kind: 'hash' });
      expect(invoice).toMatchObject({
        amountMsat: 21_001n,
        paymentHash,
        payee: await world.payee.nodeId(signal),
        description: { kind: 'hash', hash: bytesToHex(request.descriptionHash) },
        expirySeconds: 600,
      });
      expect(await world.payee.trackInvoice(paymentHash, signal)).toBe('open');
    });

    it('knows nothing of hashes that it never saw', async () => {
      const hash = bytesToHex(draw());
      expect(await world.payee.trackInvoice(hash, signal)).toBe('absent');
      expect(await world.payer.trackPayment(hash, signal)).toEqual({ kind: 'absent' });
    });

    it('pays for the preimage, and remembers it', async () => {
      const { bolt11, paymentHash } = await world.payee.createInvoice(requestOf(50_000n), signal);
      const paid = await world.payer.pay(bolt11, LIMITS, signal);
      if (paid.kind !== 'succeeded') throw new Error(paid.kind);
      expect(bytesToHex(sha256(paid.preimage))).toBe(paymentHash);
      expect(paid.feeMsat).toBeLessThanOrEqual(LIMITS.maxFeeMsat);
      expect(await world.payer.trackPayment(paymentHash, signal)).toEqual(paid);
      expect(await invoiceReaches(paymentHash, 'settled')).toBe('settled');
    });

    it('pays a hash once: a second call answers the state of the first', async () => {
      const { bolt11 } = await world.payee.createInvoice(requestOf(50_000n), signal);
      const paid = await world.payer.pay(bolt11, LIMITS, signal);
      expect(paid.kind).toBe('succeeded');
      expect(await world.payer.pay(bolt11, LIMITS, signal)).toEqual(paid);
    });

    it('pays a hash once when it is asked twice at the same time', async () => {
      const { bolt11, paymentHash } = await world.payee.createInvoice(requestOf(50_000n), signal);
      const kinds = (
        await Promise.all([
          world.payer.pay(bolt11, LIMITS, signal),
          world.payer.pay(bolt11, LIMITS, signal),
        ])
      ).map(({ kind }) => kind);
      expect(kinds).toContain('succeeded');
      expect(['succeeded', 'in_flight']).toEqual(expect.arrayContaining(kinds));
      expect((await paymentReaches(paymentHash, 'succeeded')).kind).toBe('succeeded');
    });

    it('refuses what is no invoice, and is sure that nothing was paid', async () => {
      const error = await errorOf(world.payer.pay('lnbcrt1nothing', LIMITS, signal));
      expect([error.code, error.outcome]).toEqual(['rail_refused', 'not_applied']);
    });

    it('fails, surely, to pay more than it has', async () => {
      const request = requestOf(world.unpayableMsat);
      const { bolt11, paymentHash } = await world.payee.createInvoice(request, signal);
      const state = await world.payer.pay(bolt11, LIMITS, signal).catch((error: unknown) => {
        if (error instanceof RailError && error.outcome === 'not_applied') return undefined;
        throw error;
      });
      expect(['failed', undefined]).toContain(state?.kind);
      const { kind } = await world.payer.trackPayment(paymentHash, signal);
      expect(['failed', 'absent']).toContain(kind);
    });

    it('holds a payment until its preimage comes, and pays nothing meanwhile', async () => {
      const preimage = draw();
      const { bolt11, paymentHash } = await holdPayment(preimage);
      expect(await world.payer.trackPayment(paymentHash, signal)).toEqual({ kind: 'in_flight' });
      expect(await payBriefly(world.payer, bolt11)).toEqual({ kind: 'in_flight' });
      await world.payee.settleHold(preimage, signal);
      const paid = await paymentReaches(paymentHash, 'succeeded');
      expect(paid.kind === 'succeeded' && bytesToHex(paid.preimage)).toBe(bytesToHex(preimage));
      expect(await invoiceReaches(paymentHash, 'settled')).toBe('settled');
      await world.payee.settleHold(preimage, signal);
    });

    it('gives a held payment back when it is cancelled', async () => {
      const { bolt11, paymentHash } = await holdPayment(draw());
      await world.payee.cancelHold(paymentHash, signal);
      expect((await paymentReaches(paymentHash, 'failed')).kind).toBe('failed');
      expect(await invoiceReaches(paymentHash, 'canceled')).toBe('canceled');
      await world.payee.cancelHold(paymentHash, signal);
      // A cancelled invoice stays so: paying it again fails again.
      expect((await world.payer.pay(bolt11, LIMITS, signal)).kind).toBe('failed');
    });

    it('closes an open invoice when it is cancelled', async () => {
      const { bolt11, paymentHash } = await issueHold(draw());
      await world.payee.cancelHold(paymentHash, signal);
      expect(await world.payee.trackInvoice(paymentHash, signal)).toBe('canceled');
      expect((await world.payer.pay(bolt11, LIMITS, signal)).kind).toBe('failed');
    });

    it('settles nothing that is not held', async () => {
      const preimage = draw();
      await issueHold(preimage);
      for (const unheld of [preimage, draw()]) {
        const error = await errorOf(world.payee.settleHold(unheld, signal));
        expect([error.code, error.outcome]).toEqual(['rail_refused', 'not_applied']);
      }
    });

    it('never has two hold invoices for one hash', async () => {
      const preimage = draw();
      const first = await issueHold(preimage);
      const second = await issueHold(preimage).catch((error: unknown) => {
        if (error instanceof RailError && error.outcome === 'not_applied') return first;
        throw error;
      });
      expect(second).toEqual(first);
    });
  });
}
