import { hash } from 'node:crypto';

/**
 * The `Content-Digest` of a body: `sha-256=:<base64>:`.
 * Source: RFC 9530 §2.
 */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`;
}
