/**
 * Signed durable ingest through the HTTP batch endpoint, as a share of the machine's Ed25519 bound,
 * both counted in signatures. The ledger runs as it does in a node: HTTP on the main thread, a
 * verification pool, SQLite with group commit and `synchronous=FULL`. All requests are signed before
 * the clock starts, and some lanes go in before it does, so that no compiling is measured; the bound
 * is measured before and after, on all cores, in the same run.
 *
 * `--items N` puts N payments under each note (2 … 16: batch notes, at most 64 a lane) and measures single
 * notes, as many, before them in the same run: `againstSingle` compares payments a second.
 *
 * `--with-read-side` runs sequencer and projector too, as a node does; the clock then stops when they
 * have caught up. Run with `--payments N --lanes N --warm-up-lanes N --batch N --seed N --json`.
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
import { type ReadSide, startReadSide } from './ingest-read-side.ts';
import { buildWorkload, type Lane, type Workload } from './ingest-workload.ts';
import type { SenderReport, SenderTask } from './request-sender.ts';
import { namingThreads, threadTimes, timesByPart } from './thread-times.ts';

const ORIGIN = 'log.example/bench';
const HOUR = 3_600_000;
const BOUND_MS = 2000;

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '1000' },
    items: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '6' },
    'warm-up-lanes': { type: 'string', default: '2' },
    'with-read-side': { type: 'boolean', default: false },
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
  const partOf = new Map<string, string>();
  const store = await namingThreads(partOf, 'store', () => openSqliteEventStore({ directory }));
  const readSide: ReadSide | undefined = values['with-read-side']
    ? await startReadSide(directory, ORIGIN, store)
    : undefined;
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
  const pool = await namingThreads(partOf, 'verification', () => new VerificationPool());
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
    await readSide?.stop();
    await store.close();
  };
  return { port, writer, readSide, partOf, close };
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

type Ledger = Awaited<ReturnType<typeof startLedger>>;
type Bound = Awaited<ReturnType<typeof ed25519Bound>>;
type Measured = {
  readonly seconds: number;
  readonly events: number;
  /** Processor time of the whole process, load generator included, µs. */
  readonly cpuMicros: number;
  readonly parts: ReadonlyMap<string, number>;
  readonly latenciesMs: readonly number[];
};

/** Sends all requests of the lanes and waits until every object in them is accepted. */
async function measure(ledger: Ledger, lanes: readonly Lane[], batch: number): Promise<Measured> {
  const connections = lanes.map((lane) => requestsOf(lane, ledger.port, batch));
  const revisionBefore = ledger.writer.flushedState().revision;
  const threadsBefore = threadTimes();
  const cpuBefore = process.cpuUsage();
  const report = await send({ port: ledger.port, connections });
  await ledger.readSide?.caughtUp();
  const endedAt = ledger.readSide ? performance.timeOrigin + performance.now() : report.endedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  const parts = timesByPart(threadsBefore, threadTimes(), ledger.partOf);
  checkAnswers(
    report,
    lanes.reduce((sum, lane) => sum + lane.payments.length, 0),
  );
  return {
    seconds: (endedAt - report.startedAt) / 1000,
    events: ledger.writer.flushedState().revision - revisionBefore,
    cpuMicros: user + system,
    parts,
    latenciesMs: [...report.latenciesMs].sort((a, b) => a - b),
  };
}

function resultOf(
  measured: Measured,
  notes: number,
  { items, signaturesEach }: { readonly items: number; readonly signaturesEach: number },
  bounds: Bound[],
) {
  const { seconds, events, cpuMicros, latenciesMs } = measured;
  const payments = notes * items;
  const signatures = notes * signaturesEach;
  const mean = (of: (bound: Bound) => number) =>
    bounds.reduce((sum, bound) => sum + of(bound), 0) / bounds.length;
  const boundPerSecond = mean(({ perSecond }) => perSecond);
  const verificationMicros = mean((bound) => bound.cpuMicros);
  const each = (micros: number) => Math.round(micros / payments);
  return {
    payments,
    notes,
    events,
    signatures,
    seconds: Number(seconds.toFixed(3)),
    signaturesPerSecond: Math.round(signatures / seconds),
    eventsPerSecond: Math.round(events / seconds),
    paymentsPerSecond: Math.round(payments / seconds),
    ed25519BoundPerSecond: Math.round(boundPerSecond),
    ratio: Number((signatures / seconds / boundPerSecond).toFixed(3)),
    // The same share in processor time, load generator included: steadier under other load.
    cpuRatio: Number(((signatures * verificationMicros) / cpuMicros).toFixed(3)),
    cpuMicrosPerPayment: each(cpuMicros),
    cpuMicrosPerPaymentByPart: Object.fromEntries(
      [...measured.parts].map(([part, micros]) => [part, each(micros)]),
    ),
    cpuMicrosPerVerification: Math.round(verificationMicros),
    latencyMs: {
      p50: Math.round(percentile(latenciesMs, 0.5)),
      p99: Math.round(percentile(latenciesMs, 0.99)),
    },
  };
}

/** The control of batches: single notes of other parties in the same ledger. */
async function control(
  ledger: Ledger,
  { seed, ...size }: { readonly seed: number; readonly lanes: number; readonly notes: number },
  lanes: number,
  batch: number,
): Promise<Measured> {
  const workload = buildWorkload(seed, { ...size, items: 1 }, ORIGIN, Date.now());
  await setUp(ledger.port, workload);
  return await measure(ledger, workload.lanes.slice(0, lanes), batch);
}

async function main(): Promise<void> {
  const seed = Number(values.seed);
  const payments = Number(values.payments);
  const items = Number(values.items);
  const lanes = Number(values.lanes);
  const warmUp = Number(values['warm-up-lanes']);
  const batch = Number(values.batch);
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-ingest-'));
  try {
    say(`building ${warmUp} + ${lanes} lanes of ${payments} payments, seed ${seed}`);
    const size = { lanes: warmUp + lanes, notes: payments };
    const workload = buildWorkload(seed, { ...size, items }, ORIGIN, Date.now());
    const ledger = await startLedger(directory, workload.principal.identity);
    await setUp(ledger.port, workload);
    if (warmUp > 0) await measure(ledger, workload.lanes.slice(0, warmUp), batch);
    const boundBefore = await ed25519Bound(BOUND_MS);
    const single =
      items > 1 ? await control(ledger, { ...size, seed: seed + 1 }, lanes, batch) : null;
    const measured = await measure(ledger, workload.lanes.slice(warmUp), batch);
    const bounds = [boundBefore, await ed25519Bound(BOUND_MS)];
    await ledger.close();
    const result = {
      bench: 'ingest',
      machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
      seed,
      withReadSide: values['with-read-side'],
      ...resultOf(measured, lanes * payments, { items, ...workload }, bounds),
      ...(single === null
        ? {}
        : {
            singlePaymentsPerSecond: Math.round((lanes * payments) / single.seconds),
            againstSingle: Number(((items * single.seconds) / measured.seconds).toFixed(2)),
            againstSingleInCpu: Number(
              ((items * single.cpuMicros) / measured.cpuMicros).toFixed(2),
            ),
          }),
    };
    process.stdout.write(`${JSON.stringify(result, undefined, values.json ? undefined : 2)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
