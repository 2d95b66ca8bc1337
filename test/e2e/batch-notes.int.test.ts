/**
 * Goal: a stream of small payments is bought through a node's API as batch notes: 48 payments with 3
 * signatures of the agent and 3 receipts, proved together and audited by others.
 * Method: an agent and a provider in front of a real node; the period is closed and attested with a real
 * proof of the circuit batch-16; both bundles are audited. What the payee and the node refuse is tried too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeClient } from '@atomicity/client/node-client';
import { RefusedByNode } from '@atomicity/client/node-problem';
import { certifyNoteKey } from '@atomicity/client/note-keys';
import { closePeriod } from '@atomicity/client/principal-session';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import type { BatchItem } from '@atomicity/kernel/note/batch-commitment';
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { unixMs } from '@atomicity/kernel/units/time';
import type { CapacityVoucher, PaymentIntent } from '@atomicity/kernel/wire/objects';
import { type RunningNode, startNode } from '@atomicity/node/compose/node';
import {
  type Agent,
  assembleFleet,
  type Fleet,
  type Provider,
  submitAll,
} from '@atomicity/node/cycle/fleet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditedBundle, failing } from './audited-bundle.ts';

const MINUTE_MS = 60_000;
const BATCHES = 3;
const ITEMS = 16;
const PRICE = 1_000n;

const dataDir = mkdtempSync(join(tmpdir(), 'atomicity-batches-'));
const failed = Promise.withResolvers<never>();
failed.promise.catch(() => undefined);

let node: RunningNode;
let fleet: Fleet;
let agent: Agent;
let provider: Provider;

/** One price for each payment; the ceiling of the budget is a fifth above the dearest. */
const prices = (batch: number) =>
  Array.from({ length: ITEMS }, (_, i) => amount(PRICE + BigInt(batch * ITEMS + i)));
const SPENT = Array.from({ length: BATCHES }, (_, batch) => prices(batch))
  .flat()
  .reduce((sum, price) => sum + price, 0n);

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('one is there');
  return value;
}

beforeAll(async () => {
  node = await startNode({ dataDir, port: 0, onFatal: failed.reject });
  const description = 'one inference';
  fleet = await assembleFleet({
    url: node.url,
    origin: node.config.origin,
    seed: 'batches',
    denomination: required(parseDenomination('USD/6')),
    tier: 16,
    agents: 1,
    providers: 1,
    // The budget's ceiling follows from the largest purchase, its caps from their sum.
    purchases: Array.from({ length: BATCHES * ITEMS + 8 }, () => ({
      agent: 0,
      provider: 0,
      amount: PRICE,
      reaction: 'deliver' as const,
      description,
    })),
  });
  agent = required(fleet.agents[0]);
  provider = required(fleet.providers[0]);
  const { period } = agent.session;
  await submitAll(agent.client, [
    certifyNoteKey(agent.party, provider.party.id, period, randomNonce),
    certifyNoteKey(provider.party, agent.party.id, period, randomNonce),
  ]);
});

afterAll(async () => {
  await node.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const itemsOf = (spends: readonly bigint[]): readonly BatchItem[] =>
  spends.map((spend, i) => ({ spend: amount(spend), stepMs: i === 0 ? 0 : 250 }));

function authorize(
  intent: SignedObject<PaymentIntent>,
  items?: readonly BatchItem[],
): SignedObject<CapacityVoucher> {
  const at = Date.now();
  return agent.session.authorize({
    intent,
    edge: provider.edge,
    payeeNoteKey: provider.session.noteKeyFor(agent.party.id, agent.session.period),
    at: unixMs(at),
    expiresAt: unixMs(at + MINUTE_MS),
    task: null,
    ...(items === undefined ? {} : { items }),
  });
}

const offer = () => ({
  denomination: agent.session.budget.denomination,
  expiresAt: unixMs(Date.now() + 10 * MINUTE_MS),
  description: 'a stream of inferences',
});

/** The reason for which the node refuses an object. */
async function refusalOf(client: NodeClient, object: SignedObject): Promise<string> {
  try {
    return (await client.submitOne({ commandId: object.id, text: object.text })).kind;
  } catch (error) {
    if (error instanceof RefusedByNode) return error.problem.reason;
    throw error;
  }
}

const objection = (voucher: SignedObject<CapacityVoucher>) =>
  provider.session.object(voucher.body, agent.party.id, unixMs(Date.now()));

describe('48 payments in three batch notes', () => {
  it('are held and finalized with one signature of each side a batch', async () => {
    for (let batch = 0; batch < BATCHES; batch++) {
      const intent = provider.session.quoteBatch({ ...offer(), prices: prices(batch) });
      await submitAll(provider.client, [intent]);
      const voucher = authorize(intent, itemsOf(prices(batch)));
      await submitAll(agent.client, [voucher]);
      expect(objection(voucher)).toBeUndefined();
      const receipt = provider.session.receipt(voucher, agent.party.id, unixMs(Date.now()));
      await submitAll(provider.client, [receipt]);
    }
    expect(agent.session.issued).toHaveLength(BATCHES);
    const { value } = await provider.client.balances(provider.party.id);
    expect(value).toMatchObject([{ net: SPENT.toString() }]);
  });

  it('object the payee where a payment is not as quoted, whatever the sum', () => {
    const intent = provider.session.quoteBatch({ ...offer(), prices: [amount(10n), amount(30n)] });
    const swapped = authorize(intent, itemsOf([30n, 10n]));
    agent.session.takeBack();
    const merged = authorize(intent, itemsOf([40n]));
    agent.session.takeBack();
    const single = provider.session.quote({ ...offer(), amount: amount(40n) });
    const unasked = authorize(single, itemsOf([10n, 30n]));
    agent.session.takeBack();
    expect([swapped, merged, unasked].map(objection)).toEqual([
      'items_differ',
      'items_differ',
      'items_differ',
    ]);
    const honest = authorize(intent, itemsOf([10n, 30n]));
    agent.session.takeBack();
    const { grant } = honest.body;
    if (grant === null) throw new Error('a grant');
    const items = itemsOf([10n, 30n]).map((item) => ({ ...item, stepMs: 1 }));
    const moved = { ...honest, body: { ...honest.body, grant: { ...grant, items } } };
    expect([honest, moved].map(objection)).toEqual([undefined, 'opening_differs']);
  });

  it('stop the agent before it signs what no book takes', () => {
    const intent = provider.session.quoteBatch({ ...offer(), prices: [amount(10n), amount(30n)] });
    const late = [{ spend: amount(40n), stepMs: MINUTE_MS + 1 }];
    expect(() => authorize(intent)).toThrow('note_kind_mixed');
    expect(() => authorize(intent, itemsOf([10n, 31n]))).toThrow('items_sum_mismatch');
    expect(() => authorize(intent, late)).toThrow('items_outlive_hold');
    expect(() => authorize(intent, [])).toThrow('items_sum_mismatch');
    expect(() => provider.session.quoteBatch({ ...offer(), prices: [] })).toThrow(RangeError);
    expect(agent.session.issued).toHaveLength(BATCHES);
  });

  it('are refused by the node where one of them is above the ceiling', async () => {
    const dear = 2n * PRICE;
    const intent = provider.session.quoteBatch({ ...offer(), prices: [amount(1n), amount(dear)] });
    await submitAll(provider.client, [intent]);
    const voucher = authorize(intent, itemsOf([1n, dear]));
    agent.session.takeBack();
    expect(await refusalOf(agent.client, voucher)).toBe('item_above_ceiling');
  });

  it('are proved by the batch circuit, and the bundles of the log audit', async () => {
    const { budget, tier } = agent.session.budget;
    const place = { budget, periodIndex: 0, tier };
    const { principal } = fleet;
    const close = closePeriod(principal.party, place, agent.session.issued, true, randomNonce);
    await submitAll(principal.client, [close]);
    await node.projector.caughtUp(MINUTE_MS);
    const [pending] = node.attestation.pending();
    expect(pending).toEqual({ budget, periodIndex: 0 });
    await Promise.race([node.attestation.attestor.attestPending(), failed.promise]);
    await node.projector.caughtUp(MINUTE_MS);
    expect(node.attestation.pending()).toEqual([]);
    for (const kind of ['full', 'sealed'] as const) {
      const { text, verdicts, exit } = await auditedBundle(node, kind, [principal.party.id]);
      expect([kind, failing(verdicts), exit]).toEqual([kind, [], 0]);
      expect(text).toContain('"circuit":{"name":"batch","tier":16}');
      for (const claim of ['leaves-root', 'tokens-root', 'period-digest', 'note-signatures']) {
        expect([kind, claim, verdicts[claim]]).toEqual([kind, claim, 'holds']);
      }
      // A sealed reader learns that the notes are batches, and not what is in them.
      expect(text.includes('"items"')).toBe(kind === 'full');
    }
  });
});
