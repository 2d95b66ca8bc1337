import type { Intake, Submission } from '../intake.ts';
import type { CommandOutcome } from '../writer/command-outcome.ts';
import { jsonBytes, readOrRefuse } from './json-request.ts';
import { callerOfRequest, type LedgerRequest } from './ledger-request.ts';
import { type Problem, problemOf, RefusedRequest } from './problem.ts';
import { RETRY_AFTER_SECONDS } from './refusal-status.ts';
import { readBatch, readSubmission } from './request-body.ts';
import type { RequestGuard } from './request-guard.ts';
import { controller } from './routing.ts';
import { GUARD, INTAKE } from './tokens.ts';

type Acceptance = Extract<CommandOutcome, { kind: 'accepted' }> & {
  readonly commandId: string;
};

type RefusedOutcome = {
  readonly kind: 'refused';
  readonly commandId: string;
  readonly problem: Problem;
};

/** Takes wire objects in. */
export class ObjectsController {
  readonly #intake: Intake;
  readonly #guard: RequestGuard;

  constructor(intake: Intake, guard: RequestGuard) {
    this.#intake = intake;
    this.#guard = guard;
  }

  async submitObject(request: LedgerRequest): Promise<Acceptance> {
    const submission = readOrRefuse(readSubmission(jsonBytes(request)));
    const [outcome] = await this.#intake.submit([submission], callerOfRequest(request));
    if (outcome?.kind === 'accepted') return { commandId: submission.commandId, ...outcome };
    if (outcome?.kind === 'refused') throw new RefusedRequest(outcome.refusal, undefined, true);
    const reason = outcome?.reason ?? 'outcome_unknown';
    throw new RefusedRequest({ reason }, RETRY_AFTER_SECONDS[reason], true);
  }

  async submitBatch(
    request: LedgerRequest,
  ): Promise<{ readonly outcomes: readonly (Acceptance | RefusedOutcome)[] }> {
    const submissions = readOrRefuse(readBatch(jsonBytes(request)));
    const caller = callerOfRequest(request);
    this.#guard.charge(caller, submissions.length - 1);
    const outcomes = await this.#intake.submit(submissions, caller);
    // Nothing was looked at: the whole request may simply come again.
    if (outcomes.every((outcome) => outcome.kind === 'failed' && outcome.reason === 'busy')) {
      throw new RefusedRequest({ reason: 'busy' }, RETRY_AFTER_SECONDS.busy, true);
    }
    return { outcomes: outcomes.map((outcome, i) => outcomeView(outcome, submissions[i])) };
  }
}

controller(ObjectsController, [INTAKE, GUARD]);

function outcomeView(
  outcome: CommandOutcome,
  submission: Submission | undefined,
): Acceptance | RefusedOutcome {
  const commandId = submission?.commandId ?? '';
  switch (outcome.kind) {
    case 'accepted':
      return { commandId, ...outcome };
    case 'refused':
      return { kind: 'refused', commandId, problem: problemOf(outcome.refusal) };
    case 'failed':
      return { kind: 'refused', commandId, problem: problemOf({ reason: outcome.reason }) };
    default:
      return assertNever(outcome);
  }
}

function assertNever(outcome: never): never {
  throw new Error(`unknown outcome ${JSON.stringify(outcome)}`);
}
