/**
 * Goal: kill -9 of the whole node loses nothing that it acknowledged and does nothing twice.
 * Method: a node in its own process takes concurrent batches over HTTP and is killed after a random number
 * of answers, five times; each time its files are compared with everything ever acknowledged, the next
 * node's tree with the checkpoint seen before, and what had no answer is submitted again. Then it is
 * killed once more in the middle of a proof, attests, and an audit of its full bundle has the last word.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeClient } from '@atomicity/client/node-client';
import { startNode } from '@atomicity/node/compose/node';
import { openOffline } from '@atomicity/node/compose/offline-node';
import { reconcileNode } from '@atomicity/node/compose/reconcile-node';
import type { Fleet } from '@atomicity/node/cycle/fleet';
import { afterAll, expect, test } from 'vitest';
import { seeded } from '../faults/acknowledged.ts';
import { expectRecovery, NodeUnderLoad } from '../faults/node-under-load.ts';
import { auditedBundle, failing } from './audited-bundle.ts';
import { EnduringClient } from './enduring-client.ts';
import { assembleLoadFleet, FLEET, FleetLoad } from './fleet-load.ts';
import {
  logFaults,
  publicationFaults,
  type SeenCheckpoint,
  seenCheckpoint,
} from './log-evidence.ts';
import { type LogEntry, NodeProcess } from './node-process.ts';

const SEED = Number(process.env['SEED'] ?? 20261121);
const KILLS = 5;
const ANSWERS_MAX = 60;
const GRANTED_PER_RUN = 3;

const dataDir = join(mkdtempSync(join(tmpdir(), 'atomicity-kill-node-')), 'data');
afterAll(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

/** The net position of every party that has one, providers first; the parties' own view over HTTP. */
async function positions(url: string, fleet: Fleet): Promise<bigint[]> {
  const members = [...fleet.providers, fleet.principal];
  return await Promise.all(
    members.map(async ({ party }) => {
      const client = new NodeClient({ baseUrl: url, key: party.key });
      const { value } = await client.balances(party.id);
      const nets = (value as { net: string }[] | undefined) ?? [];
      return nets.reduce((sum, { net }) => sum + BigInt(net), 0n);
    }),
  );
}

/** The restarted node still has everything, and publishes a tree that extends what was seen. */
async function expectUnharmed(
  node: NodeProcess,
  load: FleetLoad,
  earlier: SeenCheckpoint,
): Promise<SeenCheckpoint> {
  const { client, fleet, paid } = load;
  expect(await logFaults(dataDir, client.acknowledged)).toEqual([]);
  const now = await seenCheckpoint(node.url, dataDir);
  expect(await publicationFaults(node.url, now, earlier)).toEqual([]);
  const nets = await positions(node.url, fleet);
  expect(nets.reduce((sum, net) => sum + net, 0n)).toBe(0n);
  paid.forEach((acknowledged, i) => {
    expect(nets[i]).toBeGreaterThanOrEqual(acknowledged);
  });
  expect((await reconcileNode(dataDir)).differences).toEqual([]);
  return now;
}

const isStep =
  (step: string) =>
  ({ message, step: at }: LogEntry): boolean =>
    message === 'attesting' && at === step;

test('five kills under load and one in a proof', async () => {
  const random = seeded(SEED);
  const killAt = Array.from({ length: KILLS }, () => 1 + Math.floor(random() * ANSWERS_MAX));
  console.log(`kill-node: seed ${SEED}, kills after ${killAt.join(', ')} answers and in a proof`);

  let node = await NodeProcess.start(dataDir);
  const offline = openOffline(dataDir);
  const fleet = await assembleLoadFleet(node.url, offline.config.origin);
  await offline.close();
  const client = new EnduringClient();
  const load = new FleetLoad(fleet, client);
  const { agents, providers } = fleet;
  const pairs = agents.map((agent, i) => ({
    agent,
    provider: providers[i % FLEET.providers] ?? fail(),
  }));
  let checkpoint = await seenCheckpoint(node.url, dataDir);

  client.connect(node.url);
  await Promise.all(pairs.map(({ agent, provider }) => load.certifyPair(agent, provider)));
  const lanes = [...providers, ...providers].map((provider) => load.payPlainly(provider));
  const plain = Promise.all(lanes);
  let granted: Promise<unknown> = Promise.resolve();
  for (const answers of killAt) {
    const before = granted;
    granted = before.then(() =>
      Promise.all(
        pairs.map(({ agent, provider }) => load.payGranted(agent, provider, GRANTED_PER_RUN)),
      ),
    );
    await Promise.race([client.answers(answers), plain, granted.then(() => plain)]);
    checkpoint = await seenCheckpoint(node.url, dataDir);
    expect(await node.kill()).toMatchObject({ signal: 'SIGKILL' });
    client.disconnect();
    node = await NodeProcess.start(dataDir);
    checkpoint = await expectUnharmed(node, load, checkpoint);
    client.connect(node.url);
  }
  load.finish();
  await Promise.all([plain, granted]);

  const proving = node.line(isStep('proving'));
  await Promise.all(agents.map((agent) => load.closeBudget(agent)));
  await proving;
  checkpoint = await seenCheckpoint(node.url, dataDir);
  await node.kill();
  node = await NodeProcess.start(dataDir);
  const attested = node.line(isStep('recorded'), FLEET.agents);
  checkpoint = await expectUnharmed(node, load, checkpoint);
  await attested;
  expect((await positions(node.url, fleet)).slice(0, FLEET.providers)).toEqual(load.paid);
  expect(await node.stop()).toEqual({ code: 0, signal: null });

  console.log(
    `kill-node: ${client.acknowledged.size} events acknowledged, ${client.retriedCount} batches ` +
      `submitted again, ${client.recoveredCount} objects of them recorded before`,
  );
  expect(client.retriedCount).toBeGreaterThanOrEqual(KILLS);
  const failed = Promise.withResolvers<never>();
  const last = await startNode({ dataDir, port: 0, onFatal: failed.reject });
  try {
    const audit = auditedBundle(last, 'full', [fleet.principal.party.id]);
    const { verdicts, exit } = await Promise.race([audit, failed.promise]);
    expect([failing(verdicts), exit]).toEqual([[], 0]);
    expect(verdicts).toMatchObject({
      replay: 'holds',
      balances: 'holds',
      'spend-proof': 'not shown',
    });
  } finally {
    await last.stop();
  }
  expect(await logFaults(dataDir, client.acknowledged)).toEqual([]);
});

test('an orderly stop under load answers what it has taken', async () => {
  const folder = join(dataDir, '..', 'stopped');
  const node = await NodeProcess.start(folder);
  const under = await NodeUnderLoad.begin(node, folder);
  await under.load.client.answers(20);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
  expect(existsSync(join(folder, 'node.lock'))).toBe(false);
  await expectRecovery(under);
});

function fail(): never {
  throw new Error('as many providers as agents');
}
