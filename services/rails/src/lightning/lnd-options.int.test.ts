// Goal: what is configured or asked wrongly is refused with the name of the field, before anything is sent.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type LndOptions, lndNode } from './lnd.ts';
import { recorded } from './testing/lnd-stub.ts';
import { selfSignedCertificate } from './testing/self-signed-certificate.ts';

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'atomicity-lnd-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const certificateFile = file('tls.cert', selfSignedCertificate().certificate);
const macaroonFile = file('payer.macaroon', Uint8Array.of(2, 1, 3));
const PAID = String(recorded('paySucceeded').body?.['payment_request']);
const HOLD = { amountMsat: 1n, descriptionHash: new Uint8Array(32), expirySeconds: 600 };

const node = (more: Partial<LndOptions> = {}) =>
  lndNode({ url: 'https://127.0.0.1:1', certificateFile, macaroonFile, ...more });

it('is called by its address, or as it is told', () => {
  expect(node().label).toBe('lnd at 127.0.0.1:1');
  expect(node({ label: 'our lnd' }).label).toBe('our lnd');
});

describe('what is configured wrongly is named', () => {
  it.each<readonly [RegExp, () => Partial<LndOptions>]>([
    [/^url: /, () => ({ url: 'http://127.0.0.1:8080' })],
    [/^url: /, () => ({ url: 'https://127.0.0.1:8080/v1' })],
    [/^url: /, () => ({ url: 'https://user:word@127.0.0.1:8080' })],
    [/^url: /, () => ({ url: 'lnd' })],
    [/^certificateFile: .* cannot be read/, () => ({ certificateFile: '/nowhere/tls.cert' })],
    [/^certificateFile: .* no certificate/, () => ({ certificateFile: file('a.pem', 'no') })],
    [/^macaroonFile: .* cannot be read/, () => ({ macaroonFile: '/nowhere/a.macaroon' })],
    [/^macaroonFile: .* 1 … 4096 bytes/, () => ({ macaroonFile: file('b', '') })],
    [/^macaroonFile: .* no macaroon/, () => ({ macaroonFile: file('c', '0201036c6e64') })],
    [/^timeoutMs: /, () => ({ timeoutMs: 0 })],
    [/^timeoutMs: /, () => ({ timeoutMs: 300_001 })],
  ])('%s', (message, more) => {
    expect(() => node(more())).toThrow(message);
  });

  it.each([
    ['maxFeeMsat', { maxFeeMsat: -1n, timeoutMs: 1 }],
    ['maxFeeMsat', { maxFeeMsat: 2n ** 63n, timeoutMs: 1 }],
    ['timeoutMs', { maxFeeMsat: 0n, timeoutMs: 0 }],
    ['timeoutMs', { maxFeeMsat: 0n, timeoutMs: 1.5 }],
  ])('%s of a payment', async (field, limits) => {
    await expect(node().pay(PAID, limits, signal)).rejects.toThrow(`${field}: must be`);
  });

  it.each([
    ['amountMsat', { amountMsat: 0n }],
    ['amountMsat', { amountMsat: 2n ** 63n }],
    ['descriptionHash', { descriptionHash: new Uint8Array(31) }],
    ['expirySeconds', { expirySeconds: 0 }],
    ['expirySeconds', { expirySeconds: 31_536_001 }],
  ])('%s of an invoice', async (field, wrong) => {
    await expect(node().createInvoice({ ...HOLD, ...wrong }, signal)).rejects.toThrow(field);
  });
});
