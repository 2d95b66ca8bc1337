import { noteCoreOf } from '@atomicity/kernel/book/note-cores';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { AnyRefusal } from './http/refusal-status.ts';
import { type CallerRole, maySubmit } from './http/roles.ts';
import type { LedgerMetrics } from './metrics.ts';
import type { VerificationPool } from './verify/verification-pool.ts';
import type { BookWriter } from './writer/book-writer.ts';
import type { CommandKey } from './writer/command-key.ts';
import type { CommandOutcome } from './writer/command-outcome.ts';

export type Submission = {
  readonly commandId: string;
  /** Canonical text of the wire object. */
  readonly object: string;
};

/** Who hands objects in. */
export type Submitter = { readonly key: PartyId; readonly roles: ReadonlySet<CallerRole> };

export type IntakeParts = {
  readonly writer: BookWriter;
  readonly pool: VerificationPool;
  readonly metrics: LedgerMetrics;
};

/**
 * A command id as the book knows it. It belongs to the key that uses it, or anybody could use up the
 * ids of others, and those under which the node submits attestations. No such id holds a `/`.
 */
function ownCommandId({ key }: Submitter, commandId: string): string {
  return `${key}/${commandId}`;
}

/** From text to outcome: recall, verify off the event loop, check the role, decide, be durable. */
export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * Handles submissions in order, each to its own outcome. What a command id of this submitter
   * already recorded is recalled without verifying it again.
   *
   * @throws OperatingError `verification_failed` (not_applied).
   */
  async submit(
    submissions: readonly Submission[],
    submitter: Submitter,
  ): Promise<readonly CommandOutcome[]> {
    const { writer, pool } = this.#parts;
    if (!writer.accepts(submissions.length)) {
      return submissions.map(() => ({ kind: 'failed', reason: 'busy' }));
    }
    const keys = submissions.map(({ commandId, object }) =>
      writer.keyOf(ownCommandId(submitter, commandId), object),
    );
    const recalled = keys.map((key, i) => writer.recall(key, submissions[i]?.object ?? ''));
    const fresh = submissions.flatMap((submission, i) => (recalled[i] ? [] : [submission.object]));
    const verifications =
      fresh.length === 0
        ? []
        : await pool.verify(fresh, (voucher) => noteCoreOf(writer.flushedState(), voucher));
    const next = verifications.values();
    const outcomes = submissions.map((_, i) => {
      const known = recalled[i];
      if (known !== undefined) return this.#count('unknown', known);
      const verification = next.next().value;
      if (verification?.kind !== 'verified') {
        const refusal: AnyRefusal = verification?.refusal ?? { reason: 'internal_error' };
        return this.#count('unknown', Promise.resolve({ kind: 'refused', refusal }));
      }
      const { object } = verification;
      return this.#count(object.body.type, this.#decide(keys[i], object, submitter));
    });
    return Promise.all(outcomes);
  }

  #decide(
    key: CommandKey | undefined,
    object: VerifiedObject,
    submitter: Submitter,
  ): Promise<CommandOutcome> {
    const { body } = object;
    const roles = [...submitter.roles].filter((role) => maySubmit(role, body.type));
    // A key without delegation introduces itself and nobody else: as an identity, or as the key that
    // an identity lets speak, so that a node whose key is new can be known where the old one was.
    const itself =
      body.type === 'KeyDelegation' && (body.party === submitter.key || body.key === submitter.key);
    if (roles.length === 0 || (roles.every((role) => role === 'identity') && !itself)) {
      const refusal: AnyRefusal = {
        reason: 'role_not_allowed',
        field: '/body/type',
        rule: body.type,
      };
      return Promise.resolve({ kind: 'refused', refusal });
    }
    return this.#parts.writer.submit(key?.commandId ?? object.id, object, key);
  }

  async #count(type: string, answer: Promise<CommandOutcome>): Promise<CommandOutcome> {
    const outcome = await answer;
    const { metrics } = this.#parts;
    if (outcome.kind === 'accepted')
      metrics.object(type, outcome.duplicate ? 'duplicate' : 'accepted');
    else {
      metrics.object(type, outcome.kind);
      metrics.refusal(outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason);
    }
    return outcome;
  }
}
