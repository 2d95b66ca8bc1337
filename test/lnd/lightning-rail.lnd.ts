// Goal: a batch's net amount is settled and anchored once over two real lnds. Method: the Lightning rail asks,
// pays and looks up as the settler does, over a connection that is cut after a drawn number of bytes; the
// evidence is then checked, and spoilt.
import { createHash } from 'node:crypto';
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { batchOf, submissionOf } from '@atomicity/rails/lightning/batch-samples';
import { verifyLightningEvidence } from '@atomicity/rails/lightning/evidence';
import type { LightningNode } from '@atomicity/rails/lightning/lightning-node';
import { lightningRail } from '@atomicity/rails/lightning/rail';
import { type AnchorEvidence, type AnchorRail, RailError } from '@atomicity/rails/port';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CuttingProxy } from './cutting-proxy.ts';
import { payeeAt, payerAt } from './lnd-adapter.ts';
import { type PrivateNetwork, startPrivateNetwork } from './private-network.ts';

const SEED = Number(process.env['SEED'] ?? 20261121);
const BATCHES = 20;
/** Source: batchOf; in satoshis there. */
const AMOUNT_MSAT = 250_000n;
const STEPS_MAX = 5_000;
const signal = new AbortController().signal;
console.log(`lightning-rail.lnd: seed ${SEED}`);

let network: PrivateNetwork;
let proxy: CuttingProxy;
let rail: AnchorRail;
let payee: LightningNode;
let payeeId: string;
let issued = 0;
/** Bytes of a whole payment, in both directions. */
let whole = { request: 0, answer: 0 };

beforeAll(async () => {
  network = await startPrivateNetwork();
  proxy = new CuttingProxy(network.alice.restPort);
  payee = await payeeAt(network.bob);
  payeeId = await payee.nodeId(signal);
  const node = await payerAt(network.alice, `https://127.0.0.1:${await proxy.start()}`);
  const invoices = {
    invoiceFor: async (description: string, { amountMsat }: { amountMsat: bigint }) => {
      issued += 1;
      const descriptionHash = sha256(utf8(description));
      const request = { amountMsat, descriptionHash, expirySeconds: 3_600 };
      return (await payee.createInvoice(request, signal)).bolt11;
    },
  };
  const now = () => Date.now();
  rail = lightningRail({ node, invoices, payeesOf: () => [payeeId], network: 'regtest', now });
});

afterAll(async () => {
  await proxy?.stop();
  await network?.stop();
});

function drawn(what: string, i: number): number {
  const digest = createHash('sha256').update(`${SEED} ${what} ${i}`).digest();
  return digest.readUInt32BE() / 2 ** 32;
}

async function attempt<T>(step: () => Promise<T>): Promise<T | RailError> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof RailError) return error;
    throw error;
  }
}

/** Takes a batch to its end as the settler does; each of the first connections is cut. */
async function settle(number: number, cuts: number): Promise<AnchorEvidence> {
  const batch = batchOf(number);
  const prepared = await rail.prepare?.(submissionOf(batch), signal);
  const submission = submissionOf(batch, prepared);
  let sends = true;
  for (let step = 0; step < STEPS_MAX; step++) {
    const of = drawn('which', number) < 0.5 ? 'request' : 'answer';
    const after = Math.floor(drawn('cut', number * 8 + step) * whole[of]);
    proxy.cut = step < cuts ? { after, of } : undefined;
    if (sends) {
      const sent = await attempt(() => rail.submit(submission, signal));
      if (!(sent instanceof RailError)) return sent;
      if (sent.outcome === 'not_applied') continue;
    }
    const found = await attempt(() => rail.lookUp(submission, signal));
    if (found instanceof RailError) {
      expect(found.outcome).toBe('not_applied');
      sends = false;
      continue;
    }
    if (found.kind === 'applied') return found.evidence;
    sends = found.kind === 'not_applied';
  }
  throw new Error(`batch ${number} came to no end`);
}

describe('the Lightning rail over two real lnds', () => {
  it('settles each batch once, whatever is cut between pay and record', async () => {
    const before = await network.alice.balanceMsat();
    const first = await settle(0, 0);
    whole = { ...proxy.carried };
    const evidence = [first];
    for (let number = 1; number < BATCHES; number++) evidence.push(await settle(number, 2));
    expect(issued).toBe(BATCHES);
    for (const [number, { bytes }] of evidence.entries()) {
      const { root } = submissionOf(batchOf(number));
      expect(verifyLightningEvidence(bytes, { root })).toMatchObject({
        kind: 'shown',
        payee: payeeId,
        network: 'regtest',
        amountMsat: AMOUNT_MSAT,
      });
    }
    let spent = 0n;
    for (let i = 0; i < STEPS_MAX && spent !== AMOUNT_MSAT * BigInt(BATCHES); i++) {
      spent = before - (await network.alice.balanceMsat());
    }
    expect(spent).toBe(AMOUNT_MSAT * BigInt(BATCHES));
  });

  it('gives evidence that no other root, preimage or invoice passes for', async () => {
    const number = BATCHES;
    const { bytes } = await settle(number, 0);
    const { root } = submissionOf(batchOf(number));
    expect(verifyLightningEvidence(bytes, { root }).kind).toBe('shown');
    const other = submissionOf(batchOf(number + 1)).root;
    expect(verifyLightningEvidence(bytes, { root: other })).toMatchObject({
      reason: 'root_mismatch',
    });
    const file = JSON.parse(new TextDecoder().decode(bytes));
    const spoil = (change: Record<string, unknown>) =>
      verifyLightningEvidence(utf8(JSON.stringify({ ...file, ...change })), { root });
    expect(spoil({ preimage: '00'.repeat(32) })).toMatchObject({ reason: 'preimage_mismatch' });
    const description = file.description.replace('"amountMsat":"250000"', '"amountMsat":"250001"');
    expect(spoil({ description }).kind).toBe('refused');
    expect(spoil({ invoice: file.invoice.replace('2500n', '2500u') }).kind).toBe('refused');
  });
});
