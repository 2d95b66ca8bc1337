import { join } from 'node:path';
import type { EventStore } from '@atomicity/event-log/port';
import { unixMs } from '@atomicity/kernel/units/time';
import type { LogLine } from '@atomicity/ledger/log-line';
import type { Clock } from '@atomicity/ledger/writer/book-clock';
import type { Projector } from '@atomicity/projector/projector';
import type { SpendRegistry } from '@atomicity/rails/ethereum/registry-port';
import { openSpendRegistry } from '@atomicity/rails/ethereum/spend-registry';
import { RailError } from '@atomicity/rails/port';
import { type CycleStatus, FleetDesk } from '@atomicity/settler/fleet/fleet-desk';
import { FleetJournal } from '@atomicity/settler/fleet/fleet-journal';
import type { Registry } from 'prom-client';
import type { Attestation } from '../compose/attestation.ts';
import { type DataDir, FLEET_FILE } from '../compose/data-dir.ts';
import type { FleetConfig } from './fleet-config.ts';
import { fleetMetrics } from './fleet-metrics.ts';
import { fleetProver, type OnFraction } from './fleet-prover.ts';
import { nodeSlotSource } from './slot-source.ts';

export type FleetParts = {
  readonly config: FleetConfig;
  readonly dir: DataDir;
  readonly store: EventStore;
  readonly projector: Projector;
  readonly attestation: Attestation;
  readonly metrics: { readonly registry: Registry };
  readonly clock: Clock;
  readonly logLine: LogLine;
};

/** The fleet desk of a node, and what moves its cycles on. */
export class RunningFleet {
  readonly desk: FleetDesk;
  readonly #parts: FleetParts;
  readonly #chain: SpendRegistry;
  readonly #journal: FleetJournal;
  readonly #counters: ReturnType<typeof fleetMetrics>;
  readonly #listeners: OnFraction[] = [];

  constructor(parts: FleetParts, chain: SpendRegistry) {
    const { dir, store, projector, attestation, clock, metrics } = parts;
    const now = () => unixMs(clock.now());
    const source = nodeSlotSource({ store, projector, attestor: attestation.attestor, now });
    const prover = fleetProver(attestation.prover, (fraction) => {
      for (const listener of this.#listeners) listener(fraction);
    });
    this.#parts = parts;
    this.#chain = chain;
    this.#journal = new FleetJournal(join(dir.fleet, FLEET_FILE));
    this.desk = new FleetDesk({ journal: this.#journal, chain, source, prover, now });
    this.#counters = fleetMetrics(metrics.registry, this.desk);
  }

  /** Hears how far each of the desk's own proofs is, from now on. */
  onProgress(listener: OnFraction): void {
    this.#listeners.push(listener);
  }

  /**
   * Takes every cycle as far as it can go now: answers demands, settles what is due, makes final what
   * was not challenged. What the chain does not take now is told and tried the next time.
   */
  async advance(signal: AbortSignal): Promise<void> {
    let demands = 0;
    for (const cycle of this.desk.status()) {
      if (signal.aborted) return;
      try {
        demands += await this.#step(cycle, signal);
      } catch (error) {
        this.#tell(cycle, error);
      }
    }
    this.#counters.openDemands(demands);
  }

  close(): void {
    this.#journal.close();
  }

  /** Gives how many demands are open still. */
  async #step(cycle: CycleStatus, signal: AbortSignal): Promise<number> {
    const { desk } = this;
    if (cycle.stage === 'planned') return 0;
    if (cycle.stage === 'final') {
      if (this.#parts.config.releaseLate) await this.#release(cycle, signal);
      return 0;
    }
    const view = await desk.observe(cycle, signal);
    const seconds = await this.#chain.now(signal);
    if (view.state === 'open') {
      const { settleAfterMs } = this.#parts.config;
      const isDue = settleAfterMs !== null && seconds * 1000 > view.windowEnd + settleAfterMs;
      if (isDue) await desk.settle(cycle, signal);
      return 0;
    }
    const demands = await desk.openDemands(cycle, signal);
    for (const demand of demands) await desk.answer(demand, signal);
    if (demands.length === 0 && seconds > view.challengeEnd) await desk.finalize(cycle, signal);
    return demands.length === 0 ? 0 : (await desk.openDemands(cycle, signal)).length;
  }

  /** Releases what was proven late, and claims what was released a challenge window ago. */
  async #release(cycle: CycleStatus, signal: AbortSignal): Promise<void> {
    for (const { bound, ...slot } of await this.desk.releasable(cycle)) {
      await this.desk.releaseLate(slot, bound, signal);
    }
    const seconds = await this.#chain.now(signal);
    for (const { slot, claimableAfter } of await this.#chain.waitingReleases(cycle, signal)) {
      const { fleet, cycle: number } = cycle;
      if (seconds > claimableAfter) {
        await this.desk.claimRelease({ fleet, cycle: number, slot }, signal);
      }
    }
  }

  #tell({ cycle, stage }: CycleStatus, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected';
    this.#counters.failed(code);
    const revert = error instanceof RailError ? (error.facts['revert'] ?? '') : '';
    const outcome = error instanceof RailError ? error.outcome : 'not_applied';
    const fields = { cycle, stage, code, outcome, revert };
    this.#parts.logLine('warn', 'a fleet cycle could not move on', fields);
  }
}

/** @throws RangeError, RailError as `openSpendRegistry`. */
export async function openFleet(parts: FleetParts): Promise<RunningFleet> {
  const { place, rpc: url, confirmations, fromBlock, aggregator, principal } = parts.config;
  const signers = { aggregator, principal };
  const chain = await openSpendRegistry({ url, place, signers, confirmations, fromBlock });
  return new RunningFleet(parts, chain);
}
