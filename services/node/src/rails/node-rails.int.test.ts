// Goal: a node with rails closes batches, anchors them, and shows everywhere what is anchored and what is
// not. Method: a real node over scripted rails, its HTTP interface, its metrics, and the command line.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NodeClient } from '@atomicity/client/node-client';
import { decodeStateDiffs } from '@atomicity/kernel/state-diff/decode';
import { unixMs } from '@atomicity/kernel/units/time';
import { PayloadArchive } from '@atomicity/settler/batch/payload-archive';
import { ScriptedPaymentRail } from '@atomicity/settler/scripted-payment-rail';
import { ScriptedRail } from '@atomicity/settler/scripted-rail';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PAYLOADS_FOLDER } from '../compose/data-dir.ts';
import type { RunningNode } from '../compose/node.ts';
import { atomicity, settled, startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet, type TestFleet } from '../testing/test-fleet.ts';
import type { NodeRails } from './node-rails.ts';

const folder = workFolder('node-rails');
const data = folder.path('data');
const never = new AbortController().signal;
const calendar = new ScriptedRail();
const chain = Object.assign(new ScriptedPaymentRail(), {
  costOf: () => ({ unit: 'msat', amount: 1_250n }) as const,
});
const steps: string[] = [];
let node: RunningNode;
let fleet: TestFleet;

const rails: NodeRails = {
  rails: [calendar, chain],
  everyBatch: ['scripted', 'scripted-payment'],
  policy: {
    exposureCaps: [],
    safetyMarginMs: 0,
    ageMaxMs: 86_400_000,
    lowFee: null,
    closuresMin: 1,
    fill: null,
  },
  blobs: () => [
    {
      batch: 'b'.repeat(64) as never,
      versionedHashes: [],
      state: 'due',
      alarm: true,
      deadline: unixMs(5_000),
      leftMs: 4_000,
    },
  ],
  onStep: ({ rail, step }) => {
    steps.push(`${rail} ${step}`);
  },
  close: async () => undefined,
};

const start = () => startTestNode(data, { rails: async () => rails });

beforeAll(async () => {
  node = await start();
  fleet = await assembleTestFleet(node, 'rails');
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

const asOperator = () => new NodeClient({ baseUrl: node.url, key: node.operator.key });

async function metric(name: string): Promise<readonly string[]> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name));
}

it('shows what moved and is under no confirmed anchor', async () => {
  await fleet.pay(1_500n);
  await settled(node);
  expect(await node.batches?.advance()).toBeUndefined();
  const { batches, unanchored } = await asOperator().get('/v1/batches');
  expect(batches).toEqual([]);
  expect(unanchored).toMatchObject({
    anchoredSize: 0,
    values: [{ denomination: 'USD/6', amount: '1500' }],
  });
  expect(await metric('atomicity_unanchored_value')).toEqual([
    'atomicity_unanchored_value{denomination="USD/6"} 1500',
  ]);
  const [age = ''] = await metric('atomicity_unanchored_age_seconds');
  expect(Number(age.split(' ')[1])).toBeGreaterThan(0);
});

it('closes a batch, keeps its payload, and shows pending as pending', async () => {
  node.batches?.ask();
  const batch = await node.batches?.advance();
  if (batch === undefined) throw new Error('no batch');
  const archive = new PayloadArchive(join(node.dir.rails, PAYLOADS_FOLDER));
  const decoded = decodeStateDiffs((await archive.read(batch.payload)) ?? new Uint8Array());
  if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
  expect(decoded.diffs.map(({ edge, moves }) => [edge, moves])).toEqual([[0, 1]]);
  await node.settler.runOnce(never);
  const shown = await asOperator().get('/v1/batches');
  expect(shown['batches']).toMatchObject([
    {
      batch: batch.batch,
      reason: 'asked',
      anchors: [
        { rail: 'scripted', status: 'pending' },
        { rail: 'scripted-payment', status: 'pending' },
      ],
    },
  ]);
  // Nothing is anchored by a promise.
  expect(shown['unanchored']).toMatchObject({ anchoredSize: 0, values: [{ amount: '1500' }] });
  expect(await metric('atomicity_anchors{rail="scripted",status="pending"}')).toEqual([
    'atomicity_anchors{rail="scripted",status="pending"} 1',
  ]);
  expect(steps).toContain('scripted-payment prepared');
});

it('has nothing left to anchor once one rail has confirmed', async () => {
  await node.settler.upgradeOnce(never);
  const { unanchored } = await asOperator().get('/v1/batches');
  expect(unanchored).toMatchObject({ since: null, ageMs: 0, values: [] });
  expect(await metric('atomicity_unanchored_age_seconds')).toEqual([
    'atomicity_unanchored_age_seconds 0',
  ]);
  expect(await metric('atomicity_anchor_latency_seconds_count')).toEqual([
    'atomicity_anchor_latency_seconds_count{rail="scripted-payment"} 1',
  ]);
  expect(await metric('atomicity_batches_total{reason="asked"}')).toEqual([
    'atomicity_batches_total{reason="asked"} 1',
  ]);
  expect(await metric('atomicity_blob_retention_seconds')).toEqual([
    'atomicity_blob_retention_seconds{state="due"} 4',
  ]);
  expect(await metric('atomicity_anchor_oldest_seconds')).toHaveLength(1);
  expect(await metric('atomicity_anchor_cost_total')).toEqual([
    'atomicity_anchor_cost_total{rail="scripted-payment",unit="msat"} 1250',
  ]);
  expect(await metric('atomicity_closures_quarantined')).toEqual([
    'atomicity_closures_quarantined 0',
  ]);
});

it('shows the same on the command line, while the node runs', async () => {
  const { code, stdout } = await atomicity(['rails', 'status', '--data-dir', data]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Not anchored: no movement, nothing moved since/);
  expect(stdout).toMatch(/asked +1 +1500 USD\/6 +0 +scripted pending, scripted-payment confirmed/);
  expect(stdout).toMatch(/scripted-payment +\d+ +confirmed/);
  const asJson = await atomicity(['rails', 'status', '--data-dir', data, '--json']);
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    batches: [{ reason: 'asked' }],
    anchors: [{ rail: 'scripted-payment' }, { rail: 'scripted', status: 'pending' }],
    unanchored: { values: [] },
  });
  expect((await atomicity(['rails', 'stop', '--data-dir', data])).code).toBe(2);
});

it('takes orders of its operator on the command line', async () => {
  const order = (...argv: readonly string[]) =>
    atomicity(['rails', ...argv, '--data-dir', data, '--url', node.url]);
  await fleet.pay(7n);
  expect(await order('close')).toMatchObject({ code: 0, stdout: 'A batch is asked for.\n' });
  expect(await node.batches?.advance()).toMatchObject({ reason: 'asked', diffs: 1 });
  const planned = node.settler.status().find(({ status }) => status === 'planned');
  const anchor = planned?.anchor ?? expect.fail('an open anchor');
  const gone = await order('abandon', '--anchor', anchor, '--reason', 'closed down');
  expect(gone).toMatchObject({ code: 0, stdout: 'Anchor: failed.\n' });
  expect(node.settler.status().find((one) => one.anchor === anchor)?.reason).toBe('closed down');
  const none = await order('abandon', '--anchor', 'f'.repeat(64), '--reason', 'closed down');
  expect(none.code).toBe(1);
  expect((await order('abandon', '--anchor', anchor)).code).toBe(2);
});

it('goes on after a restart, and its backup has the payloads', async () => {
  const before = node.settler.status();
  await node.stop();
  node = await start();
  expect(node.settler.status()).toEqual(before);
  expect(node.settler.batches()).toHaveLength(2);
  expect(await node.batches?.advance()).toBeUndefined();
  const copy = folder.path('backup');
  const { code } = await atomicity(['backup', '--data-dir', data, '--to', copy]);
  expect(code).toBe(0);
  const payload = node.settler.batches()[0]?.payload;
  expect(existsSync(join(copy, 'rails', PAYLOADS_FOLDER, `${payload}.payload`))).toBe(true);
});
