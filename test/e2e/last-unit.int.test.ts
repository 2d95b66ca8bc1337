/**
 * Goal: of two holds that race for the last unit of a credit line exactly one is placed. Method: two agents of
 * one principal, each with a budget of its own, on one line that has room for both but for one unit; both
 * ask over sockets at the same time, again and again with fresh fleets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RefusedByNode } from '@atomicity/client/node-problem';
import { certifyNoteKey } from '@atomicity/client/note-keys';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { unixMs } from '@atomicity/kernel/units/time';
import { type RunningNode, startNode } from '@atomicity/node/compose/node';
import { type Agent, assembleFleet, type Fleet, submitAll } from '@atomicity/node/cycle/fleet';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROUNDS = 8;
const MINUTE_MS = 60_000;
/** The fleet's line has a fifth more than what it means to buy, and one unit: 2 · 100 + 40 + 1. */
const PLANNED = 100n;
/** Each budget allows 100 + 20 + 1, and two of these pass the line by exactly one. */
const WANTED = 121n;

const dataDir = mkdtempSync(join(tmpdir(), 'atomicity-last-unit-'));
let node: RunningNode;

beforeAll(async () => {
  const onFatal = (error: unknown) => {
    throw error;
  };
  node = await startNode({ dataDir, port: 0, onFatal });
});

afterAll(async () => {
  await node.stop();
  rmSync(dataDir, { recursive: true });
});

async function newFleet(round: number): Promise<Fleet> {
  const denomination = parseDenomination('USD/6');
  if (denomination === undefined) throw new Error('a denomination');
  const purchases = [0, 1].map((agent) => ({
    agent,
    provider: 0,
    amount: PLANNED,
    reaction: 'deliver' as const,
    description: 'room',
  }));
  const { url, config } = node;
  const size = { agents: 2, providers: 1 };
  const seed = `${config.origin} ${round}`;
  return await assembleFleet({
    url,
    origin: config.origin,
    seed,
    denomination,
    tier: 16,
    purchases,
    ...size,
  });
}

/** A voucher for so many units, with everything that it names recorded. */
async function prepared({ providers }: Fleet, agent: Agent, units: bigint): Promise<SignedObject> {
  const [provider] = providers;
  if (provider === undefined) throw new Error('a provider');
  const { session, party } = agent;
  const now = Date.now();
  const intent = provider.session.quote({
    denomination: session.budget.denomination,
    amount: amount(units),
    expiresAt: unixMs(now + 2 * MINUTE_MS),
    description: 'the last unit',
  });
  await submitAll(provider.client, [intent]);
  return session.authorize({
    intent,
    edge: provider.edge,
    payeeNoteKey: provider.session.noteKeyFor(party.id, session.period),
    at: unixMs(now),
    expiresAt: unixMs(now + MINUTE_MS),
    task: null,
  });
}

/** The node's answer in a word. */
async function ask({ client }: Agent, { id, text }: SignedObject): Promise<string> {
  try {
    return (await client.submitOne({ commandId: id, text })).kind;
  } catch (error) {
    if (error instanceof RefusedByNode) return error.problem.reason;
    throw error;
  }
}

it.each(Array.from({ length: ROUNDS }, (_, round) => round))('round %i', async (round) => {
  const fleet = await newFleet(round);
  const { agents, providers } = fleet;
  for (const { session, party, client } of agents) {
    for (const provider of providers) {
      await submitAll(client, [
        certifyNoteKey(party, provider.party.id, session.period, randomNonce),
        certifyNoteKey(provider.party, party.id, session.period, randomNonce),
      ]);
    }
  }
  const vouchers = await Promise.all(agents.map((agent) => prepared(fleet, agent, WANTED)));
  const racing = agents.map((agent, i) => {
    const voucher = vouchers[i];
    if (voucher === undefined) throw new Error('a voucher');
    return ask(agent, voucher);
  });
  const answers = await Promise.all(racing);
  expect(answers.toSorted()).toEqual(['accepted', 'edge_limit_exceeded']);
  // One unit less fits.
  const loser = agents[answers.indexOf('edge_limit_exceeded')];
  if (loser === undefined) throw new Error('a loser');
  loser.session.takeBack();
  expect(await ask(loser, await prepared(fleet, loser, WANTED - 1n))).toBe('accepted');
});
