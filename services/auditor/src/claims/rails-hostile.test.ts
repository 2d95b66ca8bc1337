// Goal: an operator who signs the log and holds every key of its own makes no false statement about batches
// hold, and an honest one is not accused. Method: worlds with one lie or one misfortune each.
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import { testHash } from '@atomicity/kernel/testing/keys';
import { CLOUD, GPU } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { expect, it } from 'vitest';
import { auditText } from '../testing/audit-text.ts';
import { type ClosedBatch, RailsWorld } from '../testing/rails-world.ts';
import { resealed } from '../testing/rewritten-log.ts';
import type { ClaimName } from './names.ts';

async function row(
  claim: ClaimName,
  world: RailsWorld,
  bundle?: string,
  trust = world.trustFile(),
) {
  const rows = await auditText(bundle ?? (await world.bundle('full')), trust);
  if (typeof rows === 'string') throw new Error(rows);
  return rows.get(claim);
}

function paying(): RailsWorld {
  const world = new RailsWorld();
  world.pay(GPU, 11n);
  return world;
}

/** The subject of a later checkpoint, under which `closed` was not closed. */
async function laterSubject(world: RailsWorld, closed: ClosedBatch) {
  world.pay(CLOUD, 12n, 'spent', 1n);
  await world.checkpoint();
  return { ...closed.batch.subject, size: world.size, root: world.root() };
}

it('catches a batch published under a later root than the log closed it', async () => {
  const world = paying();
  const closed = await world.closeBatch(['ethereum']);
  const subject = await laterSubject(world, closed);
  await world.publish({ ...closed, batch: { ...closed.batch, subject } });
  expect(await row('state-diffs', world)).toMatchObject({
    verdict: 'fails',
    reason: 'published with another span or payload than the log’s',
  });
});

it('catches a batch paid for under a later root than the log closed it', async () => {
  const world = paying();
  const closed = await world.closeBatch(['lightning'], world.settlement());
  const batch = { ...closed.batch, subject: await laterSubject(world, closed) };
  await world.settle({ ...closed, batch });
  expect(await row('state-diffs', world)).toMatchObject({
    verdict: 'fails',
    reason: 'paid for a batch under another checkpoint than the log’s',
  });
});

it.each([
  ['root', { root: testHash('another root') }],
  ['log', { origin: 'another.example/log' }],
])('catches a batch closed over another %s', async (_what, change) => {
  const world = paying();
  await world.closeBatch(['ethereum'], null, (batch) => ({
    ...batch,
    subject: { ...batch.subject, ...change },
  }));
  await world.checkpoint();
  expect(await row('state-diffs', world)).toMatchObject({
    verdict: 'fails',
    reason: 'closed over another log or root',
  });
});

it.each([
  ['number', { diffs: 7 }],
  ['value', { values: [] }],
])('catches another %s of diffs than the payload has', async (_what, change) => {
  const world = paying();
  await world.closeBatch(['ethereum'], null, (batch) => ({ ...batch, ...change }));
  await world.checkpoint();
  expect(await row('state-diffs', world)).toMatchObject({
    verdict: 'fails',
    reason: 'it says another number or value of its diffs',
  });
});

it('catches a larger value than stands on the batch', async () => {
  const world = paying();
  await world.closeBatch(['ethereum'], null, (batch) => ({
    ...batch,
    values: batch.values.map((value) => ({ ...value, amount: amount(value.amount + 1n) })),
  }));
  await world.checkpoint();
  expect(await row('state-diffs', world)).toMatchObject({ verdict: 'fails' });
});

it('catches an id that is not that of the batch', async () => {
  const world = paying();
  const { batch } = await world.closeBatch(['ethereum']);
  world.pay(GPU, 12n);
  await world.checkpoint();
  const size = world.size;
  const subject = { ...batch.subject, size, root: world.root() };
  world.recordClosed({ ...batch, batch: testHash('id'), subject, from: batch.subject.size });
  await world.checkpoint();
  expect(await row('state-diffs', world)).toMatchObject({
    verdict: 'fails',
    reason: 'its id is not that of its content',
  });
});

it('lets no second closing hide what the first was worth', async () => {
  const world = paying();
  await world.checkpoint();
  // Closed over events that are still to come; once they came, the same words are true.
  const draft = paying();
  const { batch } = await draft.closeBatch(['ethereum']);
  world.recordClosed(batch);
  world.recordClosed(batch);
  await world.checkpoint();
  expect(await row('state-diffs', world)).toMatchObject({
    verdict: 'fails',
    reason: expect.stringMatching(/closed (a second time|over what came later)/),
  });
});

it('passes over no closing that cannot be read', async () => {
  const world = paying();
  await world.closeBatch(['ethereum']);
  world.settlerEvent('BatchClosed', { batch: 'none' });
  await world.checkpoint();
  expect(await row('state-diffs', world)).toMatchObject({
    verdict: 'fails',
    reason: 'a batch that cannot be read',
  });
});

const isEvent = (line: string, types: string) =>
  new RegExp(`"type":"(?:${types})","v":1\\}`).test(line);

/** Takes the payloads away of the events of these types that stand in `from … size − 1`. */
function erased(bundle: string, types: string, from = 0, size = Number.MAX_SAFE_INTEGER): string {
  return resealed(bundle, (lines) =>
    lines.map((line) => {
      if (!isEvent(line, types)) return line;
      const event = JSON.parse(line) as { index: number };
      if (event.index < from || event.index >= size) return line;
      return JSON.stringify({ ...event, payload: null, salt: null });
    }),
  );
}

it('accuses nobody whose closing was erased', async () => {
  const world = paying();
  const first = await world.closeBatch(['ethereum']);
  await world.publish(first);
  world.pay(GPU, 12n);
  await world.closeBatch(['ethereum']);
  await world.checkpoint();
  const at = first.batch.subject.size;
  const bundle = erased(await world.bundle('full'), 'BatchClosed', at, at + 1);
  const found = await row('state-diffs', world, bundle);
  expect(found).toMatchObject({ verdict: 'not shown' });
  expect(found?.reason).toMatch(/erased/);
});

it('knows what went out with a batch whose span was erased', async () => {
  const world = paying();
  const edge = world.settlement().edge;
  const left = [{ edge, reason: 'disputed' as const }];
  const first = await world.closeBatch(['ethereum'], null, undefined, left);
  world.pay(CLOUD, 12n, 'spent', 1n);
  const second = await world.closeBatch(['ethereum']);
  world.pay(CLOUD, 13n, 'spent', 1n);
  await world.closeBatch(['ethereum']);
  await world.checkpoint();
  expect(await row('state-diffs', world)).toMatchObject({ verdict: 'holds' });
  const movements = 'PaymentFinalized|HopActivated|DeliveryFinalized|EdgeStateAgreed';
  const { size } = first.batch.subject;
  const bundle = erased(await world.bundle('full'), movements, size, second.batch.subject.size);
  expect(await row('state-diffs', world, bundle)).toMatchObject({
    verdict: 'not shown',
    reason: 'its diffs cannot be collected: payload_erased',
  });
});

it('accuses nobody whose payload lies elsewhere, and shows it to no sealed reader', async () => {
  const world = paying();
  const closed = await world.closeBatch(['ethereum']);
  await world.publish(closed, 'external');
  await world.checkpoint();
  expect(await row('anchors', world)).toMatchObject({
    verdict: 'holds',
    reason: expect.stringContaining('its payload is published elsewhere'),
  });
  const sealed = await world.bundle('sealed');
  expect(sealed).not.toContain(bytesToHex(closed.payload));
  expect(await row('bundle', world, sealed)).toMatchObject({ verdict: 'holds' });
});

it('believes no blob whose payload the bundle lacks', async () => {
  const world = paying();
  const closed = await world.closeBatch(['ethereum']);
  const other = encodeStateDiffs({ registrySize: 9, diffs: [] });
  await world.publish(closed, 'blob', other);
  await world.checkpoint();
  expect(await row('anchors', world)).toMatchObject({
    verdict: 'fails',
    reason: 'the payload is not what the blobs hold',
  });
  // In a block that nobody listed a blob is not even looked at: pairings are dear.
  expect(await row('anchors', world, undefined, world.trustFile({ ethereum: {} }))).toMatchObject({
    verdict: 'not shown',
    reason: expect.stringMatching(/^the trust file does not list block/),
  });
  const bundle = resealed(await world.bundle('full'), (lines) =>
    lines.filter((line) => !line.endsWith('"type":"payload"}')),
  );
  expect(await row('state-diffs', world, bundle)).toMatchObject({
    verdict: 'not shown',
    reason: 'the bundle lacks what the blobs of a batch hold',
  });
});
