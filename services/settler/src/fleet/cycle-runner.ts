import type { SpendRegistry } from '@atomicity/rails/ethereum/registry-port';
import type { CycleStatus } from './cycle-status.ts';
import type { FleetDesk } from './fleet-desk.ts';

export type CycleRunnerOptions = {
  readonly desk: FleetDesk;
  readonly chain: Pick<SpendRegistry, 'now' | 'claimableAfter'>;
  /** Settles a cycle so long after its window, by the chain's clock; null: never by itself. */
  readonly settleAfterMs: number | null;
  /** Releases excluded slots whose period is attested by now. */
  readonly releaseLate: boolean;
  /** Hears why a cycle could not move on; the others go on. */
  readonly onFailure: (cycle: CycleStatus, error: unknown) => void;
};

/**
 * Moves the cycles of a desk on. No timers in here: whoever wires it decides how often it runs.
 * A run that finds nothing to do sends nothing.
 */
export class CycleRunner {
  readonly #options: CycleRunnerOptions;

  constructor(options: CycleRunnerOptions) {
    this.#options = options;
  }

  /**
   * Takes every cycle as far as it can go now: answers demands, settles what is due, makes final what
   * was not challenged, releases what is proven late. Gives how many demands are open still.
   */
  async advance(signal: AbortSignal): Promise<number> {
    const { desk, onFailure } = this.#options;
    let demands = 0;
    for (const cycle of desk.status()) {
      if (signal.aborted) break;
      try {
        demands += await this.#step(cycle, signal);
      } catch (error) {
        onFailure(cycle, error);
      }
    }
    return demands;
  }

  async #step(cycle: CycleStatus, signal: AbortSignal): Promise<number> {
    const { desk, chain, releaseLate, settleAfterMs } = this.#options;
    if (cycle.stage === 'final') {
      if (releaseLate) await this.#release(cycle, signal);
      return 0;
    }
    const view = await desk.observe(cycle, signal);
    if (view.state === 'none') return 0;
    const seconds = await chain.now(signal);
    if (view.state === 'open') {
      const isDue = settleAfterMs !== null && seconds * 1000 > view.windowEnd + settleAfterMs;
      if (isDue) await desk.settle(cycle, signal);
      return 0;
    }
    // Settled, and the process died, or gave up waiting, before it was recorded: nothing is sent again.
    if (cycle.stage !== 'settled') await desk.settle(cycle, signal);
    const demands = await desk.openDemands(cycle, signal);
    if (demands.length === 0) {
      if (seconds > view.challengeEnd) await desk.finalize(cycle, signal);
      return 0;
    }
    await this.#each(cycle, demands, (demand) => desk.answer(demand, signal));
    return (await desk.openDemands(cycle, signal)).length;
  }

  /** One slot that can't move on does not hold up the others. */
  async #each<T>(
    cycle: CycleStatus,
    slots: readonly T[],
    act: (slot: T) => Promise<unknown>,
  ): Promise<void> {
    for (const slot of slots) {
      try {
        await act(slot);
      } catch (error) {
        this.#options.onFailure(cycle, error);
      }
    }
  }

  /** Releases what was proven late, and claims what was released a challenge window ago. */
  async #release(cycle: CycleStatus, signal: AbortSignal): Promise<void> {
    const { desk, chain } = this.#options;
    await this.#each(cycle, await desk.releasable(cycle), ({ bound, ...slot }) =>
      desk.releaseLate(slot, bound, signal),
    );
    await this.#each(cycle, desk.unclaimed(cycle), async (slot) => {
      const after = await chain.claimableAfter(slot, signal);
      if (after !== null && (await chain.now(signal)) > after) {
        await desk.claimRelease(slot, signal);
      }
    });
  }
}
