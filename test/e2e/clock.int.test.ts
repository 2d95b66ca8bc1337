/**
 * Goal: a wrong clock is told by name and spoils nothing. Method: one node whose clock the test sets; clients
 * whose clocks are an hour off over HTTP; then the node's own clock goes back, also over a restart and in
 * the middle of an anchor, and an audit looks at the recorded times.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeClient } from '@atomicity/client/node-client';
import { RefusedByNode } from '@atomicity/client/node-problem';
import type { SignedObject } from '@atomicity/client/signer';
import { isJsonObject, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { type RunningNode, startNode } from '@atomicity/node/compose/node';
import type { Agent, Fleet, Member, Provider } from '@atomicity/node/cycle/fleet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditedBundle, failing } from './audited-bundle.ts';
import { EnduringClient } from './enduring-client.ts';
import { assembleLoadFleet, FleetLoad } from './fleet-load.ts';

const HOUR_MS = 3_600_000;
/** Less than the skew that book and HTTP edge allow. */
const STEP_MS = 40_000;

const dataDir = mkdtempSync(join(tmpdir(), 'atomicity-clock-'));
let offsetMs = 0;
const clock = { now: () => Date.now() + offsetMs };
const failed = Promise.withResolvers<never>();
failed.promise.catch(() => undefined);

let node: RunningNode;
let fleet: Fleet;
let agent: Agent;
let provider: Provider;

const start = () => startNode({ dataDir, port: 0, clock, onFatal: failed.reject });

beforeAll(async () => {
  node = await start();
  fleet = await assembleLoadFleet(node.url, node.config.origin);
  const [firstAgent] = fleet.agents;
  const [firstProvider] = fleet.providers;
  if (firstAgent === undefined || firstProvider === undefined) throw new Error('a pair');
  agent = firstAgent;
  provider = firstProvider;
});

afterAll(async () => {
  await node.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A load whose parties believe that the time is `now`. */
function loadAt(now: () => number): FleetLoad {
  const client = new EnduringClient(clock.now);
  client.connect(node.url);
  return new FleetLoad(fleet, client, { now });
}

/** Submits one object as its party, whose clock differs; answers the node's reason and status. */
async function refusal(
  { party }: Member,
  { id, text }: SignedObject,
  offByMs: number,
): Promise<string> {
  const now = () => clock.now() + offByMs;
  const client = new NodeClient({ baseUrl: node.url, key: party.key, now });
  try {
    return (await client.submitOne({ commandId: id, text })).kind;
  } catch (error) {
    if (error instanceof RefusedByNode) return `${error.problem.status} ${error.problem.reason}`;
    throw error;
  }
}

/** The times of the node's streams, in log order. */
async function times(): Promise<ReadonlyMap<string, readonly number[]>> {
  const streams = new Map<string, number[]>();
  for await (const { envelope } of node.sequencer.events(0, await node.sequencer.catchUp())) {
    const value: JsonValue = JSON.parse(Buffer.from(envelope).toString('utf8'));
    if (!isJsonObject(value)) throw new Error('an envelope');
    const stream = String(value['stream']);
    streams.set(stream, [...(streams.get(stream) ?? []), Number(value['at'])]);
  }
  return streams;
}

async function expectTimesInOrder(): Promise<void> {
  for (const [stream, at] of await times()) {
    expect([stream, at.toSorted((x, y) => x - y)]).toEqual([stream, at]);
  }
}

describe.each([
  ['ahead', HOUR_MS, '422 at_skewed'],
  // By the node's clock its holds of a minute are over before they begin.
  ['behind', -HOUR_MS, '422 expired'],
])('a client whose clock is an hour %s', (_word, offMs, reason) => {
  const wrong = () => clock.now() + offMs;

  it('is refused for its request', async () => {
    const load = loadAt(clock.now);
    const intent = load.quote(provider);
    expect(await refusal(provider, intent, offMs)).toBe('401 request_signature_stale');
    expect(await refusal(provider, intent, 0)).toBe('accepted');
  });

  it('is refused for its voucher, whatever it says when it asks', async () => {
    const intent = loadAt(clock.now).quote(provider);
    expect(await refusal(provider, intent, 0)).toBe('accepted');
    const voucher = loadAt(wrong).plainVoucher(intent, provider);
    expect(await refusal(fleet.principal, voucher, 0)).toBe(reason);
  });

  it('is refused for its receipt, and the payee objects to the voucher by itself', async () => {
    const load = loadAt(clock.now);
    const intent = load.quote(provider);
    expect(await refusal(provider, intent, 0)).toBe('accepted');
    const voucher = load.plainVoucher(intent, provider);
    expect(await refusal(fleet.principal, voucher, 0)).toBe('accepted');
    const { party, session } = provider;
    expect(session.object(voucher.body, fleet.principal.party.id, unixMs(wrong()))).toBe(
      'time_differs',
    );
    const receipt = session.receipt(voucher, fleet.principal.party.id, unixMs(wrong()));
    expect(await refusal({ party, client: provider.client }, receipt, 0)).toBe('422 at_skewed');
  });
});

describe('a node whose clock goes back', () => {
  it('holds the time of its book, says so, and goes on', async () => {
    const load = loadAt(() => clock.now() - offsetMs);
    await load.certifyPair(agent, provider);
    await load.payGranted(agent, provider, 2);
    const before = node.writer.clock.clampedCount;
    offsetMs = -STEP_MS;
    await load.payGranted(agent, provider, 2);
    await load.payPlainBatch(provider);
    expect(node.writer.clock.clampedCount).toBeGreaterThan(before);
    const metrics = await (await fetch(new URL('/metrics', node.url))).text();
    expect(metrics).toMatch(/^atomicity_clock_clamped_total [1-9]/m);
    expect(metrics).toMatch(/^atomicity_clock_behind_milliseconds [1-9]/m);
    await expectTimesInOrder();
  });

  it('holds it over a restart too', async () => {
    await node.stop();
    node = await start();
    const load = loadAt(() => clock.now() - offsetMs);
    await load.payGranted(agent, provider, 2);
    expect(node.writer.clock.clampedCount).toBeGreaterThan(0);
    await expectTimesInOrder();
  });

  it('by an hour refuses everyone by name, and recovers with its clock', async () => {
    const load = loadAt(() => clock.now() - offsetMs);
    const intent = load.quote(provider);
    offsetMs = -HOUR_MS;
    expect(await refusal(provider, intent, HOUR_MS)).toBe('401 request_signature_stale');
    // For whoever shares the node's idea of the time, the key is not delegated yet.
    expect(await refusal(provider, intent, 0)).toBe('403 role_not_allowed');
    offsetMs = 0;
    expect(await refusal(provider, intent, 0)).toBe('accepted');
  });

  it('anchors, closes and attests, and an audit finds every time in order', async () => {
    const anchored = async () => {
      const { size, root } = await node.sequencer.checkpoint();
      await node.settler.plan({ origin: node.config.origin, size, root: hashFromBytes(root) });
      await node.settler.runOnce(AbortSignal.timeout(60_000));
    };
    await anchored();
    offsetMs = -STEP_MS;
    await loadAt(() => clock.now() - offsetMs).closeBudget(agent);
    await anchored();
    await node.projector.caughtUp(60_000);
    await node.attestation.attestor.attestPending();
    await expectTimesInOrder();
    const audit = auditedBundle(node, 'full', [fleet.principal.party.id]);
    const { verdicts, exit } = await Promise.race([audit, failed.promise]);
    expect([failing(verdicts), exit]).toEqual([[], 0]);
    expect(verdicts).toMatchObject({ 'stream-revisions': 'holds', replay: 'holds' });
  });
});
