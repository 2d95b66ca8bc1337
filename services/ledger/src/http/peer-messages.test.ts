// Goal: a neighbour gets exactly as far as it may, and bad input of any kind is refused by name before
// the router sees it. Method: one row for each way to be wrong, on each endpoint; a fake router counts.

import { intent } from '@atomicity/kernel/testing/payments';
import { AGENT, GPU, testParty } from '@atomicity/kernel/testing/world';
import type { Hash } from '@atomicity/kernel/units/id';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeNetwork, memoryMirror, paymentView } from '../testing/fake-network.ts';
import {
  createTestLedger,
  get,
  introduce,
  send,
  signed,
  type TestAnswer,
  type TestLedger,
} from '../testing/test-ledger.ts';
import type { HttpSettings } from './settings.ts';

const PEER = GPU;
const FOREIGN = testParty('foreign');
const EDGE = 'e'.repeat(64);

let ledger: TestLedger;
let router: ReturnType<typeof fakeNetwork>;

async function start(settings: Partial<HttpSettings> = {}): Promise<void> {
  router = fakeNetwork(AGENT.id, [PEER.id]);
  ledger = await createTestLedger({
    network: router.network,
    mirror: memoryMirror(3),
    settings,
  });
  await introduce(ledger, ledger.world, AGENT, PEER, FOREIGN);
}

beforeEach(() => start());

const post = (url: string, body: unknown, as = PEER) =>
  send(ledger, signed(ledger, 'POST', url, as.key, body));
const message = (objects: readonly unknown[], from: string = PEER.id) => ({ from, objects });
const inAWord = ({ status, json }: TestAnswer) =>
  `${status} ${json.reason ?? 'ok'}${json.field === undefined ? '' : ` ${json.field}`}`;

describe('a message of a peer', () => {
  it('reaches the router as it was sent, and its answers come back in order', async () => {
    const answer = await post('/v1/hops/messages', message(['a', 'b']));
    expect([answer.status, answer.json]).toEqual([
      200,
      { answers: [{ kind: 'none' }, { kind: 'none' }], clock: 'clock' },
    ]);
    expect(router.seen.messages).toEqual([{ from: PEER.id, objects: ['a', 'b'] }]);
  });

  it('without objects asks for the time', async () => {
    const { json } = await post('/v1/hops/messages', message([]));
    expect(json).toEqual({ answers: [], clock: 'clock' });
  });

  const rows: readonly (readonly [string, string, unknown])[] = [
    ['that is no JSON', '400 malformed_request ', '{"from":'],
    ['that is a list', '400 malformed_request ', []],
    ['without sender', '400 malformed_request /from', { objects: [] }],
    ['with a sender that is none', '400 malformed_request /from', message([], 'pk:me')],
    ['without objects', '400 malformed_request /objects', { from: PEER.id }],
    ['with one text for a list', '400 malformed_request /objects', { from: PEER.id, objects: 'a' }],
    ['with an object that is no text', '400 malformed_request /objects/1', message(['a', {}])],
    ['with nine objects', '400 malformed_request /objects', message(Array(9).fill('a'))],
    ['with another member', '400 malformed_request /to', { ...message([]), to: AGENT.id }],
    ['with spaces', '400 malformed_request ', `{"from":"${PEER.id}", "objects":[]}`],
    [
      'with a repeated key',
      '400 malformed_request ',
      `{"from":"${PEER.id}","from":"${PEER.id}","objects":[]}`,
    ],
    ['in another name', '403 not_a_peer /from', message([], FOREIGN.id)],
    ['in the node’s own name', '403 not_a_peer /from', message([], AGENT.id)],
  ];
  it.each(rows)('%s: %s', async (_what, expected, body) => {
    expect(inAWord(await post('/v1/hops/messages', body))).toBe(expected);
    expect(router.seen.messages).toEqual([]);
  });

  it('of a party that is known but no peer: not_a_peer', async () => {
    const answer = await post('/v1/hops/messages', message([], FOREIGN.id), FOREIGN);
    expect(inAWord(answer)).toBe('403 not_a_peer /from');
  });

  it('of a key that nobody delegated: request_key_unknown', async () => {
    const stranger = testParty('stranger');
    const answer = await post('/v1/hops/messages', message([], stranger.id), stranger);
    expect(inAWord(answer)).toBe('401 request_key_unknown signature-input');
  });

  it('that comes a second time, signature and all: request_replayed', async () => {
    const request = signed(ledger, 'POST', '/v1/hops/messages', PEER.key, message(['a']));
    expect((await send(ledger, request)).status).toBe(200);
    expect(inAWord(await send(ledger, request))).toBe('401 request_replayed signature-input');
    expect(router.seen.messages).toHaveLength(1);
  });

  it('that was signed for another node: authority_not_served', async () => {
    await start({ authorities: ['localhost:80'] });
    const other = { authority: 'bob.example:443' };
    const body = message([]);
    const request = signed(ledger, 'POST', '/v1/hops/messages', PEER.key, body, other);
    expect((await send(ledger, request)).json.reason).toBe('authority_not_served');
  });

  it('with another body than was signed: content_digest_mismatch', async () => {
    const request = signed(ledger, 'POST', '/v1/hops/messages', PEER.key, message(['a']));
    const payload = JSON.stringify(message(['b']));
    expect(inAWord(await send(ledger, { ...request, payload }))).toBe(
      '400 content_digest_mismatch content-digest',
    );
  });
});

describe('a body', () => {
  const large = message(['x'.repeat(65_536)]);

  it('over 64 KiB is refused, whatever it says of its length', async () => {
    expect(inAWord(await post('/v1/hops/messages', large))).toBe('413 request_too_large');
    expect(inAWord(await post('/v1/payments', large))).toBe('413 request_too_large');
  });

  it('over 64 KiB that comes in pieces of no stated length is refused as well', async () => {
    await ledger.app.listen(0, '127.0.0.1');
    const url = `${(await ledger.app.getUrl()).replace('[::1]', '127.0.0.1')}/v1/hops/messages`;
    const authority = new URL(url).host;
    const { headers, payload } = signed(ledger, 'POST', '/v1/hops/messages', PEER.key, large, {
      authority,
    });
    const { host, ...rest } = headers;
    const body = new Blob([String(payload)]).stream();
    const init = { method: 'POST', headers: rest, body, duplex: 'half' };
    const answer = await fetch(url, init as RequestInit);
    expect([host, answer.status]).toEqual([authority, 413]);
    expect(await answer.json()).toMatchObject({ reason: 'request_too_large' });
    expect(router.seen.messages).toEqual([]);
    await ledger.app.close();
  });

  it('of another type than JSON is refused', async () => {
    const request = signed(ledger, 'POST', '/v1/signals', PEER.key, { from: PEER.id, object: 'x' });
    const headers = { ...request.headers, 'content-type': 'text/plain' };
    expect(inAWord(await send(ledger, { ...request, headers }))).toBe(
      '415 unsupported_media_type content-type',
    );
  });
});

describe('the rate of a peer', () => {
  it('counts objects, not requests, is its own, and comes back with time', async () => {
    await start({ peerLimit: { perSecond: 1, burst: 5 } });
    expect((await post('/v1/hops/messages', message(['a', 'b', 'c']))).status).toBe(200);
    const refused = await post('/v1/hops/messages', message(['d']));
    expect(inAWord(refused)).toBe('429 rate_limited');
    expect(refused.headers['retry-after']).toBe('1');
    expect(inAWord(await get(ledger, '/v1/offers', PEER))).toBe('200 ok');
    ledger.clock.time += 1_000;
    expect((await post('/v1/hops/messages', message(['d']))).status).toBe(200);
    expect(router.seen.messages).toHaveLength(2);
  });
});

describe('a node without a network', () => {
  it('says so on every endpoint of it', async () => {
    ledger = await createTestLedger();
    await introduce(ledger, ledger.world, PEER);
    const object = intent(ledger.world, PEER, 1n);
    const peerObject = { from: PEER.id, object: 'x' };
    const answers = [
      await post('/v1/hops/messages', message([])),
      await post('/v1/signals', peerObject),
      await post(`/v1/edges/${EDGE}/states`, peerObject),
      await post('/v1/payments', { delegation: '', intent: '', order: '' }),
      await post(`/v1/receipts/${object.id}`, { objects: [object.text], party: PEER.id }),
      await get(ledger, '/v1/offers', PEER),
      await get(ledger, '/v1/hops', PEER),
      await get(ledger, `/v1/payments/${object.id}`, PEER),
    ];
    expect(answers.map(inAWord)).toEqual(Array(8).fill('404 network_off'));
    const { status, json } = await get(ledger, `/v1/receipts/${object.id}`, PEER);
    expect([status, json]).toEqual([200, { receipts: [], delegations: [] }]);
  });
});

describe('hints and states', () => {
  it('reach the router from peers alone', async () => {
    expect((await post('/v1/signals', { from: PEER.id, object: 'hint' })).json).toEqual({
      kind: 'taken',
    });
    const foreign = { from: FOREIGN.id, object: 'hint' };
    expect(inAWord(await post('/v1/signals', foreign, FOREIGN))).toBe('403 not_a_peer /from');
    expect(inAWord(await post(`/v1/edges/${EDGE}/states`, foreign, FOREIGN))).toBe(
      '403 not_a_peer /from',
    );
    expect(router.seen).toMatchObject({ signals: ['hint'], states: [] });
  });

  it.each([
    ['', { from: PEER.id }, '400 malformed_request /object'],
    ['', { from: PEER.id, object: 1 }, '400 malformed_request /object'],
    ['', { from: 7, object: 'x' }, '400 malformed_request /from'],
    ['an unknown edge form', { from: PEER.id, object: 'x' }, '400 malformed_parameter edge'],
  ])('are refused when malformed %s', async (what, body, expected) => {
    const url = what === '' ? `/v1/edges/${EDGE}/states` : '/v1/edges/x/states';
    expect(inAWord(await post(url, body))).toBe(expected);
  });

  it('are answered with what the router makes of them', async () => {
    const propose = async (object: string) =>
      (await post(`/v1/edges/${EDGE}/states`, { from: PEER.id, object })).json;
    expect(await propose('same')).toEqual({ kind: 'signed', object: 'both' });
    expect(await propose('other')).toEqual({ kind: 'differs', object: 'mine' });
    expect(await propose('bad')).toMatchObject({
      kind: 'refused',
      problem: { reason: 'edge_unknown', status: 422 },
    });
    const bad = await post('/v1/signals', { from: PEER.id, object: 'bad' });
    expect([bad.status, bad.json.reason]).toEqual([422, 'malformed_signal']);
  });
});

describe('offers', () => {
  it.each([
    ['a peer', PEER, '200 ok'],
    ['the node’s own party', AGENT, '200 ok'],
    ['anybody else', FOREIGN, '403 not_a_peer'],
  ])('to %s', async (_who, party, expected) => {
    expect(inAWord(await get(ledger, '/v1/offers', party))).toBe(expected);
  });
});

describe('a payment', () => {
  const id = 'c'.repeat(64) as Hash;
  const request = { delegation: 'd', intent: 'i', order: 'o' };
  const ends = { from: AGENT.id, to: PEER.id, incoming: null, outgoing: null };
  const money = { denomination: 'USD/6', amount: '5', fee: '0', probe: false };
  const state = { side: 'payer', status: 'held', acknowledged: false, reason: null } as const;
  const times = { heldAt: 1, deadline: 2, at: 1 };
  const names = { voucher: 'a'.repeat(64), intent: id, part: 'b'.repeat(32), edge: EDGE };
  const hop = { ...names, ...ends, ...money, ...state, ...times };

  it('is ordered by the node’s party only', async () => {
    router.payments.set(id, paymentView(id, { hops: [hop] }));
    expect(inAWord(await post('/v1/payments', request))).toBe('403 role_not_allowed');
    expect(router.orders).toEqual([]);
    const { status, json } = await post('/v1/payments', request, AGENT);
    expect([status, json.hops]).toEqual([200, [hop]]);
    expect(router.orders).toEqual([request]);
  });

  it('that the router refuses is refused by its reason', async () => {
    expect(inAWord(await post('/v1/payments', request, AGENT))).toBe('422 order_expired');
  });

  it.each([
    [{ intent: 'i', order: 'o' }, '400 malformed_request /delegation'],
    [{ ...request, intent: null }, '400 malformed_request /intent'],
    [{ ...request, order: {} }, '400 malformed_request /order'],
    [{ ...request, probe: true }, '400 malformed_request /probe'],
    [{ order: 'o', intent: 'i', delegation: 'd' }, '400 malformed_request '],
  ])('%j: %s', async (body, expected) => {
    expect(inAWord(await post('/v1/payments', body, AGENT))).toBe(expected);
  });

  it('is seen by the parties of its hops, and does not exist for others', async () => {
    router.payments.set(id, paymentView(id, { hops: [hop] }));
    for (const party of [AGENT, PEER]) {
      expect(inAWord(await get(ledger, `/v1/payments/${id}`, party))).toBe('200 ok');
      expect((await get(ledger, '/v1/hops', party)).json.hops).toHaveLength(1);
      expect((await get(ledger, `/v1/hops?intent=${id}`, party)).json.hops).toHaveLength(1);
      expect((await get(ledger, `/v1/hops?intent=${EDGE}`, party)).json.hops).toEqual([]);
    }
    expect(inAWord(await get(ledger, `/v1/payments/${id}`, FOREIGN))).toBe('404 not_found');
    expect((await get(ledger, '/v1/hops', FOREIGN)).json).toEqual({ hops: [] });
  });

  it.each([
    ['/v1/payments/x', '400 malformed_parameter intent'],
    ['/v1/hops?intent=x', '400 malformed_parameter intent'],
    ['/v1/hops?party=x', '400 malformed_parameter party'],
    [`/v1/hops?intent=${EDGE}&intent=${EDGE}`, '400 malformed_parameter intent'],
    ['/v1/receipts/x', '400 malformed_parameter intent'],
  ])('GET %s: %s', async (url, expected) => {
    expect(inAWord(await get(ledger, url, AGENT))).toBe(expected);
  });
});
