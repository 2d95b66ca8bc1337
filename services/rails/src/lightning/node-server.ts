/**
 * Serves a Lightning node to other processes of this machine: one who has the token can spend its money, so it
 * listens on the loopback only. A payment goes on when its caller is gone.
 */

import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { RailError } from '../port.ts';
import type { InvoiceRequest, LightningNode } from './lightning-node.ts';
import {
  hexAt,
  membersOf,
  msatAt,
  NODE_CALLS,
  NODE_MESSAGE_SIZE_BYTES_MAX,
  type NodeCall,
  numberAt,
  textAt,
  UnreadableMessage,
  writePaymentState,
} from './node-wire.ts';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;

export type NodeServer = {
  readonly url: string;
  readonly close: () => Promise<void>;
};

const INVOICE_MEMBERS = ['amountMsat', 'descriptionHash', 'expirySeconds'];

function invoiceRequestOf(value: JsonValue | undefined, more: readonly string[]): InvoiceRequest {
  const members = membersOf(value, [...INVOICE_MEMBERS, ...more]);
  const amountMsat = msatAt(members, 'amountMsat');
  if (amountMsat < 1n) throw new UnreadableMessage('amountMsat', '1 or more');
  return {
    amountMsat,
    descriptionHash: hexToBytes(hexAt(members, 'descriptionHash')),
    expirySeconds: numberAt(members, 'expirySeconds', 31_536_000),
  };
}

/** The answer of a node to a call. @throws RailError, UnreadableMessage */
async function answer(
  node: LightningNode,
  call: NodeCall,
  body: JsonValue | undefined,
): Promise<JsonValue> {
  switch (call) {
    case 'nodeId':
      membersOf(body, []);
      return node.nodeId(never);
    case 'createInvoice':
      return node.createInvoice(invoiceRequestOf(body, []), never);
    case 'createHoldInvoice': {
      const request = invoiceRequestOf(body, ['paymentHash']);
      const paymentHash = hexAt(
        membersOf(body, [...INVOICE_MEMBERS, 'paymentHash']),
        'paymentHash',
      );
      return node.createHoldInvoice({ ...request, paymentHash }, never);
    }
    case 'settleHold':
      await node.settleHold(hexToBytes(hexAt(membersOf(body, ['preimage']), 'preimage')), never);
      return null;
    case 'cancelHold':
      await node.cancelHold(hexAt(membersOf(body, ['paymentHash']), 'paymentHash'), never);
      return null;
    case 'trackInvoice':
      return node.trackInvoice(hexAt(membersOf(body, ['paymentHash']), 'paymentHash'), never);
    case 'trackPayment': {
      const hash = hexAt(membersOf(body, ['paymentHash']), 'paymentHash');
      return writePaymentState(await node.trackPayment(hash, never));
    }
    case 'pay': {
      const members = membersOf(body, ['bolt11', 'maxFeeMsat', 'timeoutMs']);
      const limits = {
        maxFeeMsat: msatAt(members, 'maxFeeMsat'),
        timeoutMs: numberAt(members, 'timeoutMs', DAY_MS),
      };
      return writePaymentState(await node.pay(textAt(members, 'bolt11'), limits, never));
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<JsonValue | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The answer to a question that is too long still has to leave.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > NODE_MESSAGE_SIZE_BYTES_MAX) throw new UnreadableMessage('', 'too large');
    chunks.push(bytes);
  }
  return parseAnyJson(Buffer.concat(chunks).toString('utf8'))?.value;
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function send(response: ServerResponse, status: number, body: JsonValue): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function handle(
  nodes: Readonly<Record<string, LightningNode>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, name = '', asked = ''] = /^\/([a-z]+)\/([A-Za-z]+)$/.exec(request.url ?? '') ?? [];
  const call = NODE_CALLS.find((known) => known === asked);
  const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
  if (node === undefined || call === undefined || request.method !== 'POST') {
    send(response, 404, { error: 'not_found' });
    return;
  }
  try {
    const result = await answer(node, call, await bodyOf(request));
    send(response, 200, { label: node.label, result });
  } catch (error) {
    if (error instanceof UnreadableMessage) {
      response.shouldKeepAlive = false;
      send(response, 400, { error: 'request_unreadable', field: error.field });
    } else if (error instanceof RailError) {
      const { code, outcome, shortMessage } = error;
      send(response, 422, { code, outcome, shortMessage });
    } else send(response, 500, { error: 'node_fault' });
  }
}

/**
 * Serves nodes at `/<name>/<call>` on a free port of 127.0.0.1, to requests that carry the token. `name` is of
 * a-z.
 */
export async function serveLightningNodes(
  nodes: Readonly<Record<string, LightningNode>>,
  token: string,
): Promise<NodeServer> {
  if (!/^[!-~]{16,256}$/.test(token)) throw new RangeError('token: 16 … 256 printable characters');
  const server = createServer((request, response) => {
    if (isAllowed(request, token)) {
      handle(nodes, request, response).catch(() => response.destroy());
    } else send(response, 401, { error: 'token_wrong' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
