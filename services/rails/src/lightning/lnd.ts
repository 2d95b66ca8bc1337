/**
 * The Lightning port over an lnd of one's own, through its REST proxy.
 *
 * lnd pays a hash at most once: a hash that is under way or paid is answered `AlreadyExists`, and then
 * tracked. It goes on with a payment whose caller has hung up, and after a restart. So no answer, and no
 * end of a connection, means that a payment failed; only its track does.
 *
 * Source: lnd 0.20, SendPaymentV2 and TrackPaymentV2 in lnrpc/routerrpc/router_server.go.
 */

import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import type { JsonObject, JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { RailError } from '../port.ts';
import { decodeBolt11 } from './bolt11.ts';
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
  errorOf,
  GRPC,
  type LndError,
  type LndInvoice,
  readInvoice,
  readNodeId,
  readPayment,
  readPaymentRequest,
  toBase64,
  toBase64Url,
  UnusableAnswer,
} from './lnd-answers.ts';
import {
  type LndAddress,
  type LndAnswer,
  LndConnection,
  type LndRequest,
} from './lnd-connection.ts';

export type LndOptions = LndAddress & {
  /** What people are told that this node is; `lnd at host:port` unless said. */
  readonly label?: string;
  /** For one question, 1 … 300,000 ms; 10,000 unless said. A payment has its own limit. */
  readonly timeoutMs?: number;
  /** True if invoices shall tell the way over channels that are not announced. */
  readonly privateRouteHints?: boolean;
};

const INT64_MAX = 2n ** 63n - 1n;
const PAY_TIMEOUT_MS_MAX = 86_400_000;
const EXPIRY_SECONDS_MAX = 31_536_000;

/** What lnd says before it looks at a request: no macaroon, a wrong one, one that does not allow the call. */
const MACAROON_REFUSED = /macaroon|permission denied|verification failed|^unmarshal v\d/i;
/** What it says of every call while it starts. Source: lnd's rpcperms/interceptor.go. */
const NOT_READY = /wallet locked|wallet not created|process of starting up|waiting to start/i;
/** Errors of invoices, which change nothing. Source: lnd's invoices/errors.go. */
const INVOICE_REFUSED =
  /still open|already (settled|canceled|exists)|unable to locate|does not match|cannot open/i;

const SURE_CODES: ReadonlySet<number> = new Set([
  GRPC.INVALID_ARGUMENT,
  GRPC.NOT_FOUND,
  GRPC.PERMISSION_DENIED,
  GRPC.FAILED_PRECONDITION,
  GRPC.UNIMPLEMENTED,
  GRPC.UNAUTHENTICATED,
]);

/** Of errors that lnd itself answers, as opposed to those of what stands before it. */
const HANDLED_CODES: ReadonlySet<number> = new Set([
  ...SURE_CODES,
  GRPC.UNKNOWN,
  GRPC.ALREADY_EXISTS,
]);

type Call = Omit<LndRequest, 'timeoutMs'>;

class LndNode implements LightningNode {
  readonly label: string;
  readonly #connection: LndConnection;
  readonly #timeoutMs: number;
  readonly #privateRouteHints: boolean;

  constructor(options: LndOptions) {
    const { timeoutMs = 10_000, privateRouteHints = false } = options;
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 300_000) {
      throw new RangeError('timeoutMs: must be 1 … 300,000');
    }
    this.#connection = new LndConnection(options);
    this.#timeoutMs = timeoutMs;
    this.#privateRouteHints = privateRouteHints;
    this.label = options.label ?? `lnd at ${new URL(options.url).host}`;
  }

  async nodeId(signal: AbortSignal): Promise<string> {
    return this.#ask({ method: 'GET', path: '/v1/getinfo', changes: false }, readNodeId, signal);
  }

  async createInvoice(request: InvoiceRequest, signal: AbortSignal): Promise<Invoice> {
    const call = post('/v1/invoices', this.#invoiceBody(request));
    const bolt11 = await this.#ask(call, readPaymentRequest, signal);
    return { bolt11, paymentHash: this.#paymentHashOf(bolt11, 'unknown') };
  }

  async createHoldInvoice(
    request: InvoiceRequest & { readonly paymentHash: PaymentHash },
    signal: AbortSignal,
  ): Promise<Invoice> {
    const { paymentHash } = request;
    const hash = toBase64(hexToBytes(paymentHash));
    const call = post('/v2/invoices/hodl', { ...this.#invoiceBody(request), hash });
    try {
      return { bolt11: await this.#ask(call, readPaymentRequest, signal), paymentHash };
    } catch (error) {
      // After an unknown outcome the caller asks again: the first invoice, if it is the one asked for.
      const first = await this.#firstInvoice(request, signal);
      if (first === undefined) throw error;
      return { bolt11: first, paymentHash };
    }
  }

  async settleHold(preimage: Uint8Array, signal: AbortSignal): Promise<void> {
    if (preimage.length !== 32) throw new RangeError('preimage: must have 32 bytes');
    const call = post('/v2/invoices/settle', { preimage: toBase64(preimage) });
    await this.#ask(call, () => undefined, signal);
  }

  async cancelHold(paymentHash: PaymentHash, signal: AbortSignal): Promise<void> {
    const call = post('/v2/invoices/cancel', { payment_hash: toBase64(hexToBytes(paymentHash)) });
    await this.#ask(call, () => undefined, signal);
  }

  async trackInvoice(paymentHash: PaymentHash, signal: AbortSignal): Promise<InvoiceState> {
    return (await this.#lookUpInvoice(paymentHash, signal))?.state ?? 'absent';
  }

  async pay(bolt11: string, limits: PayLimits, signal: AbortSignal): Promise<PaymentState> {
    const paymentHash = this.#paymentHashOf(bolt11, 'not_applied');
    const { maxFeeMsat, timeoutMs } = limits;
    if (maxFeeMsat < 0n || maxFeeMsat > INT64_MAX) {
      throw new RangeError('maxFeeMsat: must be 0 … 2^63−1');
    }
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > PAY_TIMEOUT_MS_MAX) {
      throw new RangeError(`timeoutMs: must be 1 … ${PAY_TIMEOUT_MS_MAX}`);
    }
    const body = {
      payment_request: bolt11,
      fee_limit_msat: maxFeeMsat.toString(),
      // lnd starts no attempt after this; a second before nobody listens any more.
      timeout_seconds: Math.max(1, Math.ceil(timeoutMs / 1000) - 1),
      no_inflight_updates: true,
    };
    const call = { ...post('/v2/router/send', body), timeoutMs };
    try {
      for await (const answer of this.#connection.stream(call, signal)) {
        const error = this.#errorIn(answer, call);
        if (error !== undefined) {
          const refusal = this.#refused(error, answer.status, call);
          return await this.#afterRefusal(error, refusal, paymentHash, signal);
        }
        const state = this.#read(answer, call, (json) => readPayment(json, paymentHash));
        if (state.kind !== 'in_flight') return state;
      }
    } catch (error) {
      if (signal.aborted || !isTimeout(error)) throw error;
      return await this.#stateOrThrow(paymentHash, error, signal);
    }
    const silent = this.#connection.error(
      'rail_answer_unusable',
      'lnd ended its answer',
      'unknown',
    );
    return await this.#stateOrThrow(paymentHash, silent, signal);
  }

  async trackPayment(paymentHash: PaymentHash, signal: AbortSignal): Promise<PaymentState> {
    const path = `/v2/router/track/${toBase64Url(hexToBytes(paymentHash))}`;
    const call = { method: 'GET', path, changes: false, timeoutMs: this.#timeoutMs } as const;
    // The first line is how it stands; the rest would be how it goes on.
    for await (const answer of this.#connection.stream(call, signal)) {
      const error = this.#errorIn(answer, call);
      if (error?.code === GRPC.NOT_FOUND) return { kind: 'absent' };
      if (error !== undefined) throw this.#refused(error, answer.status, call);
      return this.#read(answer, call, (json) => readPayment(json, paymentHash));
    }
    throw this.#connection.error('rail_answer_unusable', 'lnd: an empty answer', 'not_applied');
  }

  /**
   * lnd said no to a payment: because there is one with this hash already, or for a reason of its own. In
   * the second case it begins nothing after its answer, so what it does not know of now did not happen.
   */
  async #afterRefusal(
    error: LndError,
    refusal: RailError,
    paymentHash: PaymentHash,
    signal: AbortSignal,
  ): Promise<PaymentState> {
    if (saysNothingHappened(error)) throw refusal;
    if (!HANDLED_CODES.has(error.code)) return this.#stateOrThrow(paymentHash, refusal, signal);
    const state = await this.trackPayment(paymentHash, signal).catch(() => undefined);
    if (state === undefined) throw refusal;
    if (state.kind !== 'absent') return state;
    const { code, shortMessage, facts } = refusal;
    const outcome = error.code === GRPC.UNKNOWN ? 'not_applied' : refusal.outcome;
    throw this.#connection.error(code, shortMessage, outcome, { facts });
  }

  /**
   * How a payment stands that lnd did not tell the end of; else the error that led here. An earlier attempt's
   * failure, or nothing yet, is no answer: what was sent now may still be on its way to lnd.
   */
  async #stateOrThrow(
    paymentHash: PaymentHash,
    error: unknown,
    signal: AbortSignal,
  ): Promise<PaymentState> {
    const state = await this.trackPayment(paymentHash, signal).catch(() => undefined);
    if (state?.kind === 'succeeded' || state?.kind === 'in_flight') return state;
    throw error;
  }

  async #firstInvoice(
    request: InvoiceRequest & { readonly paymentHash: PaymentHash },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const first = await this.#lookUpInvoice(request.paymentHash, signal).catch(() => undefined);
    const isTheOne =
      first?.amountMsat === request.amountMsat &&
      first.descriptionHash === bytesToHex(request.descriptionHash);
    return isTheOne ? first.paymentRequest : undefined;
  }

  async #lookUpInvoice(hash: PaymentHash, signal: AbortSignal): Promise<LndInvoice | undefined> {
    const path = `/v2/invoices/lookup?payment_hash=${toBase64Url(hexToBytes(hash))}`;
    const call = { method: 'GET', path, changes: false, timeoutMs: this.#timeoutMs } as const;
    const answer = await this.#connection.ask(call, signal);
    const error = this.#errorIn(answer, call);
    if (error?.code === GRPC.NOT_FOUND) return undefined;
    if (error !== undefined) throw this.#refused(error, answer.status, call);
    const invoice = this.#read(answer, call, readInvoice);
    if (invoice.paymentHash !== hash) {
      throw this.#connection.error('rail_answer_unusable', 'lnd: another invoice', 'not_applied');
    }
    return invoice;
  }

  #invoiceBody(request: InvoiceRequest): JsonObject {
    const { amountMsat, descriptionHash, expirySeconds } = request;
    if (amountMsat < 1n || amountMsat > INT64_MAX) {
      throw new RangeError('amountMsat: must be 1 … 2^63−1');
    }
    if (descriptionHash.length !== 32) throw new RangeError('descriptionHash: must have 32 bytes');
    if (
      !Number.isInteger(expirySeconds) ||
      expirySeconds < 1 ||
      expirySeconds > EXPIRY_SECONDS_MAX
    ) {
      throw new RangeError(`expirySeconds: must be 1 … ${EXPIRY_SECONDS_MAX}`);
    }
    return {
      value_msat: amountMsat.toString(),
      description_hash: toBase64(descriptionHash),
      expiry: String(expirySeconds),
      private: this.#privateRouteHints,
    };
  }

  async #ask<T>(call: Call, read: (json: JsonValue) => T, signal: AbortSignal): Promise<T> {
    const answer = await this.#connection.ask({ ...call, timeoutMs: this.#timeoutMs }, signal);
    const error = this.#errorIn(answer, call);
    if (error !== undefined) throw this.#refused(error, answer.status, call);
    return this.#read(answer, call, read);
  }

  #errorIn({ status, json }: LndAnswer, call: Call): LndError | undefined {
    const error = errorOf(json);
    if (error !== undefined || status === 200) return error;
    throw this.#connection.error(
      'rail_answer_unusable',
      `lnd answered ${status}`,
      outcomeOf(call),
      {
        facts: { status },
      },
    );
  }

  #read<T>({ json }: LndAnswer, call: Call, read: (json: JsonValue) => T): T {
    try {
      return read(json);
    } catch (cause) {
      if (!(cause instanceof UnusableAnswer)) throw cause;
      const message = `lnd: ${cause.message}`;
      throw this.#connection.error('rail_answer_unusable', message, outcomeOf(call), { cause });
    }
  }

  #refused(error: LndError, status: number, call: Call): RailError {
    const sure =
      saysNothingHappened(error) ||
      SURE_CODES.has(error.code) ||
      (isAboutInvoices(call) && INVOICE_REFUSED.test(error.message));
    const outcome = sure ? 'not_applied' : outcomeOf(call);
    const message = refusalOf(error);
    const facts = { status, grpcCode: error.code, answer: error.message };
    return this.#connection.error('rail_refused', message, outcome, { facts });
  }

  #paymentHashOf(bolt11: string, outcome: RailError['outcome']): PaymentHash {
    const decoded = decodeBolt11(bolt11);
    if (decoded.kind === 'decoded') return decoded.invoice.paymentHash;
    throw this.#connection.error('rail_refused', 'not an invoice', outcome, {
      facts: { reason: decoded.reason },
    });
  }
}

function post(path: string, body: JsonObject): Call & { readonly body: JsonObject } {
  return { method: 'POST', path, body, changes: true };
}

function outcomeOf({ changes }: Call): RailError['outcome'] {
  return changes ? 'unknown' : 'not_applied';
}

/** A payment that `already exists` is no payment that did not happen. */
function isAboutInvoices({ path }: Call): boolean {
  return /^\/v[12]\/invoices/.test(path);
}

function saysNothingHappened({ message }: LndError): boolean {
  return MACAROON_REFUSED.test(message) || NOT_READY.test(message);
}

function refusalOf({ message }: LndError): string {
  if (MACAROON_REFUSED.test(message)) return 'lnd refuses the macaroon for this call';
  return NOT_READY.test(message) ? 'lnd is not ready yet' : 'lnd refuses';
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'rail_timeout';
}

/**
 * An lnd as a Lightning node. Reads the certificate and the macaroon once; connects when it is asked.
 *
 * @throws {RangeError | Error} naming the field, if an option or a file is unusable.
 */
export function lndNode(options: LndOptions): LightningNode {
  return new LndNode(options);
}
