// Goal: a node in another process is as good as one in this. Method: the contract suite over LDK behind HTTP; then
// strangers and half-answers, on the scripted node.

import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../opentimestamps/calendar-server.ts';
import { RailError } from '../port.ts';
import { startLdkHost } from './ldk/start-ldk-host.ts';
import { describeLightningNodeContract } from './lightning-node-contract.ts';
import { type NodeServer, serveLightningNodes } from './node-server.ts';
import { remoteLightningNode } from './remote-node.ts';
import { ScriptedLightning } from './scripted-node.ts';

describeLightningNodeContract('LDK in another process', async () => {
  const { payer, payee, stop } = await startLdkHost();
  return { payer, payee, unpayableMsat: 10_000_000_000n, stop };
});

const signal = new AbortController().signal;
const TOKEN = 'f'.repeat(32);
const LIMITS = { maxFeeMsat: 0n, timeoutMs: 1_000 };
const HASH = '00'.repeat(32);
const servers: (NodeServer | TestServer)[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function outcomeOf(promise: Promise<unknown>): Promise<readonly unknown[]> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof RailError) return [error.code, error.outcome];
  throw new Error('a RailError was expected', { cause: error });
}

async function serve() {
  const world = new ScriptedLightning({ now: () => 0 });
  const server = await serveLightningNodes({ payer: world.payer }, TOKEN);
  servers.push(server);
  return { world, url: server.url };
}
const nodeAt = (url: string, token = TOKEN, name = 'payer') =>
  remoteLightningNode({ url, name, token, label: 'remote' });

/** A server that answers every question with this. */
async function answering(status: number, body: string): Promise<string> {
  const server = await startServer((_request, response) => {
    response.writeHead(status).end(body);
  });
  servers.push(server);
  return server.url;
}

describe('a server of nodes', () => {
  it('gives nothing to a stranger', async () => {
    const { world, url } = await serve();
    const stranger = nodeAt(url, 'e'.repeat(32));
    expect(await outcomeOf(stranger.pay('lnbcrt1', LIMITS, signal))).toEqual([
      'rail_refused',
      'not_applied',
    ]);
    expect(world.asked).toEqual([]);
  });

  it('knows no other node', async () => {
    const { url } = await serve();
    expect(await outcomeOf(nodeAt(url, TOKEN, 'payee').nodeId(signal))).toEqual([
      'rail_refused',
      'not_applied',
    ]);
  });

  it.each([
    ['an unknown member', 'pay', { bolt11: 'x', maxFeeMsat: '0', timeoutMs: 1, more: 1 }, 'more'],
    [
      'a fee that is no amount',
      'pay',
      { bolt11: 'x', maxFeeMsat: '-1', timeoutMs: 1 },
      'maxFeeMsat',
    ],
    ['no time to wait', 'pay', { bolt11: 'x', maxFeeMsat: '0', timeoutMs: 0 }, 'timeoutMs'],
    ['no hash', 'trackPayment', { paymentHash: 'ab' }, 'paymentHash'],
    [
      'an invoice over nothing',
      'createInvoice',
      { amountMsat: '0', descriptionHash: HASH, expirySeconds: 1 },
      'amountMsat',
    ],
    ['no object', 'nodeId', [], ''],
  ])('names the field of a question with %s', async (_what, call, body, field) => {
    const { url } = await serve();
    const response = await fetch(`${url}/payer/${call}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: 'request_unreadable', field });
  });

  it('wants a token worth the name', async () => {
    const world = new ScriptedLightning({ now: () => 0 });
    await expect(serveLightningNodes({ payer: world.payer }, 'short')).rejects.toThrow(/token/);
  });
});

describe('a remote node', () => {
  it('passes on what the node says of the effect', async () => {
    const { world, url } = await serve();
    const request = { amountMsat: 1n, descriptionHash: new Uint8Array(32), expirySeconds: 60 };
    const { bolt11 } = await world.payee.createInvoice(request, signal);
    world.faults.push('lost_before', 'refused');
    const remote = nodeAt(url);
    expect(await outcomeOf(remote.pay(bolt11, LIMITS, signal))).toEqual([
      'rail_timeout',
      'unknown',
    ]);
    expect(await outcomeOf(remote.pay(bolt11, LIMITS, signal))).toEqual([
      'rail_refused',
      'not_applied',
    ]);
  });

  it('that hears nothing knows nothing of a payment', async () => {
    const server = createServer((_request, response) => response.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const remote = nodeAt(`http://127.0.0.1:${port}`);
    expect(await outcomeOf(remote.pay('x', LIMITS, signal))).toEqual([
      'rail_unreachable',
      'unknown',
    ]);
    expect(await outcomeOf(remote.trackPayment(HASH, signal))).toEqual([
      'rail_unreachable',
      'not_applied',
    ]);
    await new Promise((resolve) => server.close(resolve));
    expect(await outcomeOf(remote.pay('x', LIMITS, signal))).toEqual([
      'rail_unreachable',
      'not_applied',
    ]);
  });

  it.each([
    ['no JSON', 200, '{'],
    ['another state', 200, '{"label":"x","result":{"kind":"perhaps"}}'],
    ['a short preimage', 200, '{"result":{"kind":"succeeded","preimage":"00","feeMsat":"0"}}'],
    ['too much', 200, 'x'.repeat(20_000)],
  ])('that is told %s finds it unusable', async (_what, status, body) => {
    const remote = nodeAt(await answering(status, body));
    expect(await outcomeOf(remote.pay('x', LIMITS, signal))).toEqual([
      'rail_answer_unusable',
      'unknown',
    ]);
  });

  it.each([
    ['a fault of the server', 500, '{"error":"node_fault"}', 'unknown'],
    ['an error that it cannot read', 422, '{"code":"x"}', 'unknown'],
    ['a refusal', 401, '{}', 'not_applied'],
  ])('that is told of %s', async (_what, status, body, outcome) => {
    const remote = nodeAt(await answering(status, body));
    expect(await outcomeOf(remote.pay('x', LIMITS, signal))).toEqual(['rail_refused', outcome]);
  });

  it('is on this machine', () => {
    expect(() => nodeAt('http://192.0.2.1:80')).toThrow(/url/);
    expect(() => nodeAt('http://127.0.0.1:80', TOKEN, 'A')).toThrow(/name/);
  });
});
