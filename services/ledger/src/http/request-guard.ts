import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { NonceCache } from '../http-signature/nonce-cache.ts';
import { type SignatureRules, verifyRequest } from '../http-signature/verify-request.ts';
import type { KeyDirectory } from '../key-directory.ts';
import type { Clock } from '../writer/book-clock.ts';
import { type Caller, callerOf, refuseAccess } from './caller.ts';
import type { Endpoint } from './endpoint.ts';
import { endpoint } from './endpoints.ts';
import { type LedgerRequest, signedRequest } from './ledger-request.ts';
import { RefusedRequest } from './problem.ts';
import { RateLimiter } from './rate-limit.ts';
import { RETRY_AFTER_SECONDS } from './refusal-status.ts';
import type { HttpSettings } from './settings.ts';

/**
 * Stands before every handler: parameters of the endpoint, then signature, role and the key's rate.
 * Fails closed: a handler that is not in the endpoint table cannot be reached.
 */
export class RequestGuard implements CanActivate {
  readonly #keys: KeyDirectory;
  readonly #clock: Clock;
  readonly #settings: HttpSettings;
  readonly #rules: SignatureRules;
  readonly #limiter: RateLimiter;

  constructor(keys: KeyDirectory, clock: Clock, settings: HttpSettings) {
    this.#keys = keys;
    this.#clock = clock;
    this.#settings = settings;
    this.#rules = {
      skewMs: settings.signatureSkewMs,
      nonces: new NonceCache(settings.noncesMax),
      authorities: settings.authorities,
    };
    this.#limiter = new RateLimiter(settings.keyLimit, settings.callersMax);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<LedgerRequest>();
    const row = endpoint(context.getHandler().name);
    request.endpointId = row.id;
    if (row.access !== 'public') request.caller = this.#authenticate(row, request);
    checkParameters(row, request);
    return true;
  }

  /** Takes `cost` more tokens of the caller's bucket. @throws RefusedRequest `rate_limited`. */
  charge(caller: Caller, cost: number): void {
    const waitMs = this.#limiter.take(caller.key, cost, this.#clock.now());
    if (waitMs > 0) throw rateLimited(waitMs);
  }

  #authenticate(row: Endpoint, request: LedgerRequest): Caller {
    const now = this.#clock.now();
    const verdict = verifyRequest(signedRequest(request, this.#settings.scheme), this.#rules, now);
    if (!verdict.ok) {
      const { refusal } = verdict;
      throw new RefusedRequest(refusal, RETRY_AFTER_SECONDS[refusal.reason]);
    }
    const caller = callerOf(this.#keys, verdict.key, now);
    const refusal = refuseAccess(row, caller.roles);
    if (refusal !== undefined) throw new RefusedRequest(refusal);
    this.charge(caller, 1);
    return caller;
  }
}

export function rateLimited(waitMs: number): RefusedRequest {
  return new RefusedRequest({ reason: 'rate_limited' }, Math.ceil(waitMs / 1000));
}

/** @throws RefusedRequest `malformed_parameter` for a bad, missing, repeated or unknown parameter. */
function checkParameters(row: Endpoint, request: LedgerRequest): void {
  const query = new Map<string, unknown>(Object.entries(request.query ?? {}));
  const path = new Map<string, unknown>(Object.entries(request.params ?? {}));
  for (const { name, in: place, pattern, description, optional } of row.parameters) {
    const value = (place === 'path' ? path : query).get(name);
    if (optional && value === undefined) continue;
    if (typeof value !== 'string' || !pattern.test(value)) {
      throw new RefusedRequest({ reason: 'malformed_parameter', field: name, rule: description });
    }
    query.delete(name);
  }
  const unknown = query.keys().next();
  if (!unknown.done) {
    const field = unknown.value.slice(0, 64);
    throw new RefusedRequest({
      reason: 'malformed_parameter',
      field,
      rule: 'known parameters only',
    });
  }
}
