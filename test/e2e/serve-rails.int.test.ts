// Goal: what an institution configures does what it says: a node under a rails file publishes what moved, once,
// shows each rail's state, and its bundle holds for an auditor who knows the chain's block.
// Method: a rails file on disk, a local chain with the real registry, a rehearsal calendar that confirms nothing yet.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '@atomicity/auditor/audit';
import { writeBundle } from '@atomicity/auditor/bundle/write-bundle';
import { groth16Verifier } from '@atomicity/auditor/crypto/proof-verifier';
import { parseTrustFile } from '@atomicity/auditor/trust/trust-file';
import { NodeClient } from '@atomicity/client/node-client';
import { deployAnchorRegistry } from '@atomicity/contracts/script/deploy-anchor-registry';
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { isJsonObject, type JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { partyIdFromKey } from '@atomicity/kernel/units/id';
import { openBundleSource } from '@atomicity/node/compose/bundle-source';
import { type RunningNode, startNode } from '@atomicity/node/compose/node';
import { trustFileText } from '@atomicity/node/compose/trust-file';
import { until } from '@atomicity/node/network-demo/poll';
import { openRailsOf } from '@atomicity/node/rails/open-rails';
import { readRailsConfig } from '@atomicity/node/rails/rails-config';
import { drawParties, introduce, trade } from '@atomicity/node/rails-demo/cast';
import { readEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { type LocalChain, startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import {
  type BitcoinRehearsal,
  startBitcoinRehearsal,
} from '@atomicity/rails/opentimestamps/bitcoin-rehearsal';
import { createClient, createTestClient, http, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-serve-rails-'));
let chain: LocalChain;
let rehearsal: BitcoinRehearsal;
let node: RunningNode;

async function fundedKey(): Promise<`0x${string}`> {
  const key = generatePrivateKey();
  const control = createTestClient({ mode: 'anvil', transport: http(chain.url) });
  const { address } = privateKeyToAccount(key);
  await control.setBalance({ address, value: parseEther('10') });
  return key;
}

async function railsFile(): Promise<string> {
  const deployer = privateKeyToAccount(await fundedKey());
  const transport = http(chain.url);
  const { registry } = await deployAnchorRegistry({
    client: createClient({ account: deployer, transport }),
  });
  writeFileSync(join(folder, 'key'), `${await fundedKey()}\n`, { mode: 0o600 });
  const file = join(folder, 'rails.json');
  const caps = {
    maxFeePerGas: '200000000000',
    maxPriorityFeePerGas: '2000000000',
    maxFeePerBlobGas: '200000000000',
  };
  const config = {
    v: 1,
    schedule: {
      exposureCaps: [{ denomination: 'BTC/8', cap: '999' }],
      safetyMarginMs: 0,
      ageMaxMs: 86_400_000,
      lowFee: null,
      closuresMin: 1,
      fill: null,
    },
    opentimestamps: {
      calendars: [{ url: rehearsal.calendarUrl, answersFor: [rehearsal.calendarUrl] }],
      quorum: 1,
      bitcoin: null,
    },
    ethereum: {
      rpc: chain.url,
      chainId: chain.chainId,
      registry: registry.toLowerCase(),
      fromBlock: 0,
      key: 'key',
      caps,
      route: 'blob',
      confirmations: 1,
      deeper: [],
      beacon: null,
      retentionAlarmMs: 259_200_000,
    },
    lightning: null,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

beforeAll(async () => {
  mkdirSync(join(folder, 'data'));
  chain = await startLocalChain();
  rehearsal = await startBitcoinRehearsal();
  node = await startNode({
    dataDir: join(folder, 'data'),
    port: 0,
    rails: openRailsOf(readRailsConfig(await railsFile())),
    onFatal: (error) => {
      throw error;
    },
  });
});

afterAll(async () => {
  await node.stop();
  await rehearsal.close();
  await chain.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The anchors of the newest batch by rail, as the node's HTTP interface shows them. */
async function anchors(): Promise<ReadonlyMap<string, JsonObject>> {
  const operator = new NodeClient({ baseUrl: node.url, key: node.operator.key });
  const { anchors: list } = await operator.get('/v1/anchors');
  const objects = Array.isArray(list) ? list.filter(isJsonObject) : [];
  return new Map(objects.map((anchor) => [String(anchor['rail']), anchor]));
}

test('what moves over the cap is published as a blob, and pending elsewhere is shown as pending', async () => {
  const cast = await introduce(node.url, node.config.origin, drawParties('serve-rails'));
  await trade(node.url, cast, [400n, 500n]);
  expect(node.settler.batches()).toEqual([]);
  await trade(node.url, cast, [200n]);
  // The first blob of a local chain takes it ten seconds, and longer among other tests.
  const isConfirmed = async () =>
    (await anchors()).get('ethereum')?.['status'] === 'confirmed' ? true : undefined;
  await until('the batch to be confirmed on the chain', isConfirmed, 240_000);
  const [batch] = node.settler.batches();
  expect(batch).toMatchObject({
    reason: 'exposure_over_cap',
    diffs: 1,
    values: [{ denomination: 'BTC/8', amount: 1_100n }],
    rails: ['ethereum', 'opentimestamps'],
  });
  expect((await anchors()).get('opentimestamps')).toMatchObject({ status: 'pending' });
  expect((await anchors()).size).toBe(2);
});

test('an auditor who knows the block finds the root in it and the log’s diffs in the blob', async () => {
  const proof = node.settler.evidence(node.settler.batches()[0]?.subject.root as never, 'ethereum');
  const read = readEthereumEvidence(proof ?? new Uint8Array());
  if (read.kind === 'refused') throw new Error(read.reason);
  const { chainId, blockNumber, blockHash, registry, publisher } = read.anchor;
  const text = trustFileText({
    origin: node.config.origin,
    logKey: partyIdFromKey(node.logSigner.publicKey),
    principals: [],
    developmentKeys: [],
  });
  const blocks = { [blockNumber]: blockHash };
  const trust = parseTrustFile(
    JSON.stringify({
      ...JSON.parse(text),
      ethereum: { [chainId]: { registries: [registry], publishers: [publisher], blocks } },
    }),
  );
  if (!trust.ok) throw new Error(trust.refusal.reason);
  const source = await openBundleSource(node);
  async function* pieces() {
    for await (const line of writeBundle(source, 'full')) yield utf8(line);
  }
  const result = await audit(pieces(), { trust: trust.trust, proofs: groth16Verifier() });
  if (result.kind === 'unusable') throw new Error(result.refusal.reason);
  const verdicts = Object.fromEntries(result.rows.map(({ claim, verdict }) => [claim, verdict]));
  expect(verdicts).toMatchObject({ 'state-diffs': 'holds', anchors: 'holds', bundle: 'holds' });
  expect(result.anchors.map(({ rail, verdict }) => [rail, verdict])).toEqual([
    ['ethereum', 'holds'],
    ['opentimestamps', 'not shown'],
  ]);
});
