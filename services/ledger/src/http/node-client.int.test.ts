// Goal: the SDK and the ledger understand each other over a real socket and a real store, and a lost
// answer has no effect twice. Method: a loopback server on SQLite; a fetch that loses answers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentSession } from '@atomicity/client/agent-session';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { NodeClient, type NodeClientOptions } from '@atomicity/client/node-client';
import { certifyNoteKey } from '@atomicity/client/note-keys';
import { agreeEdge, delegateKey, type Party } from '@atomicity/client/party';
import { delegateBudget, statePolicy } from '@atomicity/client/principal-session';
import { ProviderSession } from '@atomicity/client/provider-session';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { HOUR, ORIGIN, START, USD } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestLedger, type TestLedger } from '../testing/test-ledger.ts';
import { VerificationPool } from '../verify/verification-pool.ts';

const directory = mkdtempSync(join(tmpdir(), 'atomicity-ledger-'));
let ledger: TestLedger;
let baseUrl = '';

beforeAll(async () => {
  const store = await openSqliteEventStore({ directory });
  ledger = await createTestLedger({
    store,
    pool: new VerificationPool({ threads: 2, inlineMax: 0 }),
  });
  await ledger.app.listen(0, '127.0.0.1');
  baseUrl = (await ledger.app.getUrl()).replace('[::1]', '127.0.0.1');
});

afterAll(async () => {
  await ledger.app.close();
  await ledger.writer.stop();
  await ledger.store.close();
  rmSync(directory, { recursive: true });
});

function partyOf(name: string): Party {
  const keyOf = (use: string) => keyPairFromSeed(Buffer.from(`${name} ${use}`.padEnd(32, '.')));
  const identity = keyOf('identity');
  const noteSecret = Buffer.from(`${name} notes`.padEnd(32, '.'));
  return {
    id: identity.id,
    identity,
    nextIdentity: keyOf('next').id,
    key: keyOf('key'),
    noteSecret,
  };
}

const noWait = async () => undefined;
const clientOf = (key: Party['key'], change: Partial<NodeClientOptions> = {}) =>
  new NodeClient({ baseUrl, key, now: () => ledger.clock.time, wait: noWait, ...change });

const submissions = (objects: readonly SignedObject[]) =>
  objects.map(({ id, text }) => ({ commandId: id, text }));

async function submitAll(client: NodeClient, ...objects: readonly SignedObject[]) {
  const outcomes = await client.submit(submissions(objects));
  expect(outcomes.filter(({ kind }) => kind !== 'accepted')).toEqual([]);
  return outcomes;
}

const principal = partyOf('principal');
const agent = partyOf('agent');
const provider = partyOf('provider');

const until = unixMs(START + 100 * HOUR);

async function introduceAll(): Promise<void> {
  for (const party of [principal, agent, provider]) {
    const window = { notBefore: START - HOUR, expiresAt: until };
    const object = delegateKey(party, ['party'], window, randomNonce);
    await submitAll(clientOf(party.identity), object);
  }
}

describe('given a principal, an agent and a provider with the SDK', () => {
  it('when the agent buys, then everybody reads the same balances', async () => {
    await introduceAll();
    const terms = {
      denomination: USD,
      limit: amount(1_000_000n),
      expiresAt: until,
      rateBps: 0,
      graceMs: 0,
      haircutBps: 0,
    };
    const edge = agreeEdge(provider, principal, terms, amount(0n), randomNonce);
    const cap = amount(10_000n);
    const budget = delegateBudget(
      principal,
      agent.id,
      {
        denomination: USD,
        cap,
        windowStart: START,
        windowEnd: until,
        categories: [{ name: 'inference', ceiling: amount(500n), cap }],
        payees: [],
        defaultCategory: 0,
        tier: 16,
        parent: null,
      },
      randomNonce,
    );
    const policy = statePolicy(principal, budget.body, randomNonce);
    await submitAll(clientOf(principal.key), edge, budget, policy);

    const session = new AgentSession({
      agent,
      budget: budget.body,
      origin: ORIGIN,
      draw: randomNonce,
    });
    const seller = new ProviderSession({ party: provider, draw: randomNonce });
    const period = session.period;
    await submitAll(clientOf(agent.key), certifyNoteKey(agent, provider.id, period, randomNonce));
    const quote = seller.quote({
      denomination: USD,
      amount: amount(400n),
      expiresAt: unixMs(START + HOUR),
      description: 'tokens',
    });
    const certificate = certifyNoteKey(provider, agent.id, period, randomNonce);
    await submitAll(clientOf(provider.key), certificate, quote);
    const voucher = session.authorize({
      intent: quote,
      edge: edge.id,
      payeeNoteKey: seller.noteKeyFor(agent.id, period),
      at: START,
      expiresAt: unixMs(START + HOUR),
      task: null,
    });
    await submitAll(clientOf(agent.key), voucher);
    expect(seller.object(voucher.body, agent.id, START)).toBe(undefined);
    await submitAll(clientOf(provider.key), seller.receipt(voucher, agent.id, START));

    const ofProvider = await clientOf(provider.key).balances(provider.id);
    expect(ofProvider['value']).toMatchObject([{ denomination: 'USD/6', net: '400' }]);
    const ofPrincipal = await clientOf(principal.key).balances(principal.id);
    expect(ofPrincipal['value']).toMatchObject([{ net: '-400' }]);
    const shown = await clientOf(agent.key).budget(budget.body.budget);
    expect(shown['value']).toMatchObject({ spent: '400', available: '9600', committed: '0' });
  });

  it('when an answer is lost, then the retry learns what was recorded', async () => {
    const quote = new ProviderSession({ party: provider, draw: randomNonce }).quote({
      denomination: USD,
      amount: amount(1n),
      expiresAt: unixMs(START + HOUR),
      description: 'lost',
    });
    let lost = 0;
    const losing: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      if (lost >= 2) return response;
      lost += 1;
      await response.arrayBuffer();
      throw new TypeError('socket hang up');
    };
    const before = ledger.writer.flushedState().revision;
    const outcomes = await submitAll(clientOf(provider.key, { fetch: losing }), quote);
    expect(outcomes).toMatchObject([{ kind: 'accepted', duplicate: true, object: quote.id }]);
    expect(lost).toBe(2);
    expect(ledger.writer.flushedState().revision).toBe(before + 1);
  });

  it('when the node refuses, then the error names reason, field and rule', async () => {
    const read = clientOf(agent.key).balances(provider.id);
    await expect(read).rejects.toMatchObject({ problem: { status: 404, reason: 'not_found' } });
    const outcomes = await clientOf(agent.key).submit([{ commandId: 'x', text: '{}' }]);
    expect(outcomes).toMatchObject([
      { kind: 'refused', problem: { status: 400, reason: 'missing_field', field: '/body' } },
    ]);
    const single = clientOf(agent.key).submitOne({ commandId: 'x', text: '{}' });
    await expect(single).rejects.toThrow('missing_field: /body');
  });

  it('when nobody answers, then the outcome stays unknown to the caller', async () => {
    const dead: typeof fetch = () => Promise.reject(new TypeError('refused'));
    const client = clientOf(agent.key, { fetch: dead, retriesMax: 1 });
    await expect(client.submit([{ commandId: 'x', text: '{}' }])).rejects.toThrow('had no answer');
  });
});
