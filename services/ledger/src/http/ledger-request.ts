import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SignedRequest } from '../http-signature/verify-request.ts';
import type { Caller } from './caller.ts';
import { RefusedRequest } from './problem.ts';

/** A Fastify request with what the guard learned of it. */
export type LedgerRequest = FastifyRequest & {
  caller?: Caller | undefined;
  endpointId?: string | undefined;
};

export type LedgerReply = FastifyReply;

/** The caller that the guard put there. @throws Error on a public endpoint: a mistake in the code. */
export function callerOfRequest(request: LedgerRequest): Caller {
  if (request.caller === undefined) throw new Error('endpoint without a caller');
  return request.caller;
}

/** A parameter that the guard checked against the endpoint's pattern. */
export function parameter(request: LedgerRequest, name: string): string {
  const path = new Map<string, unknown>(Object.entries(request.params ?? {}));
  const query = new Map<string, unknown>(Object.entries(request.query ?? {}));
  const value = path.get(name) ?? query.get(name);
  if (typeof value !== 'string')
    throw new RefusedRequest({ reason: 'malformed_parameter', field: name });
  return value;
}

/** As `parameter`, undefined when the request leaves it out. */
export function optionalParameter(request: LedgerRequest, name: string): string | undefined {
  const query = new Map<string, unknown>(Object.entries(request.query ?? {}));
  return query.has(name) ? parameter(request, name) : undefined;
}

/** The exact bytes of the body; empty when there is none. */
export function bodyBytes(request: LedgerRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
}

/** What a request signature is checked against. A header that came twice counts as absent. */
export function signedRequest(request: LedgerRequest, scheme: 'http' | 'https'): SignedRequest {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const target = request.raw.url ?? '/';
  const at = target.indexOf('?');
  return {
    method: request.method,
    scheme,
    authority: (header('host') ?? '').toLowerCase(),
    path: at < 0 ? target : target.slice(0, at),
    query: at < 0 ? '?' : target.slice(at),
    contentDigest: header('content-digest'),
    contentType: header('content-type'),
    signatureInput: header('signature-input'),
    signature: header('signature'),
    body: bodyBytes(request),
  };
}
