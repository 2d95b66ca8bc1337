// Goal: the simulation finds bugs. Method: bugs put in through the ports, one at a time; each must be
// found within the stated number of seeds, by the stated law, and those seeds are lawful without it.
import { describe, expect, it } from 'vitest';
import type { FaultBudget } from './engine/fault-budget.ts';
import { lawful } from './lawful.ts';
import { MUTANTS } from './mutants.ts';
import { type RunOptions, simulate } from './run.ts';

type Expected = {
  readonly budget: FaultBudget['name'];
  /** The mutant is found by then. */
  readonly seedsMax: number;
  /** One of these names it; null: many laws may be the first to break. */
  readonly laws: readonly string[] | null;
};

const EXPECTED: Readonly<Record<string, Expected>> = {
  'late-claim': {
    budget: 'brink',
    seedsMax: 25,
    laws: ['a payer owes nothing after the deadline'],
  },
  'late-finalize': {
    budget: 'brink',
    seedsMax: 10,
    laws: ['a receipt counts before the deadline only'],
  },
  'no-margin': {
    budget: 'calm',
    seedsMax: 1,
    laws: ['a payee has its margin before the payer lapses'],
  },
  'fee-down': { budget: 'calm', seedsMax: 3, laws: ['fees are as published'] },
  'holds-for-free': {
    budget: 'rough',
    seedsMax: 5,
    laws: ['limits hold, what is held included'],
  },
  'claim-lapses': {
    budget: 'rough',
    seedsMax: 5,
    laws: ['what is claimed lapses by a denial alone'],
  },
  'pays-twice': {
    budget: 'rough',
    seedsMax: 20,
    laws: ['a payer owes nothing after the deadline'],
  },
  'takes-partials': { budget: 'rough', seedsMax: 5, laws: ['no partial delivery'] },
  'lying-disk': { budget: 'rough', seedsMax: 5, laws: null },
};

const optionsOf = (seed: number, { budget }: Expected): RunOptions => ({
  seed,
  budget,
  nodes: 5,
  payments: 12,
});

describe.each(MUTANTS.map((mutant) => ({ name: mutant.name, mutant })))('$name', ({ mutant }) => {
  it(`is found: ${mutant.bug}`, async () => {
    const expected = EXPECTED[mutant.name];
    if (expected === undefined) throw new Error('no expectation');
    for (let seed = 1; seed <= expected.seedsMax; seed++) {
      const { violation } = await simulate({ ...optionsOf(seed, expected), mutant });
      await lawful(optionsOf(seed, expected));
      if (violation === undefined) continue;
      expect(expected.laws ?? [violation.law]).toContain(violation.law);
      return;
    }
    throw new Error(`not found within ${expected.seedsMax} seeds`);
  });
});
