// Goal: what one node records of an edge and its keys is in the other node's book in the end, though the
// other is down meanwhile, and although keys change; and a neighbour can hand in nothing but that.
// Method: two whole nodes on loopback that stop and start; waiting is on events of the log.
import { invoice, orderPayment } from '@atomicity/client/delivery';
import { randomKeyPair } from '@atomicity/client/key-pair';
import { NodeClient } from '@atomicity/client/node-client';
import { RefusedByNode } from '@atomicity/client/node-problem';
import { randomNonce, type SignedObject, signObject } from '@atomicity/client/signer';
import { keyId } from '@atomicity/kernel/book/state';
import { testHash } from '@atomicity/kernel/testing/keys';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { EdgeLimitChange } from '@atomicity/kernel/wire/objects';
import { afterEach, expect, it } from 'vitest';
import {
  meetNeighbours,
  type Neighbour,
  type Neighbours,
  USD,
  untilRecorded,
} from '../testing/test-neighbours.ts';

const MINUTE_MS = 60_000;

let met: Neighbours | undefined;
afterEach(async () => {
  await met?.stop();
  met = undefined;
});

function edgeIn({ running }: Neighbour, edge: Hash) {
  const found = running.writer.flushedState().edges.get(edge);
  if (found === undefined) throw new Error('no such edge');
  return found;
}

function limitChange(
  grantor: Neighbour,
  edge: Hash,
  sequence: number,
  key = grantor.key,
): SignedObject<EdgeLimitChange> {
  const body: EdgeLimitChange = {
    v: 1,
    type: 'EdgeLimitChange',
    edge,
    grantor: grantor.party,
    limit: amount(777n),
    sequence,
    nonce: randomNonce(),
  };
  return signObject(body, [{ by: grantor.party, key }]);
}

function asked(creditor: Neighbour, edge: Hash) {
  const request = signObject(
    {
      v: 1,
      type: 'SettlementRequest',
      edge,
      creditor: creditor.party,
      amount: amount(40n),
      endpoints: [{ rail: 'sepa', target: 'DE02 1203 0000 0000 2020 51' }],
      expiresAt: unixMs(Date.now() + MINUTE_MS),
      nonce: randomNonce(),
    },
    [creditor.signer],
  );
  const receipt = signObject(
    {
      v: 1,
      type: 'SettlementReceipt',
      edge,
      creditor: creditor.party,
      request: request.id,
      amount: amount(40n),
      rail: 'sepa',
      evidence: testHash('a bank statement'),
      at: unixMs(Date.now()),
      nonce: randomNonce(),
    },
    [creditor.signer],
  );
  return { request, receipt };
}

/** Alice pays Bob 100 over their edge. */
async function pay(alice: Neighbour, bob: Neighbour): Promise<void> {
  const terms = { denomination: USD, amount: amount(100n), minDeliverable: amount(100n) };
  const constraints = { maxFeeBps: 0, latencyMs: MINUTE_MS };
  const expiresAt = unixMs(Date.now() + MINUTE_MS);
  const more = { partsMax: 1, expiresAt, description: 'a debt', constraints };
  const intent = invoice(bob.signer, bob.wallet, { ...terms, ...more }, randomNonce);
  await bob.submit(intent);
  const limits = { maxFee: amount(0n), maxProbeSpend: amount(0n), expiresAt };
  const order = orderPayment(alice.signer, intent, limits, randomNonce);
  const client = new NodeClient({ baseUrl: alice.url, key: alice.key });
  const delegation = bob.delegation.text;
  await client.pay({ delegation, intent: intent.text, order: order.text });
  await untilRecorded(bob.running, ['DeliveryFinalized']);
}

async function metric({ url }: Neighbour, name: string): Promise<readonly string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name));
}

it('reaches a node that was down: limit, request, receipt and revocation', async () => {
  met = await meetNeighbours();
  const { alice, bob, edge } = met;
  await pay(alice, bob);
  await alice.stop();
  const second = randomKeyPair();
  const delegated = bob.delegate(second);
  const revoked = bob.revoke(second);
  const change = limitChange(bob, edge, 1);
  const { request, receipt } = asked(bob, edge);
  await bob.submit(delegated, change, request, receipt, revoked);
  expect(await metric(bob, 'atomicity_shared_objects_waiting')).toEqual([
    'atomicity_shared_objects_waiting{neighbour="0"} 5',
  ]);
  // Bob's node goes down as well: what it owes is in its log.
  await bob.stop();
  await bob.start(alice, null);
  await alice.start(bob, null);
  const ids = [delegated, change, request, receipt, revoked].map(({ id }) => id);
  await untilRecorded(alice.running, ids);
  const [hers, his] = [edgeIn(alice, edge), edgeIn(bob, edge)];
  const strip = ({ terms, limitA, limitB, balance }: typeof hers) => ({
    terms,
    limitA,
    limitB,
    balance,
  });
  expect(strip(hers)).toEqual(strip(his));
  expect([hers.limitA, hers.limitB]).toContain(777n);
  expect([60n, -60n]).toContain(hers.balance);
  const state = alice.running.writer.flushedState();
  expect(state.keys.get(keyId(bob.party, second.id))?.revocation).toBe(revoked.id);
});

it('makes a new router key known where only the old one was, and ends the old one', async () => {
  met = await meetNeighbours();
  const { alice, bob, edge } = met;
  const old = alice.key;
  await bob.stop();
  await alice.stop();
  alice.changeKey();
  await alice.start(bob, null);
  const change = limitChange(alice, edge, 1);
  const revoked = alice.revoke(old);
  await alice.submit(change, revoked);
  await bob.start(alice, null);
  await untilRecorded(bob.running, [alice.delegation.id, change.id, revoked.id]);
  const state = bob.running.writer.flushedState();
  expect(state.keys.get(keyId(alice.party, old.id))?.revocation).toBe(revoked.id);
  expect(state.keys.get(keyId(alice.party, alice.key.id))?.revocation).toBeNull();
});

it('signs again what a key signed that ended on the way, and both books are equal', async () => {
  met = await meetNeighbours();
  const { alice, bob, edge } = met;
  const user = randomKeyPair();
  const delegated = bob.delegate(user);
  await bob.submit(delegated);
  await untilRecorded(alice.running, [delegated.id]);
  await alice.stop();
  const change = limitChange(bob, edge, 1, user);
  await bob.submit(change);
  await bob.stop();
  // Alice hears of the revocation before she hears of what the key signed earlier.
  await alice.start(bob, null);
  await alice.submit(bob.revoke(user));
  await bob.start(alice, null);
  await untilRecorded(alice.running, [change.id]);
  const [hers, his] = [edgeIn(alice, edge), edgeIn(bob, edge)];
  expect([hers.limitA, hers.limitB]).toEqual([his.limitA, his.limitB]);
  expect([hers.limitA, hers.limitB]).toContain(777n);
  expect(await metric(bob, 'atomicity_shared_objects_refused')).toEqual([
    'atomicity_shared_objects_refused{neighbour="0"} 0',
  ]);
});

it('lets a neighbour hand in nothing that it has not got the right to', async () => {
  met = await meetNeighbours();
  const { alice, bob, edge } = met;
  const client = new NodeClient({ baseUrl: alice.url, key: bob.key });
  const refusalOf = ({ id, text }: Pick<SignedObject, 'id' | 'text'>) =>
    client.submitOne({ commandId: id, text }).then(
      () => 'taken',
      (error: unknown) => (error instanceof RefusedByNode ? error.problem.reason : `${error}`),
    );
  const hers = { ...limitChange(alice, edge, 1).body };
  const forged = signObject(hers, [{ by: alice.party, key: bob.key }]);
  const named = signObject({ ...hers, limit: amount(1n) }, [bob.signer]);
  const hosting = signObject(
    { v: 1, type: 'PartyHosting', party: bob.party, marginMs: 1, nonce: randomNonce() },
    [bob.signer],
  );
  const stranger = randomKeyPair();
  const undelegated = new NodeClient({ baseUrl: alice.url, key: stranger });
  const change = limitChange(bob, edge, 1);
  expect(await refusalOf(forged)).toBe('key_unknown');
  expect(await refusalOf(named)).toBe('unexpected_signature');
  expect(await refusalOf(hosting)).toBe('role_not_allowed');
  expect(await undelegated.submit([{ commandId: change.id, text: change.text }])).toMatchObject([
    { kind: 'refused', problem: { reason: 'role_not_allowed' } },
  ]);
  // What is its own it may hand in, as its node does.
  expect(await refusalOf(change)).toBe('taken');
});
