// Goal: one payload is destroyed through the API, and every copy of the books still adds up.
// Method: a payment's receipt is erased on a running node; then export, audit, backup, restore, reconcile.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningNode } from '../compose/node.ts';
import { atomicity, settled, startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet, type TestFleet } from '../testing/test-fleet.ts';

const folder = workFolder('erase');
const data = folder.path('data');
let node: RunningNode;
let fleet: TestFleet;
let index = 0;
// The book forgets a payment when its hold would have expired; only then may its payload go.
let ahead = 0;
const EXPIRY_MS = 120_000;
const clock = { now: () => Date.now() + ahead };

beforeAll(async () => {
  // Clients keep the real time, so the node takes requests that look old to it.
  node = await startTestNode(data, { clock, settings: { signatureSkewMs: 3 * EXPIRY_MS } });
  fleet = await assembleTestFleet(node, 'erase');
  await fleet.play(3);
  index = (await node.sequencer.catchUp()) - 1;
  await fleet.play(2);
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

const erase = (...more: string[]) =>
  atomicity(['erase', '--url', node.url, '--data-dir', data, ...more, '--reason', 'asked to']);

it('is refused while the book still needs the payload, and says why', async () => {
  const { code, stderr } = await erase('--index', String(index));
  expect([code, stderr]).toEqual([1, expect.stringContaining('payload_in_use')]);
});

it('destroys the payload of the event at an index, and says which it was', async () => {
  ahead = EXPIRY_MS;
  const { code, stdout, stderr } = await erase('--index', String(index), '--json');
  expect([code, stderr]).toEqual([0, '']);
  const entry = await node.sequencer.entry(index);
  expect(JSON.parse(stdout)).toMatchObject({ event: entry?.eventId });
  for await (const event of node.sequencer.events(index, 1)) {
    expect([event.payload, event.salt]).toEqual([null, null]);
  }
});

it('can be ordered again by id, which changes nothing, and is refused for what the log does not hold', async () => {
  const entry = await node.sequencer.entry(index);
  const again = await erase('--event', entry?.eventId ?? '');
  expect([again.code, again.stderr]).toEqual([0, '']);
  const unknown = await erase('--event', 'f'.repeat(64));
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('holds no event')]);
  expect((await erase()).code).toBe(2);
  expect((await erase('--index', '99999')).stderr).toContain('--index: a whole number from 0 to');
});

it('leaves books that still reconcile, and a bundle in which no claim fails', async () => {
  await settled(node);
  expect((await atomicity(['reconcile', '--data-dir', data])).code).toBe(0);
  await node.sequencer.checkpoint();
  const [bundle, trust] = [folder.path('full.ndjson'), folder.path('trust.json')];
  const exported = ['export', '--data-dir', data, '--kind', 'full', '--out', bundle];
  expect((await atomicity(exported)).code).toBe(0);
  const { id } = fleet.principal.party;
  await atomicity(['trust-file', '--data-dir', data, '--principal', id, '--out', trust]);
  const { code } = await atomicity(['audit', bundle, '--trust', trust]);
  expect(code).toBe(0);
  expect(readFileSync(bundle, 'utf8')).toContain('"type":"snapshot"');
});

it('leaves a backup that can be restored: the snapshot and the rows that carry it come along', async () => {
  const to = folder.path('backup');
  const backedUp = await atomicity(['backup', '--data-dir', data, '--to', to, '--with-keys']);
  expect([backedUp.code, backedUp.stderr]).toEqual([0, '']);
  const dataDir = folder.path('restored');
  expect((await atomicity(['restore', '--from', to, '--data-dir', dataDir])).code).toBe(0);
  const restored = await startTestNode(dataDir);
  try {
    await settled(restored);
    expect(restored.projector.projection.stateHash()).toBe(node.projector.projection.stateHash());
  } finally {
    await restored.stop();
  }
  expect((await atomicity(['reconcile', '--data-dir', dataDir])).code).toBe(0);
});
