import type { FaultBudget } from '../engine/fault-budget.ts';
import type { Random } from '../engine/random.ts';
import type { Trace } from '../engine/trace.ts';
import type { VirtualTime } from '../engine/virtual-time.ts';
import type { SimNetwork } from '../node/calls.ts';
import type { AppendFate } from '../node/disk.ts';
import type { SimNode } from '../node/sim-node.ts';

type Stage = {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly budget: FaultBudget;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly links: readonly (readonly [string, string])[];
};

/** Spends a budget of crashes, cuts and full disks over a span of true time. */
export function planFaults(stage: Stage, spanMs: number): void {
  const { time, random, budget, nodes, links, network, trace } = stage;
  const times = (count: number, run: () => void) => {
    const actual = count === 0 ? 0 : random.below(count + 1);
    for (let i = 0; i < actual; i++) time.after(random.unit() * spanMs, run);
  };
  times(budget.crashes, () => {
    random.pick(nodes).crash('power', 200 + random.unit() * budget.downMs);
  });
  times(budget.cuts, () => {
    const [one, other] = random.pick(links);
    network.cut(one, other);
    time.after(random.unit() * budget.cutMs, () => network.mend(one, other));
  });
  times(budget.fullDisks, () => {
    const node = random.pick(nodes);
    node.disk.isFull = true;
    trace.add(time.nowUs, node.name, 'disk is full');
    time.after(random.unit() * budget.fullMs, () => {
      node.disk.isFull = false;
      trace.add(time.nowUs, node.name, 'disk has room');
    });
  });
}

/** Crashes while something is going on: soon after a message was sent, taken or answered. */
export class BusyCrashes {
  readonly #stage: Pick<Stage, 'time' | 'random' | 'budget'>;
  #left: number;

  constructor(stage: Pick<Stage, 'time' | 'random' | 'budget'>) {
    this.#stage = stage;
    this.#left = stage.budget.busyCrashes;
  }

  heal(): void {
    this.#left = 0;
  }

  /** A node has just been at work. */
  touch(node: SimNode | undefined): void {
    const { time, random, budget } = this.#stage;
    if (this.#left === 0 || node === undefined || !random.chance(0.02)) return;
    this.#left -= 1;
    time.after(random.unit() * 40, () => {
      node.crash('power, at work', 100 + random.unit() * budget.downMs);
    });
  }
}

/** Which appends die before or after they are durable: as many as the budget allows. */
export class AppendFates {
  readonly #random: Random;
  readonly #chance: number;
  #left: number;

  constructor(random: Random, budget: FaultBudget) {
    this.#random = random;
    this.#chance = budget.appendFailChance;
    this.#left = budget.appendFails;
  }

  heal(): void {
    this.#left = 0;
  }

  draw(): AppendFate {
    const unlucky = this.#random.chance(this.#chance);
    const isAfter = this.#random.chance(0.5);
    if (!unlucky || this.#left === 0) return 'durable';
    this.#left -= 1;
    return isAfter ? 'dies_after' : 'dies_before';
  }
}
