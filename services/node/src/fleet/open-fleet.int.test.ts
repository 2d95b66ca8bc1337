// Goal: a node with a fleet configuration starts whatever its chain does, and shows how its cycles stand.
// Method: nodes on a chain that is away, on one without the contract, and the metrics of a scripted desk.
import { existsSync } from 'node:fs';
import { startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import { FleetWorld, NEVER } from '@atomicity/settler/fleet/testing/fleet-world';
import { Registry } from 'prom-client';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it } from 'vitest';
import { startNode } from '../compose/node.ts';
import { atomicity, workFolder } from '../testing/cli-run.ts';
import type { FleetConfig } from './fleet-config.ts';
import { fleetMetrics } from './fleet-metrics.ts';

const folder = workFolder('fleet-node');
afterEach(() => folder.remove());

const configOf = (rpc: string): FleetConfig => ({
  rpc,
  place: { chainId: 31_337, registry: `0x${'ab'.repeat(20)}` },
  fromBlock: 0,
  confirmations: 1,
  settleAfterMs: 0,
  releaseLate: true,
  aggregator: privateKeyToAccount(generatePrivateKey()),
  principal: undefined,
});

async function startWith(rpc: string) {
  const lines: { readonly message: string; readonly code: unknown }[] = [];
  const node = await startNode({
    dataDir: folder.path('node'),
    port: 0,
    fleet: configOf(rpc),
    logLine: (_level, message, fields) => {
      lines.push({ message, code: fields?.['code'] });
    },
    onFatal: (error) => {
      throw error;
    },
  });
  return { node, lines };
}

describe('a node with a fleet', () => {
  it('starts while its chain is away, and says so', async () => {
    const { node, lines } = await startWith('http://127.0.0.1:9');
    expect(lines).toContainEqual({
      message: 'the chain of the fleet does not answer',
      code: 'rail_unreachable',
    });
    expect(node.fleet?.desk.status()).toEqual([]);
    await node.sequencer.checkpoint();
    await node.stop();
    // What the desk remembers is in every backup: the log could not give it again.
    const backup = ['backup', '--data-dir', folder.path('node'), '--to', folder.path('copy')];
    expect(await atomicity(backup)).toMatchObject({ code: 0 });
    expect(existsSync(folder.path('copy', 'fleet', 'fleet.db'))).toBe(true);
  });

  it('does not start on a chain without the contract', async () => {
    const chain = await startLocalChain();
    await expect(startWith(chain.url)).rejects.toMatchObject({ code: 'rail_refused' });
    await chain.stop();
  });
});

it('counts cycles, queue, demands and failures, under labels of fixed tables', async () => {
  const world = new FleetWorld();
  world.troubles.set(1, { openDisputes: [world.plan.fleet] });
  const desk = world.start();
  const registry = new Registry();
  const counters = fleetMetrics(registry, desk);
  desk.plan(world.plan);
  await desk.open(world.ref, NEVER);
  world.chain.nowMs = world.plan.windowEnd + 1_000;
  await desk.settle(world.ref, NEVER);
  counters.openDemands(2);
  counters.failed('rail_timeout');
  counters.failed('anything else');
  const text = await registry.metrics();
  for (const line of [
    'atomicity_fleet_cycles{stage="settled"} 1',
    'atomicity_fleet_cycles{stage="open"} 0',
    'atomicity_fleet_queue_slots{code="pending_dispute"} 1',
    'atomicity_fleet_queue_slots{code="stale_state"} 0',
    'atomicity_fleet_open_demands 2',
    'atomicity_fleet_failures_total{code="rail_timeout"} 1',
    'atomicity_fleet_failures_total{code="other"} 1',
  ]) {
    expect(text).toContain(line);
  }
  world.close();
});
