import { fleetPolicyRoot, slotPath } from '@atomicity/kernel/fleet/fleet-policy';
import { summaryPath } from '@atomicity/kernel/fleet/fleet-statement';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { Hex } from '@atomicity/rails/ethereum/context';
import type {
  CallReceipt,
  CycleRef,
  CycleView,
  OpenDemand,
  SlotRef,
  SpendRegistry,
} from '@atomicity/rails/ethereum/registry-port';
import { makeSettlement, queueOf, settleCall, statementOf, stopped } from './cycle-settlement.ts';
import { type CycleStatus, cycleStatus, recordPlan } from './cycle-status.ts';
import { performEffect } from './effect-runner.ts';
import { type CycleEntry, effectKey, type FleetJournal, type Resolution } from './fleet-journal.ts';
import { type FleetPlan, fleetCircuit, policyOf } from './fleet-plan.ts';
import type { FleetProver, SlotSource } from './fleet-ports.ts';
import { lateBound } from './late-bound.ts';

export type FleetDeskOptions = {
  readonly journal: FleetJournal;
  readonly chain: SpendRegistry;
  readonly source: SlotSource;
  readonly prover: FleetProver;
  readonly now: () => UnixMs;
};

/**
 * The fleet desk: takes a fleet's cycles to the registry and answers for them. Every step is recorded
 * before and after it acts; after a crash the same call continues. No timers and no clock of its own:
 * whoever wires it decides when it runs. Calls run one after another.
 */
export class FleetDesk {
  readonly #options: FleetDeskOptions;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: FleetDeskOptions) {
    this.#options = options;
  }

  /**
   * Fixes a cycle's plan; sends nothing. The same plan again changes nothing.
   * @throws OperatingError (not_applied) `fleet_plan_refused` with the reason; `plan_differs`.
   */
  plan(plan: FleetPlan): CycleStatus {
    recordPlan(this.#options.journal, plan);
    return this.#statusAt(plan);
  }

  /** Registers the fleet, for good. Again: nothing. @throws RailError. */
  register(fleet: Hash, aggregator: Hex, signal: AbortSignal): Promise<CallReceipt | null> {
    return this.#exclusively(() =>
      performEffect(
        this.#options,
        `register/${fleet}`,
        () => ({ kind: 'register_fleet', fleet, aggregator }),
        signal,
      ),
    );
  }

  /**
   * Opens a planned cycle at the registry, before its window. Again: nothing.
   * @throws RailError; OperatingError `cycle_unknown`.
   */
  open(ref: CycleRef, signal: AbortSignal): Promise<CallReceipt | null> {
    return this.#exclusively(async () => {
      const { plan, stage } = this.#entryAt(ref);
      const { fleet, cycle, size, cap, slots, windowStart, windowEnd } = plan;
      const receipt = await performEffect(
        this.#options,
        effectKey('open', ref),
        () => ({
          kind: 'open_cycle',
          fleet,
          cycle,
          policyRoot: fleetPolicyRoot(policyOf(plan)),
          circuit: fleetCircuit(size),
          cap,
          windowStart,
          windowEnd,
          policyDigests: slots.map(({ policyDigest }) => policyDigest),
        }),
        signal,
      );
      if (stage === 'planned') this.#options.journal.opened(ref);
      return receipt;
    });
  }

  /**
   * Decides what the cycle says as the ledger stands now, and proves it; sends nothing. Durable when
   * it resolves. Again: the same settlement, until the registry rolls it back.
   * @throws as `makeSettlement`; OperatingError `cycle_not_open`.
   */
  prove(ref: CycleRef, signal: AbortSignal): Promise<CycleStatus> {
    return this.#exclusively(async () => {
      const entry = this.#entryAt(ref);
      if (entry.stage === 'planned') throw stopped('cycle_not_open', ref);
      if (entry.settlement === null) {
        const { source, prover, chain, journal } = this.#options;
        const parts = { source, prover, chain };
        journal.settles(ref, await makeSettlement(entry, parts, signal));
        // Durable from here: this revision says this, and nothing else.
      }
      return this.#statusAt(ref);
    });
  }

  /**
   * Settles a cycle at the registry, after its window: exactly once for each revision. The excluded
   * slots enter the resolution queue. Again: nothing.
   * @throws as `prove`; RailError.
   */
  async settle(ref: CycleRef, signal: AbortSignal): Promise<CallReceipt | null> {
    await this.prove(ref, signal);
    return await this.#exclusively(async () => {
      const entry = this.#entryAt(ref);
      const { settlement, revision } = entry;
      if (settlement === null) throw stopped('cycle_not_open', ref);
      const { journal, chain, now } = this.#options;
      const receipt = await performEffect(
        this.#options,
        effectKey('settle', ref, revision),
        () => settleCall(entry, settlement, statementOf(entry, settlement, chain.place)),
        signal,
      );
      if (entry.stage === 'open') journal.settled(ref, queueOf(entry, settlement, now()));
      return receipt;
    });
  }

  /**
   * Ends a cycle's challenge window: it becomes final, or, with a slot that was shown not to count, open
   * again. Again: nothing. @throws RailError; OperatingError `cycle_not_settled`.
   */
  finalize(ref: CycleRef, signal: AbortSignal): Promise<CallReceipt | null> {
    return this.#exclusively(async () => {
      const { stage, revision } = this.#entryAt(ref);
      if (stage !== 'settled' && stage !== 'final') throw stopped('cycle_not_settled', ref);
      const receipt = await performEffect(
        this.#options,
        effectKey('finalize', ref, revision),
        () => ({ kind: 'finalize', ...bare(ref), revision }),
        signal,
      );
      const { state } = await this.#adopt(ref, signal);
      if (state === 'final') this.#options.journal.finalized(ref);
      return receipt;
    });
  }

  /**
   * Takes over what the registry says of a cycle: a planned one that the principal opened elsewhere is open;
   * a settlement that it took back opens the next revision,
   * in which the slots that it was taken back for are excluded.
   * @throws RailError.
   */
  observe(ref: CycleRef, signal: AbortSignal): Promise<CycleView> {
    return this.#exclusively(() => this.#adopt(ref, signal));
  }

  /** Demands on a cycle that nobody has answered. @throws RailError. */
  openDemands(ref: CycleRef, signal: AbortSignal): Promise<readonly OpenDemand[]> {
    return this.#options.chain.openDemands(ref, signal);
  }

  /**
   * Answers a demand with the agent's own proof, as it was kept at the settlement. Again: nothing.
   * @throws RailError; OperatingError `proof_not_kept`.
   */
  answer(demand: OpenDemand, signal: AbortSignal): Promise<CallReceipt | null> {
    return this.#exclusively(async () => {
      const { plan, settlement, revision } = this.#entryAt(demand);
      const { slot } = demand;
      const spend = settlement?.attestations[slot];
      if (settlement === null || spend === undefined) throw stopped('proof_not_kept', demand);
      return await performEffect(
        this.#options,
        `${effectKey('answer', demand, revision)}/${slot}`,
        () => ({
          kind: 'answer_demand',
          ...bare(demand),
          slot,
          revision,
          spend,
          path: summaryPath(settlement.outcomes, plan.size, slot).siblings,
        }),
        signal,
      );
    });
  }

  /**
   * Gives back what an excluded slot of a final cycle kept reserved, once its period is attested: proves
   * that the agent spent at most `bound`. The chain learns the bound, so that a rounded one keeps the
   * total private. The slot leaves the resolution queue. Again: nothing.
   * @throws RailError; OperatingError `cycle_not_final`, `slot_not_queued`, `attestation_missing`,
   * `bound_out_of_range`.
   */
  releaseLate(ref: SlotRef, bound: Amount, signal: AbortSignal): Promise<CallReceipt | null> {
    return this.#exclusively(async () => {
      const { journal, source, prover, now } = this.#options;
      const { plan, stage } = this.#entryAt(ref);
      if (stage !== 'final') throw stopped('cycle_not_final', ref);
      const slot = plan.slots[ref.slot];
      if (slot === undefined || journal.resolution(ref) === undefined) {
        throw stopped('slot_not_queued', ref);
      }
      const receipt = await performEffect(
        this.#options,
        `${effectKey('release', ref)}/${ref.slot}`,
        async () => {
          const found = await source.attestation(slot);
          if (found === undefined) throw stopped('attestation_missing', ref);
          const { spend, opening } = found;
          if (bound < opening.cumulativeTotal || bound > slot.subCap) {
            throw stopped('bound_out_of_range', ref);
          }
          const { policyDigest, nullifier, subCap } = slot;
          const path = slotPath(policyOf(plan), ref.slot).siblings;
          return {
            kind: 'release_late',
            ...bare(ref),
            slot: ref.slot,
            leaf: { policyDigest, nullifier, subCap, path },
            spend,
            bound,
            boundProof: await prover.proveBound(opening, bound, signal),
          };
        },
        signal,
      );
      journal.resolve(ref, 'released', now(), null);
      return receipt;
    });
  }

  /**
   * Queued slots of a final cycle that could be released now: attested since, with no dispute and no
   * later period. Each with a bound that keeps the agent's total private.
   */
  async releasable(ref: CycleRef): Promise<readonly (SlotRef & { readonly bound: Amount })[]> {
    const { journal, source } = this.#options;
    const { plan, stage } = this.#entryAt(ref);
    if (stage !== 'final') return [];
    const ready: (SlotRef & { readonly bound: Amount })[] = [];
    for (const { fleet, cycle, slot, status } of journal.resolutions()) {
      const planned = plan.slots[slot];
      const isOfCycle = fleet === ref.fleet && cycle === ref.cycle;
      if (!isOfCycle || status !== 'open' || planned === undefined) continue;
      const standing = source.standing(planned);
      const total = (await source.attestation(planned))?.opening.cumulativeTotal;
      if (standing === undefined || total === undefined || total > planned.subCap) continue;
      if (standing.openDisputes.length > 0 || standing.hasLaterPeriod) continue;
      ready.push({ fleet, cycle, slot, bound: lateBound(total, planned.subCap) });
    }
    return ready;
  }

  /** Slots of a cycle that were released here and whose amount is not claimed yet. */
  unclaimed(ref: CycleRef): readonly SlotRef[] {
    const { journal } = this.#options;
    return journal.resolutions().flatMap(({ fleet, cycle, slot, status }) => {
      const isOfCycle = fleet === ref.fleet && cycle === ref.cycle && status === 'released';
      const claim = journal.effect(`${effectKey('claim', ref)}/${slot}`);
      return isOfCycle && claim?.stage !== 'applied' ? [{ fleet, cycle, slot }] : [];
    });
  }

  /** Makes what was released available, one challenge window later. Again: nothing. @throws RailError. */
  claimRelease(ref: SlotRef, signal: AbortSignal): Promise<CallReceipt | null> {
    return this.#exclusively(() =>
      performEffect(
        this.#options,
        `${effectKey('claim', ref)}/${ref.slot}`,
        () => ({ kind: 'claim_release', ...bare(ref), slot: ref.slot }),
        signal,
      ),
    );
  }

  /**
   * Ends a queue entry by an operator's decision: what it reserved stays reserved on the chain.
   * Again: nothing. @throws OperatingError `slot_not_queued`.
   */
  writeOff(ref: SlotRef, note: string): Resolution {
    const { journal, now } = this.#options;
    journal.resolve(ref, 'written_off', now(), note);
    const entry = journal.resolution(ref);
    if (entry === undefined) throw stopped('slot_not_queued', ref);
    return entry;
  }

  status(): readonly CycleStatus[] {
    return this.#options.journal.cycles().map((entry) => this.#statusOf(entry));
  }

  queue(): readonly Resolution[] {
    return this.#options.journal.resolutions();
  }

  #entryAt(ref: CycleRef): CycleEntry {
    const entry = this.#options.journal.cycle(ref);
    if (entry === undefined) throw stopped('cycle_unknown', ref);
    return entry;
  }

  async #adopt(ref: CycleRef, signal: AbortSignal): Promise<CycleView> {
    const { chain, journal } = this.#options;
    const view = await chain.cycle(ref, signal);
    const { plan, stage, revision, withheld } = this.#entryAt(ref);
    const isOurs = view.state !== 'none' && view.policyRoot === fleetPolicyRoot(policyOf(plan));
    if (stage === 'planned' && isOurs) journal.opened(ref);
    if (view.revision > revision) {
      const since = await chain.rolledBack(ref, signal);
      const all = new Set([...withheld, ...since.map(({ slot }) => slot)]);
      journal.rolledBack(
        ref,
        view.revision,
        [...all].sort((a, b) => a - b),
      );
    }
    return view;
  }

  #statusAt(ref: CycleRef): CycleStatus {
    return this.#statusOf(this.#entryAt(ref));
  }

  #statusOf(entry: CycleEntry): CycleStatus {
    return cycleStatus(entry, this.#options.chain.place);
  }

  // One step at a time: two of them would sign with one nonce.
  #exclusively<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

const bare = ({ fleet, cycle }: CycleRef): CycleRef => ({ fleet, cycle });
