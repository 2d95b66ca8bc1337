// Goal: an authorization that a period omits, invents or counts twice fails by its name once the principal
// hands over its own list. Method: the real auditor on a true bundle with other lists, and on bundles of
// logs that an operator rewrote, with the true list.
import type { JsonObject } from '@atomicity/kernel/codec/canonical-json';
import type { TokenSlot } from '@atomicity/kernel/note/roots';
import type { IssuedList } from '@atomicity/kernel/period-close/issued-list';
import { testHash } from '@atomicity/kernel/testing/keys';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditText } from '../testing/audit-text.ts';
import { object, without } from '../testing/claim-cases.ts';
import { type FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { issuedBy } from '../testing/period-records.ts';
import { type Edit, rewritten, sourceOver, textOf } from '../testing/rewritten-log.ts';

let world: FleetWorld;
let full: string;
let issued: IssuedList;

beforeAll(async () => {
  world = await fleetWorld();
  full = await textOf(world.source(), 'full');
  issued = issuedBy(world, 0);
});

async function tokensRow(bundle: string, list: IssuedList) {
  const rows = await auditText(bundle, world.trustFile(), [list]);
  if (typeof rows === 'string') throw new Error(rows);
  return rows.get('tokens-root');
}

const withSlots = (change: (slots: readonly TokenSlot[]) => readonly TokenSlot[]): IssuedList => ({
  ...issued,
  authorizations: change(issued.authorizations),
});
const idAt = (index: number) => issued.authorizations[index]?.authorization ?? '';
const invented: TokenSlot = { authorization: testHash('invented'), category: 0 };

/** Puts other members into the grant of the n-th hold, counted from 0. */
function grantOf(nth: number, change: (grant: JsonObject) => JsonObject): Edit {
  let seen = -1;
  return (event, type) => {
    if (type !== 'HoldPlaced') return event;
    seen += 1;
    if (seen !== nth) return event;
    const data = object(event.payload['data']);
    const grant = change(object(data['grant']));
    return { ...event, payload: { ...event.payload, data: { ...data, grant } } };
  };
}

describe('the list of an honest principal on an honest log', () => {
  it('shows the period complete, in a full bundle and in a sealed one', async () => {
    for (const bundle of [full, await textOf(world.source(), 'sealed')]) {
      const row = await tokensRow(bundle, issued);
      expect(row).toMatchObject({ verdict: 'holds' });
      expect(row?.reason).toContain('1 complete by the principals’ lists');
    }
  });
});

describe('a period that is not what the principal issued', () => {
  it.each<[string, (slots: readonly TokenSlot[]) => readonly TokenSlot[], () => string]>([
    [
      'authorization_omitted',
      (slots) => [...slots, invented],
      () => `${invented.authorization} at index 6`,
    ],
    ['authorization_invented', (slots) => slots.toSpliced(2, 1), () => `${idAt(2)} at index 2`],
    [
      'category_changed',
      (slots) => slots.map((slot, i) => (i === 1 ? { ...slot, category: 7 } : slot)),
      () => `${idAt(1)} at index 1`,
    ],
    ['order_changed', (slots) => slots.toReversed(), () => `${idAt(0)} at index 0`],
  ])('%s, by another list', async (reason, change, place) => {
    const row = await tokensRow(full, withSlots(change));
    expect(row?.verdict).toBe('fails');
    expect(row?.reason).toContain(`${reason}: authorization ${place()}`);
  });

  it('in a sealed bundle only that the lists differ', async () => {
    const sealed = await textOf(world.source(), 'sealed');
    const row = await tokensRow(
      sealed,
      withSlots((slots) => slots.slice(1)),
    );
    expect(row).toMatchObject({ verdict: 'fails' });
    expect(row?.reason).toContain('the 5 authorizations that the principal issued are not the 6');
  });

  it('a list of a period that this log does not hold shows nothing', async () => {
    const other = { ...issued, period: testHash('other period') };
    expect(await tokensRow(full, other)).toMatchObject({ verdict: 'not shown' });
  });
});

describe('a log that the operator rewrote, by the principal’s true list', () => {
  it('one omitted', async () => {
    const row = await tokensRow(await rewritten(world, without('HoldPlaced', 2)), issued);
    expect(row?.reason).toContain(`authorization_omitted: authorization ${idAt(1)} at index 1`);
    expect(row?.verdict).toBe('fails');
  });

  it('one invented in the place of another', async () => {
    const { authorization } = invented;
    const edit = grantOf(3, (grant) => ({ ...grant, authorization }));
    const row = await tokensRow(await rewritten(world, edit), issued);
    expect(row?.verdict).toBe('fails');
    // The first of two: what stands in its place is named too.
    expect(row?.reason).toContain(`authorization_omitted: authorization ${idAt(3)} at index 3`);
    expect(row?.reason).toMatch(/and \d more/);
  });

  it('one counted twice', async () => {
    const at = world.book.events.findIndex(({ type }) => type === 'HoldPlaced');
    const hold = world.records[at];
    if (hold === undefined) throw new Error('no hold');
    const events = world.records.toSpliced(at + 1, 0, hold);
    const bundle = await textOf(await sourceOver(world, events), 'full');
    const row = await tokensRow(bundle, issued);
    expect(row?.verdict).toBe('fails');
    expect(row?.reason).toContain(
      `authorization_counted_twice: authorization ${idAt(0)} at index 1`,
    );
  });

  it('one moved into another category', async () => {
    const edit = grantOf(0, (grant) => ({ ...grant, category: Number(grant['category']) + 1 }));
    const row = await tokensRow(await rewritten(world, edit), issued);
    expect(row?.reason).toContain(`category_changed: authorization ${idAt(0)} at index 0`);
  });
});
