import type { Registry } from 'prom-client';
import type { LedgerReply, LedgerRequest } from './ledger-request.ts';
import { openapiDocument } from './openapi.ts';
import { RefusedRequest } from './problem.ts';
import { controller } from './routing.ts';
import type { Schema } from './schemas.ts';
import { OPERATIONS } from './tokens.ts';

export type Operations = {
  readonly registry: Registry;
  /** False while the node cannot accept objects. */
  readonly ready: () => boolean;
};

/** What those who run the node look at. */
export class OperationsController {
  readonly #operations: Operations;
  readonly #document = openapiDocument();

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  getHealth(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  getReadiness(): { readonly status: 'ready' } {
    if (!this.#operations.ready()) throw new RefusedRequest({ reason: 'stopped' });
    return { status: 'ready' };
  }

  async getMetrics(_request: LedgerRequest, reply: LedgerReply): Promise<string> {
    reply.header('content-type', this.#operations.registry.contentType);
    return this.#operations.registry.metrics();
  }

  getOpenapi(): Schema {
    return this.#document;
  }
}

controller(OperationsController, [OPERATIONS]);
