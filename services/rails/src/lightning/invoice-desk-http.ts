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

export type InvoiceDeskHandlerOptions = {
  /** For the node's part of an answer, ms; 10,000 unless said. */
  readonly timeoutMs?: number;
  /** Hears of what no question should cause, such as a full disk; the question was answered 500. */
  readonly onFault?: (error: unknown) => void;
};

/** The answer to a question, with its status. */
async function answerTo(
  desk: InvoiceDesk,
  request: IncomingMessage,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly body: JsonValue; readonly close?: boolean }> {
  if (request.method !== 'POST') {
    return { status: 405, body: { error: 'method_not_allowed' }, close: true };
  }
  const read = await bodyOf(request);
  if (read.kind === 'too_large') {
    return { status: 413, body: { error: 'object_too_large' }, close: true };
  }
  const description = descriptionIn(read.value);
  if (description === undefined) return { status: 400, body: { error: 'question_unreadable' } };
  const answer = await desk.invoiceFor(description, AbortSignal.timeout(timeoutMs));
  if (answer.kind === 'invoice') return { status: 200, body: { invoice: answer.bolt11 } };
  const { reason, field } = answer;
  const body = field === undefined ? { error: reason } : { error: reason, field };
  return { status: STATUS[reason], body };
}

/**
 * Answers one question; never rejects. 200 with `{"invoice":"…"}`; otherwise `{"error":"…"}`, with `field` where it
 * is about one: 400 for what cannot be read, 405, 409, 413, 422, 429, 500, 503.
 */
export function invoiceDeskHandler(
  desk: InvoiceDesk,
  { timeoutMs = 10_000, onFault = () => undefined }: InvoiceDeskHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    try {
      const { status, body, close } = await answerTo(desk, request, timeoutMs);
      send(response, status, body, close);
    } catch (error) {
      // Whoever hung up in the middle of a question wants no answer.
      if (request.destroyed && !request.complete) return;
      onFault(error);
      send(response, 500, { error: 'desk_fault' }, true);
    }
  };
}
