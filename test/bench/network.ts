/**
 * Payments over three hops between four node processes on loopback, each with its own durable log: latency
 * from the order to the sender's own `active`, one at a time, then payments a second with several at once.
 * When a payment ended, the sender's book says; one question for all that are under way, every `LOOK_MS`,
 * is all the load that watching makes. The control is a signed read of the sender's node in the same run: one request, no hop, no write.
 *
 * Options: `--payments N --concurrent N --json`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { assembleCast, type Cast, EUR, NAMES } from '@atomicity/node/network-demo/cast';
import {
  ask,
  hopsOf,
  type Invoice,
  openEdge,
  pay,
  untilOffered,
} from '@atomicity/node/network-demo/market';
import type { Player } from '@atomicity/node/network-demo/player';

const { values: options } = parseArgs({
  options: {
    payments: { type: 'string', default: '200' },
    concurrent: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
});
const payments = Number(options.payments);
const concurrent = Number(options.concurrent);
const WARM_UP = 20;
const LOOK_MS = 25;

type Paid = { readonly startedAt: number; readonly endedAt: number };

/** Asks a payer's node which of its hops are open, for everybody who waits for one to end. */
class Watch {
  readonly #payer: Player;
  readonly #waiting = new Map<Invoice['id'], (endedAt: number) => void>();
  #failed: (error: unknown) => void = () => {};
  /** Rejects when a payment lapses or the node does not answer. */
  readonly failure = new Promise<never>((_, reject) => {
    this.#failed = reject;
  });

  constructor(payer: Player) {
    this.#payer = payer;
  }

  /** When a payment that has been ordered ended, by the payer's book. */
  ended(intent: Invoice): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.set(intent.id, resolve);
    if (this.#waiting.size === 1) void this.#look().catch(this.#failed);
    return Promise.race([promise, this.failure]);
  }

  async #look(): Promise<void> {
    while (this.#waiting.size > 0) {
      await pause(LOOK_MS);
      const waiting = [...this.#waiting.keys()];
      const { hops } = await this.#payer.client.hops();
      const open = new Set(Array.isArray(hops) ? hops.map((hop) => Object(hop)['intent']) : []);
      for (const intent of waiting) if (!open.has(intent)) await this.#settle(intent);
    }
  }

  /** One that is not open has ended, or has not begun. */
  async #settle(intent: Invoice['id']): Promise<void> {
    const hops = await hopsOf(this.#payer, intent);
    const ended = hops.find(({ status }) => status === 'active' || status === 'lapsed');
    if (ended?.['status'] === 'lapsed') throw new Error(`lapsed: ${JSON.stringify(ended)}`);
    if (ended === undefined) return;
    this.#waiting.get(intent)?.(Number(ended['at']));
    this.#waiting.delete(intent);
  }
}

async function payOnce(cast: Cast, watch: Watch, intent: Invoice): Promise<Paid> {
  const startedAt = Date.now();
  await pay(cast.Alice, cast.Dave, intent, { maxFee: 1_000n });
  return { startedAt, endedAt: await watch.ended(intent) };
}

async function invoices(cast: Cast, count: number): Promise<Invoice[]> {
  const asked: Invoice[] = [];
  for (let i = 0; i < count; i += 1) asked.push(await ask(cast.Dave, EUR, 100n, `bench ${i}`));
  return asked;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(value * 10) / 10;
}

async function oneByOne(
  cast: Cast,
  watch: Watch,
): Promise<{ latencies: number[]; control: number[] }> {
  const latencies: number[] = [];
  const control: number[] = [];
  for (const intent of await invoices(cast, payments)) {
    const { startedAt, endedAt } = await payOnce(cast, watch, intent);
    latencies.push(endedAt - startedAt);
    const askedAt = performance.now();
    await cast.Alice.client.payment(intent.id);
    control.push(performance.now() - askedAt);
  }
  return { latencies, control };
}

async function atOnce(
  cast: Cast,
  watch: Watch,
): Promise<{ perSecond: number; latencies: number[] }> {
  const waiting = await invoices(cast, payments);
  const paid: Paid[] = [];
  const lanes = Array.from({ length: concurrent }, async () => {
    for (let intent = waiting.pop(); intent !== undefined; intent = waiting.pop()) {
      paid.push(await payOnce(cast, watch, intent));
    }
  });
  await Promise.all(lanes);
  const first = Math.min(...paid.map(({ startedAt }) => startedAt));
  const last = Math.max(...paid.map(({ endedAt }) => endedAt));
  const latencies = paid.map(({ startedAt, endedAt }) => endedAt - startedAt);
  return { perSecond: Math.round((paid.length * 10_000) / (last - first)) / 10, latencies };
}

/** Processor time of all nodes since their start, ms; on Linux alone. */
function processorMs(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ');
  // After the name in brackets: state is the first field, user and system time are 12 and 13, in 10 ms.
  const fields = children.map((child) => {
    const stat = readFileSync(`/proc/${child}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  });
  return fields.reduce((sum, one) => sum + 10 * (Number(one[11]) + Number(one[12])), 0);
}

/** Processor time of all nodes for one of `payments`, ms. */
async function measured<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly processorMs: number | undefined }> {
  const before = processorMs();
  const value = await work();
  const after = processorMs();
  if (before === undefined || after === undefined) return { value, processorMs: undefined };
  return { value, processorMs: Math.round(((after - before) / payments) * 10) / 10 };
}

const root = mkdtempSync(join(tmpdir(), 'atomicity-bench-network-'));
const cast = await assembleCast(root, Date.now());
try {
  await Promise.all(NAMES.map((name) => cast[name].start()));
  for (const [one, other] of [
    ['Alice', 'Bob'],
    ['Bob', 'Carol'],
    ['Carol', 'Dave'],
  ] as const) {
    await openEdge(cast[one], cast[other], EUR, 10n ** 12n);
  }
  await untilOffered(cast, 'Alice', EUR, [
    ['Bob', 'Carol'],
    ['Carol', 'Dave'],
  ]);
  const watch = new Watch(cast.Alice);
  for (const intent of await invoices(cast, WARM_UP)) await payOnce(cast, watch, intent);
  const { value: alone, processorMs: aloneMs } = await measured(() => oneByOne(cast, watch));
  const { value: together, processorMs: togetherMs } = await measured(() => atOnce(cast, watch));
  const result = {
    what: 'payments over three hops between four node processes on loopback',
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]}`,
    node: process.version,
    payments,
    /** Of all four nodes for one payment, the invoice and the watching included. */
    processorMs: { oneByOne: aloneMs, concurrent: togetherMs },
    latencyMs: { p50: quantile(alone.latencies, 0.5), p99: quantile(alone.latencies, 0.99) },
    controlSignedReadMs: { p50: quantile(alone.control, 0.5), p99: quantile(alone.control, 0.99) },
    latencyToControl: {
      p50: Math.round(quantile(alone.latencies, 0.5) / quantile(alone.control, 0.5)),
    },
    concurrent: {
      lanes: concurrent,
      perSecond: together.perSecond,
      p50: quantile(together.latencies, 0.5),
      p99: quantile(together.latencies, 0.99),
    },
  };
  process.stdout.write(`${JSON.stringify(result, null, options.json ? 0 : 2)}\n`);
} finally {
  await Promise.allSettled(NAMES.map((name) => cast[name].stop()));
  rmSync(root, { recursive: true, force: true });
}
