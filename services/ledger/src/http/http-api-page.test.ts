// Goal: the reference page says what the code does. Method: read its tables and its worked example.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { contentDigest } from '../http-signature/content-digest.ts';
import { NonceCache } from '../http-signature/nonce-cache.ts';
import { signatureBase } from '../http-signature/signature-base.ts';
import { parseSignatureFields } from '../http-signature/signature-input.ts';
import { verifyRequest } from '../http-signature/verify-request.ts';
import { ENDPOINTS } from './endpoints.ts';
import { EDGE_STATUS } from './refusal-status.ts';

const page = readFileSync(
  new URL('../../../../docs/reference/http-api.md', import.meta.url),
  'utf8',
);

it('lists every endpoint with its roles, in the order of the table', () => {
  const rows = [...page.matchAll(/^\| (GET|POST) \| `([^`]+)` \| ([^|]+) \|/gm)].map(
    ([, method, path, roles]) => `${method} ${path} ${roles}`,
  );
  const table = ENDPOINTS.map(
    ({ method, path, access }) =>
      `${method} ${path} ${access === 'public' ? access : access.join(', ')}`,
  );
  expect(rows).toEqual(table);
});

it('lists every reason of the edge with its status', () => {
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)].map(([, reason, status]) => [
    reason,
    Number(status),
  ]);
  expect(Object.fromEntries(rows)).toEqual(EDGE_STATUS);
});

it('has a worked example that verifies', () => {
  const [, http = ''] = /```http\n([\s\S]*?)\n```/.exec(page) ?? [];
  const [head = '', body = ''] = http.split('\n\n');
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1];
  const request = {
    method: 'POST',
    scheme: 'http' as const,
    authority: header('host') ?? '',
    path: '/v1/objects',
    query: '?',
    contentDigest: header('content-digest'),
    contentType: header('content-type'),
    signatureInput: header('signature-input'),
    signature: header('signature'),
    body: Buffer.from(body),
  };
  const rules = { skewMs: 60_000, nonces: new NonceCache(8), authorities: [] };
  expect(verifyRequest(request, rules, 1_750_000_000_000)).toMatchObject({ ok: true });
  expect(request.contentDigest).toBe(contentDigest(request.body));
  const fields = parseSignatureFields(request.signatureInput, request.signature);
  if (!fields.ok) throw new Error(fields.rule);
  const [, printed] = /```text\n([\s\S]*?)\n```/.exec(page) ?? [];
  expect(signatureBase(request, fields.input.components, fields.input.params)).toBe(printed);
});
