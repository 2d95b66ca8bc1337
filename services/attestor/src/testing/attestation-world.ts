/** A ledger, a log and closed periods as the attestor sees them, with a place to crash between any two effects. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import { commitment, tokenOf } from '@atomicity/kernel/note/commitment';
import type { ClosedPeriod, PeriodPlace } from '@atomicity/kernel/period/closed-period';
import { ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import {
  type Hash,
  type Nonce,
  partyIdFromKey,
  type Signature,
  ZERO_HASH,
} from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { AttestationSummary } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import type { PeriodWitness } from '@atomicity/prover/witness/period-witness';
import type { AttestationParts, AttestationProgress } from '../attest-period.ts';
import { Attestor } from '../attestor.ts';
import { AttestationJournal } from '../journal/attestation-journal.ts';
import type { Submitted } from '../ports.ts';
import { FakeSpendProver } from './fake-spend-prover.ts';

export const ORIGIN = 'log.example/attested';

/** Thrown instead of, or right after, an effect: the process is gone. */
export class Crash extends Error {}

const NO_NONCE = '0'.repeat(32) as Nonce;
const NO_TIME = unixMs(0);

/** The closed period that the log would show for a witness. */
export function closedPeriodOf(witness: PeriodWitness, closedIndex: number): ClosedPeriod {
  const { parts, policy, slots } = witness;
  const [leavesRoot, tokensRoot, , policyDigest] = computeStatement(witness).publicSignals;
  const { budget, period, periodIndex, principal, agent, tier } = parts;
  const place = { budget, period, periodIndex, principal, agent, tier };
  return {
    ...place,
    circuit: parts.circuit,
    policy,
    policyDigest,
    firstTreeSize: 3,
    closedIndex,
    leavesRoot,
    tokensRoot,
    slots: slots.map((slot) => {
      const { authorization, category } = slot;
      if (slot.status === 'void') {
        const none = { spend: ZERO_AMOUNT, at: NO_TIME, regime: 0, items: null, salt: NO_NONCE };
        const unused = fieldToHex(0n);
        return { status: 'void', authorization, category, ...none, commitment: unused } as const;
      }
      const { spend, at, regime, salt } = slot;
      const packed = { spend, at, category, regime };
      const token = tokenOf(authorization);
      const opened = fieldToHex(commitment({ packed, period, token, salt }));
      return {
        status: 'spent',
        authorization,
        category,
        spend,
        at,
        regime,
        items: null,
        salt,
        commitment: opened,
      } as const;
    }),
  };
}

export class AttestationWorld {
  readonly directory = mkdtempSync(join(tmpdir(), 'atomicity-attestor-'));
  readonly prover = new FakeSpendProver();
  readonly progress: AttestationProgress[] = [];
  /** Attestations that the ledger has recorded, in order. */
  readonly recorded: AttestationSummary[] = [];
  /** Every submission that reached the ledger. */
  readonly submitted: { readonly commandId: string; readonly text: string }[] = [];
  readonly closed: ClosedPeriod[];
  answer: Submitted | undefined;
  /** The effect before or after which the process dies; counted from 0. */
  crashAt = Number.POSITIVE_INFINITY;
  ticks = 0;
  #draws = 0;
  #checkpoints = 0;
  journal: AttestationJournal;

  constructor(periods = 2) {
    this.journal = this.#openJournal();
    const closed: ClosedPeriod[] = [];
    let previous = null;
    for (let periodIndex = 0; periodIndex < periods; periodIndex++) {
      const witness: PeriodWitness =
        previous === null ? samplePeriod() : samplePeriod({ periodIndex, previous });
      previous = computeStatement(witness).summary;
      closed.push(closedPeriodOf(witness, 20 * (periodIndex + 1)));
    }
    this.closed = closed;
  }

  #openJournal(): AttestationJournal {
    return new AttestationJournal(join(this.directory, 'attestor.sqlite'));
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

  places(): readonly PeriodPlace[] {
    return this.closed.map(({ budget, periodIndex }) => ({ budget, periodIndex }));
  }

  /** The attestor of a fresh process over the same files. */
  start(overrides: Partial<AttestationParts> = {}): Attestor {
    this.journal.close();
    this.journal = this.#openJournal();
    const at = (place: PeriodPlace) => (other: PeriodPlace) =>
      other.budget === place.budget && other.periodIndex === place.periodIndex;
    return new Attestor({
      origin: ORIGIN,
      journal: this.journal,
      periods: {
        pending: () => this.places().filter((place) => !this.recorded.some(at(place))),
        closed: (place) => this.closed.find(at(place)),
      },
      checkpoints: {
        // Each checkpoint is another one: a statement that is planned twice would differ.
        covering: (size) =>
          this.#effect(() => ({ size: size + ++this.#checkpoints, root: this.#draw() })),
      },
      prover: { prove: (input, options) => this.#effect(() => this.prover.prove(input, options)) },
      proofCheck: async () => ({
        verificationKeyHash: ZERO_HASH,
        holds: (signals, proof) => this.#effect(() => this.prover.holds(signals, proof)),
      }),
      signer: {
        party: partyIdFromKey(new Uint8Array(32).fill(1)),
        key: partyIdFromKey(new Uint8Array(32).fill(2)),
        sign: () => this.#effect(() => `${this.#draw()}${this.#draw()}` as Signature),
      },
      submit: (commandId, text) => this.#effect(() => this.#submit(commandId, text)),
      drawNonce: () => this.#draw().slice(0, 32) as Nonce,
      onProgress: (progress) => this.progress.push(progress),
      ...overrides,
    });
  }

  #draw(): Hash {
    this.#draws += 1;
    return taggedTextHash('Test', `attestation ${this.#draws}`);
  }

  /** As a ledger: a command id that is there is a duplicate, other content under it is refused. */
  #submit(commandId: string, text: string): Submitted {
    if (this.answer !== undefined) return this.answer;
    const before = this.submitted.find((submission) => submission.commandId === commandId);
    this.submitted.push({ commandId, text });
    if (before !== undefined) {
      if (before.text === text) return { kind: 'duplicate' };
      return { kind: 'rejected', reason: 'exists_with_different_payload', transient: false };
    }
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') throw new Error(parsed.refusal.reason);
    const { body } = parsed.object;
    if (body.type !== 'AttestationSummary') throw new Error('no attestation');
    this.recorded.push(body);
    return { kind: 'accepted' };
  }

  close(): void {
    this.journal.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
