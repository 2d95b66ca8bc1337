// Goal: one settlement a revision, whatever happens on the way, and nothing lost of what it excluded.
// Method: a process death before and after every effect, and sends that fail in every way, against a
// registry that keeps nonces and states as the contract does and proves nothing.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import { afterEach, describe, expect, it } from 'vitest';
import { recordPlan } from './cycle-status.ts';
import type { FleetDesk } from './fleet-desk.ts';
import { Crash, FleetWorld, NEVER, SPENT } from './testing/fleet-world.ts';

let world: FleetWorld;
afterEach(() => world.close());

async function settle(desk: FleetDesk): Promise<void> {
  desk.plan(world.plan);
  await desk.open(world.ref, NEVER);
  world.chain.nowMs = world.plan.windowEnd + 1_000;
  await desk.settle(world.ref, NEVER);
}

const kinds = () => world.chain.applied.map(({ kind }) => kind);

describe('a cycle', () => {
  it('is opened, proved, settled once and made final', async () => {
    world = new FleetWorld();
    world.troubles.set(1, { openDisputes: [world.plan.fleet] });
    world.troubles.set(2, { missingCloses: 1 });
    const desk = world.start();
    await settle(desk);
    await desk.settle(world.ref, NEVER);
    await desk.finalize(world.ref, NEVER);
    expect(kinds()).toEqual(['open_cycle', 'settle_cycle', 'finalize']);
    expect(world.chain.applied[1]).toMatchObject({
      consumed: 2n * SPENT,
      reserved: 2_000n,
      included: [0b1001n],
      codes: [1, 2],
    });
    expect(desk.status()).toMatchObject([
      {
        stage: 'final',
        revision: 0,
        includedCount: 2,
        totals: { consumed: 1_200n, reserved: 2_000n, remaining: 1_800n },
      },
    ]);
    expect(desk.queue().map(({ slot, code, status }) => [slot, code, status])).toEqual([
      [1, 'pending_dispute', 'open'],
      [2, 'stale_state', 'open'],
    ]);
  });

  it('is settled once after a death before or after any effect', async () => {
    world = new FleetWorld();
    await settle(world.start());
    const effects = world.ticks;
    expect(effects).toBe(10);
    world.close();
    for (let ticks = 0; ticks < effects; ticks++) {
      world = new FleetWorld();
      world.troubles.set(3, { missingCloses: 1 });
      world.crashAt = ticks;
      await expect(settle(world.start())).rejects.toThrow(Crash);
      world.crashAt = Number.POSITIVE_INFINITY;
      await settle(world.start());
      expect([ticks, kinds()]).toEqual([ticks, ['open_cycle', 'settle_cycle']]);
      // What was fixed before the death is what was sent after it.
      const [, sent] = world.chain.applied;
      const kept = world.journal.cycle(world.ref)?.settlement?.proof;
      expect(sent).toMatchObject({ kind: 'settle_cycle', proof: kept });
      expect(world.start().queue()).toHaveLength(1);
      world.close();
    }
    world = new FleetWorld();
  });

  it.each(['lost', 'away', 'displaced'] as const)(
    'is settled once when a send is %s',
    async (fault) => {
      world = new FleetWorld();
      const desk = world.start();
      desk.plan(world.plan);
      await desk.open(world.ref, NEVER);
      world.chain.nowMs = world.plan.windowEnd + 1_000;
      world.chain.faults.push(fault);
      await expect(desk.settle(world.ref, NEVER)).rejects.toMatchObject({
        outcome: fault === 'displaced' ? 'not_applied' : 'unknown',
      });
      await world.start().settle(world.ref, NEVER);
      expect(kinds()).toEqual(['open_cycle', 'settle_cycle']);
      const [, first, second] = world.chain.sent;
      // Found by its hash; or sent again as it was; or, when its nonce is gone, signed anew.
      if (fault === 'lost') expect(second).toBeUndefined();
      if (fault === 'away') expect(second).toBe(first);
      if (fault === 'displaced') expect(second).not.toBe(first);
    },
  );

  it('says what was fixed first, whoever else proves at the same time', async () => {
    world = new FleetWorld();
    const desk = world.start();
    desk.plan(world.plan);
    await desk.open(world.ref, NEVER);
    await desk.prove(world.ref, NEVER);
    const first = world.journal.cycle(world.ref)?.settlement;
    if (first == null) throw new Error('no settlement');
    const { a } = first.proof;
    world.journal.settles(world.ref, { ...first, proof: { ...first.proof, a: ['9', a[1]] } });
    expect(world.journal.cycle(world.ref)?.settlement).toEqual(first);
  });

  it('is found in the contract’s state when the record of its transaction is gone', async () => {
    world = new FleetWorld();
    await settle(world.start());
    const key = world.journal.effects().find(({ call }) => call.kind === 'settle_cycle')?.key ?? '';
    world.journal.displaced(key);
    expect(await world.start().settle(world.ref, NEVER)).toBeNull();
    expect(kinds()).toEqual(['open_cycle', 'settle_cycle']);
    expect(world.chain.sent).toHaveLength(2);
  });

  it('waits for its window: what the contract refuses is tried again later', async () => {
    world = new FleetWorld();
    const desk = world.start();
    desk.plan(world.plan);
    await expect(desk.settle(world.ref, NEVER)).rejects.toMatchObject({ code: 'cycle_not_open' });
    await desk.open(world.ref, NEVER);
    await expect(desk.settle(world.ref, NEVER)).rejects.toMatchObject({
      code: 'rail_refused',
      outcome: 'not_applied',
      facts: { revert: 'WindowNotEnded' },
    });
    world.chain.nowMs = world.plan.windowEnd + 1_000;
    await desk.settle(world.ref, NEVER);
    expect(world.proofs).toBe(1);
    await expect(desk.finalize({ ...world.ref, cycle: 2 }, NEVER)).rejects.toMatchObject({
      code: 'cycle_unknown',
    });
  });

  it('leaves out a slot whose proof the registry would not take as an answer', async () => {
    world = new FleetWorld();
    world.chain.refusedProofs.add(world.proofOfSlot(1));
    const desk = world.start();
    await settle(desk);
    expect(world.chain.applied[1]).toMatchObject({ included: [0b1101n], codes: [4] });
    expect(desk.queue()).toMatchObject([{ slot: 1, code: 'proof_missing' }]);
  });

  it('excludes a slot whose proof was withheld, under the next revision', async () => {
    world = new FleetWorld();
    const desk = world.start();
    await settle(desk);
    expect(desk.queue()).toEqual([]);
    await world.chain.rollBack({ ...world.ref, slot: 2 });
    await desk.observe(world.ref, NEVER);
    expect(desk.status()).toMatchObject([{ stage: 'open', revision: 1, totals: null }]);
    await desk.settle(world.ref, NEVER);
    expect(kinds()).toEqual(['open_cycle', 'settle_cycle', 'settle_cycle']);
    expect(world.chain.applied[2]).toMatchObject({ revision: 1, included: [0b1011n], codes: [4] });
    expect(desk.queue()).toMatchObject([{ slot: 2, code: 'proof_missing', status: 'open' }]);
  });
});

it('opens again for a slot that was shown not to count, instead of becoming final', async () => {
  world = new FleetWorld();
  const desk = world.start();
  await settle(desk);
  world.chain.barred = 0;
  await desk.finalize(world.ref, NEVER);
  expect(desk.status()).toMatchObject([{ stage: 'open', revision: 1 }]);
  await desk.settle(world.ref, NEVER);
  await desk.finalize(world.ref, NEVER);
  expect(desk.status()).toMatchObject([{ stage: 'final', revision: 1, includedCount: 3 }]);
  expect(desk.queue()).toMatchObject([{ slot: 0, code: 'proof_missing' }]);
});

describe('a demand', () => {
  it('is answered with the proof that was kept, once', async () => {
    world = new FleetWorld();
    const desk = world.start();
    await settle(desk);
    const demand = { ...world.ref, slot: 1, revision: 0, deadline: 9 };
    world.chain.demands.push({ ...demand, answered: false });
    // The ledger may be elsewhere by then.
    world.unattested.add(1);
    const [open] = await desk.openDemands(world.ref, NEVER);
    if (open === undefined) throw new Error('no demand');
    await desk.answer(open, NEVER);
    await desk.answer(open, NEVER);
    expect(kinds().slice(2)).toEqual(['answer_demand']);
    expect(world.chain.applied[2]).toMatchObject({ slot: 1, spend: { circuit: 'spend-16' } });
    expect(await desk.openDemands(world.ref, NEVER)).toEqual([]);
  });

  it('is answered again when the chain dropped the answer', async () => {
    world = new FleetWorld();
    const desk = world.start();
    await settle(desk);
    const demand = { ...world.ref, slot: 1, revision: 0, deadline: 9 };
    world.chain.demands.push({ ...demand, answered: false });
    const first = await desk.answer(demand, NEVER);
    world.chain.forget('answer_demand');
    expect(await desk.openDemands(world.ref, NEVER)).toHaveLength(1);
    await desk.answer(demand, NEVER);
    expect(await desk.openDemands(world.ref, NEVER)).toEqual([]);
    // The very same transaction: should the dropped block come back, it takes effect once.
    expect(world.chain.sent.at(-1)).toBe(first?.hash);
  });

  it('of an excluded slot has no answer', async () => {
    world = new FleetWorld();
    world.unattested.add(1);
    const desk = world.start();
    await settle(desk);
    const demand = { ...world.ref, slot: 1, revision: 0, deadline: 9 };
    await expect(desk.answer(demand, NEVER)).rejects.toMatchObject({ code: 'proof_not_kept' });
  });
});

describe('a late release', () => {
  it('needs a final cycle, an attestation and a bound, and clears the queue', async () => {
    world = new FleetWorld();
    world.unattested.add(0);
    const desk = world.start();
    await settle(desk);
    const slot = { ...world.ref, slot: 0 };
    const release = (bound: bigint) => desk.releaseLate(slot, amount(bound), NEVER);
    await expect(release(700n)).rejects.toMatchObject({ code: 'cycle_not_final' });
    await desk.finalize(world.ref, NEVER);
    await expect(release(700n)).rejects.toMatchObject({ code: 'attestation_missing' });
    world.unattested.delete(0);
    await expect(release(599n)).rejects.toMatchObject({ code: 'bound_out_of_range' });
    await expect(release(1_001n)).rejects.toMatchObject({ code: 'bound_out_of_range' });
    await release(700n);
    await release(700n);
    expect(kinds().slice(3)).toEqual(['release_late']);
    expect(desk.queue()).toMatchObject([{ slot: 0, status: 'released' }]);
    await expect(
      desk.releaseLate({ ...world.ref, slot: 1 }, amount(700n), NEVER),
    ).rejects.toMatchObject({ code: 'slot_not_queued' });
  });
});

describe('what can be released', () => {
  it('is attested since, undisputed, and without a later period', async () => {
    world = new FleetWorld();
    for (const slot of [0, 1, 2]) world.unattested.add(slot);
    world.troubles.set(1, { openDisputes: [world.plan.fleet] });
    const desk = world.start();
    await settle(desk);
    world.unattested.clear();
    expect(await desk.releasable(world.ref)).toEqual([]);
    await desk.finalize(world.ref, NEVER);
    world.unattested.add(2);
    // 600 of 1,000: the next sixteenth is 625.
    expect(await desk.releasable(world.ref)).toEqual([{ ...world.ref, slot: 0, bound: 625n }]);
    world.troubles.set(0, { hasLaterPeriod: true });
    expect(await desk.releasable(world.ref)).toEqual([]);
  });
});

describe('the desk', () => {
  it('refuses plans that are none, and another plan for a cycle', () => {
    world = new FleetWorld();
    const desk = world.start();
    const { plan } = world;
    const refused = (change: Partial<typeof plan>, reason: string) =>
      expect(() => desk.plan({ ...plan, ...change })).toThrow(
        expect.objectContaining({
          code: 'fleet_plan_refused',
          facts: expect.objectContaining({ reason }),
        }),
      );
    refused({ slots: [] }, 'no_slots');
    refused({ cap: amount(3_999n) }, 'sub_caps_exceed_cap');
    refused({ slots: [...plan.slots, ...plan.slots] }, 'policy_listed_twice');
    refused({ cycle: 0 }, 'cycle_out_of_range');
    refused({ windowEnd: plan.windowStart }, 'window_empty');
    expect(desk.status()).toEqual([]);
    desk.plan(plan);
    desk.plan(plan);
    const later = unixMs(plan.windowEnd + 1);
    for (const change of [{ cap: amount(6_000n) }, { windowEnd: later }]) {
      expect(() => desk.plan({ ...plan, ...change })).toThrow(
        expect.objectContaining({ code: 'plan_differs' }),
      );
    }
  });

  it('replaces a plan that was never sent, as when its window began too early, and no other', async () => {
    world = new FleetWorld();
    const desk = world.start();
    const { plan, journal } = world;
    desk.plan(plan);
    const later = { ...plan, windowEnd: unixMs(plan.windowEnd + 60_000) };
    world.chain.refusesOpening = true;
    await expect(desk.open(world.ref, NEVER)).rejects.toMatchObject({ outcome: 'not_applied' });
    recordPlan(journal, later, true);
    world.chain.refusesOpening = false;
    await desk.open(world.ref, NEVER);
    expect(desk.status()).toMatchObject([{ stage: 'open', windowEnd: later.windowEnd }]);
    expect(world.chain.applied).toMatchObject([{ kind: 'open_cycle', windowEnd: later.windowEnd }]);
    recordPlan(journal, later, true);
    expect(() => recordPlan(journal, plan, true)).toThrow(
      expect.objectContaining({ code: 'plan_sent' }),
    );
  });

  it('writes an entry off once, with the note', async () => {
    world = new FleetWorld();
    world.unattested.add(3);
    const desk = world.start();
    await settle(desk);
    const slot = { ...world.ref, slot: 3 };
    const entry = desk.writeOff(slot, 'the provider is gone');
    expect(entry).toMatchObject({ status: 'written_off', note: 'the provider is gone' });
    expect(desk.writeOff(slot, 'again')).toEqual(entry);
    expect(() => desk.writeOff({ ...slot, slot: 0 }, 'x')).toThrow(
      expect.objectContaining({ code: 'slot_not_queued' }),
    );
    expect(entry.resolvedAt).toBe(unixMs(world.plan.windowStart + 100_000));
  });

  it('keeps its journal from other users', async () => {
    world = new FleetWorld();
    await settle(world.start());
    for (const name of readdirSync(world.directory)) {
      expect([name, statSync(join(world.directory, name)).mode & 0o077]).toEqual([name, 0]);
    }
  });
});
