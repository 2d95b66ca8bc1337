// Goal: whatever is cut or killed, an invoice is paid once and what is not known is called unknown. Method:
// real lnds; connections cut after a drawn number of bytes, the payer's lnd killed at drawn moments, and
// after each of it the same invoice paid again. In the end the payer has spent each invoice exactly once.
import { createHash, randomBytes } from 'node:crypto';
import type { LightningNode, PaymentState } from '@atomicity/rails/lightning/lightning-node';
import { lndNode } from '@atomicity/rails/lightning/lnd';
import { RailError } from '@atomicity/rails/port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CuttingProxy } from './cutting-proxy.ts';
import { payeeAt, payerAt } from './lnd-adapter.ts';
import { type PrivateNetwork, startPrivateNetwork } from './private-network.ts';

const SEED = Number(process.env['SEED'] ?? 20261121);
console.log(`lightning-kills.lnd: seed ${SEED}`);

const signal = new AbortController().signal;
const LIMITS = { maxFeeMsat: 0n, timeoutMs: 30_000 };
const AMOUNT_MSAT = 30_000n;
const ASKED_MAX = 3_000;
/** So often the same answer, with a live channel that carries nothing: it stays. */
const STAYS_ASKED = 100;

/** Numbers that the seed alone decides, 0 … 1. */
function drawn(what: string, i: number): number {
  const digest = createHash('sha256').update(`${SEED} ${what} ${i}`).digest();
  return digest.readUInt32BE() / 2 ** 32;
}

let network: PrivateNetwork;
let payer: LightningNode;
let payee: LightningNode;
let proxy: CuttingProxy;
let behindProxy: LightningNode;
let balanceBefore: bigint;
let paid = 0n;

beforeAll(async () => {
  network = await startPrivateNetwork();
  payer = await payerAt(network.alice);
  payee = await payeeAt(network.bob);
  proxy = new CuttingProxy(network.alice.restPort);
  behindProxy = await payerAt(network.alice, `https://127.0.0.1:${await proxy.start()}`);
  balanceBefore = await network.alice.balanceMsat();
});

afterAll(async () => {
  await proxy?.stop();
  await network?.stop();
});

const requestOf = () => ({
  amountMsat: AMOUNT_MSAT,
  descriptionHash: randomBytes(32),
  expirySeconds: 3_600,
});

async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  let answer = await ask();
  for (let i = 0; i < ASKED_MAX && !wanted(answer); i++) {
    await new Promise(setImmediate);
    answer = await ask();
  }
  return answer;
}

/** The state, or what the error says is known. */
async function attempt(node: LightningNode, bolt11: string): Promise<PaymentState | RailError> {
  try {
    return await node.pay(bolt11, LIMITS, signal);
  } catch (error) {
    if (error instanceof RailError) return error;
    throw error;
  }
}

/** Pays until it is paid; an lnd that has just started has no peer yet, and then surely fails. */
async function payToTheEnd(bolt11: string, hash: string): Promise<PaymentState> {
  const settled = await eventually(
    () => payer.pay(bolt11, LIMITS, signal),
    ({ kind }) => kind === 'succeeded',
  );
  expect(settled.kind).toBe('succeeded');
  expect(await payer.trackPayment(hash, signal)).toEqual(settled);
  expect(await payee.trackInvoice(hash, signal)).toBe('settled');
  paid += AMOUNT_MSAT;
  return settled;
}

/**
 * Whether the payer's lnd believes for ever in a payment that it never sent: killed between writing an
 * attempt down and giving it to the channel, it finds neither a result nor a reason to send it again.
 * Source: https://github.com/lightningnetwork/lnd/issues/9340, open in lnd 0.20.1.
 */
async function staysInFlight(hash: string): Promise<boolean> {
  let silent = 0;
  for (let i = 0; i < ASKED_MAX && silent < STAYS_ASKED; i++) {
    const { kind } = await payer.trackPayment(hash, signal);
    if (kind !== 'in_flight') return false;
    silent = (await network.alice.hasIdleChannel()) ? silent + 1 : 0;
  }
  return silent === STAYS_ASKED;
}

/** What the payer has spent in all, once nothing is under way. */
async function expectEachPaidOnce(): Promise<void> {
  const spent = await eventually(
    async () => balanceBefore - (await network.alice.balanceMsat()),
    (msat) => msat === paid,
  );
  expect(spent).toBe(paid);
}

describe('a connection cut while paying', () => {
  it('leaves what surely did not begin, or what is unknown, and in the end one payment', async () => {
    const { bolt11, paymentHash } = await payee.createInvoice(requestOf(), signal);
    const whole = await behindProxy.pay(bolt11, LIMITS, signal);
    expect(await payToTheEnd(bolt11, paymentHash)).toEqual(whole);
    const { request, answer } = proxy.carried;
    const seen = new Map<string, number>();
    for (let i = 0; i < 40; i++) {
      const of = i % 2 === 0 ? 'request' : 'answer';
      const after = Math.floor(drawn('cut', i) * (of === 'request' ? request : answer));
      await cutOnce({ after, of }, seen);
    }
    console.log(`cut at 40 points: ${JSON.stringify(Object.fromEntries(seen))}`);
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['not_applied', 'unknown']));
    await expectEachPaidOnce();
  });

  async function cutOnce(cut: CuttingProxy['cut'], seen: Map<string, number>): Promise<void> {
    const { bolt11, paymentHash } = await payee.createInvoice(requestOf(), signal);
    proxy.cut = cut;
    const first = await attempt(behindProxy, bolt11);
    const known = first instanceof RailError ? first.outcome : first.kind;
    seen.set(known, (seen.get(known) ?? 0) + 1);
    if (first instanceof RailError) expect(first.code).toBe('rail_unreachable');
    // Only what is cut after lnd's line, where HTTP and TLS take their leave.
    else expect(cut).toMatchObject({ of: 'answer' });
    if (known === 'not_applied') {
      expect(await payer.trackPayment(paymentHash, signal)).toEqual({ kind: 'absent' });
    }
    await payToTheEnd(bolt11, paymentHash);
  }
});

describe('an lnd killed', () => {
  it('between pay and track goes on with the payment, and pays nothing a second time', async () => {
    const preimage = randomBytes(32);
    const paymentHash = createHash('sha256').update(preimage).digest('hex');
    const { bolt11 } = await payee.createHoldInvoice({ ...requestOf(), paymentHash }, signal);
    const brief = { ...LIMITS, timeoutMs: 1_000 };
    expect(await payer.pay(bolt11, brief, signal)).toEqual({ kind: 'in_flight' });
    expect(await payee.trackInvoice(paymentHash, signal)).toBe('held');

    await network.alice.stop('SIGKILL');
    const gone = await attempt(payer, bolt11);
    expect(gone).toMatchObject({ code: 'rail_unreachable', outcome: 'not_applied' });
    await expect(payer.trackPayment(paymentHash, signal)).rejects.toThrow('lnd is not reached');

    await network.alice.startProcess();
    const early = await attempt(payer, bolt11);
    if (early instanceof RailError) expect(early.outcome).toBe('not_applied');
    else expect(early).toEqual({ kind: 'in_flight' });
    await network.alice.reaches('SERVER_ACTIVE');

    expect(await payer.trackPayment(paymentHash, signal)).toEqual({ kind: 'in_flight' });
    expect(await payer.pay(bolt11, brief, signal)).toEqual({ kind: 'in_flight' });
    await payee.settleHold(preimage, signal);
    const end = await eventually(
      () => payer.trackPayment(paymentHash, signal),
      ({ kind }) => kind !== 'in_flight',
    );
    expect(end).toEqual({ kind: 'succeeded', preimage: Uint8Array.from(preimage), feeMsat: 0n });
    await payToTheEnd(bolt11, paymentHash);
    await expectEachPaidOnce();
  });

  it('while it pays leaves one payment in the end', async () => {
    const seen: string[] = [];
    for (let i = 0; i < 10; i++) {
      const { bolt11, paymentHash } = await payee.createInvoice(requestOf(), signal);
      const killed = Promise.withResolvers<void>();
      const kill = () => network.alice.stop('SIGKILL').then(killed.resolve, killed.reject);
      // Within the time that a payment takes.
      setTimeout(kill, Math.floor(drawn('kill', i) * 120));
      const first = await attempt(payer, bolt11);
      await killed.promise;
      await network.alice.start();
      const then = await payer.trackPayment(paymentHash, signal);
      const stays = await staysInFlight(paymentHash);
      const known = first instanceof RailError ? first.outcome : first.kind;
      seen.push(`${known}, then ${then.kind}${stays ? ' for ever' : ''}`);
      if (known === 'not_applied') expect(then).toEqual({ kind: 'absent' });
      if (known === 'succeeded') expect(then).toEqual(first);
      if (stays) await closeUnpaid(bolt11, paymentHash);
      else await payToTheEnd(bolt11, paymentHash);
    }
    console.log(`killed at 10 moments: ${seen.join('; ')}`);
    await expectEachPaidOnce();
  });
});

/** Only the payee can end it: what is cancelled there can be paid by nobody, whatever the payer believes. */
async function closeUnpaid(bolt11: string, hash: string): Promise<void> {
  expect(await payee.trackInvoice(hash, signal)).toBe('open');
  await payee.cancelHold(hash, signal);
  expect(await payee.trackInvoice(hash, signal)).toBe('canceled');
  expect(await payer.pay(bolt11, LIMITS, signal)).toEqual({ kind: 'in_flight' });
}

describe('a call that lnd refuses', () => {
  const adapter = (macaroonFile: string, more: { certificateFile?: string; url?: string } = {}) => {
    const { url, certificateFile } = network.alice;
    return lndNode({ url, certificateFile, macaroonFile, ...more });
  };
  const invoice = async () => (await payee.createInvoice(requestOf(), signal)).bolt11;

  it('for its macaroon names that, and surely did nothing', async () => {
    const onlyTracks = await network.alice.bake('tracks', ['/routerrpc.Router/TrackPaymentV2']);
    const ofBob = await network.bob.bake('payer', ['/routerrpc.Router/SendPaymentV2']);
    for (const macaroonFile of [onlyTracks, ofBob]) {
      expect(await attempt(adapter(macaroonFile), await invoice())).toMatchObject({
        code: 'rail_refused',
        outcome: 'not_applied',
        shortMessage: 'lnd refuses the macaroon for this call',
      });
    }
  });

  it('never goes to a node with another certificate', async () => {
    const macaroonFile = network.alice.adminMacaroonFile;
    const { certificateFile } = network.bob;
    expect(
      await attempt(adapter(macaroonFile, { certificateFile }), await invoice()),
    ).toMatchObject({ code: 'rail_refused', outcome: 'not_applied' });
  });

  it('never goes to what does not speak TLS', async () => {
    const macaroonFile = network.alice.adminMacaroonFile;
    const url = `https://${network.alice.peerHost}`;
    expect(await attempt(adapter(macaroonFile, { url }), await invoice())).toMatchObject({
      outcome: 'not_applied',
    });
  });
});
