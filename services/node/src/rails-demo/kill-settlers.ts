/** Scene 2: settlers are killed between every pair of steps; every batch ends with exactly one effect. */
import { join } from 'node:path';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import { anchorId } from '@atomicity/kernel/anchor/event-codec';
import type { Hash } from '@atomicity/kernel/units/id';
import { parseStreamId } from '@atomicity/kernel/units/id';
import type { SettlerStepName } from '@atomicity/settler/step';
import { table } from '../cli/table.ts';
import { dataDirAt, nodeConfig, PAYLOADS_FOLDER } from '../compose/data-dir.ts';
import { seededRandom } from '../cycle/random.ts';
import { type DrillReport, type Kill, runDrill } from './drill.ts';
import { countEffects, type Effects } from './effects.ts';
import { RAILS, type RailName, type SettlerOrder } from './settler-order.ts';
import type { Opened, Stage } from './stage.ts';

/** The steps of each rail after which a settler is killed: every one but the last. */
export const KILLED_AFTER: Readonly<Record<RailName, readonly SettlerStepName[]>> = {
  opentimestamps: ['planned', 'looked_up', 'sent', 'submitted', 'asked'],
  ethereum: ['planned', 'drafted', 'prepared', 'sent', 'submitted', 'asked'],
  lightning: ['planned', 'drafted', 'prepared', 'sent', 'submitted', 'asked'],
};

export type Settled = {
  readonly effects: Effects;
  readonly reports: Readonly<Record<RailName, DrillReport>>;
};

export async function killSettlers(stage: Stage, opened: Opened): Promise<Settled> {
  const { tale, signal, options } = stage;
  const kills = RAILS.reduce((sum, rail) => sum + KILLED_AFTER[rail].length, 0) * options.kills;
  tale.scene(2, 'Settlers that die', [
    `A settler process for each rail takes the batches out. ${kills} times one is killed with SIGKILL, ${options.kills} times`,
    'between each pair of steps, at a random point in between: before the effect, during it, after it.',
  ]);
  const reports = {
    opentimestamps: await drillRail(stage, opened, 'opentimestamps'),
    ethereum: await drillRail(stage, opened, 'ethereum'),
    lightning: await drillRail(stage, opened, 'lightning'),
  };
  const effects = await countEffects(opened.outside, signal);
  showDrill(stage, reports);
  checkEffects(stage, opened, effects);
  return { effects, reports };
}

async function drillRail(stage: Stage, opened: Opened, rail: RailName): Promise<DrillReport> {
  const { options, progress, tale } = stage;
  const after = KILLED_AFTER[rail];
  const random = seededRandom(options.seed, `kills on ${rail}`);
  const kills = opened.drill[rail].map(
    (batch, i): Kill => ({ anchor: anchorId(batch.subject, rail), after: at(after, i) }),
  );
  const report = await runDrill({
    order: orderOf(opened, rail),
    kills,
    random: () => random.below(2 ** 32) / 2 ** 32,
    advance: () => opened.outside.advance(rail),
    onKill: (done) => progress(`killing settlers of ${rail}`, done / kills.length),
  });
  const expected = opened.drill[rail].length + 1;
  tale.say(`${rail}: ${report.processes} processes for ${expected} batches`, {
    event: 'drilled',
    rail,
    processes: report.processes,
    killed: Object.fromEntries(report.killed),
    confirmed: report.confirmed,
  });
  tale.check(`every batch of ${rail} is confirmed`, report.confirmed === expected, {
    confirmed: report.confirmed,
    expected,
  });
  const counts = after.map((step) => report.killed.get(step) ?? 0);
  tale.check(
    `${options.kills} settlers died after each of: ${after.join(', ')}`,
    counts.every((count) => count === options.kills),
    Object.fromEntries(report.killed),
  );
  return report;
}

function at<T>(list: readonly T[], i: number): T {
  const item = list[i % list.length];
  if (item === undefined) throw new Error('an empty list');
  return item;
}

function orderOf({ dataDir, outside }: Opened, rail: RailName): SettlerOrder {
  const dir = dataDirAt(dataDir);
  const stream = parseStreamId(nodeConfig(dir).anchors);
  if (stream === undefined) throw new Error('the node’s configuration names no stream');
  const payloads = join(dir.rails, PAYLOADS_FOLDER);
  return { rail, places: outside.places, log: dir.log, stream, payloads };
}

function showDrill({ tale }: Stage, reports: Settled['reports']): void {
  const rows = RAILS.map((rail) => {
    const { killed, processes, recoveriesMs } = reports[rail];
    const sorted = [...recoveriesMs].sort((one, other) => one - other);
    const quantile = (q: number) => (sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(0);
    const died = [...killed.values()].reduce((sum, count) => sum + count, 0);
    return [rail, `${died}`, `${processes}`, quantile(0.5), quantile(0.99)];
  });
  tale.show(
    `\n${table(['rail', 'killed', 'processes', 'recovery ms p50', 'p99'], rows)}\n` +
      '  Recovery: from the start of a new process to its first step of an anchor.',
    { event: 'recoveries', rails: rows },
  );
}

const ids = (batches: readonly ClosedBatch[]): readonly Hash[] => batches.map(({ batch }) => batch);

function checkEffects({ tale }: Stage, { batches, drill }: Opened, effects: Effects): void {
  const of = (rail: RailName) => [batches[rail], ...drill[rail]];
  const once = (counts: ReadonlyMap<Hash, number>, expected: readonly Hash[]) =>
    counts.size === expected.length && expected.every((batch) => counts.get(batch) === 1);
  tale.check(
    `the calendar was given one digest for each of ${of('opentimestamps').length} batches`,
    effects.digests === of('opentimestamps').length,
    { digests: effects.digests },
  );
  tale.check(
    `the registry recorded each of ${of('ethereum').length} batches once`,
    once(effects.recorded, ids(of('ethereum'))),
    { recorded: effects.recorded.size },
  );
  tale.check(
    'and no transaction was wasted: the account has sent as many as there are batches',
    effects.transactions === of('ethereum').length,
    { transactions: effects.transactions },
  );
  tale.check(
    `the payee was paid once for each of ${of('lightning').length} batches`,
    once(effects.paid, ids(of('lightning'))),
    { paid: effects.paid.size },
  );
  const owed = of('lightning').reduce((sum, { settles }) => sum + (settles?.amount ?? 0n), 0n);
  tale.check(
    `and got what they settle, ${owed} satoshis, neither more nor less`,
    effects.receivedMsat === owed * 1_000n,
    { receivedMsat: `${effects.receivedMsat}` },
  );
}
