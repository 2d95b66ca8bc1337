/** Scenes 5 to 7: a demand is answered, the remainder becomes the next budget, one proves itself late. */
import { amount } from '@atomicity/kernel/units/amount';
import { lateBound } from '@atomicity/settler/fleet/late-bound';
import { until } from '../network-demo/poll.ts';
import { delegateCycle, required } from './cast.ts';
import { comeBack, holdStatus } from './mishaps.ts';
import { FIRST, showQueue, showTotals, spentBy } from './settle-cycle.ts';
import { caughtUp, dollars, planOf, type Stage, skipTo } from './stage.ts';
import type { AgentTrade } from './trade.ts';

/** A stranger demands the proof behind a slot; the desk answers with the agent's own. */
export async function answerStranger(stage: Stage): Promise<void> {
  const { tale, desk, registry, node, fleet, orders, cast, phases, signal } = stage;
  const failed = [orders.disputed, orders.stale, orders.expiring];
  const slot = required(cast.agents.find((agent) => !failed.includes(agent.slot))).slot;
  tale.scene(5, 'A stranger asks', [
    'Within the challenge window anybody may demand the proof behind an included slot, for a deposit.',
    'If nobody answers in time the cycle is rolled back and the aggregator loses its bond.',
  ]);
  const ref = { fleet, cycle: FIRST };
  const { revision } = await registry.cycle(ref, signal);
  const call = { kind: 'demand_proof', ...ref, slot, revision } as const;
  const demanded = await registry.send(await registry.prepare(call, signal), signal);
  tale.say(`a stranger demands the proof of slot ${slot}, in block ${demanded.block}`, {
    event: 'demanded',
    slot,
    gas: Number(demanded.gasUsed),
  });
  // The node looks by itself every few seconds: here it is told to look now.
  await phases.measure('answer', 'one agent’s proof on the chain', () =>
    required(node.fleet).advance(signal),
  );
  const left = await desk.openDemands(ref, signal);
  tale.check('the node answers by itself; no demand is open', left.length === 0, {
    open: left.map((demand) => demand.slot),
  });
  const { state, revision: same } = await registry.cycle(ref, signal);
  tale.check(
    'the contract verified the agent’s own proof: the cycle stands',
    state === 'pending' && same === revision,
    { state, revision: same },
  );
}

/** The cycle becomes final, and its remainder is the cap of the next. */
export async function openNextCycle(stage: Stage): Promise<void> {
  const { tale, desk, registry, fleet, cast, clock, terms, signal } = stage;
  const first = { fleet, cycle: FIRST };
  tale.scene(6, 'The remainder goes on', [
    'When the challenge window is over the cycle is final. What it left, and not more, is the next',
    'cycle’s cap: the principal delegates fresh budgets inside it.',
  ]);
  const { challengeEnd } = await registry.cycle(first, signal);
  await skipTo(stage, challengeEnd * 1000 + 2_000, 'the end of the challenge window');
  await desk.finalize(first, signal);
  const final = await registry.cycle(first, signal);
  const available = await registry.available(fleet, signal);
  tale.check('cycle 1 is final', final.state === 'final');
  tale.check('what is available is what remained', available === final.remaining, {
    available: `${available}`,
  });
  const start = Math.ceil(clock.now() / 1000) * 1000 + 60_000;
  const window = { start, end: start + (terms.window.end - terms.window.start) };
  const cap = amount(available);
  const subCap = amount(available / BigInt(cast.agents.length));
  const { principal, agents: members, providers } = cast;
  const budgets = await delegateCycle(
    terms,
    { principal, members, providers },
    { cap, subCap },
    window,
  );
  const second = { fleet, cycle: FIRST + 1 };
  desk.plan(planOf(second, budgets));
  await desk.open(second, signal);
  const view = await registry.cycle(second, signal);
  tale.say(`cycle 2 is open with ${dollars(view.cap)} USD`, {
    event: 'next_cycle',
    cap: `${view.cap}`,
    cycleRoot: final.cycleRoot,
  });
  tale.check('its cap is the remainder of cycle 1', view.cap === final.remaining);
  tale.check(
    'and nothing of it is available twice',
    (await registry.available(fleet, signal)) === 0n,
  );
  tale.check('the chain of final totals has a root', !/^0x0*$/.test(final.cycleRoot), {
    cycleRoot: final.cycleRoot,
  });
}

/** The stale agent's provider is back: its budget closes, is proven, and is released. */
export async function releaseStale(stage: Stage, trades: readonly AgentTrade[]): Promise<void> {
  const { tale, desk, registry, fleet, orders, cast, node, phases, signal } = stage;
  const slot = orders.stale;
  const trade = required(trades[slot]);
  const subCap = required(cast.budgets.agents[slot]).cap;
  tale.scene(7, 'One proves itself late', [
    `The silent provider of slot ${slot} is back: both sign that the open payment was never made. The`,
    'agent’s period closes and is proven like any other. It shows the chain that it spent at most a',
    'rounded sum, which counts as consumed; the rest of its reserve is free again.',
  ]);
  const silent = required(trade.unanswered[0]);
  await until('the hold to lapse', async () =>
    (await holdStatus(silent.provider, silent)) === 'lapsed' ? true : undefined,
  );
  await comeBack(cast, trade);
  await caughtUp(stage);
  const bound = lateBound(spentBy(trade), subCap);
  const ref = { fleet, cycle: FIRST };
  const before = await registry.cycle(ref, signal);
  const receipt = await phases.measure('late release', 'two proofs and a transaction', async () => {
    await node.attestation.attestor.attestPending();
    await caughtUp(stage);
    return await desk.releaseLate({ ...ref, slot }, bound, signal);
  });
  const after = await registry.cycle(ref, signal);
  tale.say(`released in block ${receipt?.block}: at most ${dollars(bound)} USD was spent`, {
    event: 'released',
    slot,
    bound: `${bound}`,
    gas: Number(receipt?.gasUsed ?? 0n),
  });
  showTotals(stage, after);
  tale.check(
    'its reserve became consumed and remaining, and the sum is the cap still',
    after.reserved === before.reserved - subCap &&
      after.consumed === before.consumed + bound &&
      after.remaining === before.remaining + subCap - bound &&
      after.consumed + after.reserved + after.remaining === after.cap,
  );
  tale.check('its flag is gone from the contract', after.excluded.length === 2, {
    excluded: after.excluded,
  });
  showQueue(stage);
  const open = desk.queue().filter(({ status }) => status === 'open');
  tale.check('it has left the resolution queue; two wait', open.length === 2);
  await claim(stage, slot, subCap - bound);
}

async function claim(stage: Stage, slot: number, freed: bigint): Promise<void> {
  const { tale, desk, registry, fleet, clock, signal } = stage;
  await skipTo(stage, clock.now() + 2 * 3_600_000, 'the end of the release’s challenge window');
  await desk.claimRelease({ fleet, cycle: FIRST, slot }, signal);
  const available = await registry.available(fleet, signal);
  tale.check('what it did not spend is available to later cycles', available === freed, {
    available: `${available}`,
  });
}
