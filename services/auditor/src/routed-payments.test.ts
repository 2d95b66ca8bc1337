// Goal: the books of nodes that paid one another audit as those of one node do. Method: four logs with
// every event of hops and edges; then single changes by an operator who holds the log key.
import { beforeAll, describe, expect, it } from 'vitest';
import { auditText, verdictsOf } from './testing/audit-text.ts';
import type { AuditWorld } from './testing/audit-world.ts';
import { object } from './testing/claim-cases.ts';
import { type Edit, rewritten } from './testing/rewritten-log.ts';
import { routedWorlds, trustIn } from './testing/routed-world.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave'];
let worlds: ReadonlyMap<string, AuditWorld>;

beforeAll(async () => {
  worlds = routedWorlds();
  for (const world of worlds.values()) {
    await world.checkpoint();
    world.anchor();
  }
});

function worldOf(name: string): AuditWorld {
  const world = worlds.get(name);
  if (world === undefined) throw new Error(`no ${name}`);
  return world;
}

const REPLAYED = ['disclosures', 'payloads', 'fee-mismatches', 'replay', 'balances', 'anchors'];

describe('a book with payments across books', () => {
  it('has every event of hops and edges in it, together with the others', () => {
    const types = [...worlds.values()].flatMap(({ book }) => book.events.map(({ type }) => type));
    expect(
      [...new Set(types)].filter((type) => /^(Hop|Deliv|Edge|Settle|Fee|Party)/.test(type)).sort(),
    ).toEqual([
      'DeliveryFinalized',
      'EdgeOpened',
      'EdgeStateAgreed',
      'FeeMismatchRecorded',
      'FeePolicyPublished',
      'HopAcknowledged',
      'HopActivated',
      'HopClaimed',
      'HopCommitted',
      'HopConfirmed',
      'HopHeld',
      'HopLapsed',
      'PartyHosted',
      'SettlementRecorded',
      'SettlementRequested',
    ]);
  });

  it.each(NAMES)('is decided again to the last event and balance: %s', async (name) => {
    const world = worldOf(name);
    const verdicts = await verdictsOf(await world.bundle('full'), trustIn(world));
    expect(REPLAYED.map((claim) => [claim, verdicts[claim]])).toEqual(
      REPLAYED.map((claim) => [claim, 'holds']),
    );
    expect(Object.values(verdicts)).not.toContain('fails');
  });

  it.each(NAMES)('fails nowhere when sealed: %s', async (name) => {
    const world = worldOf(name);
    const verdicts = await verdictsOf(await world.bundle('sealed'), trustIn(world));
    expect(Object.values(verdicts)).not.toContain('fails');
    expect(verdicts['fee-mismatches']).toBe('holds');
  });

  it('names a hop whose overcharge is recorded and proved, sealed or not', async () => {
    const world = worldOf('alice');
    for (const kind of ['full', 'sealed'] as const) {
      const rows = await auditText(await world.bundle(kind), trustIn(world));
      if (typeof rows === 'string') throw new Error(rows);
      expect(rows.get('fee-mismatches')?.reason).toMatch(/^1 recorded and proved, of pk:/);
    }
  });
});

/** Changes the data of the first event of a type. */
function changing(type: string, name: string, value: string): Edit {
  let isDone = false;
  return (event, eventType) => {
    if (eventType !== type || isDone) return event;
    isDone = true;
    const data = { ...object(event.payload['data']), [name]: value };
    return { ...event, payload: { ...event.payload, data } };
  };
}

describe('an operator who rewrites a book', () => {
  it.each([
    ['alice', 'HopHeld', 'fee', '0'],
    ['bob', 'HopActivated', 'amount', '1'],
    ['dave', 'DeliveryFinalized', 'amount', '1'],
    ['alice', 'HopLapsed', 'reason', 'released'],
    ['alice', 'EdgeStateAgreed', 'balance', '0'],
    ['bob', 'SettlementRecorded', 'amount', '1'],
    ['bob', 'PartyHosted', 'party', 'pk:y'],
  ])('is found out: %s, %s with another %s', async (name, type, field, value) => {
    const world = worldOf(name);
    const verdicts = await verdictsOf(
      await rewritten(world, changing(type, field, value)),
      trustIn(world),
    );
    expect(verdicts['replay']).toBe('fails');
  });

  it.each(['HopHeld', 'HopLapsed', 'HopClaimed', 'HopConfirmed'])(
    'is found out when it leaves out a %s',
    async (type) => {
      const world = worldOf('dave');
      let isDone = false;
      const bundle = await rewritten(world, (event, eventType) => {
        if (eventType !== type || isDone) return event;
        isDone = true;
        return undefined;
      });
      const verdicts = await verdictsOf(bundle, trustIn(world));
      expect([verdicts['stream-revisions'], verdicts['replay']]).toContain('fails');
    },
  );
});
