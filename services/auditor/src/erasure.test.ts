// Goal: after payloads are erased every claim still verifies, and the operator's word on the state that
// they hid is told from evidence. Method: erase by signed order, with and without a snapshot after it,
// under a trust file that lists the snapshot and one that does not.
import { describe, expect, it } from 'vitest';
import { CLAIMS } from './claims/names.ts';
import { auditText, verdictsOf } from './testing/audit-text.ts';
import { fleetWorld } from './testing/fleet-world.ts';
import { textOf } from './testing/rewritten-log.ts';

/** The fleet's world in which the first payment's payloads are erased at the end. */
async function erasedWorld(options: { readonly snapshot: boolean }) {
  const world = await fleetWorld();
  world.erase(world.eventId('HoldPlaced'));
  world.erase(world.eventId('PaymentFinalized'));
  const snapshot = options.snapshot ? world.snapshot() : undefined;
  await world.checkpoint();
  world.anchor();
  return { world, snapshot };
}

const allHold = Object.fromEntries(CLAIMS.map((claim) => [claim, 'holds']));

describe('after an erasure', () => {
  it('every claim holds for an auditor who knows the snapshot', async () => {
    const { world, snapshot } = await erasedWorld({ snapshot: true });
    const trust = world.trustFile({ snapshots: [snapshot] });
    expect(await verdictsOf(await world.bundle('full'), trust)).toEqual(allHold);
  });

  const lost = { replay: 'not shown', balances: 'not shown', 'state-diffs': 'not shown' };

  it('only the replay rests on the operator’s word for one who does not', async () => {
    const { world, snapshot } = await erasedWorld({ snapshot: true });
    const rows = await auditText(await world.bundle('full'), world.trustFile());
    if (typeof rows === 'string') throw new Error(rows);
    const notHeld = [...rows.values()].filter(({ verdict }) => verdict !== 'holds');
    expect(notHeld.map(({ claim, verdict }) => [claim, verdict])).toEqual([
      ['replay', 'not shown'],
      ['balances', 'not shown'],
      ['state-diffs', 'not shown'],
    ]);
    expect(rows.get('replay')?.reason).toContain(snapshot);
    expect(rows.get('payloads')?.reason).toContain('2 were erased by signed order');
  });

  it('without a snapshot the replay is not shown, and the rest holds', async () => {
    const { world } = await erasedWorld({ snapshot: false });
    const verdicts = await verdictsOf(await world.bundle('full'), world.trustFile());
    expect(verdicts).toEqual({ ...allHold, ...lost });
  });

  it('a sealed bundle is as before, but for the events that were added', async () => {
    const { world } = await erasedWorld({ snapshot: true });
    const sealed = await world.bundle('sealed');
    const verdicts = await verdictsOf(sealed, world.trustFile());
    const hidden = { payloads: 'not shown', ...lost };
    expect(verdicts).toEqual({ ...allHold, ...hidden });
  });

  it('the payloads are not in the bundle', async () => {
    const { world } = await erasedWorld({ snapshot: false });
    const text = await world.bundle('full');
    const index = world.book.events.findIndex(({ type }) => type === 'HoldPlaced');
    const line = text.split('\n')[index + 1] ?? '';
    expect(line).toContain('"payload":null,"salt":null');
  });
});

describe('a payload that is missing', () => {
  it('without a signed order reads not shown, and so does the replay', async () => {
    const world = await fleetWorld();
    const id = world.eventId('HoldPlaced');
    const source = world.source();
    const bundle = await textOf(
      {
        ...source,
        async *events() {
          for await (const event of source.events()) {
            yield event.eventId === id ? { ...event, payload: null, salt: null } : event;
          }
        },
      },
      'full',
    );
    const verdicts = await verdictsOf(bundle, world.trustFile());
    expect(verdicts['payloads']).toBe('not shown');
    expect(verdicts['replay']).toBe('not shown');
    expect(verdicts['within-budget']).toBe('holds');
  });
});

describe('a snapshot', () => {
  it('that is not the replayed state fails', async () => {
    const world = await fleetWorld();
    world.snapshot();
    const other = await fleetWorld({ seed: 'other' });
    other.snapshot();
    const snapshots = async () =>
      other.snapshots.map((snapshot) => ({ ...snapshot, index: world.size - 1 }));
    const bundle = await textOf({ ...world.source(), snapshots }, 'full');
    expect((await verdictsOf(bundle, world.trustFile()))['replay']).toBe('fails');
    expect((await verdictsOf(await world.bundle('full'), world.trustFile()))['replay']).toBe(
      'holds',
    );
  });
});
