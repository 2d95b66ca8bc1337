// Goal: why a slot is left out follows from what the log says, and from nothing else. Method: a small book
// in which each trouble happens, and its projection.

import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import { planCycle, type SlotStanding } from '@atomicity/kernel/fleet/plan-cycle';
import { fleetPolicyOf } from '@atomicity/kernel/testing/fleet-samples';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { afterEach, describe, expect, it } from 'vitest';
import { slotStanding } from './slot-standing.ts';
import { BookWorld, START } from './testing/book-world.ts';
import { closePeriod, delegateBudget } from './testing/budget-world.ts';
import { LogHarness } from './testing/log-harness.ts';

let harness: LogHarness;
afterEach(async () => {
  await harness.close();
});

const NOW = unixMs(START + 3_000_000);

async function standingOf(world: BookWorld, budget: Hash, now = NOW): Promise<SlotStanding> {
  harness = await LogHarness.open(() => new MemoryEventStore());
  await harness.append(world.stream, world.events);
  await harness.settled();
  const { file } = harness.projector.projection;
  const standing = slotStanding(file, { budget, periodIndex: 0 }, now, null);
  if (standing === undefined) throw new Error('the budget is known');
  return standing;
}

/** The one code of a slot with this standing. */
function codeOf(standing: SlotStanding): string {
  const [outcome] = planCycle(fleetPolicyOf([1n]), [standing]).cycle;
  return outcome?.kind === 'excluded' ? outcome.code : 'included';
}

function tradedWorld(endings: readonly ('spent' | 'lapsed' | 'held')[]) {
  const world = new BookWorld(`standing ${endings.join()}`);
  const budget = delegateBudget(world);
  for (const ending of endings) world.pay({ budget, provider: 0, units: 1_000n, ending });
  return { world, budget };
}

describe('the standing of a slot', () => {
  it('has nothing wrong with it once its period is closed', async () => {
    const { world, budget } = tradedWorld(['spent', 'lapsed', 'spent']);
    closePeriod(world, budget, true);
    const standing = await standingOf(world, budget);
    expect(standing).toMatchObject({
      openDisputes: [],
      unconfirmedHops: 0,
      missingCloses: 0,
      hasLaterPeriod: false,
      attested: null,
    });
    expect(standing.lastPaymentAt).toBeLessThan(NOW);
    // Without an attestation it is left out all the same.
    expect(codeOf(standing)).toBe('proof_missing');
  });

  it.each(['held', 'lapsed'] as const)(
    'lacks a close while a hold is %s and nobody says of what',
    async (ending) => {
      const { world, budget } = tradedWorld(['spent', ending]);
      const standing = await standingOf(world, budget);
      expect(standing.missingCloses).toBe(1);
      expect(codeOf(standing)).toBe('stale_state');
    },
  );

  it('has its last payment still to come while its period is open', async () => {
    const { world, budget } = tradedWorld(['spent']);
    const standing = await standingOf(world, budget);
    expect([standing.missingCloses, standing.lastPaymentAt]).toEqual([0, NOW]);
    expect(codeOf(standing)).toBe('proof_missing');
    const { credentialExpiresAt } = standing;
    if (credentialExpiresAt === null) throw new Error('keys have an end');
    await harness.close();
    const late = await standingOf(world, budget, unixMs(credentialExpiresAt));
    expect(codeOf(late)).toBe('credential_expired');
  });

  it('names a later period', async () => {
    const { world, budget } = tradedWorld(['spent']);
    closePeriod(world, budget, false);
    expect((await standingOf(world, budget)).hasLaterPeriod).toBe(true);
  });

  it('is nothing for a period that the log does not know', async () => {
    const { world } = tradedWorld(['spent']);
    harness = await LogHarness.open(() => new MemoryEventStore());
    await harness.append(world.stream, world.events);
    await harness.settled();
    const { file } = harness.projector.projection;
    const place = { budget: 'f'.repeat(64) as Hash, periodIndex: 0 };
    expect(slotStanding(file, place, NOW, null)).toBeUndefined();
  });
});
