// Goal: whatever a neighbour's node answers, each object gets its outcome or the call rejects. Method:
// plain HTTP servers on loopback that answer as each test lays down.
import { createServer, type Server } from 'node:http';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { delegation } from '@atomicity/kernel/testing/accounts';
import { testHash } from '@atomicity/kernel/testing/keys';
import { createWorld, testParty } from '@atomicity/kernel/testing/world';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_NETWORK_LIMITS, DEFAULT_SENDING } from './network-config.ts';
import { type ShareDelivery, shareDelivery } from './share-ports.ts';

const key = keyPairFromSeed(new Uint8Array(32).fill(1));
const bob = testParty('bob').id;
const introduction = delegation(createWorld(), testParty('alice'), { key: key.id });

type Answer = { readonly status: number; readonly value: unknown };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Asked: the command ids of each request. */
async function neighbour(answer: (ids: readonly string[], nth: number) => Answer | string) {
  const asked: (readonly string[])[] = [];
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const ids = idsOf(Buffer.concat(pieces).toString());
      asked.push(ids);
      const given = answer(ids, asked.length);
      if (typeof given === 'string') response.writeHead(200).end(given);
      else response.writeHead(given.status).end(JSON.stringify(given.value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const delivery: ShareDelivery = shareDelivery(
    {
      party: introduction.body.party,
      key,
      delegation: introduction.text,
      wallet: null,
      finalizer: 'off',
      marginMs: 1,
      offerTtlMs: 1_000,
      fees: [],
      peers: [{ party: bob, url, delegation: null }],
      sending: DEFAULT_SENDING,
      limits: DEFAULT_NETWORK_LIMITS,
    },
    { now: () => Date.now() },
  );
  closing.push(
    delivery.close,
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { asked, delivery };
}

function idsOf(text: string): readonly string[] {
  const value = parseAnyJson(text)?.value;
  const { objects } = isJsonObject(value) ? value : {};
  return (Array.isArray(objects) ? objects : []).map((one) => {
    const { commandId } = isJsonObject(one) ? one : {};
    return String(commandId);
  });
}

const objects = ['one', 'two', 'three'].map((name) => ({ id: testHash(name), text: name }));
const [one, two, three] = objects.map(({ id }) => id);

const accepted = (commandId: string) => ({
  kind: 'accepted',
  commandId,
  object: commandId,
  duplicate: false,
});
const refused = (commandId: string, problem: object) => ({ kind: 'refused', commandId, problem });
const all = (ids: readonly string[]): Answer => ({
  status: 200,
  value: { outcomes: ids.map(accepted) },
});

it('submits each object under its id and gives reasons with their facts back', async () => {
  const { asked, delivery } = await neighbour((ids) => ({
    status: 200,
    value: {
      outcomes: ids.map((id) =>
        id === two
          ? refused(id, { status: 422, reason: 'sequence_not_next', facts: { expected: 2 } })
          : accepted(id),
      ),
    },
  }));
  expect(await delivery.deliver(bob, objects)).toEqual([
    { kind: 'taken' },
    { kind: 'refused', refusal: { reason: 'sequence_not_next', facts: { expected: 2 } } },
    { kind: 'taken' },
  ]);
  expect(asked).toEqual([[one, two, three]]);
});

it('introduces its key where it is not known, then tries once more', async () => {
  const { asked, delivery } = await neighbour((ids, nth) => {
    const stranger = { status: 403, reason: 'role_not_allowed' };
    if (nth > 1) return all(ids);
    return { status: 200, value: { outcomes: ids.map((id) => refused(id, stranger)) } };
  });
  const outcomes = await delivery.deliver(bob, objects);
  expect(outcomes).toEqual(objects.map(() => ({ kind: 'taken' })));
  expect(asked).toEqual([[one, two, three], [introduction.id], [one, two, three]]);
});

it('finds the one object for which a whole request is refused', async () => {
  const { asked, delivery } = await neighbour((ids) =>
    ids.includes(String(three))
      ? { status: 413, value: { status: 413, reason: 'request_too_large' } }
      : all(ids),
  );
  expect(await delivery.deliver(bob, objects)).toEqual([
    { kind: 'taken' },
    { kind: 'taken' },
    { kind: 'refused', refusal: { reason: 'request_too_large' } },
  ]);
  expect(asked).toEqual([[one, two, three], [one, two], [three]]);
});

it.each([
  ['a busy node', { status: 503, value: { reason: 'busy' } }],
  ['a node that limits', { status: 429, value: { reason: 'rate_limited' } }],
  ['no outcome', { status: 200, value: { outcomes: [] } }],
  ['no JSON', '<html>'],
  ['more than is read', 'x'.repeat(600_000)],
] as const)('rejects after one try: %s', async (_what, answer) => {
  const { asked, delivery } = await neighbour(() => answer);
  await expect(delivery.deliver(bob, objects)).rejects.toThrow();
  expect(asked).toHaveLength(1);
});

it('rejects for a party without address, and once it is closed', async () => {
  const { asked, delivery } = await neighbour(all);
  await expect(delivery.deliver(testParty('carol').id, objects)).rejects.toThrow('no address');
  delivery.close();
  await expect(delivery.deliver(bob, objects)).rejects.toThrow();
  expect(asked).toEqual([]);
});
