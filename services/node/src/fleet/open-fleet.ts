import { join } from 'node:path';
import type { EventStore } from '@atomicity/event-log/port';
import { unixMs } from '@atomicity/kernel/units/time';
import type { LogLine } from '@atomicity/ledger/log-line';
import type { Clock } from '@atomicity/ledger/writer/book-clock';
import type { Projector } from '@atomicity/projector/projector';
import type { SpendRegistry } from '@atomicity/rails/ethereum/registry-port';
import { spendRegistry } from '@atomicity/rails/ethereum/spend-registry';
import { RailError } from '@atomicity/rails/port';
import { CycleRunner } from '@atomicity/settler/fleet/cycle-runner';
import type { CycleStatus } from '@atomicity/settler/fleet/cycle-status';
import { FleetDesk } from '@atomicity/settler/fleet/fleet-desk';
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
  readonly #runner: CycleRunner;
  readonly #journal: FleetJournal;
  readonly #counters: ReturnType<typeof fleetMetrics>;
  readonly #listeners: OnFraction[] = [];

  constructor(parts: FleetParts, chain: SpendRegistry) {
    const { dir, store, projector, attestation, clock, metrics } = parts;
    const now = () => unixMs(clock.now());
    const source = nodeSlotSource({ store, projector, attestor: attestation.attestor, now });
    const prover = fleetProver(attestation.prover, attestation.holds, (fraction) => {
      for (const listener of this.#listeners) listener(fraction);
    });
    this.#parts = parts;
    this.#journal = new FleetJournal(join(dir.fleet, FLEET_FILE));
    this.desk = new FleetDesk({ journal: this.#journal, chain, source, prover, now });
    this.#counters = fleetMetrics(metrics.registry, this.desk);
    const { settleAfterMs, releaseLate } = parts.config;
    const onFailure = (cycle: CycleStatus, error: unknown) => this.#tell(cycle, error);
    const { desk } = this;
    this.#runner = new CycleRunner({ desk, chain, settleAfterMs, releaseLate, onFailure });
  }

  /** Hears how far each of the desk's own proofs is, from now on. */
  onProgress(listener: OnFraction): void {
    this.#listeners.push(listener);
  }

  /** Takes every cycle as far as it can go now; what can't go on is told and tried the next time. */
  async advance(signal: AbortSignal): Promise<void> {
    this.#counters.openDemands(await this.#runner.advance(signal));
  }

  close(): void {
    this.#journal.close();
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

/**
 * Opens the desk. A chain that does not answer now keeps no node from starting: cycles wait for it.
 * @throws RailError `rail_refused` when the chain is another or has no contract at the address.
 */
export async function openFleet(parts: FleetParts): Promise<RunningFleet> {
  const { place, rpc: url, confirmations, fromBlock, aggregator, principal } = parts.config;
  const signers = { aggregator, principal };
  const chain = spendRegistry({ url, place, signers, confirmations, fromBlock });
  try {
    await chain.check();
  } catch (error) {
    if (!(error instanceof RailError) || error.code === 'rail_refused') throw error;
    parts.logLine('warn', 'the chain of the fleet does not answer', { code: error.code });
  }
  return new RunningFleet(parts, chain);
}
