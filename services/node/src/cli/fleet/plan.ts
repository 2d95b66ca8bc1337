import { readFileSync } from 'node:fs';
import { amount, parseAmount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { BudgetDelegation } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { type FleetPlan, plannedSlot } from '@atomicity/settler/fleet/fleet-plan';
import { UsageError } from '../usage-error.ts';

export type PlanTerms = {
  readonly fleet: Hash;
  readonly cycle: number;
  readonly cap: string;
  /** File of signed BudgetDelegation objects, one canonical text a line, in slot order. */
  readonly budgets: string;
  readonly size: 64 | 256;
};

/**
 * A cycle's plan from the budgets that the principal delegated for it: each slot rests on its budget's
 * first period, and the cycle's window covers the windows of all.
 * @throws UsageError naming the option or the line.
 */
export function planOfBudgets(terms: PlanTerms): FleetPlan {
  const cap = parseAmount(terms.cap);
  if (cap === undefined) throw new UsageError(`--cap: 0 … 2^63−1, not ${terms.cap}`);
  const budgets = linesOf(terms.budgets).map((line, i) => budgetAt(terms.budgets, line, i));
  const { fleet, cycle, size } = terms;
  return {
    fleet,
    cycle,
    size,
    cap: amount(cap),
    windowStart: unixMs(Math.min(...budgets.map(({ windowStart }) => windowStart))),
    windowEnd: unixMs(Math.max(...budgets.map(({ windowEnd }) => windowEnd))),
    slots: budgets.map((budget) => plannedSlot(budget, 0)),
  };
}

function linesOf(file: string): readonly string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    if (lines.length > 0) return lines;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--budgets: ${file} can not be read (${code})`);
  }
  throw new UsageError(`--budgets: ${file} is empty`);
}

function budgetAt(file: string, line: string, i: number): BudgetDelegation {
  const parsed = parseObject(line);
  if (parsed.kind === 'refused') {
    throw new UsageError(`--budgets: ${file}, line ${i + 1}: ${parsed.refusal.reason}`);
  }
  const { body } = parsed.object;
  if (body.type === 'BudgetDelegation') return body;
  throw new UsageError(`--budgets: ${file}, line ${i + 1}: a ${body.type} is no BudgetDelegation`);
}
