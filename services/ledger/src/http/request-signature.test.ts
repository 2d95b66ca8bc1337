// Goal: a request passes with its own fresh signature and no other. Method: one change a row to a
// request that would pass; then the RFC's own example of a signature base.
import { createPublicKey, verify } from 'node:crypto';
import { testKey } from '@atomicity/kernel/testing/keys';
import { GPU, HOUR } from '@atomicity/kernel/testing/world';
import { beforeAll, describe, expect, it } from 'vitest';
import { signatureBase } from '../http-signature/signature-base.ts';
import { parseSignatureFields } from '../http-signature/signature-input.ts';
import type { SigningOptions, TestRequest } from '../testing/sign-test-request.ts';
import {
  createTestLedger,
  introduce,
  send,
  signed,
  type TestLedger,
} from '../testing/test-ledger.ts';

let ledger: TestLedger;

beforeAll(async () => {
  ledger = await createTestLedger({ settings: { authorities: ['localhost:80'] } });
  await introduce(ledger, ledger.world, GPU);
});

const read = (change: Partial<SigningOptions> = {}, query = '') =>
  signed(ledger, 'GET', `/v1/parties/${GPU.id}/edges${query}`, GPU.key, undefined, change);

const write = (change: Partial<SigningOptions> = {}) =>
  signed(ledger, 'POST', '/v1/objects', GPU.key, { commandId: 'c', object: 'x' }, change);

const withHeader = (request: TestRequest, name: string, value: string): TestRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

const edited = (request: TestRequest, name: string, edit: (value: string) => string) =>
  withHeader(request, name, edit(request.headers[name] ?? ''));

const outcome = async (request: TestRequest): Promise<string | number> => {
  const { status, json } = await send(ledger, request);
  return status === 200 ? 200 : json.reason;
};

describe('a signed request passes', () => {
  it('with authority, path and method', async () => {
    expect(await outcome(read())).toBe(200);
  });
  it('with the target URI instead', async () => {
    expect(await outcome(read({ cover: () => ['@method', '@target-uri'] }))).toBe(200);
  });
  it('up to the skew in both directions', async () => {
    for (const offset of [-60_000, 60_000]) {
      expect(await outcome(read({ createdMs: ledger.clock.time + offset }))).toBe(200);
    }
  });
});

describe('a request is refused', () => {
  const replayed = async () => {
    const request = read();
    await send(ledger, request);
    return request;
  };
  const rows: readonly (readonly [string, () => TestRequest | Promise<TestRequest>, string])[] = [
    ['a second time', replayed, 'request_replayed'],
    [
      'an hour early',
      () => read({ createdMs: ledger.clock.time + HOUR }),
      'request_signature_stale',
    ],
    [
      'an hour late',
      () => read({ createdMs: ledger.clock.time - HOUR }),
      'request_signature_stale',
    ],
    [
      'one second past the skew',
      () => read({ createdMs: ledger.clock.time - 61_000 }),
      'request_signature_stale',
    ],
    [
      'for another path',
      () => ({ ...read(), url: `/v1/parties/${GPU.id}/holds` }),
      'request_signature_invalid',
    ],
    ['with another method', () => ({ ...read(), method: 'POST' as const }), 'not_found'],
    ['with another body', () => ({ ...write(), payload: '{}' }), 'content_digest_mismatch'],
    [
      'with another digest',
      () => edited(write(), 'content-digest', (text) => text.replace('sha-256', 'sha-512')),
      'content_digest_mismatch',
    ],
    ['for another node', () => read({ authority: 'elsewhere:80' }), 'authority_not_served'],
    [
      'under another Host than was signed',
      () => withHeader(read({ authority: 'elsewhere:80' }), 'host', 'localhost:80'),
      'request_signature_invalid',
    ],
    ['without the method', () => read({ cover: (all) => all.slice(1) }), 'component_not_covered'],
    [
      'without the path',
      () => read({ cover: () => ['@method', '@authority'] }),
      'component_not_covered',
    ],
    [
      'without the digest',
      () => write({ cover: (all) => all.filter((name) => name !== 'content-digest') }),
      'component_not_covered',
    ],
    [
      'without a query that is there',
      () => ({ ...read(), url: `${read().url}?x=1` }),
      'component_not_covered',
    ],
    [
      'with an unknown component',
      () => read({ cover: (all) => [...all, 'x-other'] }),
      'request_signature_malformed',
    ],
    [
      'with a component twice',
      () => read({ cover: (all) => [...all, '@path'] }),
      'request_signature_malformed',
    ],
    [
      'without created',
      () => read({ parameters: (p) => p.replace(/;created=\d+/, '') }),
      'request_signature_malformed',
    ],
    [
      'without nonce',
      () => read({ parameters: (p) => p.replace(/;nonce="[^"]+"/, '') }),
      'request_signature_malformed',
    ],
    ['with a short nonce', () => read({ nonce: 'ab' }), 'request_signature_malformed'],
    [
      'with another tag',
      () => read({ parameters: (p) => p.replace('atomicity', 'other') }),
      'request_signature_malformed',
    ],
    [
      'with another algorithm',
      () => read({ parameters: (p) => p.replace('ed25519', 'rsa') }),
      'request_signature_malformed',
    ],
    [
      'with a parameter twice',
      () => read({ parameters: (p) => `${p};tag="atomicity"` }),
      'request_signature_malformed',
    ],
    [
      'with an unknown parameter',
      () => read({ parameters: (p) => `${p};x="y"` }),
      'request_signature_malformed',
    ],
    [
      'by a key that is none',
      () => read({ parameters: (p) => p.replace(/pk:\w/, 'pk:!') }),
      'request_signature_malformed',
    ],
    [
      'by another key',
      () => read({ parameters: (p) => p.replace(GPU.key.id, testKey('other').id) }),
      'request_signature_invalid',
    ],
    [
      'with two signatures',
      () => edited(read(), 'signature-input', (text) => `${text}, ${text.replace('sig1', 'sig2')}`),
      'request_signature_malformed',
    ],
    [
      'under another label',
      () => edited(read(), 'signature', (text) => text.replace('sig1', 'sig2')),
      'request_signature_malformed',
    ],
    [
      'with a malleated signature (S + L)',
      () =>
        edited(read(), 'signature', (text) => {
          const bytes = Buffer.from(/:(.*):/.exec(text)?.[1] ?? '', 'base64');
          bytes[63] = (bytes[63] ?? 0) | 0x80;
          return `sig1=:${bytes.toString('base64')}:`;
        }),
      'request_signature_invalid',
    ],
  ];
  it.each(rows)('%s', async (_name, request, reason) => {
    expect(await outcome(await request())).toBe(reason);
  });

  it('with 401 and a challenge when the signature is at fault', async () => {
    const { status, headers } = await send(ledger, read({ nonce: 'ab' }));
    expect([status, headers['www-authenticate']]).toEqual([401, 'Signature']);
  });
});

// Source: RFC 9421 B.2.6, "Signing a Request Using ed25519" with the key of B.1.4.
describe('the example of RFC 9421 B.2.6', () => {
  const params =
    '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
  const base = [
    '"date": Tue, 20 Apr 2021 02:07:55 GMT',
    '"@method": POST',
    '"@path": /foo',
    '"@authority": example.com',
    '"content-type": application/json',
    '"content-length": 18',
    `"@signature-params": ${params}`,
  ].join('\n');
  const signature =
    'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==';

  it('verifies over the base that the RFC prints', () => {
    const x = 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs';
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(verify(null, Buffer.from(base), key, Buffer.from(signature, 'base64'))).toBe(true);
  });

  it('has the lines that signatureBase writes for the components we take', () => {
    const components = ['@method', '@path', '@authority', 'content-type'];
    const written = signatureBase(
      {
        method: 'POST',
        scheme: 'https',
        authority: 'example.com',
        path: '/foo',
        query: '?param=Value&Pet=dog',
        contentDigest: undefined,
        contentType: 'application/json',
      },
      components,
      params,
    );
    expect(written).toBe(
      base
        .split('\n')
        .filter((line) => !/^"(date|content-length)/.test(line))
        .join('\n'),
    );
  });

  it('is not a request signature of ours: nonce and tag are missing', () => {
    const fields = parseSignatureFields(`sig-b26=${params}`, `sig-b26=:${signature}:`);
    expect(fields.ok).toBe(false);
  });
});
