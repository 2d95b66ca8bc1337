// Goal: a settler that is killed between any two steps pays its batch once. Method: a child is killed with SIGKILL
// at every step boundary, the nodes and the payee's desk live on in other processes or here; then a child that is
// left alone ends the work. The scripted node counts what was given; real nodes are asked for their balance.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { afterAll, describe, expect, it } from 'vitest';
import { startServer } from '../opentimestamps/calendar-server.ts';
import { batchOf, CREDITOR, submissionOf } from './batch-samples.ts';
import { verifyLightningEvidence } from './evidence.ts';
import { invoiceDesk } from './invoice-desk.ts';
import { invoiceDeskHandler } from './invoice-desk-http.ts';
import { openInvoiceJournal } from './invoice-journal.ts';
import { startLdkPair } from './ldk/ldk-pair.ts';
import type { LightningNode } from './lightning-node.ts';
import { serveLightningNodes } from './node-server.ts';
import type { PayOrder } from './pay-child.ts';
import { type PaymentFault, ScriptedLightning } from './scripted-node.ts';

const signal = new AbortController().signal;
const TOKEN = 'a'.repeat(32);
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const entry = fileURLToPath(new URL(`./pay-child${extension}`, import.meta.url));

const endings: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Serves a payer's node and a payee's desk; the child gets their addresses. */
async function open(payer: LightningNode, payee: LightningNode) {
  const folder = mkdtempSync(join(tmpdir(), 'atomicity-pay-kill-'));
  const journal = await openInvoiceJournal(join(folder, 'invoices.jsonl'));
  const desk = invoiceDesk({
    node: payee,
    journal,
    creditors: [CREDITOR],
    amountMsatMin: 1n,
    amountMsatMax: 1_000_000n,
    now: () => Date.now(),
  });
  const server = await startServer(invoiceDeskHandler(desk));
  const nodes = await serveLightningNodes({ payer }, TOKEN);
  endings.push(
    async () => rmSync(folder, { recursive: true }),
    () => journal.close(),
    () => server.close(),
    () => nodes.close(),
  );
  const order = {
    folder,
    desk: server.url,
    payee: await payee.nodeId(signal),
    node: { url: nodes.url, token: TOKEN },
  };
  return (batch: number, dieAt: number) => run({ ...order, batch, dieAt });
}

/** The evidence that a child printed, or undefined if it was killed. */
function run(order: PayOrder): Promise<Uint8Array | undefined> {
  const child = spawn(process.execPath, ['--conditions=source', entry, JSON.stringify(order)]);
  let output = '';
  let complaint = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    complaint += data.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killed) => {
      if (killed === 'SIGKILL') resolve(undefined);
      else if (code === 0) resolve(hexToBytes(output.trim()));
      else reject(new Error(complaint));
    });
  });
}

function verify(batch: number, evidence: Uint8Array | undefined): string {
  const { root } = submissionOf(batchOf(batch));
  const shown = verifyLightningEvidence(evidence ?? new Uint8Array(0), { root });
  if (shown.kind !== 'shown') throw new Error(`${shown.reason}: ${shown.detail}`);
  return shown.paymentHash;
}

/** Boundaries that a first run crosses: prepared, recorded, looked up, around the payment, end. */
const BOUNDARIES = 8;

describe('a settler killed at every boundary', () => {
  it('pays each batch once: scripted node', async () => {
    const world = new ScriptedLightning({ now: () => Date.now() });
    const runs = await open(world.payer, world.payee);
    const points = Array.from({ length: BOUNDARIES }, (_, i) => i + 1);
    await eachOf(points, async (dieAt) => {
      expect(await runs(dieAt, dieAt)).toBeUndefined();
      const evidence = await runs(dieAt, 0);
      expect(world.received.filter((hash) => hash === verify(dieAt, evidence))).toHaveLength(1);
    });
    expect(world.received).toHaveLength(BOUNDARIES);
    expect(world.invoices.size).toBeGreaterThanOrEqual(BOUNDARIES);
  });

  it.each<PaymentFault>(['lost_after', 'lost_before', 'fails'])(
    'pays it once when the node answers as well: %s',
    async (fault) => {
      const world = new ScriptedLightning({ now: () => Date.now() });
      world.faults.push(fault);
      const runs = await open(world.payer, world.payee);
      const hash = verify(1, await runs(1, 0));
      expect(world.received).toEqual([hash]);
    },
  );

  it('pays each batch once: LDK', async () => {
    const { payer, payee, stop } = await startLdkPair();
    endings.push(stop);
    const runs = await open(payer, payee);
    const balance = () =>
      payer.engine.manager.list_channels()[0]?.get_outbound_capacity_msat() ?? 0n;
    const before = balance();
    // With the request on its way, and with the answer here and not recorded.
    const points = [5, 6];
    await eachOf(points, async (dieAt) => {
      await runs(dieAt, dieAt);
      verify(dieAt, await runs(dieAt, 0));
    });
    expect(before - balance()).toBe(BigInt(points.length) * 250_000n);
  });
});

/** Two at a time: a process takes most of its time to start. */
async function eachOf(points: readonly number[], work: (point: number) => Promise<void>) {
  const left = [...points];
  const worker = async () => {
    for (let point = left.shift(); point !== undefined; point = left.shift()) await work(point);
  };
  await Promise.all([worker(), worker()]);
}
