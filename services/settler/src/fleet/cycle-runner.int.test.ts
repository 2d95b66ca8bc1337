// Goal: a cycle needs nobody from its opening to the last release. Method: run the runner at each moment of a
// cycle, against a registry whose clock the test moves.
import { RailError } from '@atomicity/rails/port';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CycleRunner, type CycleRunnerOptions } from './cycle-runner.ts';
import type { FleetDesk } from './fleet-desk.ts';
import { FleetWorld, NEVER } from './testing/fleet-world.ts';
import { CHALLENGE_SECONDS } from './testing/scripted-registry.ts';

let world: FleetWorld;
let failures: string[];
beforeEach(() => {
  world = new FleetWorld();
  failures = [];
});
afterEach(() => world.close());

function runnerOf(desk: FleetDesk, change: Partial<CycleRunnerOptions> = {}): CycleRunner {
  return new CycleRunner({
    desk,
    chain: world.chain,
    settleAfterMs: 5_000,
    releaseLate: true,
    onFailure: (_cycle, error) => {
      failures.push(error instanceof RailError ? error.code : String(error));
    },
    ...change,
  });
}

async function opened(change: Partial<CycleRunnerOptions> = {}) {
  const desk = world.start();
  desk.plan(world.plan);
  const runner = runnerOf(desk, change);
  // Planned is not open: that is the principal's to say.
  expect(await runner.advance(NEVER)).toBe(0);
  await desk.open(world.ref, NEVER);
  return { desk, runner };
}

const kinds = () => world.chain.applied.map(({ kind }) => kind);
const settled = ['open_cycle', 'settle_cycle'];

/** Runs at a time of the chain, twice: the second run finds nothing to do. */
async function at(ms: number, runner: CycleRunner): Promise<readonly string[]> {
  world.chain.nowMs = ms;
  await runner.advance(NEVER);
  const after = kinds();
  await runner.advance(NEVER);
  expect(kinds()).toEqual(after);
  return after;
}

it('settles when the agents had their time, and finalizes when nobody may ask any more', async () => {
  const { runner } = await opened();
  const { windowEnd } = world.plan;
  expect(await at(windowEnd + 5_000, runner)).toEqual(['open_cycle']);
  expect(await at(windowEnd + 7_000, runner)).toEqual(settled);
  const end = windowEnd + 7_000 + CHALLENGE_SECONDS * 1_000;
  expect(await at(end, runner)).toEqual(settled);
  expect(await at(end + 2_000, runner)).toEqual([...settled, 'finalize']);
  expect(failures).toEqual([]);
});

it('waits for an order where it is told to', async () => {
  const { desk, runner } = await opened({ settleAfterMs: null });
  expect(await at(world.plan.windowEnd * 2, runner)).toEqual(['open_cycle']);
  await desk.settle(world.ref, NEVER);
  expect(kinds()).toEqual(settled);
});

it('answers what it can, tells what it can not, and makes nothing final meanwhile', async () => {
  world.unattested.add(3);
  const { runner } = await opened();
  const late = world.plan.windowEnd + 7_000;
  await at(late, runner);
  const demand = (slot: number) => ({
    ...world.ref,
    slot,
    revision: 0,
    deadline: 9,
    answered: false,
  });
  world.chain.demands.push(demand(3), demand(1));
  world.chain.nowMs = late + 1_000_000;
  expect(await runner.advance(NEVER)).toBe(1);
  expect(kinds()).toEqual([...settled, 'answer_demand']);
  expect(failures).toEqual([expect.stringContaining('proof_not_kept')]);
});

it('settles again without the slot that was rolled back', async () => {
  const { desk, runner } = await opened();
  await at(world.plan.windowEnd + 7_000, runner);
  await world.chain.rollBack({ ...world.ref, slot: 0 });
  expect(await at(world.plan.windowEnd + 8_000, runner)).toEqual([...settled, 'settle_cycle']);
  expect(desk.status()).toMatchObject([{ revision: 1, includedCount: 3 }]);
});

it('releases what is proven late and claims it a window later', async () => {
  world.unattested.add(2);
  const { desk, runner } = await opened();
  const late = world.plan.windowEnd + 7_000;
  await at(late, runner);
  const final = late + CHALLENGE_SECONDS * 1_000 + 2_000;
  await at(final, runner);
  world.unattested.clear();
  const released = [...settled, 'finalize', 'release_late'];
  expect(await at(final + 1_000, runner)).toEqual(released);
  expect(desk.queue()).toMatchObject([{ slot: 2, status: 'released' }]);
  const claimed = final + 1_000 + CHALLENGE_SECONDS * 1_000 + 2_000;
  expect(await at(claimed, runner)).toEqual([...released, 'claim_release']);
  expect(failures).toEqual([]);
});

it.each([{ sent: 9 }, { sent: 8 }])(
  'goes on after a death around the send: $sent',
  async ({ sent }) => {
    world.unattested.add(2);
    const first = await opened({ settleAfterMs: 5_000 });
    world.crashAt = sent;
    world.chain.nowMs = world.plan.windowEnd + 7_000;
    await first.runner.advance(NEVER);
    expect(failures).toEqual([expect.stringContaining('the process is gone')]);
    world.crashAt = Number.POSITIVE_INFINITY;
    const desk = world.start();
    const runner = runnerOf(desk);
    const late = world.plan.windowEnd + 8_000;
    expect(await at(late, runner)).toEqual(settled);
    expect(desk.status()).toMatchObject([{ stage: 'settled' }]);
    expect(desk.queue()).toMatchObject([{ slot: 2, status: 'open' }]);
    const final = late + CHALLENGE_SECONDS * 1_000 + 2_000;
    expect(await at(final, runner)).toEqual([...settled, 'finalize']);
    expect(failures).toHaveLength(1);
  },
);

it('settles what the principal opened from elsewhere, by the very plan', async () => {
  await opened();
  const elsewhere = world.chain.applied[0];
  world.close();
  world = new FleetWorld();
  if (elsewhere === undefined) throw new Error('nothing was opened');
  await world.chain.send(await world.chain.prepare(elsewhere));
  const own = world.start();
  own.plan(world.plan);
  expect(await runnerOf(own).advance(NEVER)).toBe(0);
  expect(own.status()).toMatchObject([{ stage: 'open' }]);
  expect(await at(world.plan.windowEnd + 7_000, runnerOf(own))).toEqual(settled);
});

it('releases and claims the others when one slot can not be released', async () => {
  for (const slot of [1, 2]) world.unattested.add(slot);
  const { runner } = await opened();
  const late = world.plan.windowEnd + 7_000;
  await at(late, runner);
  const final = late + CHALLENGE_SECONDS * 1_000 + 2_000;
  await at(final, runner);
  world.unattested.clear();
  // The principal released it by itself.
  world.chain.releasedElsewhere.add(1);
  const released = [...settled, 'finalize', 'release_late'];
  expect(await at(final + 1_000, runner)).toEqual(released);
  const claimed = final + 1_000 + CHALLENGE_SECONDS * 1_000 + 2_000;
  expect(await at(claimed, runner)).toEqual([...released, 'claim_release']);
  expect(new Set(failures)).toEqual(new Set(['rail_refused']));
});

it('leaves the queue alone where it is told to, and stops when asked', async () => {
  world.unattested.add(2);
  const { desk, runner } = await opened({ releaseLate: false });
  const late = world.plan.windowEnd + 7_000;
  await at(late, runner);
  await at(late + CHALLENGE_SECONDS * 1_000 + 2_000, runner);
  world.unattested.clear();
  expect(await at(late + 10_000_000, runner)).toEqual([...settled, 'finalize']);
  expect(desk.queue()).toMatchObject([{ status: 'open' }]);
  expect(await runner.advance(AbortSignal.abort())).toBe(0);
});

it('tells when the chain is away, and goes on when it is back', async () => {
  const { runner } = await opened();
  world.chain.isAway = true;
  world.chain.nowMs = world.plan.windowEnd + 7_000;
  expect(await runner.advance(NEVER)).toBe(0);
  expect(failures).toEqual(['rail_timeout']);
  world.chain.isAway = false;
  expect(await at(world.plan.windowEnd + 7_000, runner)).toEqual(settled);
});
