/**
 * How a proof gets better: what calendars are asked, what is kept of their answers, and what a block header
 * says against it. Nothing that was promised is ever lost: only a block that is known to be another one goes.
 */

import { RailError } from '../port.ts';
import { verifyBitcoin } from './bitcoin.ts';
import type { BlockHeaders } from './block-headers.ts';
import type { Calendar, CalendarAnswer } from './calendar.ts';
import { encodeProof } from './encode.ts';
import { applyOperation, evaluate, graft } from './evaluate.ts';
import { compareBytes, type DetachedProof, type Timestamp } from './proof.ts';

/** Heights that are looked up of one proof, the lowest: a file could name thousands. */
const HEIGHTS_MAX = 64;
/** Blocks in one answer. Calendars name one; so many that others are crowded out, only to do harm. */
const BLOCKS_IN_ANSWER_MAX = 4;
/** With these the source will not answer for the next height either. */
const SOURCE_IS_AWAY = new Set(['rail_timeout', 'rail_unreachable']);

export type Question = { readonly message: Uint8Array; readonly uri: string };

function hasBlock({ attestations, branches }: Timestamp): boolean {
  return (
    attestations.some(({ kind }) => kind === 'bitcoin') ||
    branches.some(({ next }) => hasBlock(next))
  );
}

function blocksIn({ attestations, branches }: Timestamp): number {
  const here = attestations.filter(({ kind }) => kind === 'bitcoin').length;
  return branches.reduce((sum, { next }) => sum + blocksIn(next), here);
}

function collectOpen(timestamp: Timestamp, message: Uint8Array, found: Question[]): void {
  const isOpen = !hasBlock(timestamp);
  for (const attestation of timestamp.attestations) {
    if (isOpen && attestation.kind === 'pending') found.push({ message, uri: attestation.uri });
  }
  for (const { operation, next } of timestamp.branches) {
    collectOpen(next, applyOperation(operation, message), found);
  }
}

/** Pending attestations whose message no block is named for yet, in the order of the file. Pure. */
export function openQuestions(proof: DetachedProof): readonly Question[] {
  const found: Question[] = [];
  collectOpen(proof.timestamp, proof.digest, found);
  return found;
}

export type Asked = {
  readonly proof: DetachedProof;
  /** Why calendars gave nothing, in the order of the questions. */
  readonly failures: readonly unknown[];
  /** How many answers came, news or not. */
  readonly answered: number;
};

/** The proof with one more answer in it; undefined if that breaks a limit. */
function withAnswer(
  proof: DetachedProof,
  message: Uint8Array,
  answer: Timestamp,
): DetachedProof | undefined {
  if (blocksIn(answer) > BLOCKS_IN_ANSWER_MAX) return undefined;
  try {
    const timestamp = graft(proof.timestamp, proof.digest, message, answer);
    const better = { ...proof, timestamp };
    encodeProof(better);
    return better;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function unfit(calendar: Calendar): RailError {
  return new RailError({
    code: 'rail_answer_unusable',
    shortMessage: 'the answer of a calendar does not fit into the proof',
    outcome: 'not_applied',
    facts: { calendar: calendar.url },
  });
}

/**
 * Asks every calendar that answers for an open question; several may, as pools do for what is behind them.
 * Answers are added one by one: one that does not fit, or fails, spoils no other.
 */
export async function askCalendars(
  before: DetachedProof,
  calendars: readonly Calendar[],
  signal: AbortSignal,
): Promise<Asked> {
  const questions = openQuestions(before).flatMap(({ message, uri }) =>
    calendars.flatMap((calendar) => (calendar.answersFor(uri) ? [{ message, calendar }] : [])),
  );
  const answers = await Promise.allSettled(
    questions.map(({ message, calendar }) => calendar.timestampOf(message, signal)),
  );
  const failures: unknown[] = [];
  let proof = before;
  let answered = 0;
  answers.forEach((one, index) => {
    const question = questions[index];
    if (question === undefined) return;
    if (one.status === 'rejected') {
      failures.push(one.reason);
      return;
    }
    answered += 1;
    const answer: CalendarAnswer = one.value;
    if (answer.kind !== 'found') return;
    const better = withAnswer(proof, question.message, answer.timestamp);
    if (better === undefined) failures.push(unfit(question.calendar));
    proof = better ?? proof;
  });
  return { proof, failures, answered };
}

export type Checked = {
  /** Without blocks that are known to have another Merkle root. */
  readonly proof: DetachedProof;
  /** The lowest block that the headers confirm. */
  readonly height: number | undefined;
  /** Heights of blocks that were taken out. */
  readonly contradicted: readonly number[];
  /** The first failure of the headers' source; blocks that it was asked about are left as they are. */
  readonly failure: unknown;
};

function without(
  timestamp: Timestamp,
  message: Uint8Array,
  isFalse: (message: Uint8Array, height: number) => boolean,
): Timestamp | undefined {
  const attestations = timestamp.attestations.filter(
    (one) => one.kind !== 'bitcoin' || !isFalse(message, one.height),
  );
  const branches = timestamp.branches.flatMap(({ operation, next }) => {
    const kept = without(next, applyOperation(operation, message), isFalse);
    return kept === undefined ? [] : [{ operation, next: kept }];
  });
  return attestations.length + branches.length === 0 ? undefined : { attestations, branches };
}

/**
 * Compares what a proof claims of blocks with headers that this node trusts. A block with another root, as after
 * a reorganisation, is taken out, so that its calendar is asked again; the last attestation never is.
 */
export async function checkBlocks(
  proof: DetachedProof,
  headers: BlockHeaders,
  signal: AbortSignal,
): Promise<Checked> {
  const attested = evaluate(proof);
  const claimed = attested.flatMap(({ attestation }) =>
    attestation.kind === 'bitcoin' ? [attestation.height] : [],
  );
  const heights = [...new Set(claimed)].sort((a, b) => a - b).slice(0, HEIGHTS_MAX);
  const roots: Record<string, string> = {};
  let failure: unknown;
  for (const height of heights) {
    try {
      const root = await headers.merkleRootAt(height, signal);
      if (root !== undefined) roots[String(height)] = root;
    } catch (error) {
      failure ??= error;
      if (error instanceof RailError && SOURCE_IS_AWAY.has(error.code)) break;
    }
  }
  const verdicts = verifyBitcoin(attested, roots);
  const matching = verdicts.filter(({ kind }) => kind === 'matches').map((one) => one.height);
  const contradicted = verdicts
    .filter(({ kind }) => kind === 'other_root')
    .map((one) => one.height);
  const isFalse = (message: Uint8Array, height: number) =>
    verifyBitcoin([{ message, attestation: { kind: 'bitcoin', height } }], roots).some(
      ({ kind }) => kind === 'other_root',
    );
  const timestamp =
    contradicted.length === 0 ? undefined : without(proof.timestamp, proof.digest, isFalse);
  return {
    proof: timestamp === undefined ? proof : { ...proof, timestamp },
    height: matching.length === 0 ? undefined : Math.min(...matching),
    contradicted: [...new Set(contradicted)],
    failure,
  };
}

/** True if both are written alike. */
export function isSameProof(a: DetachedProof, b: DetachedProof): boolean {
  return compareBytes(encodeProof(a), encodeProof(b)) === 0;
}
