/**
 * A stub of lnd's REST proxy on the loopback: it replays recordings of a real one, or misbehaves as it is
 * told. It keeps no state: it answers what the test has queued.
 */

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type JsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { selfSignedCertificate } from './self-signed-certificate.ts';

export type Recording = {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
  readonly status: number;
  readonly lines: readonly string[];
};

/** Source: test/lnd/record.ts. */
export const RECORDINGS: Readonly<Record<string, Recording>> = JSON.parse(
  readFileSync(new URL('./lnd-recordings.json', import.meta.url), 'utf8'),
).exchanges;

export function recorded(name: string): Recording {
  const one = RECORDINGS[name];
  if (one === undefined) throw new Error(`nothing is recorded as ${name}`);
  return one;
}

export type Reply =
  | { readonly kind: 'recorded'; readonly name: string }
  | { readonly kind: 'text'; readonly status: number; readonly text: string }
  /** Text without its end: the connection is cut. */
  | { readonly kind: 'cut'; readonly text: string }
  /** No answer at all while the test lasts. */
  | { readonly kind: 'silence' };

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly macaroon: unknown;
  readonly body: unknown;
};

export class LndStub {
  readonly received: Received[] = [];
  readonly folder: string;
  readonly #replies: Reply[] = [];
  readonly #server: Server;
  readonly #open = new Set<Duplex>();
  #port = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'atomicity-lnd-stub-'));
    const { certificate, key } = selfSignedCertificate();
    writeFileSync(this.certificateFile, certificate);
    writeFileSync(this.macaroonFile, Uint8Array.of(2, 1, 3, 0x6c, 0x6e, 0x64));
    this.#server = createServer({ cert: certificate, key }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
    });
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get certificateFile(): string {
    return join(this.folder, 'tls.cert');
  }

  get macaroonFile(): string {
    return join(this.folder, 'payer.macaroon');
  }

  /** Listens; with a port, at that one again. */
  async start(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a port was expected');
    this.#port = address.port;
  }

  /** Hangs up on everybody and frees the port. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  /** Stops and deletes its files. */
  async end(): Promise<void> {
    if (this.#server.listening) await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** What the next requests are answered, in this order; without a reply left the connection is cut. */
  next(...replies: readonly (Reply | string)[]): void {
    this.received.length = 0;
    this.#replies.length = 0;
    for (const reply of replies) {
      this.#replies.push(typeof reply === 'string' ? { kind: 'recorded', name: reply } : reply);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = parseAnyJson(Buffer.concat(chunks).toString())?.value;
    this.received.push({ method, path, macaroon: headers['grpc-metadata-macaroon'], body });
    const reply: Reply = this.#replies.shift() ?? { kind: 'cut', text: '' };
    if (reply.kind === 'silence') return;
    if (reply.kind === 'cut') {
      if (reply.text === '') response.destroy();
      else response.write(reply.text, () => response.destroy());
      return;
    }
    if (reply.kind === 'text') {
      response.writeHead(reply.status).end(reply.text);
      return;
    }
    const { status, lines } = recorded(reply.name);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(lines.map((line) => `${line}\n`).join(''));
  }
}
