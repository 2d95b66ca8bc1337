/**
 * Payments across books in the kernel alone (one core, memory, no signatures): a three-hop payment
 * Alice → Bob → Carol → Dave runs once through four books to learn what each of them records; then each book
 * decides and records its own objects again, alone, against the clock. Also what one hop costs in wire
 * objects, bytes and signatures. The control is `Map` writes of the same keys in the same run.
 *
 * Options: `--payments N --rounds N --json`.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { pump } from '@atomicity/kernel/testing/network';
import {
  createNetwork,
  type Network,
  type NetworkNode,
  nodeOf,
} from '@atomicity/kernel/testing/network-core';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import { amount } from '@atomicity/kernel/units/amount';
import { requiredChecks } from '@atomicity/kernel/wire/signatures';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';

const { values: options } = parseArgs({
  options: {
    payments: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const payments = Number(options.payments);
const rounds = Number(options.rounds);
const ROUTE = ['alice', 'bob', 'carol', 'dave'] as const;
const HOPS = ROUTE.length - 1;

function openNetwork(): Network {
  const wide = { limitA: amount(10n ** 15n), limitB: amount(10n ** 15n) };
  return createNetwork({
    names: ROUTE,
    edges: [
      ['alice', 'bob', wide],
      ['bob', 'carol', wide],
      ['carol', 'dave', wide],
    ],
  });
}

/** What a node recorded, in order; set-up and payments apart. */
type Recorded = { readonly setup: VerifiedObject[]; readonly paid: VerifiedObject[] };

type Traffic = { messages: number; bytes: number; signatures: number };

/** Plays the payments and listens to what each book accepts and what goes between them. */
function play(): { readonly recorded: Map<string, Recorded>; readonly traffic: Traffic } {
  const network = openNetwork();
  const recorded = new Map<string, Recorded>();
  const traffic: Traffic = { messages: 0, bytes: 0, signatures: 0 };
  for (const node of network.nodes) recorded.set(node.name, listen(node));
  for (let i = 0; i < payments; i += 1) {
    const asked = ask(network, 'dave', BigInt(100 + (i % 900)));
    order(network, 'alice', asked);
    sendPart(network, asked, ROUTE, asked.body.amount);
    pump(network, ({ object }) => {
      traffic.messages += 1;
      traffic.bytes += object.text.length;
      traffic.signatures += requiredChecks(object).length;
      return 'deliver';
    });
  }
  return { recorded, traffic };
}

function listen({ book }: NetworkNode): Recorded {
  const recorded: Recorded = { setup: [], paid: [] };
  const { submit } = book;
  Object.assign(book, {
    submit: (object: VerifiedObject) => {
      const decision = submit(object);
      if (decision.kind === 'accepted') recorded.paid.push(object);
      return decision;
    },
  });
  return recorded;
}

/** Payments a second that a node's book alone decides and records. */
function bookRate(name: string, paid: readonly VerifiedObject[]): number {
  const fresh = nodeOf(openNetwork(), name).book;
  const startedAt = performance.now();
  for (const object of paid) {
    if (fresh.submit(object).kind !== 'accepted')
      throw new Error(`${name} refuses ${object.body.type}`);
  }
  return (payments * 1000) / (performance.now() - startedAt);
}

/** `Map` writes a second with the ids of the same objects: the machine's speed today. */
function controlRate(paid: readonly VerifiedObject[]): number {
  const startedAt = performance.now();
  let size = 0;
  for (let i = 0; i < 100; i += 1) size += new Map(paid.map((object) => [object.id, object])).size;
  return (size * 1000) / (performance.now() - startedAt);
}

const median = (values: readonly number[]): number =>
  Math.round(values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0);

const { recorded, traffic } = play();
const rates = Object.fromEntries(
  [...recorded].map(([name, { paid }]) => [
    name,
    median(Array.from({ length: rounds }, () => bookRate(name, paid))),
  ]),
);
const perHop = (total: number): number => Math.round((total / payments / HOPS) * 10) / 10;
const result = {
  what: 'three-hop payments per second in one book alone, median',
  machine: `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]}`,
  node: process.version,
  payments,
  rounds,
  rates,
  /** Alice and Dave each take part in one hop, Bob and Carol in two. */
  hopsPerSecond: { end: rates['alice'], middle: 2 * (rates['bob'] ?? 0) },
  controlMapWritesPerSecond: median([controlRate(recorded.get('bob')?.paid ?? [])]),
  perHop: {
    messages: perHop(traffic.messages),
    bytes: perHop(traffic.bytes),
    signaturesToVerify: perHop(traffic.signatures),
  },
};
process.stdout.write(`${JSON.stringify(result, null, options.json ? 0 : 2)}\n`);
