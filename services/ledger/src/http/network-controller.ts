import type { Hash } from '@atomicity/kernel/units/id';
import type { OfferView, PaymentNetwork, PeerAnswer } from '../peer-port.ts';
import { jsonBytes, readOrRefuse } from './json-request.ts';
import { callerOfRequest, type LedgerRequest, parameter } from './ledger-request.ts';
import { type PeerObject, readPeerMessage, readPeerObject } from './network-body.ts';
import type { PeerGate } from './peer-gate.ts';
import { type Problem, problemOf, RefusedRequest } from './problem.ts';
import { controller } from './routing.ts';
import { PEER_GATE } from './tokens.ts';

type StateAnswer =
  | { readonly kind: 'signed' | 'differs'; readonly object: string }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What neighbours hand over and ask for. */
export class NetworkController {
  readonly #gate: PeerGate;

  constructor(gate: PeerGate) {
    this.#gate = gate;
  }

  async sendHopMessages(request: LedgerRequest): Promise<PeerAnswer> {
    const message = readOrRefuse(readPeerMessage(jsonBytes(request)));
    const caller = callerOfRequest(request);
    const network = this.#gate.admit(caller, message.from, message.objects.length + 1);
    return network.receive(message);
  }

  async sendSignal(request: LedgerRequest): Promise<{ readonly kind: 'taken' }> {
    const { network, from, object } = this.#peerObject(request);
    const refusal = await network.signal(from, object);
    if (refusal !== undefined) throw new RefusedRequest(refusal);
    return { kind: 'taken' };
  }

  async proposeEdgeState(request: LedgerRequest): Promise<StateAnswer> {
    const { network, from, object } = this.#peerObject(request);
    const edge = parameter(request, 'edge') as Hash;
    const answer = await network.proposeState(from, edge, object);
    if (answer.kind !== 'refused') return answer;
    return { kind: 'refused', problem: problemOf(answer.refusal) };
  }

  async getOffers(request: LedgerRequest): Promise<{ readonly offers: readonly OfferView[] }> {
    const network = this.#gate.network();
    if (!this.#gate.mayReadOffers(callerOfRequest(request))) {
      throw new RefusedRequest({ reason: 'not_a_peer' });
    }
    return { offers: await network.offers() };
  }

  #peerObject(request: LedgerRequest): PeerObject & { readonly network: PaymentNetwork } {
    const peerObject = readOrRefuse(readPeerObject(jsonBytes(request)));
    const network = this.#gate.admit(callerOfRequest(request), peerObject.from, 1);
    return { ...peerObject, network };
  }
}

controller(NetworkController, [PEER_GATE]);
