// Goal: a message gets to the neighbour signed, over a connection that is used again, and whatever goes
// wrong on the way rejects. Method: plain HTTP servers on loopback that answer as each test lays down.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import { afterEach, describe, expect, it } from 'vitest';
import { keyPairFromSeed } from './key-pair.ts';
import { NoAnswer, RefusedByNode } from './node-problem.ts';
import { PeerClient, type PeerClientOptions } from './peer-client.ts';

const me = keyPairFromSeed(new Uint8Array(32).fill(1));
const peer = keyPairFromSeed(new Uint8Array(32).fill(2)).id;
const stranger = keyPairFromSeed(new Uint8Array(32).fill(3)).id;

type Asked = {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly port: number | undefined;
};

const servers: Server[] = [];
const clients: PeerClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: (response: ServerResponse, asked: Asked) => void) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, url, headers, socket } = request;
      const body = Buffer.concat(pieces).toString();
      const one = { method, url, headers, body, port: socket.remotePort };
      asked.push(one);
      answer(response, one);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { asked, origin: `http://127.0.0.1:${port}` };
}

function clientOf(origin: string, more: Partial<PeerClientOptions> = {}): PeerClient {
  const client = new PeerClient({ key: me, peers: new Map([[peer, origin]]), ...more });
  clients.push(client);
  return client;
}

const json =
  (value: unknown, status = 200) =>
  (response: ServerResponse) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(value));

describe('a message', () => {
  it('goes out signed and canonical; what comes back is read', async () => {
    const refusal = { reason: 'voucher_stale', field: '/body/route/seenAt', rule: 'in time' };
    const answers = [
      { kind: 'answer', object: '{}' },
      { kind: 'refused', refusal: { ...refusal, facts: { now: 1 } } },
      { kind: 'none' },
    ];
    const { asked, origin } = await serve(json({ answers, clock: 'now' }));
    const answer = await clientOf(origin).send(peer, { from: me.id, objects: ['a', 'b', 'c'] });
    expect(answer).toEqual({
      answers: [answers[0], { kind: 'refused', refusal }, answers[2]],
      clock: 'now',
    });
    const [one] = asked;
    expect([one?.method, one?.url]).toEqual(['POST', '/v1/hops/messages']);
    expect(one?.body).toBe(`{"from":"${me.id}","objects":["a","b","c"]}`);
    expect(one?.headers['signature-input']).toContain(
      '("@method" "@authority" "@path" "content-digest")',
    );
    expect(one?.headers['signature-input']).toContain(`keyid="${me.id}"`);
  });

  it('uses the connection of the one before', async () => {
    const { asked, origin } = await serve(json({ answers: [], clock: 'now' }));
    const client = clientOf(origin);
    for (let i = 0; i < 3; i += 1) await client.send(peer, { from: me.id, objects: [] });
    expect(new Set(asked.map(({ port }) => port)).size).toBe(1);
  });
});

describe('rejects', () => {
  const send = (client: PeerClient, objects: readonly string[] = ['a']) =>
    client.send(peer, { from: me.id, objects });

  it('without asking, for a party that has no address', async () => {
    const { asked, origin } = await serve(json({}));
    const message = { from: me.id, objects: [] };
    await expect(clientOf(origin).send(stranger, message)).rejects.toThrow(NoAnswer);
    expect(asked).toEqual([]);
  });

  it('a refusal, with its reason', async () => {
    const { origin } = await serve(json({ reason: 'not_a_peer' }, 403));
    const refused = await send(clientOf(origin)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedByNode);
    expect(refused).toMatchObject({ problem: { status: 403, reason: 'not_a_peer' } });
  });

  it('a redirect: nobody is sent elsewhere with a signed message', async () => {
    const { asked, origin } = await serve(
      (response) => void response.writeHead(307, { location: '/v1/elsewhere' }).end(),
    );
    await expect(send(clientOf(origin))).rejects.toThrow(RefusedByNode);
    expect(asked).toHaveLength(1);
  });

  it('silence', async () => {
    const { origin } = await serve(() => undefined);
    await expect(send(clientOf(origin, { timeoutMs: 50 }))).rejects.toThrow(NoAnswer);
  });

  it('an answer that starts and never ends', async () => {
    const { origin } = await serve((response) => void response.writeHead(200).write('{"answers":'));
    await expect(send(clientOf(origin, { timeoutMs: 50 }))).rejects.toThrow(NoAnswer);
  });

  it('an answer that is too large', async () => {
    const { origin } = await serve(json({ answers: [], clock: 'x'.repeat(2000) }));
    await expect(send(clientOf(origin, { answerBytesMax: 1000 }), [])).rejects.toThrow(NoAnswer);
  });

  it('a connection that breaks', async () => {
    const { origin } = await serve((response) => void response.socket?.destroy());
    await expect(send(clientOf(origin))).rejects.toThrow(NoAnswer);
  });

  it('a port at which nobody listens', async () => {
    await expect(send(clientOf('http://127.0.0.1:1'))).rejects.toThrow(NoAnswer);
  });

  it.each([
    ['no object', []],
    ['fewer answers than objects', { answers: [], clock: 'now' }],
    ['no clock', { answers: [{ kind: 'none' }] }],
    ['an unknown kind', { answers: [{ kind: 'maybe' }], clock: 'now' }],
    ['an answer without text', { answers: [{ kind: 'answer' }], clock: 'now' }],
    ['a refusal without reason', { answers: [{ kind: 'refused', refusal: {} }], clock: 'now' }],
  ])('%s', async (_what, value) => {
    const { origin } = await serve(json(value));
    await expect(send(clientOf(origin))).rejects.toThrow(NoAnswer);
  });
});

describe('the other calls', () => {
  it('read offers', async () => {
    const offers = [
      { offer: 'o', delegation: 'd', remainingMs: 5 },
      { offer: 'p', delegation: null, remainingMs: 0 },
    ];
    const { origin } = await serve(json({ offers }));
    expect(await clientOf(origin).offers(peer)).toEqual(offers);
    const bad = await serve(json({ offers: [{ offer: 'o' }] }));
    await expect(clientOf(bad.origin).offers(peer)).rejects.toThrow(NoAnswer);
  });

  it('hand over signals and states', async () => {
    const { asked, origin } = await serve((response, { url }) =>
      json(url?.startsWith('/v1/signals') ? { kind: 'taken' } : { kind: 'signed', object: 's' })(
        response,
      ),
    );
    const client = clientOf(origin);
    await client.signal(peer, me.id, 'hint');
    expect(await client.propose(peer, me.id, ZERO_HASH, 'state')).toEqual({
      kind: 'signed',
      object: 's',
    });
    expect(asked.map(({ url, body }) => `${url} ${body}`)).toEqual([
      `/v1/signals {"from":"${me.id}","object":"hint"}`,
      `/v1/edges/${ZERO_HASH}/states {"from":"${me.id}","object":"state"}`,
    ]);
  });

  it('read why a state is refused', async () => {
    const { origin } = await serve(
      json({ kind: 'refused', problem: { status: 422, reason: 'edge_unknown' } }),
    );
    expect(await clientOf(origin).propose(peer, me.id, ZERO_HASH, 's')).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'edge_unknown' },
    });
  });
});
