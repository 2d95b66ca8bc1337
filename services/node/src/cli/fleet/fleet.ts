import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FAILURE_CODES } from '@atomicity/kernel/fleet/failure-codes';
import { unixMs } from '@atomicity/kernel/units/time';
import { openSpendRegistry } from '@atomicity/rails/ethereum/spend-registry';
import { type CycleStatus, cycleStatus, FleetDesk } from '@atomicity/settler/fleet/fleet-desk';
import { FleetJournal, type Resolution } from '@atomicity/settler/fleet/fleet-journal';
import { dataDirAt, FLEET_FILE } from '../../compose/data-dir.ts';
import { NoLogHere } from '../../compose/offline-node.ts';
import { readFleetConfig } from '../../fleet/fleet-config.ts';
import type { CliIo, Command, ExitCode } from '../command.ts';
import { id, oneOf, parseOptions, required, wholeNumber } from '../options.ts';
import { table } from '../table.ts';

const HELP = `atomicity fleet status  --data-dir DIR [--fleet FILE] [--json]
atomicity fleet queue   --data-dir DIR [--all] [--json]
atomicity fleet resolve --data-dir DIR --fleet-id ID --cycle N --slot N --note TEXT [--json]
atomicity fleet answer  --data-dir DIR [--fleet FILE] [--json]

The cycles of a fleet, as the desk of this node has taken them to the registry.

  status    every cycle with its stage and how its cap is divided
  queue     the slots that were left out, why, and what of them is reserved
  resolve   ends an entry of the queue by your decision: what it reserved stays reserved on the chain.
            An agent that is proven later is released by its proof instead, and needs no decision
  answer    answers every open demand now, from the proofs that the desk kept; works without the node.
            Not while the node runs: both would sign with one nonce

  --data-dir DIR      the node's data directory
  --fleet FILE        the fleet configuration                       (fleet.json in the data directory)
  --all               also entries that were released or written off
  --note TEXT         why, 1 … 512 characters; kept with the entry
  --json              one JSON object a line; amounts in ledger units
  --help

Exit code: 0 done; 1 the registry did not take it, or there is nothing of the kind; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  fleet: { type: 'string' },
  'fleet-id': { type: 'string' },
  cycle: { type: 'string' },
  slot: { type: 'string' },
  note: { type: 'string' },
  all: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parseOptions<typeof SPEC>>;

export const fleet: Command = {
  name: 'fleet',
  summary: 'show a fleet’s cycles and resolution queue, answer demands',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const [action = '', ...rest] = argv;
    const verb = oneOf(action, 'fleet', ['status', 'queue', 'resolve', 'answer'] as const);
    const values = parseOptions(rest, SPEC);
    const root = required(values['data-dir'], 'data-dir');
    if (verb === 'resolve') resolutionAsked(values);
    const file = join(dataDirAt(root).fleet, FLEET_FILE);
    if (!existsSync(file))
      throw new NoLogHere(`${root}: no fleet desk has worked here (no ${file})`);
    const journal = new FleetJournal(file);
    try {
      switch (verb) {
        case 'status':
          return showStatus(journal, values, io);
        case 'queue':
          return showQueue(journal.resolutions(), values, io);
        case 'resolve':
          return resolve(journal, resolutionAsked(values), values, io);
        case 'answer':
          return await answer(journal, values, io);
        default:
          return assertNever(verb);
      }
    } finally {
      journal.close();
    }
  },
};

const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);

function configOf(values: Values) {
  const { fleetConfig } = dataDirAt(values['data-dir'] ?? '');
  return readFleetConfig(values.fleet ?? fleetConfig);
}

function showStatus(journal: FleetJournal, values: Values, io: CliIo): ExitCode {
  const { place } = configOf(values);
  const cycles = journal.cycles().map((entry) => cycleStatus(entry, place));
  if (values.json) {
    for (const cycle of cycles) io.stdout(`${JSON.stringify(cycle, plain)}\n`);
    return 0;
  }
  const row = ({
    fleet: of,
    cycle,
    stage,
    revision,
    cap,
    slotCount,
    totals,
    ...rest
  }: CycleStatus) => [
    `${of.slice(0, 12)}…`,
    `${cycle}`,
    revision === 0 ? stage : `${stage}, revision ${revision}`,
    `${rest.includedCount ?? '–'} of ${slotCount}`,
    ...[totals?.consumed, totals?.reserved, totals?.remaining].map((each) => `${each ?? '–'}`),
    `${cap}`,
  ];
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
  io.stdout(table(header, cycles.map(row)));
  return 0;
}

function showQueue(queue: readonly Resolution[], values: Values, io: CliIo): ExitCode {
  const shown = queue.filter(({ status }) => values.all || status === 'open');
  if (values.json) {
    for (const entry of shown) {
      const number = FAILURE_CODES[entry.code];
      io.stdout(`${JSON.stringify({ ...entry, codeNumber: number }, plain)}\n`);
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

const NUMBER = { min: 0, max: 1_000_000_000 } as const;
const NOTE_CHARS_MAX = 512;

type Asked = { readonly ref: Parameters<FleetJournal['resolution']>[0]; readonly note: string };

function resolutionAsked(values: Values): Asked {
  const note = required(values.note, 'note').slice(0, NOTE_CHARS_MAX);
  const ref = {
    fleet: id(required(values['fleet-id'], 'fleet-id'), '--fleet-id'),
    cycle: wholeNumber(required(values.cycle, 'cycle'), 'cycle', { ...NUMBER, min: 1 }),
    slot: wholeNumber(required(values.slot, 'slot'), 'slot', { min: 0, max: 255 }),
  };
  return { ref, note };
}

function resolve(journal: FleetJournal, asked: Asked, values: Values, io: CliIo): ExitCode {
  const { ref, note } = asked;
  journal.resolve(ref, 'written_off', unixMs(io.now()), note);
  const entry = journal.resolution(ref);
  if (entry === undefined) {
    io.stderr(`atomicity fleet: slot ${ref.slot} of cycle ${ref.cycle} is not in the queue\n`);
    return 1;
  }
  return showQueue([entry], { ...values, all: true }, io);
}

async function answer(journal: FleetJournal, values: Values, io: CliIo): Promise<ExitCode> {
  const { place, rpc: url, confirmations, fromBlock, aggregator } = configOf(values);
  const signers = { aggregator };
  const chain = await openSpendRegistry({ url, place, signers, confirmations, fromBlock });
  const desk = new FleetDesk({ journal, chain, ...WITHOUT_A_NODE, now: () => unixMs(io.now()) });
  const { signal } = new AbortController();
  let failed = false;
  let seen = 0;
  for (const cycle of desk.status().filter(({ stage }) => stage === 'settled')) {
    for (const demand of await desk.openDemands(cycle, signal)) {
      seen += 1;
      const at = { cycle: demand.cycle, slot: demand.slot };
      try {
        const receipt = await desk.answer(demand, signal);
        const told = { ...at, answered: true, block: receipt?.block ?? null };
        io.stdout(
          values.json
            ? `${JSON.stringify(told)}\n`
            : `slot ${at.slot} of cycle ${at.cycle}: answered in block ${told.block}\n`,
        );
      } catch (error) {
        failed = true;
        const message = error instanceof Error ? error.message : String(error);
        io.stderr(`atomicity fleet: slot ${at.slot} of cycle ${at.cycle}: ${message}\n`);
      }
    }
  }
  if (seen === 0 && !values.json) io.stdout('No proof is demanded.\n');
  return failed ? 1 : 0;
}

/** Answering needs neither the ledger nor a prover: the proofs were kept at the settlement. */
const WITHOUT_A_NODE = {
  source: { standing: () => undefined, attestation: async () => undefined },
  prover: {
    proveCycle: () => Promise.reject(new Error('no prover')),
    proveBound: () => Promise.reject(new Error('no prover')),
  },
} as const;

function assertNever(verb: never): never {
  throw new Error(`unknown verb ${String(verb)}`);
}
