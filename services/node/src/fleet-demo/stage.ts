import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { CycleRef, SpendRegistry } from '@atomicity/rails/ethereum/registry-port';
import type { FleetDesk } from '@atomicity/settler/fleet/fleet-desk';
import { type FleetPlan, plannedSlot } from '@atomicity/settler/fleet/fleet-plan';
import type { Progress } from '../cli/progress.ts';
import type { RunningNode } from '../compose/node.ts';
import type { Tale } from '../network-demo/tale.ts';
import type { Cast, CastTerms, CycleBudgets } from './cast.ts';
import type { DemoChain } from './demo-chain.ts';
import type { DemoClock } from './demo-clock.ts';
import type { FleetDemoOptions } from './options.ts';
import type { Orders } from './orders.ts';
import type { Phases } from './phases.ts';

/** Everything that the story plays with. */
export type Stage = {
  readonly options: FleetDemoOptions;
  readonly tale: Tale;
  readonly progress: Progress;
  readonly phases: Phases;
  readonly clock: DemoClock;
  readonly chain: DemoChain;
  readonly node: RunningNode;
  readonly registry: SpendRegistry;
  readonly desk: FleetDesk;
  readonly orders: Orders;
  readonly terms: CastTerms;
  readonly cast: Cast;
  readonly fleet: Hash;
  /** Ends when the demonstration is told to stop. */
  readonly signal: AbortSignal;
};

/** A cycle's plan as its budgets say it: each agent's first period closes its budget. */
export function planOf(ref: CycleRef, { root, agents }: CycleBudgets): FleetPlan {
  return {
    fleet: ref.fleet,
    cycle: ref.cycle,
    size: 64,
    cap: root.cap,
    windowStart: root.windowStart,
    windowEnd: root.windowEnd,
    slots: agents.map((budget) => plannedSlot(budget, 0)),
  };
}

/** An amount of USD/9 for people: 12345000000 is 12.345. */
export function dollars(units: bigint): string {
  const digits = units.toString().padStart(10, '0');
  const decimals = digits.slice(-9).replace(/0+$/, '').padEnd(2, '0');
  return `${digits.slice(0, -9)}.${decimals}`;
}

/** Moves the demonstration's clock, the chain's with it, and says so. */
export async function skipTo(stage: Stage, at: number, why: string): Promise<void> {
  const ms = await stage.clock.moveTo(unixMs(Math.ceil(at)));
  if (ms === 0) return;
  stage.tale.say(`(the clock of node and chain moves ${(ms / 1000).toFixed(0)} s on, to ${why})`, {
    event: 'clock_moved',
    ms,
    why,
  });
}

/** Waits until the projection has everything that the book has recorded. */
export async function caughtUp({ node }: Stage): Promise<void> {
  await node.projector.caughtUp(Number.POSITIVE_INFINITY);
}
