// Goal: the SDK signs as the reference page prints it. Method: rebuild the page's worked example.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keyPairFromSeed } from './key-pair.ts';
import { signRequest } from './request-signature.ts';

const page = readFileSync(new URL('../../../docs/reference/http-api.md', import.meta.url), 'utf8');
const key = keyPairFromSeed(new Uint8Array(32).fill(7));
const NONCE = '000102030405060708090a0b0c0d0e0f';

it('gives the headers of the worked example', () => {
  const [, body = ''] = /```http\n[\s\S]*?\n\n(.*)\n```/.exec(page) ?? [];
  const url = new URL('http://127.0.0.1:8080/v1/objects');
  const headers = signRequest(
    { method: 'POST', url, body: Buffer.from(body) },
    key,
    1_750_000_000_999,
    NONCE,
  );
  for (const [name, value] of Object.entries(headers))
    expect(page).toContain(`${name}: ${value}\n`);
});

it('covers a query and leaves the digest out where there is no body', () => {
  const url = new URL('http://127.0.0.1:8080/v1/proof/inclusion?index=1&size=2');
  const headers = signRequest({ method: 'GET', url, body: undefined }, key, 0, NONCE);
  expect(headers['signature-input']).toContain('("@method" "@authority" "@path" "@query")');
  expect(headers['content-digest']).toBe(undefined);
});

it('never signs two requests alike unless it is told the nonce', () => {
  const url = new URL('http://127.0.0.1:8080/v1/anchors');
  const sign = () => signRequest({ method: 'GET', url, body: undefined }, key, 0);
  expect(sign()['signature']).not.toBe(sign()['signature']);
});
