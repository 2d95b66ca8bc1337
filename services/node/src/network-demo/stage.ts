import { join } from 'node:path';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { scaleOf } from '@atomicity/kernel/units/denomination';
import { table } from '../cli/table.ts';
import { type Cast, NAMES, type Name } from './cast.ts';
import { edgesOfAll, hopsOf, type Invoice, positions } from './market.ts';
import { runCli } from './player.ts';
import { until } from './poll.ts';
import type { Tale } from './tale.ts';
import type { HopChange, Watch } from './watch.ts';

/** Everything that a scene plays with. */
export type Stage = {
  readonly cast: Cast;
  readonly tale: Tale;
  readonly watch: Watch;
  /** Where evidence is written. */
  readonly folder: string;
};

/** An amount of the demonstration's denominations for people: 12345 of EUR/2 is 123.45. */
export function money(units: bigint, denomination: Denomination): string {
  const scale = scaleOf(denomination);
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '−' : '';
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** One line for one change of one hop in one book. */
export function hopLine({ book, from, to, before, after, why }: HopChange): string {
  const hop = `${from} → ${to}`.padEnd(15);
  const reason = why === null ? '' : `   (${why})`;
  return `${hop} ${`at ${book}`.padEnd(9)} ${before.padStart(9)} → ${after}${reason}`;
}

/** Waits until no book has an open hop of the intent, and the watch has told all of it. */
export async function settled({ cast, watch }: Stage, intent: Invoice): Promise<void> {
  await until('every hop to end at both ends', async () => {
    for (const name of NAMES) {
      const hops = await hopsOf(cast[name], intent.id);
      const open = hops.filter(({ status }) => status !== 'active' && status !== 'lapsed');
      if (open.length > 0) return undefined;
      const told = watch.states(intent.id).filter((state) => state.startsWith(`${name} `));
      if (told.length !== hops.length) return undefined;
      if (told.some((state) => !/: (active|lapsed)$/.test(state))) return undefined;
    }
    return true;
  });
  await watch.caughtUp();
}

/** Checks that both ends of every hop of the intent ended in the same state. */
export function checkBothEnds({ tale, watch }: Stage, intent: Invoice, after: string): void {
  const states = watch.states(intent.id);
  const wrong = states.filter((state) => !state.endsWith(`: ${after}`));
  const lonely = states.filter((state) => {
    const [, hop] = state.split(' ');
    return states.filter((other) => other.split(' ')[1] === hop).length % 2 !== 0;
  });
  tale.check(
    `every hop is ${after} at both of its ends (${states.length} records)`,
    states.length > 0 && wrong.length + lonely.length === 0,
    { states },
  );
}

/** Checks that positions changed by exactly this, and that nothing was made or lost. */
export async function checkMoved(
  { tale, cast }: Stage,
  denomination: Denomination,
  before: Readonly<Record<Name, bigint>>,
  change: Readonly<Record<Name, bigint>>,
): Promise<void> {
  const after = await positions(cast, denomination);
  const isAsExpected = NAMES.every((name) => after[name] - before[name] === change[name]);
  const moves = NAMES.map((name) => `${name} ${signed(change[name], denomination)}`).join(', ');
  const facts = Object.fromEntries(NAMES.map((name) => [name, `${after[name] - before[name]}`]));
  const isStill = NAMES.every((name) => change[name] === 0n);
  const claim = isStill ? 'nobody’s position moved' : `positions moved: ${moves}`;
  tale.check(claim, isAsExpected, facts);
  const sum = NAMES.reduce((total, name) => total + after[name], 0n);
  tale.check('all positions together are 0', sum === 0n, { sum: `${sum}` });
}

const signed = (units: bigint, denomination: Denomination): string =>
  `${units > 0n ? '+' : ''}${money(units, denomination)}`;

/** Runs a command as people would, shows it with its answer, and gives its exit code. */
export async function command(
  { tale, folder }: Stage,
  argv: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string }> {
  const shown = argv.map((word) => word.replace(`${folder}/`, '')).join(' ');
  const { code, stdout, stderr } = await runCli(argv);
  const answer = `${stdout}${stderr}`.replaceAll(`${folder}/`, '').trimEnd();
  const text = answer.split('\n').map((line) => `             ${line}`);
  tale.show(`           $ atomicity ${shown}\n${text.join('\n')}`, {
    event: 'command',
    argv: shown,
    code,
    answer,
  });
  return { code, stdout };
}

export const fileIn = (stage: Stage, ...steps: string[]): string => join(stage.folder, ...steps);

/** The last page: both ends of every edge, and what everybody is owed in the end. */
export async function showBooks(
  { tale, cast }: Stage,
  denominations: readonly Denomination[],
): Promise<void> {
  const edges = await edgesOfAll(cast);
  const rows = edges.map(({ denomination, a, b, seen, held }) => {
    const [atA, atB] = [seen[a] ?? '?', seen[b] ?? '?'];
    const unit = denominations.find((each) => each === denomination) ?? denominations[0];
    const show = (text: string) => (unit && text !== '?' ? money(BigInt(text), unit) : text);
    const agree = atA === atB ? 'agree' : 'DIFFER';
    return [`${a} – ${b}`, denomination, show(atA), show(atB), `${held}`, agree];
  });
  const header = ['edge', 'denomination', 'first’s book', 'second’s book', 'held', ''];
  const facts = edges.map(({ held, ...rest }) => ({ ...rest, held: `${held}` }));
  tale.show(`\n${table(header, rows)}`, { event: 'edges', edges: facts });
  tale.check(
    'both ends of every edge have the same balance',
    edges.every(({ a, b, seen }) => seen[a] !== undefined && seen[a] === seen[b]),
  );
  tale.check(
    'nothing is held any more',
    edges.every(({ held }) => held === 0n),
  );
  for (const denomination of denominations) {
    const all = await positions(cast, denomination);
    const sum = NAMES.reduce((total, name) => total + all[name], 0n);
    const shown = NAMES.map((name) => `${name} ${signed(all[name], denomination)}`).join(', ');
    tale.check(`Σ of ${denomination} is ${money(sum, denomination)}: ${shown}`, sum === 0n);
  }
}
