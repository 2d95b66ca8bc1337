/** Runs the settler of one rail in processes that are killed between steps, until all its anchors have ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Hash } from '@atomicity/kernel/units/id';
import type { SettlerStepName } from '@atomicity/settler/step';
import type { SettlerOrder } from './settler-order.ts';
import type { SettlerMessage } from './settler-process.ts';

/**
 * A kill between two steps of an anchor: after `after` was heard of, before what follows it is. What is planned
 * was planned by another process: a kill after that comes before the first step of whatever is first in line.
 */
export type Kill = { readonly anchor: Hash; readonly after: SettlerStepName };

export type DrillParts = {
  readonly order: SettlerOrder;
  readonly kills: readonly Kill[];
  /** 0 … 1, drawn anew at each call. */
  readonly random: () => number;
  /** Moves the world outside on: a block here, a confirmation there. */
  readonly advance: () => Promise<void>;
  readonly onKill: (done: number) => void;
};

export type DrillReport = {
  /** By the step that was the last one heard of. */
  readonly killed: ReadonlyMap<SettlerStepName, number>;
  readonly processes: number;
  readonly confirmed: number;
  /** From the start of a process after a kill to its first answer about an anchor, ms. */
  readonly recoveriesMs: readonly number[];
};

/** Longer than any step here takes: a kill that comes later than the next step comes with it. */
const STEP_MS_FIRST = 30;
/** A rail that does not move for so many rounds will not move any more. */
const IDLE_MAX = 50;

class Drill {
  readonly #parts: DrillParts;
  readonly #due: Map<Hash, SettlerStepName>;
  readonly #killed = new Map<SettlerStepName, number>();
  /** How long what follows a step takes, ms: kills fall anywhere in it. */
  readonly #takes = new Map<SettlerStepName, number>();
  readonly #recoveriesMs: number[] = [];
  #processes = 0;
  #idle = 0;

  constructor(parts: DrillParts) {
    this.#parts = parts;
    this.#due = new Map(parts.kills.map(({ anchor, after }) => [anchor, after]));
  }

  async run(): Promise<DrillReport> {
    for (;;) {
      const confirmed = await this.#life();
      if (confirmed === undefined) continue;
      const killed = this.#killed;
      return { killed, processes: this.#processes, confirmed, recoveriesMs: this.#recoveriesMs };
    }
  }

  /** One process from start to end; undefined if it was killed. @throws Error if it ended by itself. */
  async #life(): Promise<number | undefined> {
    const child = start(this.#parts.order);
    const startedAt = performance.now();
    const isRecovery = this.#processes > 0;
    this.#processes += 1;
    const end = Promise.withResolvers<number | undefined>();
    let killing: NodeJS.Timeout | undefined;
    let isKilled = false;
    const later = (ms: number) => {
      killing = setTimeout(kill, ms);
    };
    let hasMoved = false;
    let last: { readonly step: SettlerStepName; readonly at: number } | undefined;
    const kill = () => {
      isKilled = true;
      child.kill('SIGKILL');
    };
    child.once('exit', (code, signal) => {
      clearTimeout(killing);
      if (isKilled) end.resolve(undefined);
      else end.reject(new Error(`a settler ended with ${code ?? signal} by itself`));
    });
    child.on('message', (message: SettlerMessage) => {
      if (isKilled) return;
      if (message.kind === 'ended') {
        child.removeAllListeners('exit');
        end.resolve(message.confirmed);
        return;
      }
      // The next step was heard of before the time was up: then it ends here, between the two.
      if (killing !== undefined) return kill();
      if (message.kind === 'ready') {
        const planned = [...this.#due].find(([, after]) => after === 'planned')?.[0];
        if (planned !== undefined) this.#schedule(planned, 'planned', later);
        last = { step: 'planned', at: performance.now() };
        child.send('go');
        return;
      }
      if (message.kind === 'idle') {
        this.#advance(message).then(() => child.send('go'), end.reject);
        return;
      }
      if (isRecovery && !hasMoved) this.#recoveriesMs.push(performance.now() - startedAt);
      hasMoved = true;
      if (last !== undefined) this.#takes.set(last.step, performance.now() - last.at);
      last = { step: message.step, at: performance.now() };
      this.#idle = 0;
      if (this.#due.get(message.anchor) === message.step) {
        this.#schedule(message.anchor, message.step, later);
      }
      child.send('go');
    });
    return await end.promise;
  }

  #schedule(anchor: Hash, step: SettlerStepName, later: (ms: number) => void): void {
    this.#due.delete(anchor);
    this.#killed.set(step, (this.#killed.get(step) ?? 0) + 1);
    this.#parts.onKill([...this.#killed.values()].reduce((sum, count) => sum + count, 0));
    later(this.#parts.random() * (this.#takes.get(step) ?? STEP_MS_FIRST));
  }

  async #advance({ open, codes }: Extract<SettlerMessage, { kind: 'idle' }>): Promise<void> {
    this.#idle += 1;
    if (this.#idle > IDLE_MAX) {
      throw new Error(`${open} anchors do not move: ${codes.join('; ') || 'no failure was said'}`);
    }
    await this.#parts.advance();
  }
}

function start(order: SettlerOrder): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = fileURLToPath(new URL(`./settler-process${extension}`, import.meta.url));
  return spawn(process.execPath, [...process.execArgv, entry, JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** @throws Error when a process ends by itself before its work is done, or nothing moves any more. */
export async function runDrill(parts: DrillParts): Promise<DrillReport> {
  return await new Drill(parts).run();
}
