/** Signs requests for tests, written from RFC 9421 apart from both the verifier and the SDK. */
import { createPrivateKey, hash, sign } from 'node:crypto';
import type { TestKey } from '@atomicity/kernel/testing/keys';

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export type TestRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly payload?: string | Buffer | undefined;
  readonly headers: Readonly<Record<string, string>>;
};

export type SigningOptions = {
  readonly authority?: string | undefined;
  readonly createdMs: number;
  readonly nonce: string;
  /** Changes the list of covered components, to make a bad signature. */
  readonly cover?: ((components: readonly string[]) => readonly string[]) | undefined;
  /** Changes the parameters after the component list. */
  readonly parameters?: ((text: string) => string) | undefined;
};

function signBytes(key: TestKey, text: string): string {
  const der = Buffer.concat([PKCS8_PREFIX, key.secret]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return sign(null, Buffer.from(text), privateKey).toString('base64');
}

/** A request with digest and signature headers. */
export function signTestRequest(
  method: 'GET' | 'POST',
  url: string,
  payload: string | Buffer | undefined,
  key: TestKey,
  options: SigningOptions,
): TestRequest {
  const { authority = 'localhost:80', createdMs, nonce } = options;
  const [path = '', query] = url.split('?');
  const digest =
    payload === undefined ? undefined : `sha-256=:${hash('sha256', payload, 'base64')}:`;
  const values: Record<string, string | undefined> = {
    '@method': method,
    '@authority': authority,
    '@path': path,
    '@query': `?${query ?? ''}`,
    '@target-uri': `http://${authority}${url}`,
    'content-digest': digest,
  };
  const standard = ['@method', '@authority', '@path'];
  if (query !== undefined) standard.push('@query');
  if (digest !== undefined) standard.push('content-digest');
  const covered = options.cover?.(standard) ?? standard;
  const list = `(${covered.map((name) => `"${name}"`).join(' ')})`;
  const created = Math.floor(createdMs / 1000);
  const usual = `;created=${created};keyid="${key.id}";nonce="${nonce}";alg="ed25519";tag="atomicity"`;
  const params = `${list}${options.parameters?.(usual) ?? usual}`;
  const base = [
    ...covered.map((name) => `"${name}": ${values[name] ?? ''}`),
    `"@signature-params": ${params}`,
  ].join('\n');
  const headers: Record<string, string> = {
    host: authority,
    'signature-input': `sig1=${params}`,
    signature: `sig1=:${signBytes(key, base)}:`,
  };
  if (digest !== undefined) {
    headers['content-digest'] = digest;
    headers['content-type'] = 'application/json';
  }
  return payload === undefined ? { method, url, headers } : { method, url, payload, headers };
}
