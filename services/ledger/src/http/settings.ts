import type { RateLimit } from './rate-limit.ts';

/** What an operator can set of the HTTP edge. Times in ms, sizes in bytes. */
export type HttpSettings = {
  /** Largest |now − created| of a request signature. */
  readonly signatureSkewMs: number;
  /** Verified requests remembered against replay. */
  readonly noncesMax: number;
  /** `host:port` values this node answers to; empty: any. Set it where the node is reachable. */
  readonly authorities: readonly string[];
  /** Scheme that clients see: `https` behind a proxy that ends TLS. */
  readonly scheme: 'http' | 'https';
  readonly objectBodyBytesMax: number;
  readonly batchBodyBytesMax: number;
  /** Messages of peers, and everything else of payments between nodes. */
  readonly messageBodyBytesMax: number;
  /** Requests of one address. */
  readonly addressLimit: RateLimit;
  /** Objects and reads of one key. */
  readonly keyLimit: RateLimit;
  /** Objects and messages of one peer. */
  readonly peerLimit: RateLimit;
  /** Callers whose buckets are kept. */
  readonly callersMax: number;
  readonly headersBytesMax: number;
  readonly requestTimeoutMs: number;
  /** How long a query waits for the read side. */
  readonly readWaitMs: number;
};

export const DEFAULT_HTTP_SETTINGS: HttpSettings = {
  signatureSkewMs: 60_000,
  noncesMax: 200_000,
  authorities: [],
  scheme: 'http',
  // A 64 KiB object whose every character is escaped in the string that carries it.
  objectBodyBytesMax: 192 * 1024,
  batchBodyBytesMax: 8 * 1024 * 1024,
  messageBodyBytesMax: 64 * 1024,
  addressLimit: { perSecond: 500, burst: 2000 },
  keyLimit: { perSecond: 5000, burst: 20_000 },
  peerLimit: { perSecond: 500, burst: 2000 },
  callersMax: 10_000,
  headersBytesMax: 16 * 1024,
  requestTimeoutMs: 30_000,
  readWaitMs: 2000,
};
