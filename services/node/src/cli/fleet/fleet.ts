import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FAILURE_CODES } from '@atomicity/kernel/fleet/failure-codes';
import { unixMs } from '@atomicity/kernel/units/time';
import { type CycleStatus, cycleStatus, recordPlan } from '@atomicity/settler/fleet/cycle-status';
import { FleetJournal, type Resolution } from '@atomicity/settler/fleet/fleet-journal';
import { dataDirAt, FLEET_FILE } from '../../compose/data-dir.ts';
import { NoLogHere } from '../../compose/offline-node.ts';
import type { CliIo, Command, ExitCode } from '../command.ts';
import { oneOf, parseOptions, required } from '../options.ts';
import { table } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import {
  configOf,
  cycleOf,
  FLEET_SPEC,
  type FleetValues,
  jsonLine,
  slotOf,
} from './fleet-options.ts';
import { answerDemands, openCycle } from './on-chain.ts';
import { planOfBudgets } from './plan.ts';

const HELP = `atomicity fleet plan    --data-dir DIR --fleet-id ID --cycle N --cap N --budgets FILE
                        [--size 64|256] [--replace]
atomicity fleet open    --data-dir DIR --fleet-id ID --cycle N [--fleet FILE] [--json]
atomicity fleet status  --data-dir DIR [--fleet FILE] [--json]
atomicity fleet queue   --data-dir DIR [--all] [--json]
atomicity fleet resolve --data-dir DIR --fleet-id ID --cycle N --slot N --note TEXT [--json]
atomicity fleet answer  --data-dir DIR [--fleet FILE] [--json]

The cycles of a fleet, as the desk of this node takes them to the registry.

  plan      fixes a cycle from the budgets delegated for it, before its window; sends nothing
  open      opens a planned cycle at the registry, with the principal's key
  status    every cycle with its stage and how its cap is divided
  queue     the slots that were left out, why, and what of them is reserved
  resolve   ends an entry of the queue by your decision: what it reserved stays reserved on the chain.
            An agent that is proven later is released by its proof instead, and needs no decision
  answer    answers every open demand now, from the proofs that the desk kept; works without the node.
            Not while the node runs: both would sign with one nonce

  --data-dir DIR      the node's data directory
  --fleet FILE        the fleet configuration                       (fleet.json in the data directory)
  --fleet-id ID       the fleet: 64 hex digits that its principal drew
  --cap N             of the cycle, in ledger units; of a later one at most what the one before left
  --budgets FILE      signed BudgetDelegation objects, one a line, in slot order
  --size 64|256       slots of the circuit                                                        (64)
  --replace           in the place of another plan of the cycle, if that was never sent
  --all               also entries that were released or written off
  --note TEXT         why, 1 … 512 characters; kept with the entry
  --json              one JSON object a line; amounts in ledger units
  --help

Exit code: 0 done; 1 the registry did not take it, or there is nothing of the kind; 2 a bad option.
`;

const VERBS = ['plan', 'open', 'status', 'queue', 'resolve', 'answer'] as const;

export const fleet: Command = {
  name: 'fleet',
  summary: 'plan and open a fleet’s cycles, show them and their queue, answer demands',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const [action = '', ...rest] = argv;
    const verb = oneOf(action, 'fleet', VERBS);
    const values = parseOptions(rest, FLEET_SPEC);
    const { fleet: folder, config } = dataDirAt(required(values['data-dir'], 'data-dir'));
    const work = prepared(verb, values, io);
    const file = join(folder, FLEET_FILE);
    if (!existsSync(verb === 'plan' ? config : file)) {
      const missing = verb === 'plan' ? `no node has started here (no ${config})` : `no ${file}`;
      throw new NoLogHere(`no fleet desk has worked here: ${missing}`);
    }
    const journal = new FleetJournal(file);
    try {
      return await work(journal);
    } finally {
      journal.close();
    }
  },
};

type Work = (journal: FleetJournal) => ExitCode | Promise<ExitCode>;

/** What a verb does; its options are read here, before anything is opened. @throws UsageError. */
function prepared(verb: (typeof VERBS)[number], values: FleetValues, io: CliIo): Work {
  switch (verb) {
    case 'plan':
      return planning(values, io);
    case 'open':
      cycleOf(values);
      return (journal) => openCycle(journal, values, io);
    case 'status':
      return (journal) => showStatus(journal, values, io);
    case 'queue':
      return (journal) => showQueue(journal.resolutions(), values, io);
    case 'resolve':
      return resolving(values, io);
    case 'answer':
      return (journal) => answerDemands(journal, values, io);
    default:
      return assertNever(verb);
  }
}

function planning(values: FleetValues, io: CliIo): Work {
  const plan = planOfBudgets({
    ...cycleOf(values),
    cap: required(values.cap, 'cap'),
    budgets: required(values.budgets, 'budgets'),
    size: oneOf(values.size, 'size', ['64', '256'] as const) === '64' ? 64 : 256,
  });
  return (journal) => {
    recordPlan(journal, plan, values.replace);
    const { fleet: of, cycle, cap, slots } = plan;
    const text = `cycle ${cycle} is planned: ${slots.length} slots, cap ${cap}\n`;
    io.stdout(values.json ? jsonLine({ fleet: of, cycle, cap, slotCount: slots.length }) : text);
    return 0;
  };
}

function showStatus(journal: FleetJournal, values: FleetValues, io: CliIo): ExitCode {
  const { place } = configOf(values);
  const cycles = journal.cycles().map((entry) => cycleStatus(entry, place));
  if (values.json) {
    for (const cycle of cycles) io.stdout(jsonLine(cycle));
    return 0;
  }
  const header = [
    'fleet',
    'cycle',
    'stage',
    'included',
    'consumed',
    'reserved',
    'remaining',
    'cap',
  ];
  io.stdout(cycles.length === 0 ? 'No cycle is planned.\n' : table(header, cycles.map(cycleRow)));
  return 0;
}

function cycleRow(cycle: CycleStatus): readonly string[] {
  const { fleet: of, stage, revision, cap, slotCount, includedCount, totals } = cycle;
  return [
    `${of.slice(0, 12)}…`,
    `${cycle.cycle}`,
    revision === 0 ? stage : `${stage}, revision ${revision}`,
    `${includedCount ?? '–'} of ${slotCount}`,
    ...[totals?.consumed, totals?.reserved, totals?.remaining].map((each) => `${each ?? '–'}`),
    `${cap}`,
  ];
}

function showQueue(queue: readonly Resolution[], values: FleetValues, io: CliIo): ExitCode {
  const shown = queue.filter(({ status }) => values.all || status === 'open');
  if (values.json) {
    for (const entry of shown) {
      io.stdout(jsonLine({ ...entry, codeNumber: FAILURE_CODES[entry.code] }));
    }
    return 0;
  }
  const rows = shown.map((entry) => [
    `${entry.fleet.slice(0, 12)}…`,
    `${entry.cycle}`,
    `${entry.slot}`,
    entry.agent,
    `${FAILURE_CODES[entry.code]} ${entry.code}`,
    `${entry.subCap}`,
    entry.status,
    new Date(entry.since).toISOString(),
  ]);
  const header = ['fleet', 'cycle', 'slot', 'agent', 'code', 'reserved', 'resolution', 'since'];
  io.stdout(rows.length === 0 ? 'Nothing waits for a resolution.\n' : table(header, rows));
  return 0;
}

const NOTE_CHARS_MAX = 512;

function resolving(values: FleetValues, io: CliIo): Work {
  const note = required(values.note, 'note');
  if (note.length > NOTE_CHARS_MAX) {
    throw new UsageError(`--note: 1 … ${NOTE_CHARS_MAX} characters, not ${note.length}`);
  }
  const ref = slotOf(values);
  return (journal) => {
    journal.resolve(ref, 'written_off', unixMs(io.now()), note);
    const entry = journal.resolution(ref);
    if (entry !== undefined) return showQueue([entry], { ...values, all: true }, io);
    io.stderr(`atomicity fleet: slot ${ref.slot} of cycle ${ref.cycle} is not in the queue\n`);
    return 1;
  };
}

function assertNever(verb: never): never {
  throw new Error(`unknown verb ${String(verb)}`);
}
