/**
 * Records what a real lnd answers, for the adapter's tests without one:
 * `node --conditions=source test/lnd/record.ts` after `npm run test:lnd` has built it, then `npm run format`.
 * The nodes are made for the occasion and deleted; macaroons, which stand in headers, and certificates are
 * not recorded.
 */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { pinnedVersion, SOURCES } from './binaries.ts';
import { at, type Lnd, startPrivateNetwork } from './private-network.ts';

const FILE = join(SOURCES, '../../services/rails/src/lightning/testing/lnd-recordings.json');

type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
  readonly status: number;
  readonly lines: readonly string[];
};

type Ask = { readonly macaroonFile?: string; readonly body?: JsonObject; readonly lines?: number };

/** Sends one request and keeps the answer as it came, up to a number of lines. */
async function exchange(lnd: Lnd, method: string, path: string, ask: Ask = {}): Promise<Exchange> {
  const { body, lines: wanted = 1, macaroonFile = lnd.adminMacaroonFile } = ask;
  const macaroon = readFileSync(macaroonFile).toString('hex');
  const sent = request(`${lnd.url}${path}`, {
    method,
    agent: false,
    ca: readFileSync(lnd.certificateFile),
    headers: { 'grpc-metadata-macaroon': macaroon },
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.split('\n').length > wanted) break;
  }
  sent.on('error', () => undefined).destroy();
  const lines = text.split('\n').filter((line) => line !== '');
  return {
    method,
    path,
    ...(body === undefined ? {} : { body }),
    status: response.statusCode,
    lines,
  };
}

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const inPath = (hex: string) => base64(hex).replaceAll('+', '-').replaceAll('/', '_');

const network = await startPrivateNetwork();
const { alice, bob } = network;
const exchanges: Record<string, Exchange> = {};
const keep = async (name: string, made: Promise<Exchange>): Promise<Exchange> => {
  const one = await made;
  exchanges[name] = one;
  console.log(`${name}: ${one.status} ${one.lines.join(' | ').slice(0, 150)}`);
  return one;
};
const parsed = ({ lines }: Exchange) => JSON.parse(lines[0] ?? 'null');
const add = (extra: JsonObject = {}) =>
  exchange(bob, 'POST', '/v1/invoices', {
    body: {
      value_msat: '21001',
      description_hash: randomBytes(32).toString('base64'),
      expiry: '600',
      private: false,
      ...extra,
    },
  });
const send = (bolt11: unknown, ask: Ask = {}) =>
  exchange(alice, 'POST', '/v2/router/send', {
    ...ask,
    body: {
      payment_request: String(bolt11),
      fee_limit_msat: '10000',
      timeout_seconds: 19,
      no_inflight_updates: true,
    },
  });
const track = (hash: string) => exchange(alice, 'GET', `/v2/router/track/${inPath(hash)}`);
const lookUp = (hash: string) =>
  exchange(bob, 'GET', `/v2/invoices/lookup?payment_hash=${inPath(hash)}`);
const settle = (preimage: Buffer) =>
  exchange(bob, 'POST', '/v2/invoices/settle', { body: { preimage: preimage.toString('base64') } });
const cancel = (hash: string) =>
  exchange(bob, 'POST', '/v2/invoices/cancel', { body: { payment_hash: base64(hash) } });

async function recordInvoices(): Promise<void> {
  await keep('getinfo', exchange(bob, 'GET', '/v1/getinfo'));
  const added = parsed(await keep('addInvoice', add()));
  const hash = Buffer.from(added.r_hash, 'base64').toString('hex');
  await keep('lookUpOpen', lookUp(hash));
  await keep('lookUpAbsent', lookUp('11'.repeat(32)));
  await keep('paySucceeded', send(added.payment_request));
  await keep('payAgain', send(added.payment_request));
  await keep('trackSucceeded', track(hash));
  await keep('trackAbsent', track('11'.repeat(32)));
  await keep('lookUpSettled', lookUp(hash));
  await keep('cancelSettled', cancel(hash));
  await keep('cancelAbsent', cancel('11'.repeat(32)));
  const large = parsed(await add({ value_msat: '9000000000' }));
  await keep('payTooMuch', send(large.payment_request));
  await keep('trackFailed', track(Buffer.from(large.r_hash, 'base64').toString('hex')));
  const expired = parsed(await add({ expiry: '1' }));
  await once(AbortSignal.timeout(2_500), 'abort');
  await keep('payExpired', send(expired.payment_request));
}

async function recordHolds(): Promise<void> {
  const preimage = randomBytes(32);
  const hash = createHash('sha256').update(preimage).digest('hex');
  const body = {
    value_msat: '40000',
    description_hash: randomBytes(32).toString('base64'),
    expiry: '600',
    private: false,
    hash: base64(hash),
  };
  const hold = () => exchange(bob, 'POST', '/v2/invoices/hodl', { body });
  const { payment_request: bolt11 } = parsed(await keep('addHold', hold()));
  await keep('addHoldAgain', hold());
  await keep('lookUpHoldOpen', lookUp(hash));
  await keep('settleOpen', settle(preimage));
  await keep('settleAbsent', settle(randomBytes(32)));
  const paid = keep('payHeld', send(bolt11));
  while (at(parsed(await lookUp(hash)), 'state') !== 'ACCEPTED') await new Promise(setImmediate);
  await keep('lookUpHeld', lookUp(hash));
  await keep('trackInFlight', track(hash));
  await keep('payInTransition', send(bolt11));
  await keep('settle', settle(preimage));
  await keep('settleAgain', settle(preimage));
  await paid;
  const other = randomBytes(32).toString('hex');
  await exchange(bob, 'POST', '/v2/invoices/hodl', { body: { ...body, hash: base64(other) } });
  await keep('cancel', cancel(other));
  await keep('cancelAgain', cancel(other));
  await keep('lookUpCanceled', lookUp(other));
}

async function recordRefusals(): Promise<void> {
  const { payment_request: bolt11 } = parsed(await add());
  const tracks = await alice.bake('tracks', ['/routerrpc.Router/TrackPaymentV2']);
  await keep('macaroonNotAllowed', send(bolt11, { macaroonFile: tracks }));
  await keep('macaroonOfAnother', send(bolt11, { macaroonFile: bob.adminMacaroonFile }));
  const broken = join(alice.folder, 'broken.macaroon');
  writeFileSync(broken, Uint8Array.of(2, 1, 3));
  await keep('macaroonBroken', send(bolt11, { macaroonFile: broken }));
  await keep('payMalformed', send('lnbcrt1nothing'));
  await alice.stop();
  await alice.startProcess();
  await keep('starting', send(bolt11));
}

try {
  await recordInvoices();
  await recordHolds();
  await recordRefusals();
} finally {
  await network.stop();
}
const made = {
  how: 'node --conditions=source test/lnd/record.ts, on a private regtest chain; the nodes were deleted',
  lnd: pinnedVersion('github.com/lightningnetwork/lnd'),
  btcd: pinnedVersion('github.com/btcsuite/btcd'),
};
writeFileSync(FILE, `${JSON.stringify({ made, exchanges }, undefined, 2)}\n`);
