import { hash, randomBytes } from 'node:crypto';
import type { KeyPair } from './key-pair.ts';

/** The request headers that carry body digest and signature. */
export type SignatureHeaders = Readonly<Record<string, string>>;

/**
 * Signs an HTTP request: covers `@method`, `@authority`, `@path`, `@query` (where there is one) and,
 * for a body, `content-digest`. `createdMs` in ms, sent in whole seconds; the nonce makes each call's
 * result fit for one request only.
 * Source: RFC 9421 §3.1; RFC 9530 §2.
 */
export function signRequest(
  request: {
    readonly method: string;
    readonly url: URL;
    readonly body: Uint8Array | undefined;
  },
  key: KeyPair,
  createdMs: number,
  nonce: string = randomBytes(16).toString('hex'),
): SignatureHeaders {
  const { method, url, body } = request;
  const digest = body === undefined ? undefined : `sha-256=:${hash('sha256', body, 'base64')}:`;
  const covered: [string, string][] = [
    ['@method', method],
    ['@authority', url.host],
    ['@path', url.pathname],
  ];
  if (url.search !== '') covered.push(['@query', url.search]);
  if (digest !== undefined) covered.push(['content-digest', digest]);
  const names = covered.map(([name]) => `"${name}"`).join(' ');
  const created = Math.floor(createdMs / 1000);
  const params = `(${names});created=${created};keyid="${key.id}";nonce="${nonce}";alg="ed25519";tag="atomicity"`;
  const lines = covered.map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${params}`].join('\n');
  const signature = Buffer.from(key.signBytes(Buffer.from(base))).toString('base64');
  return {
    ...(digest === undefined ? {} : { 'content-digest': digest }),
    'signature-input': `sig=${params}`,
    signature: `sig=:${signature}:`,
  };
}
