/** A fleet desk over a scripted registry and made-up attestations, whose process can die at any step. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { fleetStatement } from '@atomicity/kernel/fleet/fleet-statement';
import type { SlotStanding } from '@atomicity/kernel/fleet/plan-cycle';
import { summaryCommitment } from '@atomicity/kernel/period/summary';
import { fleetPolicyOf, HEALTHY, openingOf } from '@atomicity/kernel/testing/fleet-samples';
import { type Hash, type PartyId, partyIdFromKey, ZERO_FIELD } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { SpendRegistry } from '@atomicity/rails/ethereum/registry-port';
import { FleetDesk, type FleetDeskOptions } from '../fleet-desk.ts';
import { FleetJournal } from '../fleet-journal.ts';
import type { FleetPlan } from '../fleet-plan.ts';
import type { FleetProver, SlotAttestation } from '../fleet-ports.ts';
import { ScriptedRegistry } from './scripted-registry.ts';

export class Crash extends Error {}

export const NEVER = new AbortController().signal;

const AGENT: PartyId = partyIdFromKey(new Uint8Array(32).fill(9));
const START = 1_700_000_000_000;
/** Every slot has spent this much of its 1,000. */
export const SPENT = 600n;

export class FleetWorld {
  readonly directory = mkdtempSync(join(tmpdir(), 'atomicity-fleet-'));
  readonly chain = new ScriptedRegistry();
  readonly plan: FleetPlan;
  /** By slot; undefined means that nothing is wrong. */
  readonly troubles = new Map<number, Partial<SlotStanding>>();
  /** Slots whose period has no attestation yet. */
  readonly unattested = new Set<number>();
  proofs = 0;
  ticks = 0;
  crashAt = Number.POSITIVE_INFINITY;
  journal: FleetJournal;

  constructor(slots = 4) {
    const policy = fleetPolicyOf(new Array<bigint>(slots).fill(1_000n), 5_000n);
    this.plan = {
      ...policy,
      cycle: 1,
      windowStart: unixMs(START),
      windowEnd: unixMs(START + 90_000),
      slots: policy.slots.map((slot, i) => ({
        ...slot,
        agent: AGENT,
        budget: `${i}`.padStart(64, 'b') as Hash,
        periodIndex: 0,
      })),
    };
    this.journal = this.#openJournal();
  }

  get ref() {
    return { fleet: this.plan.fleet, cycle: 1 };
  }

  #openJournal(): FleetJournal {
    return new FleetJournal(join(this.directory, 'fleet.db'));
  }

  readonly #tick = (): void => {
    if (this.ticks++ === this.crashAt) throw new Crash('the process is gone');
  };

  async #effect<T>(act: () => Promise<T> | T): Promise<T> {
    this.#tick();
    const result = await act();
    this.#tick();
    return result;
  }

  /** The desk of a fresh process over the same files. */
  start(): FleetDesk {
    this.journal.close();
    this.journal = this.#openJournal();
    return new FleetDesk(this.#options());
  }

  #options(): FleetDeskOptions {
    const { chain } = this;
    const watched: SpendRegistry = {
      place: chain.place,
      prepare: (call) => this.#effect(() => chain.prepare(call)),
      send: (prepared) => this.#effect(() => chain.send(prepared)),
      lookUp: (prepared) => chain.lookUp(prepared),
      hasEffect: (call) => chain.hasEffect(call),
      accepts: (spend) => chain.accepts(spend),
      cycle: (ref) => chain.cycle(ref),
      available: (fleet) => chain.available(fleet),
      openDemands: (ref) => chain.openDemands(ref),
      rolledBack: (ref) => chain.rolledBack(ref),
      claimableAfter: (ref) => chain.claimableAfter(ref),
      now: () => chain.now(),
    };
    return {
      journal: this.journal,
      chain: watched,
      source: {
        standing: ({ budget }) => ({ ...HEALTHY, attested: null, ...this.#trouble(budget) }),
        attestation: async ({ budget }) => this.#attestation(budget),
      },
      prover: this.#prover(),
      now: () => unixMs(START + 100_000),
    };
  }

  /** A.x of a slot's own proof. */
  proofOfSlot(slot: number): string {
    return proofOf(`slot ${slot}`).a[0];
  }

  #slotOf(budget: Hash): number {
    return this.plan.slots.findIndex((slot) => slot.budget === budget);
  }

  #trouble(budget: Hash): Partial<SlotStanding> {
    return this.troubles.get(this.#slotOf(budget)) ?? {};
  }

  #attestation(budget: Hash): SlotAttestation | undefined {
    const i = this.#slotOf(budget);
    const slot = this.plan.slots[i];
    if (slot === undefined || this.unattested.has(i)) return undefined;
    const opening = openingOf(slot, SPENT);
    const summary = fieldToHex(summaryCommitment(opening));
    const { policyDigest, nullifier } = slot;
    const signals = [ZERO_FIELD, ZERO_FIELD, summary, policyDigest, ZERO_FIELD, nullifier];
    return { spend: { circuit: 'spend-16', signals, proof: proofOf(`slot ${i}`) }, opening };
  }

  /** Says what it is asked to; no two proofs are alike. */
  #prover(): FleetProver {
    return {
      proveCycle: (policy, cycle, context) =>
        this.#effect(() => {
          const stated = fleetStatement(policy, cycle, context);
          if (stated.kind === 'refused') throw new Error(stated.refusal.reason);
          const { publicSignals } = stated.statement;
          return { proof: proofOf(`fleet ${++this.proofs}`), publicSignals };
        }),
      proveBound: () => this.#effect(() => proofOf(`bound ${++this.proofs}`)),
    };
  }

  close(): void {
    this.journal.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Of another text, another proof; it proves nothing. */
function proofOf(text: string): Groth16Proof {
  const number = `${Buffer.from(text).readUIntBE(0, 6)}${text.replace(/\D/g, '')}`;
  return {
    a: [number, '2'],
    b: [
      ['3', '4'],
      ['5', '6'],
    ],
    c: ['7', '8'],
  };
}
