/** What an observer of the settler hears of, one after another for each anchor. */
import type { Hash } from '@atomicity/kernel/units/id';

/**
 * The steps of one anchor. Those that are `recorded` are durable when the observer hears of them; the
 * others are answers of a rail of which nothing is recorded yet: a crash there leaves the outcome to be
 * looked up.
 *
 * - `planned`: recorded; the intent.
 * - `looked_up`: the rail answered what became of an earlier attempt.
 * - `drafted`: the rail fixed what will be sent; not recorded, so it must never take effect.
 * - `prepared`: recorded; what will be sent, or what replaces it.
 * - `sent`: the rail took the submission and answered with evidence.
 * - `submitted`: recorded; the evidence, which is pending.
 * - `attempted`: recorded; an attempt that brought no evidence.
 * - `asked`: the rail answered whether there is better evidence.
 * - `upgraded`, `dropped`, `confirmed`: recorded; what it answered.
 * - `abandoned`: recorded.
 */
export const SETTLER_STEPS = [
  'planned',
  'looked_up',
  'drafted',
  'prepared',
  'sent',
  'submitted',
  'attempted',
  'asked',
  'upgraded',
  'dropped',
  'confirmed',
  'abandoned',
] as const;

export type SettlerStepName = (typeof SETTLER_STEPS)[number];

export type SettlerStep = {
  readonly anchor: Hash;
  readonly rail: string;
  readonly step: SettlerStepName;
  /** Why, where a rail said so: code of a failed attempt, of a replacement, of a loss; else null. */
  readonly code: string | null;
};

/** Heard of each step; the next one waits until it has answered. What it throws ends the run. */
export type OnStep = (step: SettlerStep) => Promise<void> | void;
