/** An invoice desk as a handler of `node:http`: POST of `{"description":"…","v":1}` at whatever path it is put. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, type JsonValue, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { DESCRIPTION_SIZE_BYTES_MAX } from './description.ts';
import type { DeskRefusal, InvoiceDesk } from './invoice-desk.ts';

/** Room for a description whose every character is escaped. */
export const QUESTION_SIZE_BYTES_MAX = 2 * DESCRIPTION_SIZE_BYTES_MAX + 64;

const STATUS: Readonly<Record<DeskRefusal, number>> = {
  description_refused: 400,
  creditor_unknown: 422,
  amount_too_small: 422,
  amount_too_large: 422,
  not_accepted: 422,
  described_otherwise: 409,
  too_many_invoices: 429,
  node_unavailable: 503,
};

type Body =
  | { readonly kind: 'read'; readonly value: JsonValue | undefined }
  | { readonly kind: 'too_large' };

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The answer to a question that is too long still has to leave.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > QUESTION_SIZE_BYTES_MAX) return { kind: 'too_large' };
    chunks.push(bytes);
  }
  return { kind: 'read', value: parseAnyJson(Buffer.concat(chunks).toString('utf8'))?.value };
}

/** The description in a question; undefined where it is no such question. */
function descriptionIn(value: JsonValue | undefined): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const { description, v } = value;
  const isWhole = Object.keys(value).length === 2 && v === 1;
  return isWhole && typeof description === 'string' ? description : undefined;
}

function send(response: ServerResponse, status: number, body: JsonValue, close = false): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(JSON.stringify(body));
}

/**
 * Answers one question, in at most `timeoutMs`. 200 with `{"invoice":"…"}`; otherwise `{"error":"…"}`, with
 * `field` where it is about one: 400 for what cannot be read, 405, 409, 413, 422, 429, 503.
 */
export function invoiceDeskHandler(
  desk: InvoiceDesk,
  timeoutMs = 10_000,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    if (request.method !== 'POST')
      return send(response, 405, { error: 'method_not_allowed' }, true);
    const body = await bodyOf(request);
    if (body.kind === 'too_large') return send(response, 413, { error: 'object_too_large' }, true);
    const description = descriptionIn(body.value);
    if (description === undefined) return send(response, 400, { error: 'question_unreadable' });
    const answer = await desk.invoiceFor(description, AbortSignal.timeout(timeoutMs));
    if (answer.kind === 'invoice') return send(response, 200, { invoice: answer.bolt11 });
    const { reason, field } = answer;
    send(
      response,
      STATUS[reason],
      field === undefined ? { error: reason } : { error: reason, field },
    );
  };
}
