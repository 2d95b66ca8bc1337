import type { HopView } from '@atomicity/kernel/book/views';
import type { Hash } from '@atomicity/kernel/units/id';
import { type PaymentView, partiesOfPayment } from '../payment-view.ts';
import type { PaymentNetwork } from '../peer-port.ts';
import type { ReceiptDesk, Receipts } from '../receipt-desk.ts';
import { maySee } from './caller.ts';
import { jsonBytes, readOrRefuse } from './json-request.ts';
import {
  callerOfRequest,
  type LedgerRequest,
  optionalParameter,
  parameter,
} from './ledger-request.ts';
import { readPaymentRequest, readReceipts } from './network-body.ts';
import type { PeerGate } from './peer-gate.ts';
import { RefusedRequest } from './problem.ts';
import { controller } from './routing.ts';
import { PEER_GATE, RECEIPTS } from './tokens.ts';

/** Payments across books for those who make and take them. */
export class PaymentsController {
  readonly #gate: PeerGate;
  readonly #receipts: ReceiptDesk;

  constructor(gate: PeerGate, receipts: ReceiptDesk) {
    this.#gate = gate;
    this.#receipts = receipts;
  }

  async orderPayment(request: LedgerRequest): Promise<PaymentView> {
    const wanted = readOrRefuse(readPaymentRequest(jsonBytes(request)));
    const network = this.#own(request);
    const started = await network.pay(wanted);
    if (!started.ok) throw new RefusedRequest(started.refusal);
    return this.#payment(request, network, started.intent);
  }

  getPayment(request: LedgerRequest): PaymentView {
    return this.#payment(request, this.#gate.network(), parameter(request, 'intent') as Hash);
  }

  getHops(request: LedgerRequest): { readonly hops: readonly HopView[] } {
    const caller = callerOfRequest(request);
    const intent = optionalParameter(request, 'intent') as Hash | undefined;
    const hops = this.#gate.network().hops(intent);
    return { hops: hops.filter(({ from, to }) => maySee(caller, [from, to])) };
  }

  getReceipts(request: LedgerRequest): Promise<Receipts> {
    const intent = parameter(request, 'intent') as Hash;
    return this.#receipts.of(intent, callerOfRequest(request));
  }

  async leaveReceipts(request: LedgerRequest): Promise<{ readonly kind: 'kept' }> {
    const left = readOrRefuse(readReceipts(jsonBytes(request)));
    const intent = parameter(request, 'intent') as Hash;
    await this.#receipts.keep(intent, left, callerOfRequest(request));
    return { kind: 'kept' };
  }

  /** Only the party that this node routes for orders payments of it. */
  #own(request: LedgerRequest): PaymentNetwork {
    const network = this.#gate.network();
    if (callerOfRequest(request).parties.has(network.party)) return network;
    throw new RefusedRequest({ reason: 'role_not_allowed', facts: { endpoint: 'orderPayment' } });
  }

  #payment(request: LedgerRequest, network: PaymentNetwork, intent: Hash): PaymentView {
    const payment = network.payment(intent);
    if (payment !== undefined && maySee(callerOfRequest(request), partiesOfPayment(payment))) {
      return payment;
    }
    throw new RefusedRequest({ reason: 'not_found' });
  }
}

controller(PaymentsController, [PEER_GATE, RECEIPTS]);
