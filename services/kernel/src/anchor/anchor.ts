/**
 * An anchor: evidence outside the node that a log root existed. Its state follows from its own
 * events; decisions are pure, so that a crash between intent, effect and outcome is never guessed at.
 *
 * planned ─▶ submitted ─▶ pending ─▶ confirmed
 *    └───────────┴───────────┴────▶ failed
 */
import { assert, assertNever } from '../book/invariant.ts';
import type { Hash } from '../units/id.ts';
import type { Refusal } from '../wire/refusals.ts';

/** The checkpoint that is anchored. */
export type AnchorSubject = { readonly origin: string; readonly size: number; readonly root: Hash };

export type AnchorPlan = {
  readonly subject: AnchorSubject;
  /** Name of the rail, and what people are told that it is. */
  readonly rail: string;
  readonly label: string;
  /** 32 secret bytes, recorded before the first attempt: a repeat is the same submission. */
  readonly idempotencyKey: Hash;
};

/** Evidence in the rail's own file format, as lower-case hex; an `.ots` proof for OpenTimestamps. */
export type AnchorProof = string;

export type AnchorEvent =
  | { readonly type: 'AnchorPlanned'; readonly data: AnchorPlan }
  | {
      readonly type: 'AnchorSubmitted';
      readonly data: { readonly calendar: string; readonly proof: AnchorProof };
    }
  | { readonly type: 'AnchorUpgraded'; readonly data: { readonly proof: AnchorProof } }
  | {
      readonly type: 'AnchorConfirmed';
      readonly data: { readonly proof: AnchorProof; readonly height: number };
    }
  | {
      readonly type: 'AnchorFailed';
      readonly data: { readonly code: string; readonly message: string };
    };

/**
 * - `planned`: recorded; nobody knows of it yet, or nobody knows whether somebody does.
 * - `submitted`: the rail has it; its evidence is a promise. Shown as pending.
 * - `pending`: better evidence that this node could not check itself. Shown as pending.
 * - `confirmed`: evidence that this node checked against block headers of its own.
 * - `failed`: given up.
 */
export type AnchorState = AnchorPlan &
  (
    | { readonly phase: 'planned' }
    | { readonly phase: 'submitted' | 'pending'; readonly proof: AnchorProof }
    | { readonly phase: 'confirmed'; readonly proof: AnchorProof; readonly height: number }
    | { readonly phase: 'failed'; readonly code: string; readonly message: string }
  );

/** What happened outside, as far as it is known. */
export type AnchorCommand =
  | { readonly kind: 'plan'; readonly plan: AnchorPlan }
  | { readonly kind: 'submitted'; readonly calendar: string; readonly proof: AnchorProof }
  | { readonly kind: 'upgraded'; readonly proof: AnchorProof }
  | { readonly kind: 'confirmed'; readonly proof: AnchorProof; readonly height: number }
  | {
      readonly kind: 'give_up';
      readonly code: string;
      readonly message: string;
      /** What is known about the last attempt. */
      readonly outcome: 'not_applied' | 'unknown';
    };

/** Every reason for which an anchor refuses a command; the order is the precedence. */
export const ANCHOR_REFUSALS = [
  { reason: 'anchor_not_planned', rule: 'an anchor is planned before anything else' },
  { reason: 'anchor_exists_with_different_subject', rule: 'an anchor has one subject and rail' },
  { reason: 'anchor_ended', rule: 'a confirmed or failed anchor does not change' },
  { reason: 'anchor_not_submitted', rule: 'evidence improves after a submission' },
  { reason: 'outcome_unknown', rule: 'an attempt of unknown outcome is looked up, not given up' },
] as const;

export type AnchorRefusalReason = (typeof ANCHOR_REFUSALS)[number]['reason'];

export type AnchorDecision =
  | { readonly kind: 'accepted'; readonly events: readonly AnchorEvent[] }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'rejected'; readonly refusal: Refusal<AnchorRefusalReason> };

const DUPLICATE: AnchorDecision = { kind: 'duplicate' };

function accepted(event: AnchorEvent): AnchorDecision {
  return { kind: 'accepted', events: [event] };
}

function rejected(reason: AnchorRefusalReason): AnchorDecision {
  const rule = ANCHOR_REFUSALS.find((entry) => entry.reason === reason)?.rule ?? reason;
  return { kind: 'rejected', refusal: { reason, rule } };
}

function decidePlan(state: AnchorState | undefined, plan: AnchorPlan): AnchorDecision {
  if (state === undefined) return accepted({ type: 'AnchorPlanned', data: plan });
  const { origin, size, root } = plan.subject;
  const same =
    state.rail === plan.rail &&
    state.subject.origin === origin &&
    state.subject.size === size &&
    state.subject.root === root;
  return same ? DUPLICATE : rejected('anchor_exists_with_different_subject');
}

function decideOutcome(
  state: AnchorState,
  command: Exclude<AnchorCommand, { kind: 'plan' }>,
): AnchorDecision {
  if (state.phase === 'confirmed') {
    return command.kind === 'give_up' ? rejected('anchor_ended') : DUPLICATE;
  }
  if (state.phase === 'failed') {
    return command.kind === 'give_up' ? DUPLICATE : rejected('anchor_ended');
  }
  switch (command.kind) {
    case 'submitted': {
      const { calendar, proof } = command;
      // A second submission of one plan is the same submission: it is never counted again.
      if (state.phase !== 'planned') return DUPLICATE;
      return accepted({ type: 'AnchorSubmitted', data: { calendar, proof } });
    }
    case 'upgraded': {
      const { proof } = command;
      if (state.phase === 'planned') return rejected('anchor_not_submitted');
      if (state.proof === proof) return DUPLICATE;
      return accepted({ type: 'AnchorUpgraded', data: { proof } });
    }
    case 'confirmed': {
      const { proof, height } = command;
      if (state.phase === 'planned') return rejected('anchor_not_submitted');
      return accepted({ type: 'AnchorConfirmed', data: { proof, height } });
    }
    case 'give_up': {
      const { code, message, outcome } = command;
      if (outcome === 'unknown') return rejected('outcome_unknown');
      return accepted({ type: 'AnchorFailed', data: { code, message } });
    }
    default:
      return assertNever(command, 'anchor command');
  }
}

/**
 * Decides what an outcome means for an anchor; `state` is undefined before it is planned.
 * Refusals, in order: `ANCHOR_REFUSALS`. The same outcome again: duplicate.
 */
export function decideAnchor(
  state: AnchorState | undefined,
  command: AnchorCommand,
): AnchorDecision {
  if (command.kind === 'plan') return decidePlan(state, command.plan);
  return state === undefined ? rejected('anchor_not_planned') : decideOutcome(state, command);
}

/**
 * The anchor after one more of its events.
 * @throws InvariantBroken for an event that is unknown or out of place.
 */
export function evolveAnchor(state: AnchorState | undefined, event: AnchorEvent): AnchorState {
  if (event.type === 'AnchorPlanned') {
    assert(state === undefined, 'an anchor is planned once');
    return { ...event.data, phase: 'planned' };
  }
  assert(state !== undefined, 'an anchor is planned first');
  assert(state.phase !== 'confirmed' && state.phase !== 'failed', 'an ended anchor stays');
  const { subject, rail, label, idempotencyKey } = state;
  const plan = { subject, rail, label, idempotencyKey };
  assert(event.type !== 'AnchorSubmitted' || state.phase === 'planned', 'one submission');
  switch (event.type) {
    case 'AnchorSubmitted':
      return { ...plan, phase: 'submitted', proof: event.data.proof };
    case 'AnchorUpgraded':
      assert(state.phase !== 'planned', 'evidence improves after a submission');
      return { ...plan, phase: 'pending', proof: event.data.proof };
    case 'AnchorConfirmed':
      assert(state.phase !== 'planned', 'evidence improves after a submission');
      return { ...plan, phase: 'confirmed', ...event.data };
    case 'AnchorFailed':
      return { ...plan, phase: 'failed', ...event.data };
    default:
      return assertNever(event, 'anchor event');
  }
}

/**
 * What this process knows of attempts to submit a planned anchor. After a restart it is `unknown`:
 * the crash may have come between the effect and its record.
 */
export type AttemptKnowledge = 'never_attempted' | 'not_applied' | 'unknown' | 'looked_up_in_vain';

export type AnchorStep = 'submit' | 'look_up' | 'upgrade' | 'wait' | 'nothing';

/**
 * What to do next. An unknown outcome is looked up first; only when the rail cannot tell, and says
 * that a repeat with one key is the same submission, is it sent again.
 */
export function nextAnchorStep(
  state: AnchorState,
  knowledge: AttemptKnowledge,
  rail: { readonly repeatIsSameSubmission: boolean },
): AnchorStep {
  if (state.phase === 'confirmed' || state.phase === 'failed') return 'nothing';
  if (state.phase !== 'planned') return 'upgrade';
  if (knowledge === 'unknown') return 'look_up';
  if (knowledge === 'looked_up_in_vain') return rail.repeatIsSameSubmission ? 'submit' : 'wait';
  return 'submit';
}
