/**
 * A process that settles one batch over Lightning as the settler does, with a file for its record, and kills
 * itself with SIGKILL at a step boundary. For the kill tests alone: one argument, JSON of `PayOrder`; prints the
 * evidence in hex when it survives.
 */

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { RailError } from '../port.ts';
import { batchOf, submissionOf } from './batch-samples.ts';
import { httpInvoiceSource } from './invoice-source.ts';
import type { LightningNode } from './lightning-node.ts';
import { lightningRail } from './rail.ts';
import { remoteLightningNode } from './remote-node.ts';

export type PayOrder = {
  readonly folder: string;
  readonly batch: number;
  /** Of the invoice desk. */
  readonly desk: string;
  readonly payee: string;
  readonly node: { readonly url: string; readonly token: string };
  /** Which boundary kills: 1 is the first, 0 is none. */
  readonly dieAt: number;
};

const order: PayOrder = JSON.parse(process.argv[2] ?? '');
const never = new AbortController().signal;
let crossed = 0;

/** A boundary between two steps: what came before has happened, what follows has not. */
function boundary(): void {
  crossed += 1;
  if (crossed === order.dieAt) process.kill(process.pid, 'SIGKILL');
}

function record(name: string, bytes: Uint8Array): void {
  const file = openSync(join(order.folder, `${order.batch}.${name}`), 'w');
  writeSync(file, bytesToHex(bytes));
  fsyncSync(file);
  closeSync(file);
}

function recorded(name: string): Uint8Array | undefined {
  const file = join(order.folder, `${order.batch}.${name}`);
  return existsSync(file) ? hexToBytes(readFileSync(file, 'utf8')) : undefined;
}

/** The node, with a boundary after a payment whose answer nobody has seen yet. */
function watched(node: LightningNode): LightningNode {
  return {
    label: node.label,
    nodeId: (signal) => node.nodeId(signal),
    createInvoice: (request, signal) => node.createInvoice(request, signal),
    createHoldInvoice: (request, signal) => node.createHoldInvoice(request, signal),
    settleHold: (preimage, signal) => node.settleHold(preimage, signal),
    cancelHold: (hash, signal) => node.cancelHold(hash, signal),
    trackInvoice: (hash, signal) => node.trackInvoice(hash, signal),
    trackPayment: (hash, signal) => node.trackPayment(hash, signal),
    pay: async (bolt11, limits, signal) => {
      boundary();
      const paying = node.pay(bolt11, limits, signal);
      boundary(); // The request may be on its way, or never leave.
      const state = await paying;
      boundary();
      return state;
    },
  };
}

const rail = lightningRail({
  node: watched(
    remoteLightningNode({ ...order.node, name: 'payer', label: 'the node of the kill test' }),
  ),
  invoices: httpInvoiceSource({ origins: [order.desk] }),
  payeesOf: () => [order.payee],
  network: 'regtest',
  now: () => Date.now(),
});

const batch = batchOf(order.batch, { target: `${order.desk}/invoice` });

async function preparedOnce(): Promise<Uint8Array> {
  const before = recorded('prepared');
  if (before !== undefined) return before;
  const prepared = await rail.prepare?.(submissionOf(batch), never);
  if (prepared === undefined) throw new Error('this rail prepares');
  boundary();
  record('prepared', prepared);
  boundary();
  return prepared;
}

async function settle(): Promise<Uint8Array> {
  const before = recorded('evidence');
  if (before !== undefined) return before;
  const submission = submissionOf(batch, await preparedOnce());
  for (;;) {
    const found = await rail.lookUp(submission, never);
    boundary();
    if (found.kind === 'applied') return found.evidence.bytes;
    if (found.kind === 'unknown') continue;
    if (found.kind !== 'not_applied') throw new Error(`a look-up says ${found.kind}`);
    try {
      return (await rail.submit(submission, never)).bytes;
    } catch (error) {
      if (!(error instanceof RailError) || error.outcome === 'applied') throw error;
    }
  }
}

const evidence = await settle();
boundary();
record('evidence', evidence);
boundary();
console.log(bytesToHex(evidence));
