/**
 * Payments over Lightning between two real LDK nodes in this process, on one channel over TCP of the loopback:
 * through the rail, which asks for an invoice, checks it, pays and makes evidence; and, as the control in the same
 * run and in turns with it, the bare node, which issues and pays. Then the share that is the rail's own: reading
 * an invoice and verifying evidence, alone.
 *
 * Options: `--payments N --rounds N --json`.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { batchOf, submissionOf } from '@atomicity/rails/lightning/batch-samples';
import { decodeBolt11 } from '@atomicity/rails/lightning/bolt11';
import { descriptionHash } from '@atomicity/rails/lightning/description';
import { verifyLightningEvidence } from '@atomicity/rails/lightning/evidence';
import { startLdkPair } from '@atomicity/rails/lightning/ldk/ldk-pair';
import { lightningRail } from '@atomicity/rails/lightning/rail';

const { values: options } = parseArgs({
  options: {
    payments: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const payments = Number(options.payments);
const rounds = Number(options.rounds);
const signal = new AbortController().signal;
const LIMITS = { maxFeeMsat: 5_000n, timeoutMs: 60_000 };
const EXPIRY_SECONDS = 3_600;
const LANES = 16;

const started = performance.now();
const { payer, payee, stop } = await startLdkPair();
const startMs = performance.now() - started;
const payeeId = await payee.nodeId();

const issue = (description: string, amountMsat: bigint) =>
  payee.createInvoice({
    amountMsat,
    descriptionHash: descriptionHash(description),
    expirySeconds: EXPIRY_SECONDS,
  });

const rail = lightningRail({
  node: payer,
  invoices: {
    invoiceFor: async (description, { amountMsat }) =>
      (await issue(description, amountMsat)).bolt11,
  },
  payeesOf: () => [payeeId],
  network: 'regtest',
  now: () => Date.now(),
});

let batches = 0;
async function throughRail() {
  batches += 1;
  const batch = batchOf(batches);
  const prepared = await rail.prepare?.(submissionOf(batch), signal);
  const submission = submissionOf(batch, prepared);
  const evidence = await rail.submit(submission, signal);
  const end = await rail.upgrade(evidence, signal, submission);
  if (end.kind !== 'confirmed') throw new Error(end.kind);
  return evidence.bytes;
}

async function bare() {
  const { bolt11 } = await issue('control', 250_000n);
  const state = await payer.pay(bolt11, LIMITS, signal);
  if (state.kind !== 'succeeded') throw new Error(state.kind);
}

type Sample = { readonly ms: readonly number[]; readonly wallMs: number; readonly cpuMs: number };

/** So many payments, `lanes` of them under way at a time. */
async function sample(run: () => Promise<unknown>, lanes: number): Promise<Sample> {
  const cpu = process.cpuUsage();
  const ms: number[] = [];
  let left = payments;
  const lane = async () => {
    for (; left > 0; ) {
      left -= 1;
      const from = performance.now();
      await run();
      ms.push(performance.now() - from);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const wallMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, wallMs, cpuMs: (user + system) / 1_000 };
}

const together = (samples: readonly Sample[]) => {
  const ms = samples.flatMap((one) => one.ms).sort((a, b) => a - b);
  const at = (share: number) => ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? 0;
  const wallMs = samples.reduce((sum, one) => sum + one.wallMs, 0);
  const cpuMs = samples.reduce((sum, one) => sum + one.cpuMs, 0);
  return {
    paymentsPerSecond: round((ms.length * 1_000) / wallMs),
    p50Ms: round(at(0.5)),
    p99Ms: round(at(0.99)),
    cpuMsAPayment: round(cpuMs / ms.length),
  };
};
const round = (value: number) => Math.round(value * 100) / 100;

/** Microseconds a call, of many. */
function alone(run: () => unknown): number {
  const times = 200;
  for (let i = 0; i < 20; i += 1) run();
  const from = performance.now();
  for (let i = 0; i < times; i += 1) run();
  return round(((performance.now() - from) * 1_000) / times);
}

// Warm, before anything is measured.
const evidence = await throughRail();
await bare();
const taken = new Map<string, Sample[]>();
const cases = [
  ['through the rail, one by one', throughRail, 1],
  ['bare node, one by one (control)', bare, 1],
  [`through the rail, ${LANES} at once`, throughRail, LANES],
  [`bare node, ${LANES} at once (control)`, bare, LANES],
] as const;
for (let i = 0; i < rounds; i += 1) {
  for (const [name, run, lanes] of cases) {
    taken.set(name, [...(taken.get(name) ?? []), await sample(run, lanes)]);
  }
}
const { bolt11 } = await issue('alone', 1n);
const { root } = submissionOf(batchOf(1));
const result = {
  machine: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
  load: loadavg()[0],
  payments: payments * rounds,
  startMs: round(startMs),
  cases: Object.fromEntries([...taken].map(([name, samples]) => [name, together(samples)])),
  readInvoiceUs: alone(() => decodeBolt11(bolt11)),
  verifyEvidenceUs: alone(() => verifyLightningEvidence(evidence, { root })),
  evidenceBytes: evidence.length,
};
await stop();

if (options.json) console.log(JSON.stringify(result));
else {
  console.log(
    `${result.machine}, load ${result.load?.toFixed(1)}, ${result.payments} payments each`,
  );
  console.log(`two nodes and a channel in ${result.startMs} ms`);
  console.table(result.cases);
  console.log(`reading an invoice ${result.readInvoiceUs} µs`);
  console.log(`verifying evidence ${result.verifyEvidenceUs} µs, of ${result.evidenceBytes} bytes`);
}
