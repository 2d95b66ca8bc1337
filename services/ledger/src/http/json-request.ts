import type { ReadBody } from './json-body.ts';
import { bodyBytes, type LedgerRequest } from './ledger-request.ts';
import { RefusedRequest } from './problem.ts';

/** The bytes of a JSON body. @throws RefusedRequest `unsupported_media_type`. */
export function jsonBytes(request: LedgerRequest): Uint8Array {
  if (request.headers['content-type'] !== 'application/json') {
    throw new RefusedRequest({ reason: 'unsupported_media_type', field: 'content-type' });
  }
  return bodyBytes(request);
}

/** What was read. @throws RefusedRequest with why it could not be. */
export function readOrRefuse<T>(read: ReadBody<T>): T {
  if (!read.ok) throw new RefusedRequest(read.refusal);
  return read.value;
}
