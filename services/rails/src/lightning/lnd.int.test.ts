// Goal: what lnd says becomes what the port says, and what is not known is called unknown. Method: a stub
// over real TLS replays what a real lnd answered, or cuts, stalls and talks nonsense. The contract suite
// over two real lnds is `npm run test:lnd`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RailError } from '../port.ts';
import { decodeBolt11 } from './bolt11.ts';
import { type LndOptions, lndNode } from './lnd.ts';
import { LndStub, type Reply, recorded } from './testing/lnd-stub.ts';
import { selfSignedCertificate } from './testing/self-signed-certificate.ts';

const signal = new AbortController().signal;
const LIMITS = { maxFeeMsat: 10_000n, timeoutMs: 20_000 };
const stub = new LndStub();

beforeAll(() => stub.start());
afterAll(() => stub.end());

const node = (more: Partial<LndOptions> = {}) => {
  const { url, certificateFile, macaroonFile } = stub;
  return lndNode({ url, certificateFile, macaroonFile, ...more });
};

async function errorOf(promise: Promise<unknown>): Promise<RailError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RailError) return error;
  throw new Error('a RailError was expected', { cause: error });
}

/** A field of what was sent to the real lnd, or of what it answered. */
const sentField = (name: string, field: string) => String(recorded(name).body?.[field]);
const answerOf = (name: string) => JSON.parse(recorded(name).lines[0] ?? '');
const fromBase64 = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const hashOf = (bolt11: string) => {
  const decoded = decodeBolt11(bolt11);
  if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
  return decoded.invoice.paymentHash;
};
const requestsOf = (...names: readonly string[]) =>
  names.map((name) => {
    const { method, path, body } = recorded(name);
    return expect.objectContaining({ method, path, body });
  });

const PAID = sentField('paySucceeded', 'payment_request');
const PAID_HASH = hashOf(PAID);
const SUCCEEDED = {
  kind: 'succeeded',
  preimage: hexToBytes(answerOf('paySucceeded').result.payment_preimage),
  feeMsat: 0n,
};
const HELD = sentField('payHeld', 'payment_request');
const HOLD = {
  amountMsat: 40_000n,
  descriptionHash: fromBase64(sentField('addHold', 'description_hash')),
  expirySeconds: 600,
  paymentHash: hashOf(HELD),
};
const ABSENT_HASH = '11'.repeat(32);

describe('a payment', () => {
  it('is asked for as the real lnd was asked, and ends with its preimage', async () => {
    stub.next('paySucceeded');
    expect(await node().pay(PAID, LIMITS, signal)).toEqual(SUCCEEDED);
    expect(stub.received).toEqual(requestsOf('paySucceeded'));
    expect(stub.received[0]?.macaroon).toBe('0201036c6e64');
  });

  it.each([
    ['payAgain', 'trackSucceeded', PAID, SUCCEEDED],
    ['payInTransition', 'trackInFlight', HELD, { kind: 'in_flight' }],
  ] as const)('that lnd has already, %s, answers its state', async (pay, track, bolt11, state) => {
    stub.next(pay, track);
    expect(await node().pay(bolt11, LIMITS, signal)).toEqual(state);
    expect(stub.received).toEqual(requestsOf(pay, track));
  });

  it('that fails says why', async () => {
    const bolt11 = sentField('payTooMuch', 'payment_request');
    stub.next('payTooMuch');
    const failed = { kind: 'failed', reason: 'insufficient_balance' };
    expect(await node().pay(bolt11, LIMITS, signal)).toEqual(failed);
    stub.next('trackFailed');
    expect(await node().trackPayment(hashOf(bolt11), signal)).toEqual(failed);
    expect(stub.received).toEqual(requestsOf('trackFailed'));
  });

  it('goes on past lines that are not its end', async () => {
    const early = recorded('trackInFlight').lines[0]?.replaceAll(HOLD.paymentHash, PAID_HASH);
    const last = recorded('paySucceeded').lines[0];
    stub.next({ kind: 'text', status: 200, text: `${early}\n${last}` });
    expect(await node().pay(PAID, LIMITS, signal)).toEqual(SUCCEEDED);
  });

  it('of a hash that lnd never saw is absent', async () => {
    stub.next('trackAbsent');
    expect(await node().trackPayment(ABSENT_HASH, signal)).toEqual({ kind: 'absent' });
    expect(stub.received).toEqual(requestsOf('trackAbsent'));
  });
});

describe('a payment that surely did not begin', () => {
  it('is one of what is no invoice, which is not even sent', async () => {
    stub.next();
    expect(await errorOf(node().pay('lnbcrt1nothing', LIMITS, signal))).toMatchObject({
      code: 'rail_refused',
      outcome: 'not_applied',
    });
    expect(stub.received).toEqual([]);
  });

  it('is one that lnd refuses and knows nothing of', async () => {
    stub.next('payExpired', 'trackAbsent');
    const bolt11 = sentField('payExpired', 'payment_request');
    const error = await errorOf(node().pay(bolt11, LIMITS, signal));
    expect([error.code, error.outcome]).toEqual(['rail_refused', 'not_applied']);
    expect(error.facts['answer']).toMatch(/^invoice expired/);
  });

  it.each([
    ['macaroonNotAllowed', 'lnd refuses the macaroon for this call'],
    ['macaroonOfAnother', 'lnd refuses the macaroon for this call'],
    ['macaroonBroken', 'lnd refuses the macaroon for this call'],
    ['starting', 'lnd is not ready yet'],
  ])('is one that lnd does not look at: %s', async (name, shortMessage) => {
    stub.next(name);
    expect(await errorOf(node().pay(PAID, LIMITS, signal))).toMatchObject({
      code: 'rail_refused',
      outcome: 'not_applied',
      shortMessage,
    });
  });

  it('is one towards a port where nobody listens', async () => {
    const payer = node();
    await stub.stop();
    const error = await errorOf(payer.pay(PAID, LIMITS, signal));
    await stub.start(Number(new URL(String(error.facts['node'])).port));
    expect(error).toMatchObject({ code: 'rail_unreachable', outcome: 'not_applied' });
    expect(error.facts['reason']).toBe('ECONNREFUSED');
  });

  it('is one towards a node with another certificate', async () => {
    const certificateFile = join(stub.folder, 'other.cert');
    writeFileSync(certificateFile, selfSignedCertificate().certificate);
    stub.next();
    const error = await errorOf(node({ certificateFile }).pay(PAID, LIMITS, signal));
    expect([error.code, error.outcome]).toEqual(['rail_refused', 'not_applied']);
    expect(stub.received).toEqual([]);
  });

  it('is one that was stopped before it was sent', async () => {
    expect(await errorOf(node().pay(PAID, LIMITS, AbortSignal.abort()))).toMatchObject({
      code: 'rail_unreachable',
      outcome: 'not_applied',
    });
  });
});

describe('a payment of which nobody knows', () => {
  const line = recorded('paySucceeded').lines[0] ?? '';
  const text = (status: number, words: string): Reply => ({ kind: 'text', status, text: words });
  const altered = (from: string, to: string) => text(200, line.replace(from, to));

  it.each<readonly [string, string, readonly Reply[]]>([
    ['cut before the answer', 'rail_unreachable', [{ kind: 'cut', text: '' }]],
    ['cut in the answer', 'rail_unreachable', [{ kind: 'cut', text: line.slice(0, 90) }]],
    ['answered by a proxy', 'rail_answer_unusable', [text(502, '<html>Bad Gateway')]],
    ['answered by a proxy in JSON', 'rail_answer_unusable', [text(503, '{"busy":true}')]],
    ['not JSON', 'rail_answer_unusable', [text(200, `${line}}`)]],
    [
      'a key that stands twice',
      'rail_answer_unusable',
      [text(200, `{"result":1,${line.slice(1)}`)],
    ],
    ['without a result', 'rail_answer_unusable', [text(200, '{}')]],
    ['another payment', 'rail_answer_unusable', [altered(PAID_HASH, ABSENT_HASH)]],
    [
      'another preimage',
      'rail_answer_unusable',
      [altered(bytesToHex(SUCCEEDED.preimage), ABSENT_HASH)],
    ],
    [
      'a fee that is no number',
      'rail_answer_unusable',
      [altered('"fee_msat":"0"', '"fee_msat":0')],
    ],
    [
      'a state of its own',
      'rail_answer_unusable',
      [altered('"status":"SUCCEEDED"', '"status":"PAID"')],
    ],
    ['ended without a word', 'rail_answer_unusable', [text(200, '')]],
    ['an inner fault', 'rail_refused', [text(500, '{"error":{"code":14,"message":"gone"}}')]],
  ])('%s', async (_, code, replies) => {
    stub.next(...replies, 'trackAbsent');
    expect(await errorOf(node().pay(PAID, LIMITS, signal))).toMatchObject({
      code,
      outcome: 'unknown',
    });
  });

  it('refused because there is one, of which lnd then knows nothing', async () => {
    stub.next('payAgain', 'trackAbsent');
    expect((await errorOf(node().pay(PAID, LIMITS, signal))).outcome).toBe('unknown');
  });

  it('refused, and then lnd is gone', async () => {
    stub.next('payExpired', { kind: 'cut', text: '' });
    const bolt11 = sentField('payExpired', 'payment_request');
    expect((await errorOf(node().pay(bolt11, LIMITS, signal))).outcome).toBe('unknown');
  });

  it.each(['payment already exists', 'payment is in transition', 'invoice is already paid'])(
    'that lnd has already, but does not track: %s',
    async (message) => {
      const error = JSON.stringify({ error: { code: 6, message } });
      stub.next(text(409, error), { kind: 'cut', text: '' });
      expect((await errorOf(node().pay(PAID, LIMITS, signal))).outcome).toBe('unknown');
    },
  );

  it.each<readonly [string, Reply]>([
    ['an inner fault', text(503, '{"error":{"code":14,"message":"gone"}}')],
    ['an end without a word', text(200, '\n')],
  ])('after %s, although an earlier attempt failed', async (_, reply) => {
    stub.next(reply, 'trackFailed');
    const bolt11 = sentField('payTooMuch', 'payment_request');
    expect((await errorOf(node().pay(bolt11, LIMITS, signal))).outcome).toBe('unknown');
  });

  it('with an answer without end', async () => {
    stub.next(text(200, 'x'.repeat(8 * 1024 * 1024 + 1)));
    const error = await errorOf(node().pay(PAID, LIMITS, signal));
    expect([error.code, error.outcome]).toEqual(['rail_answer_unusable', 'unknown']);
  });

  it('stopped after it was sent', async () => {
    const stopping = new AbortController();
    stub.next({ kind: 'silence' });
    const paying = errorOf(node().pay(PAID, LIMITS, stopping.signal));
    while (stub.received.length === 0) await new Promise(setImmediate);
    stopping.abort();
    expect(await paying).toMatchObject({ code: 'rail_unreachable', outcome: 'unknown' });
  });
});

describe('a payment that lasts too long', () => {
  const brief = { ...LIMITS, timeoutMs: 1_000 };

  it('is told as it then stands', async () => {
    stub.next({ kind: 'silence' }, 'trackInFlight');
    expect(await node().pay(HELD, brief, signal)).toEqual({ kind: 'in_flight' });
  });

  it.each<readonly [string, Reply | string]>([
    ['lnd knows nothing of it yet', 'trackAbsent'],
    ['lnd does not say', { kind: 'cut', text: '' }],
  ])('is unknown if %s', async (_, reply) => {
    stub.next({ kind: 'silence' }, reply);
    expect(await errorOf(node().pay(HELD, brief, signal))).toMatchObject({
      code: 'rail_timeout',
      outcome: 'unknown',
    });
  });
});

describe('an invoice', () => {
  const request = {
    amountMsat: 21_001n,
    descriptionHash: fromBase64(sentField('addInvoice', 'description_hash')),
    expirySeconds: 600,
  };

  it('is asked for as the real lnd was asked', async () => {
    stub.next('addInvoice');
    const invoice = await node().createInvoice(request, signal);
    expect(invoice).toEqual({ bolt11: PAID, paymentHash: PAID_HASH });
    expect(stub.received).toEqual(requestsOf('addInvoice'));
  });

  it.each([
    ['lookUpOpen', PAID_HASH, 'open'],
    ['lookUpSettled', PAID_HASH, 'settled'],
    ['lookUpHeld', HOLD.paymentHash, 'held'],
    ['lookUpCanceled', bytesToHex(fromBase64(answerOf('lookUpCanceled').r_hash)), 'canceled'],
    ['lookUpAbsent', ABSENT_HASH, 'absent'],
  ] as const)('%s', async (name, hash, state) => {
    stub.next(name);
    expect(await node().trackInvoice(hash, signal)).toBe(state);
    expect(stub.received).toEqual(requestsOf(name));
  });

  it('is never another one', async () => {
    stub.next('lookUpOpen');
    expect((await errorOf(node().trackInvoice(ABSENT_HASH, signal))).code).toBe(
      'rail_answer_unusable',
    );
  });

  it('that holds payments is made once for a hash', async () => {
    const first = { bolt11: HELD, paymentHash: HOLD.paymentHash };
    stub.next('addHold');
    expect(await node().createHoldInvoice(HOLD, signal)).toEqual(first);
    expect(stub.received).toEqual(requestsOf('addHold'));
    stub.next('addHoldAgain', 'lookUpHoldOpen');
    expect(await node().createHoldInvoice(HOLD, signal)).toEqual(first);
    stub.next('addHoldAgain', 'lookUpHoldOpen');
    const other = { ...HOLD, amountMsat: 40_001n };
    expect(await errorOf(node().createHoldInvoice(other, signal))).toMatchObject({
      code: 'rail_refused',
      outcome: 'not_applied',
    });
  });

  it('is settled with its preimage, once and again', async () => {
    const preimage = fromBase64(sentField('settle', 'preimage'));
    expect(bytesToHex(sha256(preimage))).toBe(HOLD.paymentHash);
    stub.next('settle', 'settleAgain');
    await node().settleHold(preimage, signal);
    await node().settleHold(preimage, signal);
    expect(stub.received).toEqual(requestsOf('settle', 'settleAgain'));
  });

  it.each(['settleOpen', 'settleAbsent'])('is surely not settled: %s', async (name) => {
    stub.next(name);
    const error = await errorOf(node().settleHold(new Uint8Array(32), signal));
    expect([error.code, error.outcome]).toEqual(['rail_refused', 'not_applied']);
  });

  it('is cancelled, once and again', async () => {
    const hash = bytesToHex(fromBase64(sentField('cancel', 'payment_hash')));
    stub.next('cancel', 'cancelAgain');
    await node().cancelHold(hash, signal);
    await node().cancelHold(hash, signal);
    expect(stub.received).toEqual(requestsOf('cancel', 'cancelAgain'));
  });

  it.each(['cancelSettled', 'cancelAbsent'])('is surely not cancelled: %s', async (name) => {
    stub.next(name);
    const error = await errorOf(node().cancelHold(PAID_HASH, signal));
    expect([error.code, error.outcome]).toEqual(['rail_refused', 'not_applied']);
  });

  it('may or may not be settled when the answer is lost', async () => {
    stub.next({ kind: 'cut', text: '' });
    const error = await errorOf(node().settleHold(new Uint8Array(32), signal));
    expect([error.code, error.outcome]).toEqual(['rail_unreachable', 'unknown']);
  });
});

describe('the node', () => {
  it('is known by its key', async () => {
    stub.next('getinfo');
    expect(await node().nodeId(signal)).toBe(answerOf('getinfo').identity_pubkey);
    expect(stub.received).toEqual(requestsOf('getinfo'));
  });

  it('that gives no key has given no answer', async () => {
    stub.next({ kind: 'text', status: 200, text: '{"identity_pubkey":"04ab"}' });
    expect(await errorOf(node().nodeId(signal))).toMatchObject({
      code: 'rail_answer_unusable',
      outcome: 'not_applied',
    });
  });

  it('that says nothing is left alone in time', async () => {
    stub.next({ kind: 'silence' });
    expect(await errorOf(node({ timeoutMs: 50 }).nodeId(signal))).toMatchObject({
      code: 'rail_timeout',
      outcome: 'not_applied',
    });
  });

  it('never has its macaroon in an error', async () => {
    for (const reply of ['macaroonOfAnother', { kind: 'cut', text: '' }] as const) {
      stub.next(reply);
      const error = await errorOf(node().pay(PAID, LIMITS, signal));
      const { cause } = error;
      const told = [error.stack, JSON.stringify(error), String(cause), JSON.stringify(cause)];
      expect(told.join(' ')).not.toContain('0201036c6e64');
    }
  });
});
