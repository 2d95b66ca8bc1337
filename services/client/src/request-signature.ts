import { hash, randomBytes } from 'node:crypto';
import type { KeyPair } from './key-pair.ts';

export type RequestToSign = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** The exact body, or undefined when there is none. */
  readonly body: string | undefined;
  /** Seconds since the epoch. */
  readonly createdSeconds: number;
  /** 32 hex digits; drawn when absent. A nonce is good for one request. */
  readonly nonce?: string;
};

/**
 * The header fields that sign a request: content-digest, signature-input, signature. They cover the
 * method, the target and the body, and carry a nonce and a time.
 * Source: RFC 9421 §2, §3.1; RFC 9530 §2.
 */
export function signRequest(request: RequestToSign, key: KeyPair): Record<string, string> {
  const { method, url, body, createdSeconds } = request;
  const nonce = request.nonce ?? randomBytes(16).toString('hex');
  const covered: [string, string][] = [
    ['@method', method],
    ['@target-uri', url.href],
  ];
  const headers: Record<string, string> = {};
  if (body !== undefined) {
    const digest = `sha-256=:${hash('sha256', body, 'base64')}:`;
    headers['content-digest'] = digest;
    covered.push(['content-digest', digest]);
  }
  const list = covered.map(([name]) => `"${name}"`).join(' ');
  const params = `(${list});created=${createdSeconds};keyid="${key.id}";nonce="${nonce}";tag="atomicity"`;
  const lines = covered.map(([name, value]) => `"${name}": ${value}\n`).join('');
  const signature = key.signBytes(Buffer.from(`${lines}"@signature-params": ${params}`));
  headers['signature-input'] = `sig=${params}`;
  headers['signature'] = `sig=:${Buffer.from(signature).toString('base64')}:`;
  return headers;
}
