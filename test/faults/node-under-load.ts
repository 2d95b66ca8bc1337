/** A node that takes payments until its disk fails, and the check that its successor has everything. */
import { openOffline } from '@atomicity/node/compose/offline-node';
import { reconcileNode } from '@atomicity/node/compose/reconcile-node';
import { expect } from 'vitest';
import { EnduringClient } from '../e2e/enduring-client.ts';
import { assembleLoadFleet, FleetLoad } from '../e2e/fleet-load.ts';
import { logFaults } from '../e2e/log-evidence.ts';
import { type Ended, NodeProcess } from '../e2e/node-process.ts';

export class NodeUnderLoad {
  readonly node: NodeProcess;
  readonly dataDir: string;
  readonly load: FleetLoad;
  /** Resolves when the load has been told to finish and has. */
  readonly paying: Promise<unknown>;

  private constructor(node: NodeProcess, dataDir: string, load: FleetLoad) {
    this.node = node;
    this.dataDir = dataDir;
    this.load = load;
    this.paying = Promise.all(load.fleet.providers.map((provider) => load.payPlainly(provider)));
  }

  /** Introduces a fleet and lets it pay without end. */
  static async begin(node: NodeProcess, dataDir: string): Promise<NodeUnderLoad> {
    const offline = openOffline(dataDir);
    const { origin } = offline.config;
    await offline.close();
    const load = new FleetLoad(await assembleLoadFleet(node.url, origin), new EnduringClient());
    load.client.connect(node.url);
    return new NodeUnderLoad(node, dataDir, load);
  }

  /** How the node ends under this load. @throws what the load throws. */
  async ended(): Promise<Ended> {
    const stuck = this.paying.then((): never => {
      throw new Error('the load ended before the node');
    });
    return await Promise.race([this.node.ended, stuck]);
  }
}

/**
 * The node is gone. Nothing acknowledged is missing; another one starts on the same folder, without the
 * fault, takes what had no answer, and everything agrees.
 */
export async function expectRecovery({ dataDir, load, paying }: NodeUnderLoad): Promise<void> {
  const { client } = load;
  client.disconnect();
  expect(client.acknowledged.size).toBeGreaterThan(0);
  expect(await logFaults(dataDir, client.acknowledged)).toEqual([]);
  const again = await NodeProcess.start(dataDir);
  client.connect(again.url);
  load.finish();
  await paying;
  expect(await again.stop()).toEqual({ code: 0, signal: null });
  expect(await logFaults(dataDir, client.acknowledged)).toEqual([]);
  expect((await reconcileNode(dataDir)).differences).toEqual([]);
}
