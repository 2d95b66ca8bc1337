import { table } from '../cli/table.ts';
import type { Streams } from '../cycle/story.ts';
import { playStory } from '../story/play-story.ts';
import { answerStranger, openNextCycle, releaseStale } from './after-settlement.ts';
import type { FleetDemoOptions } from './options.ts';
import { prepareStage } from './prepare.ts';
import { openFirstCycle, proveAgents, settleFleet, tradeAndFail } from './settle-cycle.ts';
import type { Stage } from './stage.ts';
import { auditNode, searchChain } from './verdict.ts';

/** Plays the story; the exit code says whether everything that it claims was found to be so. */
export function playFleet(
  options: FleetDemoOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<0 | 1> {
  const { keep, json } = options;
  return playStory({ keep, json, prefix: 'atomicity-fleet-' }, streams, async (told) => {
    const { tale, folder, closing, bar } = told;
    const parts = { options, tale, progress: bar.report, folder, signal, closing };
    const stage = await prepareStage(parts);
    await playScenes(stage, bar.end);
    showPhases(stage);
  });
}

async function playScenes(stage: Stage, pageTurns: () => void): Promise<void> {
  await openFirstCycle(stage);
  const trades = await tradeAndFail(stage);
  pageTurns();
  await proveAgents(stage, trades);
  pageTurns();
  await settleFleet(stage, trades);
  pageTurns();
  await answerStranger(stage);
  await openNextCycle(stage);
  await releaseStale(stage, trades);
  pageTurns();
  await searchChain(stage, trades);
  await auditNode(stage);
  pageTurns();
}

/** What lies between the first payment and the confirmed transaction. */
const SETTLING: readonly string[] = [
  'trade',
  'close',
  'agents’ proofs',
  'fleet proof',
  'transaction',
];

function showPhases({ tale, phases, clock }: Stage): void {
  const rows = phases.all.map(({ name, what, seconds }) => [name, what, seconds.toFixed(2)]);
  const moved = (clock.movedMs / 1000).toFixed(0);
  const toSettled = phases.all
    .filter(({ name }) => SETTLING.includes(name))
    .reduce((sum, { seconds }) => sum + seconds, 0);
  tale.show(
    `\n${table(['phase', '', 'seconds'], rows)}\n` +
      `  From the first payment to the confirmed transaction: ${toSettled.toFixed(1)} s.\n` +
      `  The story’s own clock moved ${moved} s over times in which nothing happened.`,
    { event: 'phases', phases: phases.all, settledSeconds: toSettled, clockMovedMs: clock.movedMs },
  );
}
