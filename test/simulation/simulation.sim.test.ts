// Goal: whatever happens to messages, disks, processes, clocks and neighbours, nodes that run the
// production kernel and agents keep the laws. Method: seeded runs in virtual time, watched by a model
// that shares no rule with the product. A failure prints its seed and the command that repeats it.
import { afterAll, describe, expect, it } from 'vitest';
import type { FaultBudget } from './engine/fault-budget.ts';
import { addCounts, lawful } from './lawful.ts';
import { type RunOptions, type RunResult, simulate } from './run.ts';

const NODES = 5;
const PAYMENTS = 12;

const options = (seed: number, budget: FaultBudget['name']): RunOptions => ({
  seed,
  budget,
  nodes: NODES,
  payments: PAYMENTS,
});

const events = new Map<string, number>();
const found = new Map<string, number>();

/** Runs seeds 1 … count; between them the runner gets a turn. */
async function runSeeds(budget: FaultBudget['name'], count: number): Promise<readonly RunResult[]> {
  const results: RunResult[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const result = await lawful(options(seed, budget));
    results.push(result);
    addCounts(events, result.eventCounts);
    addCounts(found, result.outcomes);
    await new Promise<void>((next) => setImmediate(next));
  }
  return results;
}

const sum = (results: readonly RunResult[], of: (result: RunResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

describe('every law holds', () => {
  it('between nodes that nothing befalls', async () => {
    const results = await runSeeds('calm', 20);
    expect(sum(results, ({ tally }) => tally?.delivered ?? 0)).toBeGreaterThan(100);
    expect(sum(results, ({ tally }) => (tally?.missing ?? 0) + (tally?.losses ?? 0))).toBe(0);
  });

  it('with faults that last less than the margins: nothing is missing, nobody loses', async () => {
    const results = await runSeeds('rough', 50);
    expect(sum(results, ({ startCount }) => startCount - NODES)).toBeGreaterThan(100);
    expect(sum(results, ({ tally }) => tally?.delivered ?? 0)).toBeGreaterThan(300);
    expect(sum(results, ({ tally }) => (tally?.missing ?? 0) + (tally?.losses ?? 0))).toBe(0);
  });

  it('with outages beyond every margin', async () => {
    const results = await runSeeds('storm', 40);
    expect(sum(results, ({ tally }) => tally?.delivered ?? 0)).toBeGreaterThan(100);
    expect(sum(results, ({ tally }) => tally?.lapsed ?? 0)).toBeGreaterThan(100);
  });

  it('with claims and receipts at the very deadline', async () => {
    const results = await runSeeds('brink', 30);
    expect(sum(results, ({ tally }) => tally?.delivered ?? 0)).toBeGreaterThan(50);
    expect(sum(results, ({ tally }) => tally?.lapsed ?? 0)).toBeGreaterThan(50);
  });

  it('with a hostile neighbour', async () => {
    const results = await runSeeds('hostile', 40);
    expect(sum(results, ({ tally }) => tally?.delivered ?? 0)).toBeGreaterThan(100);
  });
});

describe('the same seed', () => {
  it.each(['calm', 'rough', 'storm', 'brink', 'hostile'] as const)(
    'gives the same trace, whoever watches: %s',
    async (budget) => {
      const lines: string[] = [];
      const first = await simulate(options(7, budget));
      const again = await simulate({ ...options(7, budget), print: (line) => lines.push(line) });
      const other = await simulate(options(8, budget));
      expect(again).toEqual(first);
      expect(lines.length).toBeGreaterThan(100);
      expect(other.digest).not.toBe(first.digest);
    },
  );
});

// What never happens in the runs is not tested by them.
afterAll(() => {
  for (const type of [
    'CreditReassigned',
    'DeliveryFinalized',
    'EdgeStateAgreed',
    'HopAcknowledged',
    'HopActivated',
    'HopClaimed',
    'HopCommitted',
    'HopConfirmed',
    'HopDeclined',
    'HopHeld',
    'HopLapsed',
    'SettlementRecorded',
  ]) {
    expect([type, events.get(type) ?? 0]).not.toEqual([type, 0]);
  }
  // A denying payer is convicted by what it signed.
  expect(found.get('named denied_after_claiming')).toBeGreaterThan(0);
});
