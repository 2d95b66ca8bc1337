/**
 * Two-phase transfers (a hold against a limit, then the posting), without signatures:
 * in the kernel alone (one core, memory), durable through the book writer on SQLite, and as double entry on
 * PostgreSQL, on the same disk, in the same run, in turns. All durable sides acknowledge after fsync.
 *
 * PostgreSQL runs the two phases as functions, one round trip and one commit each, from `--clients`
 * connections over a socket, which is about what it takes; the ledger is measured with as many transfers at
 * once, and with `--in-flight`, which costs it no connections. Rows are spread over `--edges` accounts or
 * edges, and once all meet in one (`hot`).
 *
 * `npm run bench:postgres` needs Debian's PostgreSQL for the control; without it only our sides are shown.
 * Options: `--transfers N --edges N --clients N --in-flight N --rounds N --seconds S --json`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { openBook } from '@atomicity/kernel/book/open-book';
import { OPERATOR, ORIGIN, START, STREAM } from '@atomicity/kernel/testing/world';
import { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import {
  buildTransfers,
  MemoryBook,
  type Transfer,
  type TransferWorkload,
} from './transfers-workload.ts';

const { values: options } = parseArgs({
  options: {
    transfers: { type: 'string', default: '20000' },
    edges: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '100' },
    'in-flight': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    directory: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});
const edges = Number(options.edges);
const clients = Number(options.clients);

type Rates = { readonly spread: number; readonly hot: number };
type Round = {
  readonly memory: Rates;
  readonly durable: Rates;
  readonly inFlight: Rates;
  readonly postgres: Rates | undefined;
};

const perSecond = (count: number, startedAt: number): number =>
  (count * 1000) / (performance.now() - startedAt);

/** Transfers a second through decide and evolve, nothing else. The first tenth warms up. */
function memoryRate({ setup, transfers }: TransferWorkload): number {
  const book = new MemoryBook();
  for (const object of setup) book.submit(object);
  const warm = Math.floor(transfers.length / 10);
  const run = (some: readonly Transfer[]): void => {
    for (const objects of some) for (const object of objects) book.submit(object);
  };
  run(transfers.slice(0, warm));
  const startedAt = performance.now();
  run(transfers.slice(warm));
  return perSecond(transfers.length - warm, startedAt);
}

async function submit(
  writer: BookWriter,
  objects: Transfer | TransferWorkload['setup'],
): Promise<void> {
  for (const object of objects) {
    const outcome = await writer.submit(object.id, object);
    if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
  }
}

/** Transfers a second through the book writer, each step acknowledged after fsync before the next. */
async function durableRate(
  folder: string,
  { setup, transfers }: TransferWorkload,
  laneCount: number,
): Promise<number> {
  const directory = mkdtempSync(join(folder, 'book-'));
  const store = await openSqliteEventStore({ directory });
  const opening = openBook({ name: 'bench', origin: ORIGIN, operator: OPERATOR.id });
  if (opening.type !== 'BookOpened') throw new Error('a book opens with BookOpened');
  const fail = (error: Error): never => {
    throw error;
  };
  const clock = { now: () => START };
  const writer = await BookWriter.open({
    store,
    stream: STREAM,
    clock,
    opening: opening.data,
    onFatal: fail,
  });
  await submit(writer, setup);
  let next = Math.floor(transfers.length / 10);
  await Promise.all(transfers.slice(0, next).map((transfer) => submit(writer, transfer)));
  const count = transfers.length - next;
  const startedAt = performance.now();
  const lanes = Array.from({ length: laneCount }, async () => {
    for (let transfer = transfers[next++]; transfer !== undefined; transfer = transfers[next++]) {
      await submit(writer, transfer);
    }
  });
  await Promise.all(lanes);
  const rate = perSecond(count, startedAt);
  await writer.stop();
  await store.close();
  return rate;
}

const SCRIPT = fileURLToPath(new URL('./postgres-double-entry.pgbench', import.meta.url));

/** Transfers a second that pgbench reports for the two functions of postgres-double-entry.sql. */
function postgresRate(server: PostgresServer, accounts: number): number {
  server.sql('drop schema public cascade; create schema public;');
  server.sql(readFileSync(new URL('./postgres-double-entry.sql', import.meta.url), 'utf8'));
  server.sql(
    `insert into accounts select i, 1000000000000000 from generate_series(0, ${2 * accounts}) i; vacuum analyze;`,
  );
  const printed = server.pgbench([
    ...['-n', '-M', 'prepared', '-T', options.seconds, '-c', String(clients), '-j', '2'],
    ...['-D', `accounts=${accounts}`, '-f', SCRIPT],
  ]);
  const tps = /^tps = ([0-9.]+)/m.exec(printed)?.[1];
  if (tps === undefined) throw new Error(`pgbench printed no tps:\n${printed}`);
  const posted = Number(server.sql("select count(*) from transfers where state = 'posted'"));
  const sum = server.sql('select coalesce(sum(delta), 0) from entries').trim();
  if (posted === 0 || sum !== '0')
    throw new Error(`PostgreSQL posted ${posted}, entries add up to ${sum}`);
  return Number(tps);
}

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

const folder = mkdtempSync(join(options.directory, 'atomicity-transfers-'));
const server = startPostgres(folder);
const rounds: Round[] = [];
try {
  const spread = buildTransfers(edges, Number(options.transfers));
  const hot = buildTransfers(1, Number(options.transfers));
  const durableRates = async (lanes: number): Promise<Rates> => ({
    spread: await durableRate(folder, spread, lanes),
    hot: await durableRate(folder, hot, lanes),
  });
  for (let i = 0; i < Number(options.rounds); i++) {
    rounds.push({
      memory: { spread: memoryRate(spread), hot: memoryRate(hot) },
      durable: await durableRates(clients),
      inFlight: await durableRates(Number(options['in-flight'])),
      postgres: server && { spread: postgresRate(server, edges), hot: postgresRate(server, 1) },
    });
  }
} finally {
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
}

const of = (pick: (round: Round) => number | undefined): number =>
  Math.round(median(rounds.map((round) => pick(round) ?? 0)));
const rates = {
  memory: { spread: of((r) => r.memory.spread), hot: of((r) => r.memory.hot) },
  durable: { spread: of((r) => r.durable.spread), hot: of((r) => r.durable.hot) },
  inFlight: { spread: of((r) => r.inFlight.spread), hot: of((r) => r.inFlight.hot) },
  postgres: server && { spread: of((r) => r.postgres?.spread), hot: of((r) => r.postgres?.hot) },
};
const share = (ours: number, theirs: number | undefined): number | undefined =>
  theirs ? Math.round((ours / theirs) * 100) / 100 : undefined;
const result = {
  what: 'two-phase transfers per second, median',
  postgresVersion: server?.version ?? 'not installed',
  machine: `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]}`,
  node: process.version,
  transfers: Number(options.transfers),
  edges,
  clients,
  rounds: rounds.length,
  rates,
  durableToPostgres: {
    spread: share(rates.durable.spread, rates.postgres?.spread),
    hot: share(rates.durable.hot, rates.postgres?.hot),
  },
  inFlightToPostgres: {
    spread: share(rates.inFlight.spread, rates.postgres?.spread),
    hot: share(rates.inFlight.hot, rates.postgres?.hot),
  },
};
process.stdout.write(`${JSON.stringify(result, null, options.json ? 0 : 2)}\n`);
if (server === undefined)
  process.stderr.write('PostgreSQL is not installed: no control was measured.\n');
