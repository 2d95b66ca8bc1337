import { OperatingError } from '@atomicity/event-log/port';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import type { ClosedPeriod, PeriodPlace } from '@atomicity/kernel/period/closed-period';
import { nullifier, type PeriodCircuit } from '@atomicity/kernel/period/period-digest';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import type { FieldHex, Hash, Nonce } from '@atomicity/kernel/units/id';
import type {
  AttestationSummary,
  Groth16Proof,
  PublicSignals,
} from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import { signingBytes } from '@atomicity/kernel/wire/signing-bytes';
import type { Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import { buildPeriodInput } from '@atomicity/prover/witness/build-period-input';
import type { AttestationJournal, JournalEntry } from './journal/attestation-journal.ts';
import {
  checkedStatement,
  periodParts,
  periodWitness,
  type RegistryAddress,
  sameSignals,
} from './plan-statement.ts';
import type { CheckpointSource, OperatorSigner, PeriodSource, Submit } from './ports.ts';

/** Checks a proof by other code than the prover's. */
export type ProofCheck = {
  /** Hash of the verification key that `holds` uses: it goes into the attestation. */
  readonly verificationKeyHash: Hash;
  holds(publicSignals: PublicSignals, proof: Groth16Proof): Promise<boolean>;
};

export type AttestationStep =
  | 'checkpoint'
  | 'proving'
  | 'verifying'
  | 'signing'
  | 'submitting'
  | 'recorded';

export type AttestationProgress = PeriodPlace & {
  readonly step: AttestationStep;
  /** Of the step, 0 … 1. */
  readonly fraction: number;
};

export type AttestationParts = {
  readonly origin: string;
  /** The contract that may be shown the attestations; none: they are checked off chain. */
  readonly registry?: RegistryAddress | undefined;
  readonly periods: PeriodSource;
  readonly checkpoints: CheckpointSource;
  readonly journal: AttestationJournal;
  readonly prover: Pick<Groth16Prover, 'prove'>;
  /** The check for the circuit and tier of a period. */
  readonly proofCheck: (circuit: PeriodCircuit, tier: Tier) => Promise<ProofCheck>;
  readonly signer: OperatorSigner;
  readonly submit: Submit;
  /** 128 random bits. */
  readonly drawNonce: () => Nonce;
  readonly onProgress?: (progress: AttestationProgress) => void;
};

/** Identifies the submission of a period: a retry under it is a no-op. 64 characters. */
export function attestationCommandId(nullifierHex: FieldHex): string {
  return `attest.${nullifierHex.slice(0, 57)}`;
}

/**
 * Attests one closed period, or continues where an earlier call or process stopped: fix the statement,
 * prove and sign it, submit it. Each is durable before the next begins, and the statement never
 * changes once it is fixed, so that a period ends with exactly one attestation.
 *
 * Answers `refused` when the ledger will not take the object as it is; the journal keeps the reason.
 *
 * @throws OperatingError (not_applied) `period_not_closed`, `previous_opening_missing`,
 * `policy_not_stated`, `statement_mismatch`, `proof_invalid`, `submission_deferred`.
 * @throws WitnessError when the period breaks its policy; ProverError.
 */
export async function attestPeriod(
  parts: AttestationParts,
  place: PeriodPlace,
  signal?: AbortSignal,
): Promise<'recorded' | 'refused'> {
  const { journal } = parts;
  const known = journal.find(place);
  if (known?.stage === 'recorded' || known?.stage === 'refused') return known.stage;
  if (known === undefined) await planStatement(parts, place);
  if (known?.stage !== 'proved') await proveStatement(parts, place, signal);
  return await submitAttestation(parts, entryAt(journal, place));
}

function report(parts: AttestationParts, place: PeriodPlace, step: AttestationStep, fraction = 0) {
  const { budget, periodIndex } = place;
  parts.onProgress?.({ budget, periodIndex, step, fraction });
}

function entryAt(journal: AttestationJournal, place: PeriodPlace): JournalEntry {
  const entry = journal.find(place);
  if (entry === undefined) throw new Error('the journal lost a period');
  return entry;
}

async function planStatement(parts: AttestationParts, place: PeriodPlace): Promise<void> {
  const { journal, checkpoints, origin, drawNonce } = parts;
  report(parts, place, 'checkpoint');
  const closed = closedAt(parts, place);
  const previous = previousOpening(journal, place);
  const checkpoint = await checkpoints.covering(closed.closedIndex + 1);
  if (checkpoint.size <= closed.closedIndex) throw stopped('checkpoint_too_small', place);
  const fixed = {
    parts: periodParts(closed, { origin, checkpoint, previous, registry: parts.registry }),
    previous,
    summarySalt: drawNonce(),
  };
  const { publicSignals, summary } = checkedStatement(closed, periodWitness(closed, fixed));
  journal.plan({
    budget: place.budget,
    periodIndex: place.periodIndex,
    nullifier: fieldToHex(nullifier(place.budget, place.periodIndex)),
    parts: fixed.parts,
    summarySalt: fixed.summarySalt,
    publicSignals,
    opening: summary,
  });
  // Durable from here: a crash resumes with this very statement.
}

async function proveStatement(
  parts: AttestationParts,
  place: PeriodPlace,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { journal, prover } = parts;
  const planned = entryAt(journal, place);
  const closed = closedAt(parts, place);
  const previous = previousOpening(journal, place);
  const witness = periodWitness(closed, { ...planned, previous });
  const made = await prover.prove(buildPeriodInput(witness), {
    onProgress: ({ fraction }) => report(parts, place, 'proving', fraction),
    ...(signal === undefined ? {} : { signal }),
  });
  report(parts, place, 'verifying');
  const check = await parts.proofCheck(closed.circuit, closed.tier);
  const holds = await check.holds(planned.publicSignals, made.proof);
  if (!holds || !sameSignals(planned.publicSignals, made.publicSignals)) {
    throw stopped('proof_invalid', place);
  }
  report(parts, place, 'signing');
  journal.proved(planned.nullifier, await signedObject(parts, planned, made.proof, check));
  // Durable from here: this object is submitted, and no other.
}

async function signedObject(
  { signer, drawNonce }: AttestationParts,
  planned: JournalEntry,
  proof: Groth16Proof,
  { verificationKeyHash }: ProofCheck,
): Promise<string> {
  const { parts, publicSignals } = planned;
  const body: AttestationSummary = {
    v: 1,
    type: 'AttestationSummary',
    budget: planned.budget,
    period: parts.period,
    periodIndex: planned.periodIndex,
    circuit: { name: parts.circuit, tier: parts.tier },
    parts,
    publicSignals,
    proof,
    verificationKeyHash,
    nonce: drawNonce(),
  };
  const sig = await signer.sign(signingBytes(objectId(body)));
  return encodeObject(body, [{ by: signer.party, key: signer.key, sig }]);
}

async function submitAttestation(
  parts: AttestationParts,
  entry: JournalEntry,
): Promise<'recorded' | 'refused'> {
  const { journal, submit } = parts;
  if (entry.text === null) throw new Error('a proved period has its object');
  report(parts, entry, 'submitting');
  const answer = await submit(attestationCommandId(entry.nullifier), entry.text);
  if (answer.kind === 'rejected') {
    if (answer.transient) throw stopped('submission_deferred', entry, answer.reason);
    journal.refused(entry.nullifier, answer.reason);
    return 'refused';
  }
  journal.recorded(entry.nullifier);
  report(parts, entry, 'recorded', 1);
  return 'recorded';
}

function closedAt({ periods }: AttestationParts, place: PeriodPlace): ClosedPeriod {
  const closed = periods.closed(place);
  if (closed === undefined) throw stopped('period_not_closed', place);
  if (closed.policyDigest === null) throw stopped('policy_not_stated', place);
  return closed;
}

/** The proof of period k opens the summary of k−1: nobody can make it without the opening. */
function previousOpening(journal: AttestationJournal, place: PeriodPlace): SummaryOpening | null {
  const { budget, periodIndex } = place;
  if (periodIndex === 0) return null;
  const previous = journal.find({ budget, periodIndex: periodIndex - 1 });
  if (previous?.stage === 'recorded') return previous.opening;
  throw stopped('previous_opening_missing', place);
}

const MESSAGES = {
  period_not_closed: 'the period is not closed in the projection',
  policy_not_stated: 'no policy statement is in the log',
  previous_opening_missing: 'the period before is not attested from this journal',
  checkpoint_too_small: 'the checkpoint does not cover the period’s close',
  proof_invalid: 'the proof does not hold, or is of another statement',
  submission_deferred: 'the ledger does not take the attestation yet',
} as const;

function stopped(
  code: keyof typeof MESSAGES,
  { budget, periodIndex }: PeriodPlace,
  reason?: string,
): OperatingError {
  return new OperatingError({
    code,
    outcome: 'not_applied',
    shortMessage: MESSAGES[code],
    facts: { budget, periodIndex, ...(reason === undefined ? {} : { reason }) },
  });
}
