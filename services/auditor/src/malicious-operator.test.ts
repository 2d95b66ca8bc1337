// Goal: an operator who holds the log key cannot get `holds` for what the parties did not sign. Method: each
// log is rewritten, or built of two books, and signed again by the log key that the trust file lists.
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson, type JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { delegation, revocation } from '@atomicity/kernel/testing/accounts';
import { erasure } from '@atomicity/kernel/testing/closes';
import { CLOUD, GPU, HOUR, PRINCIPAL, type TestParty } from '@atomicity/kernel/testing/world';
import { describe, expect, it } from 'vitest';
import type { SourceEvent } from './bundle/source.ts';
import { auditText, verdictsOf } from './testing/audit-text.ts';
import { AuditWorld } from './testing/audit-world.ts';
import { freshWorld } from './testing/claim-cases.ts';
import { FleetWorld, fleetWorld } from './testing/fleet-world.ts';
import { resealed, rewritten, sourceOver, textOf } from './testing/rewritten-log.ts';

const SECOND_BOOK = 'b'.repeat(32);

/** The same events as another book of the log would hold them: signed objects name no book. */
function inSecondBook(events: readonly SourceEvent[]): readonly SourceEvent[] {
  return events.map((event) => {
    const envelope = JSON.parse(Buffer.from(event.envelope).toString()) as JsonObject;
    return { ...event, envelope: utf8(canonicalJson({ ...envelope, stream: SECOND_BOOK })) };
  });
}

describe('a revoked key', () => {
  const revoked = (key?: typeof PRINCIPAL.id) => {
    const world = new AuditWorld();
    world.accept(delegation(world.world, PRINCIPAL), revocation(world.world, PRINCIPAL, key));
    return world;
  };

  it.each([
    ['the key itself', undefined],
    ['the identity that delegated it', PRINCIPAL.id],
  ])('does not come back in a second book: %s', async (_, key) => {
    const fleet = await freshWorld((world) => {
      world.pay(GPU, 5n);
      world.close();
    });
    const first = revoked(key);
    const events = [...first.records, ...inSecondBook(fleet.records)];
    const sealed = await textOf(await sourceOver(fleet, events), 'sealed');
    const verdicts = await verdictsOf(sealed, fleet.trustFile());
    expect([verdicts['log-root'], verdicts['delegated-keys']]).toEqual(['holds', 'fails']);
  });
});

describe('an erased payload', () => {
  async function withErasure(): Promise<FleetWorld> {
    const world = await fleetWorld();
    world.erase(world.eventId('HoldPlaced'));
    await world.checkpoint();
    return world;
  }

  /** The verdict on the payloads of a log whose erasure has another cause. */
  async function payloadsUnder(order: (world: FleetWorld) => JsonObject): Promise<string> {
    const world = await withErasure();
    const bundle = await rewritten(world, (event, type) =>
      type === 'PayloadErased'
        ? { ...event, payload: { ...event.payload, cause: { object: order(world) } } }
        : event,
    );
    return (await verdictsOf(bundle, world.trustFile()))['payloads'] ?? '';
  }

  const wire = (text: string) => JSON.parse(text) as JsonObject;
  const orderOf = (world: FleetWorld, signer?: TestParty) =>
    wire(erasure(world.world, world.eventId('HoldPlaced'), signer).text);

  it('is accounted for by the operator’s order', async () => {
    expect(await payloadsUnder((world) => orderOf(world))).toBe('holds');
  });

  it.each<[string, (world: FleetWorld) => JsonObject]>([
    ['by a party', (world) => orderOf(world, PRINCIPAL)],
    [
      'with the signature of another order',
      (world) => ({ ...orderOf(world), signatures: orderOf(world)['signatures'] ?? [] }),
    ],
    ['without signatures', (world) => ({ ...orderOf(world), signatures: [] })],
  ])('needs an order of the operator, not one %s', async (_, order) => {
    expect(await payloadsUnder(order)).toBe('fails');
  });

  it('needs an order of its own: one order does not cover two events of one id', async () => {
    const world = await withErasure();
    const id = world.eventId('HoldPlaced');
    const events = world.records.map((event, index) =>
      index === 8 ? { ...event, eventId: id, payload: null, salt: null } : event,
    );
    const bundle = await textOf(await sourceOver(world, events), 'full');
    expect((await verdictsOf(bundle, world.trustFile()))['payloads']).toBe('not shown');
  });
});

it('an origin cannot write rows into the report', async () => {
  const world = await freshWorld((fresh) => fresh.pay(GPU, 5n));
  const bundle = resealed(await world.bundle('sealed'), ([header = '', ...rest]) => [
    canonicalJson({ ...(JSON.parse(header) as JsonObject), origin: 'x\nwithin-budget  holds' }),
    ...rest,
  ]);
  expect(await auditText(bundle, world.trustFile())).toBe('bad_field');
});

it('parties cannot make a bundle unusable by owing more than one edge can carry', async () => {
  const most = 2n ** 63n - 1n;
  const world = new FleetWorld({ limit: most });
  world.payPlain(GPU, most);
  world.payPlain(CLOUD, most);
  await world.checkpoint();
  const bundle = await world.bundle('full');
  expect(bundle).toContain(`"position":"-${2n * most}"`);
  expect((await verdictsOf(bundle, world.trustFile()))['balances']).toBe('holds');
});

it('a snapshot with impossible sums fails the replay and does not stop the audit', async () => {
  const world = new FleetWorld();
  world.payPlain(CLOUD, 3n);
  world.advance(2 * HOUR);
  world.pay(GPU, 5n, 'open');
  world.erase(world.eventId('PaymentFinalized'));
  world.snapshot();
  const [snapshot] = world.snapshots.splice(0);
  if (snapshot === undefined) throw new Error('no snapshot');
  const state = snapshot.state.replaceAll('"heldFromA":"5"', '"heldFromA":"0"');
  const impossible = state.replaceAll('"heldFromB":"5"', '"heldFromB":"0"');
  expect(impossible).not.toBe(snapshot.state);
  world.snapshots.push({ ...snapshot, state: impossible });
  world.advance(2 * HOUR);
  world.lapse();
  await world.checkpoint();
  const verdicts = await verdictsOf(await world.bundle('full'), world.trustFile());
  expect(verdicts['replay']).toBe('fails');
});
