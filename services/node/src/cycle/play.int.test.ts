// Goal: a procurement cycle runs through the real HTTP API of a real node and leaves books that agree
// with what was bought. Method: a small fleet on a temporary data directory; every figure is read back.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningNode, startNode } from '../compose/node.ts';
import { planAnchor } from '../compose/plan-anchors.ts';
import { assembleFleet, type Fleet } from './fleet.ts';
import { type CycleTotals, playCycle } from './play.ts';
import { builtInPurchases } from './workload.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-cycle-'));
const denomination = parseDenomination('USD/6');
const size = { agents: 2, providers: 2 };
const purchases = builtInPurchases(
  40,
  size,
  { perThousandContext: 2500n, perThousandGenerated: 10_000n },
  'play',
);

let node: RunningNode;
let fleet: Fleet;
let totals: CycleTotals;

beforeAll(async () => {
  if (denomination === undefined) throw new Error('a denomination');
  const onFatal = (error: unknown) => {
    throw error;
  };
  node = await startNode({ dataDir: folder, port: 0, onFatal });
  const { url, config } = node;
  const terms = { url, origin: config.origin, seed: 'play', denomination, purchases };
  fleet = await assembleFleet({ ...terms, ...size, tier: 16 });
  totals = await playCycle(fleet, purchases, () => undefined);
});

afterAll(async () => {
  await node.stop();
  rmSync(folder, { recursive: true });
});

it('ends every purchase as its provider meant it', () => {
  const ended = (reaction: string) => purchases.filter((each) => each.reaction === reaction);
  expect(totals).toEqual({
    paid: ended('deliver').length,
    declined: ended('decline').length,
    lapsed: 1,
    periods: 4,
    spent: ended('deliver').reduce((sum, each) => sum + each.amount, 0n),
  });
});

it('leaves the principal owing exactly what was delivered', async () => {
  const { principal, providers } = fleet;
  const net = async (member: Fleet['principal']) => {
    const { value } = await member.client.balances(member.party.id);
    return (value as unknown as { net: string }[]).reduce(
      (sum, each) => sum + BigInt(each.net),
      0n,
    );
  };
  expect(await net(principal)).toBe(-totals.spent);
  const owed = await Promise.all(providers.map(net));
  expect(owed.reduce((sum, each) => sum + each, 0n)).toBe(totals.spent);
});

it('covers all of it with a signed checkpoint', async () => {
  const checkpoint = await node.sequencer.checkpoint();
  expect(checkpoint.size).toBe(node.sequencer.size);
  expect(await fleet.principal.client.checkpoint()).toBe(checkpoint.note);
});

it('shows of a closed period what is anchored over its close, pending as pending', async () => {
  const { client, party } = fleet.principal;
  const { value: budgets } = await client.get(`/v1/parties/${party.id}/budgets`);
  const [{ budget }] = budgets as unknown as readonly [{ readonly budget: Hash }];
  const anchorsOf = async (index: number) =>
    ((await client.period(budget, index))['value'] as { readonly anchors?: unknown }).anchors;
  expect(await anchorsOf(0)).toEqual([]);
  await planAnchor(node, undefined);
  expect(await anchorsOf(0)).toMatchObject([{ rail: 'opentimestamps', status: 'planned' }]);
  await node.settler.runOnce(new AbortController().signal);
  expect(await anchorsOf(0)).toMatchObject([{ rail: 'opentimestamps', status: 'pending' }]);
});
