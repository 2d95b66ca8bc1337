/**
 * How fast two real lnds pay each other through the adapter: `node --conditions=source test/lnd/bench.ts`
 * after `npm run test:lnd` has built them. The control is a call of the same adapter that changes nothing.
 */

import { randomBytes } from 'node:crypto';
import type { LightningNode } from '@atomicity/rails/lightning/lightning-node';
import { pinnedVersion } from './binaries.ts';
import { payeeAt, payerAt } from './lnd-adapter.ts';
import { startPrivateNetwork } from './private-network.ts';

const COUNT = 200;
const LANES = 8;
const signal = new AbortController().signal;
const LIMITS = { maxFeeMsat: 0n, timeoutMs: 60_000 };

type Row = {
  readonly what: string;
  readonly perSecond: number;
  readonly latencies: number[];
  /** Of this process, which is the adapter's and not lnd's. */
  readonly processorMs: number;
};

/** Runs `COUNT` tasks in a number of lanes and keeps how long each took. */
async function measure(
  what: string,
  lanes: number,
  task: (i: number) => Promise<void>,
): Promise<Row> {
  const latencies: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  const usedBefore = process.cpuUsage();
  const lane = async () => {
    for (let i = next++; i < COUNT; i = next++) {
      const from = performance.now();
      await task(i);
      latencies.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(usedBefore);
  return {
    what,
    perSecond: COUNT / seconds,
    latencies: latencies.toSorted((a, b) => a - b),
    processorMs: (user + system) / 1_000 / COUNT,
  };
}

const quantile = ({ latencies }: Row, of: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(of * latencies.length))] ?? 0;

async function invoices(payee: LightningNode): Promise<readonly string[]> {
  const bolt11: string[] = [];
  for (let i = 0; i < COUNT; i++) {
    const request = { amountMsat: 1_000n, descriptionHash: randomBytes(32), expirySeconds: 3_600 };
    bolt11.push((await payee.createInvoice(request, signal)).bolt11);
  }
  return bolt11;
}

async function payAll(payer: LightningNode, payee: LightningNode, lanes: number): Promise<Row> {
  const bolt11 = await invoices(payee);
  return measure(`pay, ${lanes} at a time`, lanes, async (i) => {
    const state = await payer.pay(bolt11[i] ?? '', LIMITS, signal);
    if (state.kind !== 'succeeded') throw new Error(`a payment ${state.kind}`);
  });
}

const network = await startPrivateNetwork();
try {
  const [payer, payee] = [await payerAt(network.alice), await payeeAt(network.bob)];
  const control = (lanes: number) =>
    measure(
      `control: nodeId, ${lanes} at a time`,
      lanes,
      async () => void (await payer.nodeId(signal)),
    );
  const rows = [
    await control(1),
    await payAll(payer, payee, 1),
    await control(LANES),
    await payAll(payer, payee, LANES),
  ];
  const version = pinnedVersion('github.com/lightningnetwork/lnd');
  console.log(
    `lnd ${version}, two nodes, one channel, ${COUNT} calls a row, node ${process.version}`,
  );
  for (const row of rows) {
    const [p50, p99] = [quantile(row, 0.5), quantile(row, 0.99)].map((ms) => ms.toFixed(1));
    const own = row.processorMs.toFixed(1);
    console.log(
      `${row.what}: ${row.perSecond.toFixed(1)}/s, p50 ${p50} ms, p99 ${p99} ms, own processor time ${own} ms`,
    );
  }
} finally {
  await network.stop();
}
