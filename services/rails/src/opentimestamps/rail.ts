/**
 * The OpenTimestamps rail: one log root, several calendars, a quorum.
 *
 * Everything sent is derived from the root and the idempotency key, so a repeat after a crash
 * sends the very same digest.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  type AnchorEvidence,
  type AnchorRail,
  type LookUp,
  type Outcome,
  RailError,
  type Submission,
  type Upgrade,
} from '../port.ts';
import type { BlockHeaders } from './block-headers.ts';
import type { Calendar } from './calendar.ts';
import { decodeProof } from './decode.ts';
import { encodeProof } from './encode.ts';
import { applyOperation, evaluate, evaluateTimestamp } from './evaluate.ts';
import { chainOf, SHA256 } from './merkle-steps.ts';
import { mergeProofs, mergeTimestamps } from './normal-form.ts';
import { compareBytes, type DetachedProof, type Operation, type Timestamp } from './proof.ts';
import { askCalendars, checkBlocks, isSameProof } from './upgrade-proof.ts';

export type OpenTimestampsOptions = {
  /** What people are told; the local calendar's rail must say that it is one. */
  readonly label: string;
  /** 1 … 16 calendars. */
  readonly calendars: readonly Calendar[];
  /** How many calendars must have answered, 1 … calendars; 1 unless said. */
  readonly quorum?: number;
  /** Without it a Bitcoin attestation is kept but never called confirmed by this node. */
  readonly blockHeaders?: BlockHeaders;
};

const NONCE_SIZE_BYTES = 16;
const ROOT_SIZE_BYTES = 32;

/** The privacy nonce: calendars see SHA-256(root ‖ nonce) and cannot tell which root it is. */
function nonceOperation(idempotencyKey: Uint8Array): Operation {
  const material = concatBytes(utf8ToBytes('atomicity/OpenTimestampsNonce/v1\0'), idempotencyKey);
  return { kind: 'append', argument: sha256(material).subarray(0, NONCE_SIZE_BYTES) };
}

/** The 32 bytes that calendars are given for a submission. */
export function submittedDigest(submission: Submission): Uint8Array {
  return applyOperation(
    SHA256,
    applyOperation(nonceOperation(submission.idempotencyKey), submission.root),
  );
}

/** The proof of a submission, given what calendars said about the submitted digest. */
function proofOf(submission: Submission, ofDigest: Timestamp): DetachedProof {
  return {
    hashOperation: 'sha256',
    digest: submission.root,
    timestamp: chainOf([nonceOperation(submission.idempotencyKey), SHA256], ofDigest),
  };
}

function checkSubmission(submission: Submission): void {
  if (submission.root.length !== ROOT_SIZE_BYTES) throw new RangeError('a root has 32 bytes');
  if (submission.idempotencyKey.length !== 32) throw new RangeError('a key has 32 bytes');
}

function merged(timestamps: readonly Timestamp[]): Timestamp | undefined {
  return timestamps.reduce<Timestamp | undefined>(
    (all, one) => (all === undefined ? one : mergeTimestamps(all, one)),
    undefined,
  );
}

function evidenceOf(submission: Submission, timestamps: readonly Timestamp[]): AnchorEvidence {
  const all = merged(timestamps);
  if (all === undefined) throw new RangeError('no timestamp to make evidence of');
  return { bytes: encoded(proofOf(submission, all)) };
}

function outcomeOf(error: unknown): Outcome {
  return error instanceof RailError ? error.outcome : 'unknown';
}

/** The file of a proof. Answers that fit one by one may not fit together: that is the rail's fault. */
function encoded(proof: DetachedProof): Uint8Array {
  try {
    return encodeProof(proof);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RailError({
      code: 'rail_answer_unusable',
      shortMessage: 'the answers of the calendars do not fit into one proof',
      // They have been given the digest all the same.
      outcome: 'unknown',
      cause: error,
    });
  }
}

function decoded(evidence: AnchorEvidence): DetachedProof {
  const answer = decodeProof(evidence.bytes);
  if (answer.kind === 'decoded') return answer.proof;
  throw new RailError({
    code: 'rail_answer_unusable',
    shortMessage: 'the stored evidence is not an OpenTimestamps proof',
    outcome: 'not_applied',
    facts: { reason: answer.reason, offset: answer.offset },
  });
}

class OpenTimestampsRail implements AnchorRail {
  readonly name = 'opentimestamps';
  readonly label: string;
  readonly repeatIsSameSubmission = true;
  readonly #calendars: readonly Calendar[];
  readonly #quorum: number;
  readonly #blockHeaders: BlockHeaders | undefined;

  constructor(options: OpenTimestampsOptions) {
    const { calendars, quorum = 1 } = options;
    if (calendars.length < 1 || calendars.length > 16) throw new RangeError('1 … 16 calendars');
    if (!Number.isInteger(quorum) || quorum < 1 || quorum > calendars.length) {
      throw new RangeError('quorum must be 1 … the number of calendars');
    }
    this.label = options.label;
    this.#calendars = calendars;
    this.#quorum = quorum;
    this.#blockHeaders = options.blockHeaders;
  }

  async submit(submission: Submission, signal: AbortSignal): Promise<AnchorEvidence> {
    checkSubmission(submission);
    const digest = submittedDigest(submission);
    const answers = await Promise.allSettled(
      this.#calendars.map((calendar) => calendar.submit(digest, signal)),
    );
    const given = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (given.length >= this.#quorum) return evidenceOf(submission, given);
    const failures = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const first: unknown = failures[0];
    // Nothing happened only if every calendar is sure of it; some may have promised already.
    const certain = given.length === 0 && failures.every((one) => outcomeOf(one) === 'not_applied');
    throw new RailError({
      code:
        first instanceof RailError && this.#calendars.length === 1 ? first.code : 'quorum_missed',
      shortMessage: first instanceof RailError ? first.shortMessage : 'too few calendars answered',
      outcome: certain ? 'not_applied' : 'unknown',
      facts: { answered: given.length, quorum: this.#quorum, asked: this.#calendars.length },
      cause: first,
    });
  }

  async lookUp(submission: Submission, signal: AbortSignal): Promise<LookUp> {
    checkSubmission(submission);
    const digest = submittedDigest(submission);
    const answers = await Promise.allSettled(
      this.#calendars.map((calendar) => calendar.lookUp(digest, signal)),
    );
    const given = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const found = given.flatMap((one) => (one.kind === 'found' ? [one.timestamp] : []));
    if (found.length >= this.#quorum) {
      return { kind: 'applied', evidence: evidenceOf(submission, found) };
    }
    const absent = given.filter((one) => one.kind === 'not_found').length;
    return { kind: absent === this.#calendars.length ? 'not_applied' : 'unknown' };
  }

  async upgrade(
    evidence: AnchorEvidence,
    signal: AbortSignal,
    submission?: Submission,
  ): Promise<Upgrade> {
    const before = decoded(evidence);
    const asked = await askCalendars(before, this.#calendars, signal);
    const joined = await this.#withLateCalendars(asked.proof, submission, signal);
    const headers = this.#blockHeaders;
    const checked = headers === undefined ? undefined : await checkBlocks(joined, headers, signal);
    const proof = checked?.proof ?? joined;
    const height = checked?.height;
    if (height !== undefined) {
      return { kind: 'confirmed', evidence: { bytes: encodeProof(proof) }, height };
    }
    // What calendars gave is kept even if nobody can check it now.
    if (!isSameProof(proof, before)) {
      return { kind: 'upgraded', evidence: { bytes: encodeProof(proof) } };
    }
    if (checked?.failure !== undefined) throw checked.failure;
    const [falseHeight] = checked?.contradicted ?? [];
    if (falseHeight !== undefined) throw falseBlock(falseHeight);
    if (asked.answered === 0 && asked.failures.length > 0) throw asked.failures[0];
    return { kind: 'unchanged' };
  }

  /**
   * Asks calendars that have promised nothing yet, because they failed when the root was submitted. What they
   * are given is the very same digest. Their failures change nothing; a block makes them needless.
   */
  async #withLateCalendars(
    proof: DetachedProof,
    submission: Submission | undefined,
    signal: AbortSignal,
  ): Promise<DetachedProof> {
    if (submission === undefined || compareBytes(submission.root, proof.digest) !== 0) return proof;
    const uris: string[] = [];
    for (const { attestation } of evaluate(proof)) {
      if (attestation.kind === 'bitcoin') return proof;
      if (attestation.kind === 'pending') uris.push(attestation.uri);
    }
    const late = this.#calendars.filter(
      (calendar) => !uris.some((uri) => calendar.answersFor(uri)),
    );
    const digest = submittedDigest(submission);
    const answers = await Promise.allSettled(
      late.map((calendar) => calendar.submit(digest, signal)),
    );
    return answers.reduce((joined, answer, index) => {
      if (answer.status === 'rejected') return joined;
      // One whose promises it would not answer for is asked for ever anew, and would grow the proof.
      const isKept = evaluateTimestamp(answer.value, digest).some(
        ({ attestation }) =>
          attestation.kind === 'pending' && late[index]?.answersFor(attestation.uri) === true,
      );
      return isKept ? joinedIfFits(joined, proofOf(submission, answer.value)) : joined;
    }, proof);
  }
}

function falseBlock(height: number): RailError {
  return new RailError({
    code: 'rail_answer_unusable',
    shortMessage: 'a calendar names a block that has another Merkle root',
    outcome: 'not_applied',
    facts: { height },
  });
}

function joinedIfFits(proof: DetachedProof, other: DetachedProof): DetachedProof {
  const both = mergeProofs(proof, other) ?? proof;
  try {
    encodeProof(both);
    return both;
  } catch (error) {
    if (error instanceof RangeError) return proof;
    throw error;
  }
}

/**
 * Makes the rail.
 *
 * @throws {RangeError} if the number of calendars or the quorum is out of range.
 */
export function openTimestampsRail(options: OpenTimestampsOptions): AnchorRail {
  return new OpenTimestampsRail(options);
}
