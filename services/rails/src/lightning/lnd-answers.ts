/**
 * What lnd's REST proxy answers, read strictly: 64-bit numbers are strings, bytes are base64, hashes of
 * payments are hex. Pure.
 *
 * Source: lnd 0.20, lnrpc/lightning.proto, lnrpc/invoicesrpc/invoices.proto, lnrpc/routerrpc/router.proto.
 */

import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { sha256 } from '@noble/hashes/sha2.js';
import type { InvoiceState, PaymentHash, PaymentState } from './lightning-node.ts';

/** Thrown for an answer of another shape; the message names the field and never quotes its value. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
}

/** An error as the REST proxy tells it: a gRPC status in JSON, by itself or as a line of a stream. */
export type LndError = { readonly code: number; readonly message: string };

/** Source: google.golang.org/grpc/codes. */
export const GRPC = {
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  UNAUTHENTICATED: 16,
} as const;

const MESSAGE_SIZE_CHARS_MAX = 160;
const INT64_MAX = 2n ** 63n - 1n;
const HEX_32 = /^[0-9a-f]{64}$/;

/** Text from outside, for people: short, one line, nothing that a terminal obeys. */
export function plainText(text: string): string {
  return text.slice(0, MESSAGE_SIZE_CHARS_MAX).replace(/[^\x20-\x7e]/g, '_');
}

/** The error in an answer, or undefined where it is none. */
export function errorOf(json: JsonValue): LndError | undefined {
  if (!isJsonObject(json)) return undefined;
  const inner = isJsonObject(json['error']) ? json['error'] : json;
  const { code, message } = inner;
  if (typeof code !== 'number' || typeof message !== 'string') return undefined;
  return { code, message: plainText(message) };
}

function objectIn(json: JsonValue | undefined, what: string): JsonObject {
  if (!isJsonObject(json)) throw new UnusableAnswer(`${what} is no object`);
  return json;
}

function textIn(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value !== 'string') throw new UnusableAnswer(`${field} is no text`);
  return value;
}

function int64In(object: JsonObject, field: string): bigint {
  const text = textIn(object, field);
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > INT64_MAX) {
    throw new UnusableAnswer(`${field} is no number of 0 … 2^63−1 in a text`);
  }
  return BigInt(text);
}

/** 32 bytes in base64, exactly as an encoder would write them. */
function base64In(object: JsonObject, field: string): Uint8Array {
  const text = textIn(object, field);
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  if (bytes.length !== 32 || toBase64(bytes) !== text) {
    throw new UnusableAnswer(`${field} is no 32 bytes in base64`);
  }
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** For a query, where `+` and `/` mean something. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_');
}

/** `GET /v1/getinfo`. */
export function readNodeId(json: JsonValue): string {
  const id = textIn(objectIn(json, 'the answer'), 'identity_pubkey');
  if (!/^0[23][0-9a-f]{64}$/.test(id)) throw new UnusableAnswer('identity_pubkey is no public key');
  return id;
}

/** `POST /v1/invoices` and `POST /v2/invoices/hodl`. */
export function readPaymentRequest(json: JsonValue): string {
  return textIn(objectIn(json, 'the answer'), 'payment_request');
}

const INVOICE_STATES: Readonly<Record<string, InvoiceState>> = {
  OPEN: 'open',
  ACCEPTED: 'held',
  SETTLED: 'settled',
  CANCELED: 'canceled',
};

export type LndInvoice = {
  readonly state: InvoiceState;
  readonly paymentRequest: string;
  readonly amountMsat: bigint;
  /** Empty where the invoice carries text. */
  readonly descriptionHash: string;
  readonly paymentHash: PaymentHash;
};

/** `GET /v2/invoices/lookup`. */
export function readInvoice(json: JsonValue): LndInvoice {
  const invoice = objectIn(json, 'the answer');
  const name = textIn(invoice, 'state');
  const state = Object.hasOwn(INVOICE_STATES, name) ? INVOICE_STATES[name] : undefined;
  if (state === undefined) throw new UnusableAnswer('state is none that an invoice has');
  const descriptionHash =
    textIn(invoice, 'description_hash') === ''
      ? ''
      : bytesToHex(base64In(invoice, 'description_hash'));
  return {
    state,
    paymentRequest: textIn(invoice, 'payment_request'),
    amountMsat: int64In(invoice, 'value_msat'),
    descriptionHash,
    paymentHash: bytesToHex(base64In(invoice, 'r_hash')),
  };
}

function succeeded(payment: JsonObject, hash: PaymentHash): PaymentState {
  const digits = textIn(payment, 'payment_preimage');
  if (!HEX_32.test(digits)) throw new UnusableAnswer('payment_preimage is no 32 bytes in hex');
  const preimage = hexToBytes(digits);
  if (bytesToHex(sha256(preimage)) !== hash) {
    throw new UnusableAnswer('payment_preimage is not the preimage of the payment hash');
  }
  return { kind: 'succeeded', preimage, feeMsat: int64In(payment, 'fee_msat') };
}

/**
 * One line of `POST /v2/router/send` or `GET /v2/router/track/…`. lnd says `FAILED` only when no part of
 * a payment is out any more; a payment of which one part is settled and another is out is `IN_FLIGHT`.
 *
 * Source: decidePaymentStatus in lnd's payments/db/payment_status.go.
 */
export function readPayment(json: JsonValue, hash: PaymentHash): PaymentState {
  const payment = objectIn(objectIn(json, 'the answer')['result'], 'result');
  if (textIn(payment, 'payment_hash') !== hash) {
    throw new UnusableAnswer('payment_hash is another payment’s');
  }
  const status = textIn(payment, 'status');
  switch (status) {
    case 'INITIATED':
    case 'IN_FLIGHT':
      return { kind: 'in_flight' };
    case 'SUCCEEDED':
      return succeeded(payment, hash);
    case 'FAILED':
      return { kind: 'failed', reason: failureReason(textIn(payment, 'failure_reason')) };
    default:
      throw new UnusableAnswer('status is none that a payment has');
  }
}

/** `FAILURE_REASON_NO_ROUTE` → `no_route`: a name for people, from a set that lnd may add to. */
function failureReason(name: string): string {
  const [, reason = 'unknown'] = /^FAILURE_REASON_([A-Z_]{1,40})$/.exec(name) ?? [];
  return reason.toLowerCase();
}
