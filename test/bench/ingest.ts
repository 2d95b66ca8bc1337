/**
 * Signed durable ingest through the HTTP batch endpoint, as a share of the machine's Ed25519 bound,
 * both counted in signatures. The ledger runs as it does in a node: HTTP on the main thread, a
 * verification pool, SQLite with group commit and `synchronous=FULL`. All requests are signed before
 * the clock starts; the bound is measured before and after, on all cores, in the same run.
 *
 * Run with `--payments N --lanes N --batch N --connections N --seed N --json`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { KeyPair } from '@atomicity/client/key-pair';
import { NodeClient } from '@atomicity/client/node-client';
import { signRequest } from '@atomicity/client/request-signature';
import type { SignedObject } from '@atomicity/client/signer';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { parseStreamId } from '@atomicity/kernel/units/id';
import { createLedgerApp } from '@atomicity/ledger/http/ledger-app';
import { KeyDirectory } from '@atomicity/ledger/key-directory';
import { LedgerMetrics } from '@atomicity/ledger/metrics';
import { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import { systemClock } from '@atomicity/ledger/writer/book-clock';
import { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { ed25519Bound } from './ed25519-bound.ts';
import { buildWorkload, type Lane, type Workload } from './ingest-workload.ts';
import type { SenderReport, SenderTask } from './request-sender.ts';
import { threadTimes } from './thread-times.ts';

const ORIGIN = 'log.example/bench';
const HOUR = 3_600_000;
const BOUND_MS = 2000;

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '1000' },
    lanes: { type: 'string', default: '6' },
    batch: { type: 'string', default: '510' },
    seed: { type: 'string', default: '20261121' },
    json: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => {
  if (!values.json) process.stdout.write(`${text}\n`);
};

async function startLedger(directory: string, operator: KeyPair) {
  const stream = parseStreamId('be'.repeat(16));
  if (stream === undefined) throw new Error('stream');
  const store = await openSqliteEventStore({ directory });
  const keys = new KeyDirectory(operator.id);
  const writer = await BookWriter.open({
    store,
    stream,
    clock: systemClock,
    opening: {
      name: 'bench',
      origin: ORIGIN,
      operator: operator.id,
      skewMs: 2 * HOUR,
      holdMsMax: 24 * HOUR,
    },
    onFatal: (error) => {
      throw error;
    },
    onFlushed: (events) => keys.apply(events),
  });
  const pool = new VerificationPool();
  const metrics = new LedgerMetrics();
  metrics.observe(writer, pool);
  const unlimited = { perSecond: 1e9, burst: 1e9 };
  const app = await createLedgerApp({
    writer,
    pool,
    keys,
    metrics,
    clock: systemClock,
    readModel: unread(),
    log: unread(),
    anchors: unread(),
    settings: { signatureSkewMs: 2 * HOUR, addressLimit: unlimited, keyLimit: unlimited },
  });
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  const close = async (): Promise<void> => {
    await app.close();
    await writer.stop();
    await pool.close();
    await store.close();
  };
  return { port, writer, pool, store, close };
}

/** A part that this bench never asks anything of: a call would throw. */
function unread<T extends object>(): T {
  return {} as T;
}

async function submitAll(client: NodeClient, objects: readonly SignedObject[]): Promise<void> {
  for (let i = 0; i < objects.length; i += 512) {
    const slice = objects.slice(i, i + 512);
    const outcomes = await client.submit(slice.map(({ id, text }) => ({ commandId: id, text })));
    const bad = outcomes.find(({ kind }) => kind !== 'accepted');
    if (bad !== undefined) throw new Error(JSON.stringify(bad));
  }
}

async function setUp(port: number, workload: Workload): Promise<void> {
  const baseUrl = `http://127.0.0.1:${port}`;
  for (const { party, object } of workload.introductions) {
    await submitAll(new NodeClient({ baseUrl, key: party.identity }), [object]);
  }
  await submitAll(new NodeClient({ baseUrl, key: workload.principal.key }), workload.setup);
}

/** The raw bytes of a lane's signed batch requests. */
function requestsOf(lane: Lane, port: number, batch: number): readonly Uint8Array[] {
  const url = new URL(`http://127.0.0.1:${port}/v1/objects/batch`);
  const requests: Uint8Array[] = [];
  for (let i = 0; i < lane.payments.length; i += batch) {
    const objects = lane.payments
      .slice(i, i + batch)
      .map(({ id, text }) => ({ commandId: id, object: text }));
    const body = Buffer.from(JSON.stringify({ objects }));
    const headers = signRequest({ method: 'POST', url, body }, lane.agent.key, Date.now());
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${lines.join('')}\r\n`;
    requests.push(Buffer.concat([Buffer.from(head), body]));
  }
  return requests;
}

function send(task: SenderTask): Promise<SenderReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./request-sender.ts', import.meta.url), {
      workerData: task,
    });
    worker.once('online', () => worker.postMessage('go'));
    worker.once('message', (report: SenderReport) => {
      void worker.terminate().then(() => resolve(report));
    });
    worker.once('error', reject);
  });
}

function checkAnswers(report: SenderReport, expected: number): void {
  let accepted = 0;
  for (const answer of report.answers) {
    accepted += answer.split('"kind":"accepted"').length - 1;
    const refused = /"kind":"refused".{0,400}/.exec(answer) ?? /HTTP\/1.1 [345].*/s.exec(answer);
    if (refused) throw new Error(refused[0].slice(0, 600));
  }
  if (accepted !== expected) throw new Error(`${accepted} of ${expected} objects were accepted`);
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function main(): Promise<void> {
  const seed = Number(values.seed);
  const payments = Number(values.payments);
  const lanes = Number(values.lanes);
  const batch = Number(values.batch);
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-ingest-'));
  try {
    say(`building ${lanes} × ${payments} payments, seed ${seed}`);
    const workload = buildWorkload(seed, lanes, payments, ORIGIN, Date.now());
    const ledger = await startLedger(directory, workload.principal.identity);
    await setUp(ledger.port, workload);
    const connections = workload.lanes.map((lane) => requestsOf(lane, ledger.port, batch));
    const boundBefore = await ed25519Bound(BOUND_MS);
    const cpuBefore = process.cpuUsage();
    const revisionBefore = ledger.writer.flushedState().revision;
    const tt0 = new Map(threadTimes().map((t) => [t.id, t.micros]));
    const report = await send({ port: ledger.port, connections });
    const cpu = process.cpuUsage(cpuBefore);
    for (const t of threadTimes()) {
      const d = (t.micros - (tt0.get(t.id) ?? 0)) / (lanes * payments);
      if (d > 1) console.error(t.id, t.name, d.toFixed(1));
    }
    const events = ledger.writer.flushedState().revision - revisionBefore;
    const boundAfter = await ed25519Bound(BOUND_MS);
    const objects = lanes * payments * 3;
    checkAnswers(report, objects);
    await ledger.close();
    const seconds = (report.endedAt - report.startedAt) / 1000;
    const signatures = lanes * payments * workload.signaturesEach;
    const bound = (boundBefore.perSecond + boundAfter.perSecond) / 2;
    const cpuMicros = (boundBefore.cpuMicros + boundAfter.cpuMicros) / 2;
    const latencies = [...report.latenciesMs].sort((a, b) => a - b);
    const result = {
      bench: 'ingest',
      machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
      seed,
      payments: lanes * payments,
      objects,
      events,
      signatures,
      seconds: Number(seconds.toFixed(3)),
      signaturesPerSecond: Math.round(signatures / seconds),
      eventsPerSecond: Math.round(events / seconds),
      paymentsPerSecond: Math.round((lanes * payments) / seconds),
      ed25519BoundPerSecond: Math.round(bound),
      ratio: Number((signatures / seconds / bound).toFixed(3)),
      // The same share in processor time, load generator included: steady under other load.
      cpuRatio: Number(((signatures * cpuMicros) / (cpu.user + cpu.system)).toFixed(3)),
      cpuMicrosPerPayment: Math.round((cpu.user + cpu.system) / (lanes * payments)),
      cpuMicrosPerVerification: Math.round(cpuMicros),
      latencyMs: {
        p50: Math.round(percentile(latencies, 0.5)),
        p99: Math.round(percentile(latencies, 0.99)),
      },
    };
    process.stdout.write(`${JSON.stringify(result, undefined, values.json ? undefined : 2)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
