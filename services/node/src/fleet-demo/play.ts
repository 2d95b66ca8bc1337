import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { progressBar } from '../cli/progress.ts';
import { table } from '../cli/table.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Streams } from '../cycle/story.ts';
import { Tale } from '../network-demo/tale.ts';
import { answerStranger, openNextCycle, releaseStale } from './after-settlement.ts';
import type { FleetDemoOptions } from './options.ts';
import { type Closing, prepareStage } from './prepare.ts';
import { openFirstCycle, proveAgents, settleFleet, tradeAndFail } from './settle-cycle.ts';
import type { Stage } from './stage.ts';
import { auditNode, searchChain } from './verdict.ts';

/** Plays the story; the exit code says whether everything that it claims was found to be so. */
export async function playFleet(
  options: FleetDemoOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<0 | 1> {
  const folder = folderOf(options.keep);
  const sweep = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  // Also when the process is told to end in the middle of a scene.
  if (options.keep === null) process.once('exit', sweep);
  const tale = new Tale(streams.out, options.json, Date.now());
  const bar = progressBar(streams.err);
  const closing: Closing = [];
  try {
    const parts = { options, tale, progress: bar.report, folder, signal, closing };
    const stage = await prepareStage(parts);
    await playScenes(stage, bar.end);
    showPhases(stage);
  } catch (error) {
    bar.end();
    const facts = error instanceof Object && 'facts' in error ? { facts: error.facts } : {};
    tale.check(
      `the story went on: ${error instanceof Error ? error.message : error}`,
      false,
      facts,
    );
  } finally {
    bar.end();
    await closeAll(closing);
    if (options.keep === null) {
      sweep();
      process.off('exit', sweep);
    }
  }
  return end(tale);
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

function folderOf(keep: string | null): string {
  if (keep === null) return mkdtempSync(join(tmpdir(), 'atomicity-fleet-'));
  const folder = resolve(keep);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError(`--keep: ${folder} is there and not empty`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Newest first; what fails to close does not keep the rest open. */
async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.splice(0).reverse()) {
    await Promise.resolve(close()).catch(() => undefined);
  }
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

function end(tale: Tale): 0 | 1 {
  const { checked, failed } = tale;
  const text =
    failed === 0
      ? `\nAll ${checked} claims of the story were checked and hold, in ${tale.seconds()} s.`
      : `\n${failed} of ${checked} claims do not hold.`;
  tale.show(text, { event: 'ended', checked, failed });
  return failed === 0 && checked > 0 ? 0 : 1;
}
