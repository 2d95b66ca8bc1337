import { OperatingError } from '@atomicity/event-log/port';
import { type ArgumentsHost, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { LogLine } from '../log-line.ts';
import type { LedgerMetrics } from '../metrics.ts';
import type { LedgerReply, LedgerRequest } from './ledger-request.ts';
import { problemOf, RefusedRequest } from './problem.ts';
import { type EdgeReason, RETRY_AFTER_SECONDS } from './refusal-status.ts';

const REASON_OF_STATUS: Readonly<Record<number, EdgeReason>> = {
  400: 'malformed_request',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'request_too_large',
  414: 'malformed_request',
  415: 'unsupported_media_type',
  431: 'header_too_large',
};

/** Turns everything that a request can throw into a problem document; nothing else leaves. */
export class ProblemFilter implements ExceptionFilter {
  readonly #metrics: LedgerMetrics;
  readonly #log: LogLine;

  constructor(metrics: LedgerMetrics, log: LogLine) {
    this.#metrics = metrics;
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<LedgerRequest>();
    const reply = http.getResponse<LedgerReply>();
    const refused = refusalOf(error);
    const problem = problemOf(refused.refusal);
    if (problem.reason === 'internal_error') {
      // The message of an unexpected error may hold anything: only its kind is logged.
      const kind = error instanceof Error ? error.name : typeof error;
      this.#log('error', 'request failed', { endpoint: request.endpointId ?? 'unknown', kind });
    }
    if (!refused.counted) this.#metrics.refusal(problem.reason);
    const { retryAfterSeconds } = refused;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    if (problem.status === 401) reply.header('www-authenticate', 'Signature');
    reply
      .status(problem.status)
      .header('content-type', 'application/problem+json')
      .send(Buffer.from(JSON.stringify(problem)));
  }
}

function refusalOf(error: unknown): RefusedRequest {
  if (error instanceof RefusedRequest) return error;
  if (error instanceof HttpException) {
    return new RefusedRequest({ reason: REASON_OF_STATUS[error.getStatus()] ?? 'internal_error' });
  }
  if (error instanceof OperatingError && error.outcome === 'not_applied') {
    return new RefusedRequest({ reason: 'busy' }, RETRY_AFTER_SECONDS.busy);
  }
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return new RefusedRequest({ reason: REASON_OF_STATUS[error.statusCode] ?? 'internal_error' });
  }
  return new RefusedRequest({ reason: 'internal_error' });
}
