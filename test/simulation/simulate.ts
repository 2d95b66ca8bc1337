// `npm run simulate -- [--seeds 1000 | --seed N] [--from 1] [--nodes 5] [--payments 12]
// [--budget calm|rough|storm|hostile] [--mutant name] [--json] [--trace]`: runs seeds until one breaks
// a law. Exit code 0: none did; 1: one did; 2: wrong usage.
import { parseArgs } from 'node:util';
import { FAULT_BUDGETS, type FaultBudget } from './engine/fault-budget.ts';
import { MUTANTS } from './mutants.ts';
import { type RunOptions, type RunResult, replayCommand, simulate } from './run.ts';

type BudgetName = FaultBudget['name'];

const BUDGETS = Object.keys(FAULT_BUDGETS) as readonly BudgetName[];
const PROGRESS_MS = 2_000;
const HOUR_MS = 3_600_000;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string' },
        seed: { type: 'string' },
        from: { type: 'string', default: '1' },
        nodes: { type: 'string', default: '5' },
        payments: { type: 'string', default: '12' },
        budget: { type: 'string' },
        mutant: { type: 'string' },
        json: { type: 'boolean', default: false },
        trace: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function integer(text: string, name: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) fail(`--${name} is an integer from ${least}`);
  return value;
}

const values = readArguments();
const isBudget = (name: string): name is BudgetName => BUDGETS.some((known) => known === name);
const budget = values.budget ?? '';
if (budget !== '' && !isBudget(budget)) fail(`--budget is one of ${BUDGETS.join(', ')}`);
const mutant = MUTANTS.find(({ name }) => name === values.mutant);
if (values.mutant !== undefined && mutant === undefined) {
  fail(`--mutant is one of ${MUTANTS.map(({ name }) => name).join(', ')}`);
}
const first = integer(values.seed ?? values.from, values.seed === undefined ? 'from' : 'seed', 0);
const count = values.seed === undefined ? integer(values.seeds ?? '100', 'seeds', 1) : 1;
const nodes = integer(values.nodes, 'nodes', 3);
const payments = integer(values.payments, 'payments', 1);

/** Without a wish, the budgets take turns. */
const budgetOf = (seed: number): BudgetName =>
  isBudget(budget) ? budget : (BUDGETS[seed % BUDGETS.length] ?? 'calm');

type Sums = Record<
  | 'simulatedMs'
  | 'steps'
  | 'messages'
  | 'events'
  | 'restarts'
  | 'delivered'
  | 'lapsed'
  | 'missing'
  | 'losses',
  number
>;

function add(sums: Sums, result: RunResult): void {
  sums.simulatedMs += result.simulatedMs;
  sums.steps += result.stepCount;
  sums.messages += result.messageCount;
  for (const count of result.eventCounts.values()) sums.events += count;
  sums.restarts += result.startCount - nodes;
  sums.delivered += result.tally?.delivered ?? 0;
  sums.lapsed += result.tally?.lapsed ?? 0;
  sums.missing += result.tally?.missing ?? 0;
  sums.losses += result.tally?.losses ?? 0;
}

function report(options: RunOptions, result: RunResult): void {
  const { violation } = result;
  if (violation === undefined) return;
  if (!values.trace) process.stderr.write(`${violation.tail.slice(-40).join('\n')}\n`);
  process.stderr.write(
    `\nseed ${result.seed} (${result.budget}, ${result.shape}) broke a law\n${violation.message}\n` +
      `again: ${replayCommand(options)}\n`,
  );
}

function summary(sums: Sums, done: number, outcomes: Map<string, number>, seconds: number) {
  return {
    seeds: done,
    nodes,
    ...sums,
    simulatedHours: sums.simulatedMs / HOUR_MS,
    seconds,
    simulatedHoursPerSecond: sums.simulatedMs / HOUR_MS / seconds,
    outcomes: Object.fromEntries([...outcomes].sort(([, left], [, right]) => right - left)),
  };
}

async function main(): Promise<number> {
  const sums: Sums = {
    simulatedMs: 0,
    steps: 0,
    messages: 0,
    events: 0,
    restarts: 0,
    delivered: 0,
    lapsed: 0,
    missing: 0,
    losses: 0,
  };
  const outcomes = new Map<string, number>();
  const started = performance.now();
  let shown = started;
  let done = 0;
  let failed: { options: RunOptions; result: RunResult } | undefined;
  for (let seed = first; seed < first + count && failed === undefined; seed++) {
    const print = values.trace ? (line: string) => process.stdout.write(`${line}\n`) : undefined;
    const base = { seed, budget: budgetOf(seed), nodes, payments, mutant };
    const options: RunOptions = print === undefined ? base : { ...base, print };
    const result = await simulate(options);
    add(sums, result);
    for (const [name, times] of result.outcomes)
      outcomes.set(name, (outcomes.get(name) ?? 0) + times);
    done += 1;
    if (result.violation !== undefined) failed = { options, result };
    if (performance.now() - shown > PROGRESS_MS) {
      shown = performance.now();
      process.stderr.write(`${done} of ${count} seeds\n`);
    }
  }
  if (failed !== undefined) report(failed.options, failed.result);
  const seconds = (performance.now() - started) / 1000;
  const numbers = summary(sums, done, outcomes, seconds);
  const violation =
    failed === undefined
      ? null
      : {
          seed: failed.result.seed,
          law: failed.result.violation?.law,
          digest: failed.result.digest,
          again: replayCommand(failed.options),
        };
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...numbers, violation })}\n`
      : `${done} seeds of ${nodes} nodes: ${sums.delivered} deliveries, ${sums.lapsed} without, ` +
          `${sums.missing} parts missing, ${sums.losses} hops at a loss; ` +
          `${sums.events} events, ${sums.messages} messages, ${sums.restarts} restarts; ` +
          `${numbers.simulatedHours.toFixed(1)} h in ${seconds.toFixed(1)} s, ` +
          `${numbers.simulatedHoursPerSecond.toFixed(2)} simulated hours per second\n`,
  );
  return failed === undefined ? 0 : 1;
}

process.exitCode = await main();
