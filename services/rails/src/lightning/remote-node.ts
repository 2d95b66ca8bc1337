/** A Lightning node in another process of this machine: the other end of `node-server.ts`. */

import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { type Outcome, RailError, type RailErrorCode } from '../port.ts';
import { readBounded } from './invoice-source.ts';
import type {
  Invoice,
  InvoiceRequest,
  InvoiceState,
  LightningNode,
  PayLimits,
  PaymentHash,
  PaymentState,
} from './lightning-node.ts';
import {
  hexAt,
  membersOf,
  NODE_MESSAGE_SIZE_BYTES_MAX,
  type NodeCall,
  readInvoiceState,
  readPaymentState,
  textAt,
  UnreadableMessage,
} from './node-wire.ts';

export type RemoteNodeOptions = {
  /** As the server says it: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Which of its nodes, a-z. */
  readonly name: string;
  readonly token: string;
  /** What people are told that the node is. */
  readonly label: string;
};

/** A question that waits for nothing is answered at once, or something is wrong. */
const QUESTION_TIMEOUT_MS = 10_000;
const CODES: readonly RailErrorCode[] = [
  'rail_unreachable',
  'rail_timeout',
  'rail_refused',
  'rail_answer_unusable',
];
const OUTCOMES: readonly Outcome[] = ['not_applied', 'applied', 'unknown'];
/** With these nothing was sent. */
const NEVER_SENT = /ECONNREFUSED|ENOTFOUND/;

class RemoteNode implements LightningNode {
  readonly label: string;
  readonly #base: string;
  readonly #token: string;

  constructor({ url, name, token, label }: RemoteNodeOptions) {
    if (!/^http:\/\/127\.0\.0\.1:[0-9]{1,5}$/.test(url)) {
      throw new RangeError('url: must be http://127.0.0.1:<port>');
    }
    if (!/^[a-z]+$/.test(name)) throw new RangeError('name: must be of a-z');
    this.#base = `${url}/${name}`;
    this.#token = token;
    this.label = label;
  }

  nodeId(signal: AbortSignal): Promise<string> {
    return this.#ask('nodeId', {}, readText, 'not_applied', signal);
  }

  createInvoice(request: InvoiceRequest, signal: AbortSignal): Promise<Invoice> {
    const body = writeRequest(request);
    return this.#ask('createInvoice', body, readInvoice, 'unknown', signal);
  }

  createHoldInvoice(
    request: InvoiceRequest & { readonly paymentHash: PaymentHash },
    signal: AbortSignal,
  ): Promise<Invoice> {
    const body = { ...writeRequest(request), paymentHash: request.paymentHash };
    return this.#ask('createHoldInvoice', body, readInvoice, 'unknown', signal);
  }

  settleHold(preimage: Uint8Array, signal: AbortSignal): Promise<void> {
    const body = { preimage: bytesToHex(preimage) };
    return this.#ask('settleHold', body, () => undefined, 'unknown', signal);
  }

  cancelHold(paymentHash: PaymentHash, signal: AbortSignal): Promise<void> {
    return this.#ask('cancelHold', { paymentHash }, () => undefined, 'unknown', signal);
  }

  trackInvoice(paymentHash: PaymentHash, signal: AbortSignal): Promise<InvoiceState> {
    return this.#ask('trackInvoice', { paymentHash }, readInvoiceState, 'not_applied', signal);
  }

  pay(bolt11: string, limits: PayLimits, signal: AbortSignal): Promise<PaymentState> {
    const { maxFeeMsat, timeoutMs } = limits;
    const body = { bolt11, maxFeeMsat: maxFeeMsat.toString(), timeoutMs };
    return this.#ask('pay', body, readPaymentState, 'unknown', signal, timeoutMs);
  }

  trackPayment(paymentHash: PaymentHash, signal: AbortSignal): Promise<PaymentState> {
    return this.#ask('trackPayment', { paymentHash }, readPaymentState, 'not_applied', signal);
  }

  /** `lost` is what an answer that does not come says about the effect. */
  async #ask<T>(
    call: NodeCall,
    body: JsonObject,
    read: (result: JsonValue | undefined) => T,
    lost: Outcome,
    signal: AbortSignal,
    waitsMs = 0,
  ): Promise<T> {
    const { status, bytes } = await this.#send(call, body, lost, signal, waitsMs);
    const value = parseAnyJson(Buffer.from(bytes ?? []).toString('utf8'))?.value;
    const members = isJsonObject(value) ? value : {};
    if (status === 200) {
      try {
        return read(membersOf(members, ['label', 'result'])['result']);
      } catch (cause) {
        if (!(cause instanceof UnreadableMessage)) throw cause;
        throw failure('rail_answer_unusable', lost, 'the node’s answer cannot be read', cause);
      }
    }
    throw this.#refusal(status, members, lost);
  }

  async #send(
    call: NodeCall,
    body: JsonObject,
    lost: Outcome,
    signal: AbortSignal,
    waitsMs: number,
  ): Promise<{ readonly status: number; readonly bytes: Uint8Array | undefined }> {
    if (signal.aborted) throw failure('rail_unreachable', 'not_applied', 'stopped before asking');
    const timeout = AbortSignal.timeout(QUESTION_TIMEOUT_MS + waitsMs);
    try {
      const response = await fetch(`${this.#base}/${call}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      });
      const bytes = await readBounded(response, NODE_MESSAGE_SIZE_BYTES_MAX);
      return { status: response.status, bytes };
    } catch (cause) {
      const why = cause instanceof Error ? String(cause.cause ?? cause) : String(cause);
      const outcome = NEVER_SENT.test(why) ? 'not_applied' : lost;
      const code = timeout.aborted ? 'rail_timeout' : 'rail_unreachable';
      throw failure(code, outcome, 'the node gave no whole answer', cause);
    }
  }

  #refusal(status: number, members: JsonObject, lost: Outcome): RailError {
    if (status === 422) {
      const code = CODES.find((known) => known === members['code']);
      const outcome = OUTCOMES.find((known) => known === members['outcome']);
      const message = members['shortMessage'];
      if (code !== undefined && outcome !== undefined && typeof message === 'string') {
        return failure(code, outcome, message);
      }
    }
    // The server refuses before it asks the node; only a fault of the node may come after.
    const outcome = status >= 400 && status < 500 && status !== 422 ? 'not_applied' : lost;
    return failure('rail_refused', outcome, `the node’s server answered ${status}`);
  }
}

function failure(
  code: RailErrorCode,
  outcome: Outcome,
  shortMessage: string,
  cause?: unknown,
): RailError {
  return new RailError({ code, shortMessage, outcome, cause });
}

function writeRequest({ amountMsat, descriptionHash, expirySeconds }: InvoiceRequest): JsonObject {
  return {
    amountMsat: amountMsat.toString(),
    descriptionHash: bytesToHex(descriptionHash),
    expirySeconds,
  };
}

function readText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new UnreadableMessage('', 'text');
}

function readInvoice(value: JsonValue | undefined): Invoice {
  const members = membersOf(value, ['bolt11', 'paymentHash']);
  return { bolt11: textAt(members, 'bolt11'), paymentHash: hexAt(members, 'paymentHash') };
}

/**
 * The node that a server on this machine serves.
 *
 * @throws {RangeError} for an address that is not on the loopback, or a name that is none.
 */
export function remoteLightningNode(options: RemoteNodeOptions): LightningNode {
  return new RemoteNode(options);
}
