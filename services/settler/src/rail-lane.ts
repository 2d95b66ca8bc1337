/** The anchors of one rail, one after another: two attempts at a time would both find one open. */
import { type Anchor, isOpen } from '@atomicity/kernel/anchor/anchor';
import {
  type AttemptKnowledge,
  nextAttemptStep,
  outcomeAfter,
  type Preparation,
} from '@atomicity/kernel/anchor/attempt';
import type { Batch } from '@atomicity/kernel/anchor/events';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { type Hash, hashToBytes } from '@atomicity/kernel/units/id';
import {
  type AnchorEvidence,
  type AnchorRail,
  type Outcome,
  RailError,
  type Submission,
} from '@atomicity/rails/port';
import type { AnchorStream } from './anchor-stream.ts';
import type { PayloadSource } from './batch/payload-source.ts';
import type { SettlerFailure } from './run.ts';
import type { OnStep, SettlerStepName } from './step.ts';

export type RailLaneParts = {
  readonly rail: AnchorRail;
  readonly stream: AnchorStream;
  readonly payloads: PayloadSource | undefined;
  readonly onStep: OnStep;
};

type Failed = Pick<SettlerFailure, 'code' | 'reason' | 'message'>;

/** How far an attempt has come. */
type Attempt = {
  readonly anchor: Anchor;
  readonly knowledge: AttemptKnowledge;
  /** What is recorded of what will be sent, in hex. */
  readonly prepared: string | null;
};

/** Bytes that fit an event. */
const BYTES_MAX = 65_536;

/** The rail's answer, or its failure. An error that no rail should throw says nothing about the effect. */
async function answerOf<T>(ask: () => Promise<T>): Promise<T | RailFailure> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RailError) {
      return new RailFailure(error.code, error.shortMessage, error.outcome, reasonOf(error));
    }
    return new RailFailure('rail_fault', String(error), 'unknown');
  }
}

class RailFailure {
  readonly code: string;
  readonly message: string;
  readonly outcome: Outcome;
  readonly reason: string | null;

  constructor(code: string, message: string, outcome: Outcome, reason: string | null = null) {
    this.code = code;
    this.message = message;
    this.outcome = outcome;
    this.reason = reason;
  }
}

/** A rail's own word for a failure: a revert's name or a reason of its own. */
function reasonOf({ facts }: RailError): string | null {
  const said = facts['reason'] ?? facts['revert'];
  return typeof said === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(said) ? said : null;
}

export class RailLane {
  readonly rail: AnchorRail;
  readonly #parts: RailLaneParts;
  /**
   * Keys of which this process knows that the rail never counted them. Whatever is not in here may
   * have been sent, by this process or by one that died: it is looked up first.
   */
  readonly #neverSent = new Set<Hash>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: RailLaneParts) {
    this.rail = parts.rail;
    this.#parts = parts;
  }

  /** Nobody can have used this key yet. */
  isNew(key: Hash): void {
    this.#neverSent.add(key);
  }

  /** Forgets a new key again if the anchor was planned with another. */
  keepKey(key: Hash, planned: Anchor | undefined): void {
    if (planned?.idempotencyKey !== key) this.#neverSent.delete(key);
  }

  /** Attempts every open anchor once. */
  attemptAll(signal: AbortSignal) {
    return this.#exclusively(async () => {
      const failures: SettlerFailure[] = [];
      let submitted = 0;
      for (const anchor of this.#anchors().filter(isOpen)) {
        if (signal.aborted) break;
        const failed = await this.#attempt(anchor, signal);
        if (failed === undefined) submitted += 1;
        else failures.push({ anchor: anchor.anchor, rail: this.rail.name, ...failed });
      }
      return { submitted, failures };
    });
  }

  /** Asks once for better evidence of every pending anchor. */
  upgradeAll(signal: AbortSignal) {
    return this.#exclusively(async () => {
      const failures: SettlerFailure[] = [];
      const counts = { unchanged: 0, upgraded: 0, dropped: 0, confirmed: 0 };
      for (const anchor of this.#anchors().filter(({ status }) => status === 'pending')) {
        if (signal.aborted) break;
        const end = await this.#upgrade(anchor, signal);
        if (typeof end === 'string') counts[end] += 1;
        else failures.push({ anchor: anchor.anchor, rail: this.rail.name, ...end });
      }
      const { upgraded, dropped, confirmed } = counts;
      return { upgraded, dropped, confirmed, failures };
    });
  }

  #anchors(): readonly Anchor[] {
    const { name } = this.rail;
    return [...this.#parts.stream.anchors.values()].filter(({ rail }) => rail === name);
  }

  /** One attempt at one anchor: undefined when it has evidence now, else why not. */
  async #attempt(anchor: Anchor, signal: AbortSignal): Promise<Failed | undefined> {
    const content = await this.#contentOf(anchor);
    if (content instanceof RailFailure) return this.#failed(anchor, asBefore(anchor), content);
    let attempt: Attempt = {
      anchor,
      knowledge: this.#knowledgeOf(anchor),
      prepared: anchor.prepared,
    };
    for (;;) {
      const step = nextAttemptStep(attempt.knowledge, this.rail, this.#preparationOf(attempt));
      const submission = submissionOf(attempt, content);
      if (step === 'wait') return this.#failed(anchor, asBefore(anchor), waiting(attempt));
      if (step === 'submit') return this.#submit(attempt, submission, signal);
      const next =
        step === 'look_up'
          ? await this.#lookUp(attempt, submission, signal)
          : await this.#prepare(attempt, submission, signal);
      if (next === undefined || 'code' in next) return next;
      attempt = next;
    }
  }

  #knowledgeOf({ idempotencyKey }: Anchor): AttemptKnowledge {
    // What is prepared grows old, an invoice or a nonce: the rail is asked before it is sent again.
    if (this.rail.prepare !== undefined) return 'unknown';
    return this.#neverSent.has(idempotencyKey) ? 'not_applied' : 'unknown';
  }

  #preparationOf({ anchor, prepared }: Attempt): Preparation {
    if (this.rail.prepare === undefined) return 'not_needed';
    if (prepared !== null) return 'recorded';
    return this.#parts.stream.mayHaveLostPrepared(anchor.anchor) ? 'erased' : 'missing';
  }

  async #contentOf({ subject, rail }: Anchor): Promise<Submission['content'] | RailFailure> {
    const closed = this.#parts.stream.batches.find(
      ({ subject: of, rails }) =>
        of.origin === subject.origin &&
        of.size === subject.size &&
        of.root === subject.root &&
        rails.includes(rail),
    );
    if (closed === undefined) return undefined;
    const { reason: _why, quarantined: _out, closedAt: _when, ...batch } = closed;
    const payload = await this.#payloadOf(batch);
    return payload instanceof RailFailure ? payload : { batch, payload };
  }

  async #payloadOf({ payload: hash }: Batch): Promise<Uint8Array | RailFailure> {
    try {
      const payload = await this.#parts.payloads?.read(hash);
      if (payload !== undefined) return payload;
      return new RailFailure('payload_missing', `no payload ${hash}`, 'unknown');
    } catch (error) {
      return new RailFailure('payload_unreadable', String(error), 'unknown');
    }
  }

  async #lookUp(attempt: Attempt, submission: Submission, signal: AbortSignal) {
    const { anchor } = attempt;
    const found = await answerOf(() => this.rail.lookUp(submission, signal));
    if (found instanceof RailFailure) return this.#failed(anchor, 'unknown', found);
    await this.#tell(anchor, 'looked_up', 'code' in found ? found.code : null);
    switch (found.kind) {
      case 'applied':
        return this.#recordEvidence(anchor, found.evidence);
      case 'not_applied':
        return { ...attempt, knowledge: 'not_applied' as const };
      case 'void':
        return { ...attempt, knowledge: 'void' as const };
      case 'replace':
        return this.#recordPrepared(attempt, found.prepared, 'replaced', found.code);
      default:
        return { ...attempt, knowledge: 'looked_up_in_vain' as const };
    }
  }

  async #prepare(attempt: Attempt, submission: Submission, signal: AbortSignal) {
    const { anchor } = attempt;
    const { prepared: _old, ...anew } = submission;
    const drafted = await answerOf(async () => this.rail.prepare?.(anew, signal));
    if (drafted instanceof RailFailure) return this.#failed(anchor, 'not_applied', drafted);
    if (drafted === undefined) throw new Error('invariant: only a rail that prepares is asked to');
    if (!fits(drafted)) return this.#failed(anchor, 'not_applied', unfit('prepared_unusable'));
    await this.#tell(anchor, 'drafted');
    return this.#recordPrepared(attempt, drafted, 'not_applied', null);
  }

  /** Records what will be sent. If another process was faster, nobody knows whether it sent its own. */
  async #recordPrepared(
    { anchor, prepared: replaces }: Attempt,
    bytes: Uint8Array,
    knowledge: AttemptKnowledge,
    code: string | null,
  ): Promise<Attempt | Failed> {
    if (!fits(bytes)) return this.#failed(anchor, 'unknown', unfit('prepared_unusable'));
    const prepared = bytesToHex(bytes);
    await this.#parts.stream.record(anchor.anchor, { kind: 'prepared', replaces, prepared });
    const now = this.#parts.stream.anchors.get(anchor.anchor);
    if (now === undefined || !isOpen(now) || now.prepared !== prepared) {
      return { code: 'prepared_by_another', reason: null, message: null };
    }
    if (prepared !== replaces) await this.#tell(anchor, 'prepared', code);
    return { anchor, knowledge, prepared };
  }

  async #submit(
    { anchor, knowledge }: Attempt,
    submission: Submission,
    signal: AbortSignal,
  ): Promise<Failed | undefined> {
    const now = this.#parts.stream.anchors.get(anchor.anchor);
    // Given up while it was looked up or prepared: nothing is sent any more.
    if (now === undefined || !isOpen(now)) {
      return { code: 'abandoned', reason: null, message: null };
    }
    const key = anchor.idempotencyKey;
    this.#neverSent.delete(key); // From here until an answer, nobody knows.
    const answer = await answerOf(() => this.rail.submit(submission, signal));
    if (!(answer instanceof RailFailure)) {
      await this.#tell(anchor, 'sent');
      return this.#recordEvidence(anchor, answer);
    }
    const outcome = outcomeAfter(knowledge, answer.outcome);
    if (outcome === 'not_applied') this.#neverSent.add(key);
    return this.#failed(anchor, outcome, answer);
  }

  async #recordEvidence(anchor: Anchor, evidence: AnchorEvidence): Promise<Failed | undefined> {
    // The effect may well be there: it is looked up again, and nothing is sent meanwhile.
    if (!fits(evidence.bytes)) return this.#failed(anchor, 'unknown', unfit('evidence_unusable'));
    const calendar = this.rail.label;
    const proof = bytesToHex(evidence.bytes);
    await this.#parts.stream.record(anchor.anchor, { kind: 'submitted', calendar, proof });
    await this.#tell(anchor, 'submitted');
    return undefined;
  }

  async #failed(
    anchor: Anchor,
    outcome: 'not_applied' | 'unknown',
    { code, reason, message }: Failed,
  ): Promise<Failed> {
    await this.#parts.stream.record(anchor.anchor, { kind: 'attempted', outcome, code });
    await this.#tell(anchor, 'attempted', code);
    return { code, reason, message };
  }

  async #upgrade(
    anchor: Anchor,
    signal: AbortSignal,
  ): Promise<'unchanged' | 'upgraded' | 'dropped' | 'confirmed' | Failed> {
    const { anchor: id, proof: improves } = anchor;
    if (improves === null) return 'unchanged';
    const content = await this.#contentOf(anchor);
    if (content instanceof RailFailure) return failedBy(content);
    const attempt = { anchor, knowledge: 'unknown', prepared: anchor.prepared } as const;
    const submission = submissionOf(attempt, content);
    const evidence = { bytes: hexToBytes(improves) };
    const news = await answerOf(() => this.rail.upgrade(evidence, signal, submission));
    if (news instanceof RailFailure) return failedBy(news);
    if (news.kind === 'unchanged') return 'unchanged';
    if (news.kind !== 'dropped' && !fits(news.evidence.bytes)) return unfit('evidence_unusable');
    const code = news.kind === 'dropped' ? news.code : null;
    await this.#tell(anchor, 'asked', code);
    const { stream } = this.#parts;
    if (news.kind === 'dropped') {
      await stream.record(id, { kind: 'dropped', drops: improves, code: news.code });
    } else {
      const proof = bytesToHex(news.evidence.bytes);
      await stream.record(
        id,
        news.kind === 'confirmed'
          ? { kind: 'confirmed', improves, proof, height: news.height }
          : { kind: 'upgraded', improves, proof },
      );
    }
    await this.#tell(anchor, news.kind, code);
    return news.kind;
  }

  async #tell({ anchor, rail }: Anchor, step: SettlerStepName, code: string | null = null) {
    await this.#parts.onStep({ anchor, rail, step, code });
  }

  #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#running.then(run);
    this.#running = turn.catch(() => undefined);
    return turn;
  }
}

function submissionOf({ anchor, prepared }: Attempt, content: Submission['content']): Submission {
  return {
    root: hashToBytes(anchor.subject.root),
    idempotencyKey: hashToBytes(anchor.idempotencyKey),
    ...(content === undefined ? {} : { content }),
    ...(prepared === null ? {} : { prepared: hexToBytes(prepared) }),
  };
}

function failedBy({ code, reason, message }: RailFailure): Failed {
  return { code, reason, message };
}

function fits({ length }: Uint8Array): boolean {
  return length > 0 && length <= BYTES_MAX;
}

function unfit(code: string): Failed {
  const message = `the rail gave nothing, or more than ${BYTES_MAX} bytes`;
  return { code, reason: null, message };
}

/** What leaves an anchor the status that it has. */
function asBefore({ status }: Anchor): 'not_applied' | 'unknown' {
  return status === 'planned' ? 'not_applied' : 'unknown';
}

function waiting({ knowledge, prepared }: Attempt): Failed {
  const code =
    knowledge === 'looked_up_in_vain' || prepared !== null ? 'outcome_unknown' : 'prepared_erased';
  return { code, reason: null, message: null };
}
