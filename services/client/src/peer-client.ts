import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { KeyPair } from './key-pair.ts';
import { NoAnswer, parseProblem, RefusedByNode } from './node-problem.ts';
import {
  type HeardOffer,
  offersFrom,
  type PeerAnswer,
  type PeerMessage,
  peerAnswerFrom,
  type StateAnswer,
  stateAnswerFrom,
} from './peer-answer.ts';
import { signRequest } from './request-signature.ts';

export type PeerClientOptions = {
  /** Delegated key of the party that this node routes for. */
  readonly key: KeyPair;
  /** Origin of each peer's node, `https://host:port`. */
  readonly peers: ReadonlyMap<PartyId, string>;
  /** ms since the epoch; defaults to the system clock. */
  readonly now?: (() => number) | undefined;
  /** Gives up on an answer after so many ms; default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Largest answer that is read; default 512 KiB. */
  readonly answerBytesMax?: number | undefined;
  /** Connections to one peer at once; default 8. */
  readonly connectionsMax?: number | undefined;
};

/**
 * The way to the neighbours' nodes: one signed request for each call, over connections that stay
 * open. It tries once. Whatever goes wrong rejects, and a rejection says nothing of what the peer
 * did: the caller asks again with the same objects, which have their effect once.
 */
export class PeerClient {
  readonly #options: PeerClientOptions;
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };

  constructor(options: PeerClientOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: options.connectionsMax ?? 8, keepAliveMsecs: 1000 };
    this.#agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) };
  }

  /** Hands a message over. @throws RefusedByNode, NoAnswer: the outcome is unknown. */
  async send(to: PartyId, message: PeerMessage): Promise<PeerAnswer> {
    const { from, objects } = message;
    const text = await this.#ask(to, 'POST', '/v1/hops/messages', { from, objects });
    return peerAnswerFrom(text, objects.length);
  }

  /** The offers that a peer tells on. @throws RefusedByNode, NoAnswer. */
  async offers(to: PartyId): Promise<readonly HeardOffer[]> {
    return offersFrom(await this.#ask(to, 'GET', '/v1/offers', undefined));
  }

  /** Hands a RoutingSignal over. @throws RefusedByNode, NoAnswer. */
  async signal(to: PartyId, from: PartyId, object: string): Promise<void> {
    await this.#ask(to, 'POST', '/v1/signals', { from, object });
  }

  /** Proposes a state of an edge that this end has signed. @throws RefusedByNode, NoAnswer. */
  async propose(to: PartyId, from: PartyId, edge: Hash, object: string): Promise<StateAnswer> {
    const path = `/v1/edges/${edge}/states`;
    return stateAnswerFrom(await this.#ask(to, 'POST', path, { from, object }));
  }

  /** Drops all connections. Calls under way reject. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #ask(
    to: PartyId,
    method: 'GET' | 'POST',
    path: string,
    value: object | undefined,
  ): Promise<string> {
    const origin = this.#options.peers.get(to);
    if (origin === undefined) throw new NoAnswer(`no address of ${to}`);
    const url = new URL(path, origin);
    const body = value === undefined ? undefined : Buffer.from(JSON.stringify(value));
    const { status, text } = await this.#exchange(method, url, body);
    if (status !== 200) throw new RefusedByNode(parseProblem(status, text));
    return text;
  }

  #exchange(
    method: string,
    url: URL,
    body: Buffer | undefined,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { key, now = Date.now, timeoutMs = 10_000 } = this.#options;
    const isTls = url.protocol === 'https:';
    const options = {
      method,
      headers: {
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': body.length }),
        ...signRequest({ method, url, body }, key, now()),
      },
      signal: AbortSignal.timeout(timeoutMs),
    };
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const failed = (error: unknown) => reject(new NoAnswer(`${url.host} had no answer`, error));
    const take = (response: IncomingMessage) => {
      this.#read(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, text }),
        failed,
      );
    };
    const { http, https } = this.#agents;
    const request = isTls
      ? httpsRequest(url, { ...options, agent: https }, take)
      : httpRequest(url, { ...options, agent: http }, take);
    request.on('error', failed);
    request.end(body);
    return promise;
  }

  /** @throws Error when the answer breaks off or is larger than is read. */
  async #read(response: IncomingMessage): Promise<string> {
    const { answerBytesMax = 512 * 1024 } = this.#options;
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of response) {
      const bytes = Buffer.from(piece);
      size += bytes.length;
      if (size > answerBytesMax) {
        response.destroy();
        throw new Error(`an answer of more than ${answerBytesMax} bytes`);
      }
      pieces.push(bytes);
    }
    return Buffer.concat(pieces).toString('utf8');
  }
}
