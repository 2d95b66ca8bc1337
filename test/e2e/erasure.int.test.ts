/**
 * Goal: what an operator erases is gone from the disk, and everything else still verifies.
 * Method: one node whose clock the test moves; a payment that was made, a hold that lapsed and a payment
 * without a budget are erased over HTTP. Every byte of every file is searched for what only their payloads
 * said, while the node runs and after it has stopped, and both bundles are audited.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeClient } from '@atomicity/client/node-client';
import { RefusedByNode } from '@atomicity/client/node-problem';
import { randomNonce, signObject } from '@atomicity/client/signer';
import { isJsonObject, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { hashFromBytes, parseHash } from '@atomicity/kernel/units/id';
import type { BodyOf } from '@atomicity/kernel/wire/objects';
import { type RunningNode, startNode } from '@atomicity/node/compose/node';
import { reconcileNode } from '@atomicity/node/compose/reconcile-node';
import type { Agent, Fleet, Provider } from '@atomicity/node/cycle/fleet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditedBundle, failing } from './audited-bundle.ts';
import { EnduringClient } from './enduring-client.ts';
import { assembleLoadFleet, FleetLoad } from './fleet-load.ts';

const HOUR_MS = 3_600_000;
// Ten digits that nothing else in the files has.
const FIRST_UNITS = 7_390_154_260n;

const dataDir = mkdtempSync(join(tmpdir(), 'atomicity-erasure-'));
let offsetMs = 0;
const clock = { now: () => Date.now() + offsetMs };
const failed = Promise.withResolvers<never>();
failed.promise.catch(() => undefined);

let node: RunningNode;
let fleet: Fleet;
let load: FleetLoad;

const start = () => startNode({ dataDir, port: 0, clock, onFatal: failed.reject });

beforeAll(async () => {
  node = await start();
  fleet = await assembleLoadFleet(node.url, node.config.origin);
  const client = new EnduringClient(clock.now);
  client.connect(node.url);
  load = new FleetLoad(fleet, client, { now: clock.now, firstUnits: FIRST_UNITS });
});

afterAll(async () => {
  await node.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** What the log holds of an event, as the node itself reads it. */
type Logged = { readonly eventId: string; readonly payload: string; readonly salt: Buffer };

/** The event of a type whose payload names an id. */
async function logged(type: string, id: string): Promise<Logged> {
  const size = await node.sequencer.catchUp();
  for await (const { eventId, envelope, payload, salt } of node.sequencer.events(0, size)) {
    if (payload === null || salt === null) continue;
    const isOfType = Buffer.from(envelope).toString('utf8').includes(`"type":"${type}"`);
    if (isOfType && payload.includes(`"${id}"`))
      return { eventId, payload, salt: Buffer.from(salt) };
  }
  throw new Error(`no ${type} of ${id}`);
}

/** The operator orders an erasure over HTTP; answers the reason for which it is refused. */
async function erase({ eventId }: Logged): Promise<string> {
  const id = parseHash(eventId);
  if (id === undefined) throw new Error(eventId);
  const { operator, url } = node;
  const body: BodyOf<'PayloadErasure'> = {
    v: 1,
    type: 'PayloadErasure',
    eventId: id,
    reason: 'asked for',
    nonce: randomNonce(),
  };
  const order = signObject(body, [{ by: operator.id, key: operator.key }]);
  const client = new NodeClient({ baseUrl: url, key: operator.key, now: clock.now });
  try {
    return (await client.submitOne({ commandId: order.id, text: order.text })).kind;
  } catch (error) {
    if (error instanceof RefusedByNode) return error.problem.reason;
    throw error;
  }
}

/** Everything that payloads say and nothing public repeats. */
const PRIVATE = new Set([
  'amount',
  'authorizationNonce',
  'delta',
  'description',
  'nonce',
  'noteSalt',
  'receipt',
  'voucher',
]);

/** The private texts in a payload, the way files may write them, and the salt that opens it. */
function wordsOf({ payload, salt }: Logged): (string | Buffer)[] {
  const words: (string | Buffer)[] = [salt, salt.toString('hex')];
  const walk = (value: JsonValue, name: string): void => {
    if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) walk(item, name);
    else if (isJsonObject(value) && name === 'signatures') words.push(String(value['sig']));
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) walk(item, key);
    else if (typeof value === 'string' && PRIVATE.has(name)) words.push(value, ...asStored(value));
  };
  walk(JSON.parse(payload) as JsonValue, '');
  return words;
}

/** SQLite keeps integers in 1, 2, 3, 4, 6 or 8 big-endian bytes: these amounts take six. */
function asStored(text: string): Buffer[] {
  if (!/^-?[1-9]\d{9}$/.test(text)) return [];
  const word = Buffer.alloc(8);
  word.writeBigInt64BE(BigInt(text));
  return [word.subarray(2)];
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Which words stand in which files. */
function found(words: readonly (string | Buffer)[]): readonly string[] {
  const texts = files(dataDir).map((path) => ({ path, bytes: readFileSync(path) }));
  return words.flatMap((word) =>
    texts
      .filter(({ bytes }) => bytes.includes(word))
      .map(
        ({ path }) =>
          `${path.slice(dataDir.length)}: ${typeof word === 'string' ? word : word.toString('hex')}`,
      ),
  );
}

async function netOf({ party, client: _client }: Provider): Promise<unknown> {
  const client = new NodeClient({ baseUrl: node.url, key: party.key, now: clock.now });
  return (await client.balances(party.id))['value'];
}

async function expectAuditsPass(words: readonly (string | Buffer)[]): Promise<void> {
  for (const kind of ['full', 'sealed'] as const) {
    const audit = auditedBundle(node, kind, [fleet.principal.party.id]);
    const { verdicts, exit, text } = await Promise.race([audit, failed.promise]);
    expect([kind, failing(verdicts), exit]).toEqual([kind, [], 0]);
    const shown = words.filter((word) => typeof word === 'string' && text.includes(word));
    expect([kind, shown]).toEqual([kind, []]);
  }
}

describe('a payment and a lapsed hold of an attested period, and a payment without a budget', () => {
  let agent: Agent;
  let provider: Provider;
  let events: Logged[] = [];
  let words: (string | Buffer)[] = [];
  let balances: unknown;

  it('can’t be erased while the period is open, or while the book remembers them', async () => {
    const [firstAgent] = fleet.agents;
    const [firstProvider] = fleet.providers;
    if (firstAgent === undefined || firstProvider === undefined) throw new Error('a pair');
    agent = firstAgent;
    provider = firstProvider;
    await load.certifyPair(agent, provider);
    // Payments before and after each erased one, so that no sum is the amount itself.
    await load.payPlainBatch(provider, 2);
    await load.payGranted(agent, provider, 2);
    const [paid] = await load.payGranted(agent, provider, 1);
    const lapsing = await load.hold(agent, provider);
    const [plain] = await load.payPlainBatch(provider, 1);
    await load.payGranted(agent, provider, 2);
    await load.payPlainBatch(provider, 2);
    if (paid === undefined || plain === undefined) throw new Error('payments');

    events = await Promise.all([
      logged('IntentRecorded', paid.intent.id),
      logged('HoldPlaced', paid.voucher.id),
      logged('PaymentFinalized', paid.receipt.id),
      logged('IntentRecorded', lapsing.intent.id),
      logged('HoldPlaced', lapsing.voucher.id),
      logged('IntentRecorded', plain.intent.id),
      logged('HoldPlaced', plain.voucher.id),
      logged('PaymentFinalized', plain.receipt.id),
    ]);
    const refusals: string[] = [];
    for (const event of events) refusals.push(await erase(event));
    const bound = 'payload_in_open_period';
    const inUse = 'payload_in_use';
    expect(refusals).toEqual([bound, bound, bound, bound, bound, inUse, inUse, inUse]);

    // An hour later the hold has lapsed and intents and vouchers have expired; the period is still open.
    offsetMs += HOUR_MS;
    expect(await node.writer.sweep()).toBe(1);
    events.push(await logged('HoldLapsed', lapsing.voucher.id));
    const last = events.at(-1);
    expect(last && (await erase(last))).toBe(bound);
    words = events.flatMap(wordsOf);
  });

  it('are in the files before: in the vault and in the projection', async () => {
    await load.closeBudget(agent);
    await node.projector.caughtUp(60_000);
    await node.attestation.attestor.attestPending();
    await node.projector.caughtUp(60_000);
    expect(node.attestation.pending()).toEqual([]);
    await node.projector.checkpoint();
    balances = await netOf(provider);
    const before = found(words);
    const isIn = (place: string) => before.some((each) => each.startsWith(place));
    expect([isIn('/log/vault.salts'), isIn('/projections/read.db')]).toEqual([true, true]);
    // The search does see: each salt, and of each hold the amount, the voucher and its note's salt.
    expect(before.length).toBeGreaterThan(events.length * 2);
  });

  it('are nowhere on disk once the erasures are acknowledged', async () => {
    const answers: string[] = [];
    for (const event of events) answers.push(await erase(event));
    expect(answers).toEqual(events.map(() => 'accepted'));
    expect(found(words)).toEqual([]);
    expect(await netOf(provider)).toEqual(balances);
  });

  it('leave bundles of both kinds in which no claim fails', async () => {
    await expectAuditsPass(words);
    expect(found(words)).toEqual([]);
  });

  it('stay gone when the node stops, starts again and goes on', async () => {
    await node.stop();
    expect(found(words)).toEqual([]);
    expect((await reconcileNode(dataDir)).differences).toEqual([]);
    node = await start();
    load.client.disconnect();
    load.client.connect(node.url);
    expect(await netOf(provider)).toEqual(balances);
    await load.payPlainBatch(provider, 1);
    await node.projector.caughtUp(60_000);
    expect(await netOf(provider)).not.toEqual(balances);
    await expectAuditsPass(words);
    expect(found(words)).toEqual([]);
    await node.projector.rebuild();
    expect((await reconcileNode(dataDir)).differences).toEqual([]);
    expect(found(words)).toEqual([]);
  });
});

it('of an anchor’s event does no harm: an anchor is forgotten', async () => {
  const { size, root } = await node.sequencer.checkpoint();
  const subject = { origin: node.config.origin, size, root: hashFromBytes(root) };
  const { anchor } = await node.settler.plan(subject);
  await node.settler.runOnce(AbortSignal.timeout(60_000));
  const planned = await logged('AnchorPlanned', anchor);
  expect(await erase(planned)).toBe('accepted');
  await node.stop();
  node = await start();
  expect(node.settler.status()).toEqual([]);
  const full = await auditedBundle(node, 'full', []);
  expect(failing(full.verdicts)).toEqual([]);
});
