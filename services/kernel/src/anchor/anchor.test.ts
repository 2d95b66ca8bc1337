// Goal: an anchor moves forward only, counts one submission, and never guesses. Method: a table of
// given events and commands with exact outcomes, and a property over random commands.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testHash } from '../testing/keys.ts';
import {
  ANCHOR_REFUSALS,
  type AnchorCommand,
  type AnchorEvent,
  type AnchorPlan,
  type AnchorRefusalReason,
  type AnchorState,
  type AttemptKnowledge,
  decideAnchor,
  evolveAnchor,
  nextAnchorStep,
} from './anchor.ts';
import { decodeAnchorEvent, encodeAnchorEvent } from './anchor-codec.ts';

const plan: AnchorPlan = {
  subject: { origin: 'log.example/test', size: 7, root: testHash('root') },
  rail: 'opentimestamps',
  label: 'local calendar: proves nothing to outsiders',
  idempotencyKey: testHash('key'),
};
const planned: AnchorEvent = { type: 'AnchorPlanned', data: plan };
const submitted: AnchorEvent = {
  type: 'AnchorSubmitted',
  data: { calendar: 'local', proof: 'aa' },
};
const upgraded: AnchorEvent = { type: 'AnchorUpgraded', data: { proof: 'bb' } };
const confirmed: AnchorEvent = { type: 'AnchorConfirmed', data: { proof: 'cc', height: 9 } };
const failed: AnchorEvent = { type: 'AnchorFailed', data: { code: 'rail_refused', message: 'no' } };

const submits: AnchorCommand = { kind: 'submitted', calendar: 'local', proof: 'aa' };
const upgrades: AnchorCommand = { kind: 'upgraded', proof: 'bb' };
const confirms: AnchorCommand = { kind: 'confirmed', proof: 'cc', height: 9 };
const givesUp: AnchorCommand = {
  kind: 'give_up',
  code: 'rail_refused',
  message: 'no',
  outcome: 'not_applied',
};

const accepted = (event: AnchorEvent) => ({ kind: 'accepted', events: [event] });
const duplicate = { kind: 'duplicate' };
const refused = (reason: AnchorRefusalReason) => ({
  kind: 'rejected',
  refusal: ANCHOR_REFUSALS.find((entry) => entry.reason === reason),
});

const stateOf = (events: readonly AnchorEvent[]) =>
  events.reduce<AnchorState | undefined>(evolveAnchor, undefined);

const rows: readonly [string, readonly AnchorEvent[], AnchorCommand, object][] = [
  ['a plan', [], { kind: 'plan', plan }, accepted(planned)],
  ['the same plan again', [planned], { kind: 'plan', plan }, duplicate],
  [
    'another plan',
    [planned],
    { kind: 'plan', plan: { ...plan, subject: { ...plan.subject, size: 8 } } },
    refused('anchor_exists_with_different_subject'),
  ],
  ['an outcome of nothing', [], submits, refused('anchor_not_planned')],
  ['a submission', [planned], submits, accepted(submitted)],
  ['a second submission', [planned, submitted], submits, duplicate],
  ['a late answer to a submission', [planned, submitted, upgraded], submits, duplicate],
  ['better evidence', [planned, submitted], upgrades, accepted(upgraded)],
  ['the same evidence', [planned, submitted, upgraded], upgrades, duplicate],
  ['better evidence of nothing', [planned], upgrades, refused('anchor_not_submitted')],
  ['a confirmation', [planned, submitted], confirms, accepted(confirmed)],
  [
    'a confirmation after better evidence',
    [planned, submitted, upgraded],
    confirms,
    accepted(confirmed),
  ],
  ['a confirmation of nothing', [planned], confirms, refused('anchor_not_submitted')],
  ['a second confirmation', [planned, submitted, confirmed], confirms, duplicate],
  ['giving up', [planned], givesUp, accepted(failed)],
  ['giving up twice', [planned, failed], givesUp, duplicate],
  [
    'giving up what is confirmed',
    [planned, submitted, confirmed],
    givesUp,
    refused('anchor_ended'),
  ],
  ['a submission after giving up', [planned, failed], submits, refused('anchor_ended')],
  [
    'giving up on an unknown outcome',
    [planned],
    { ...givesUp, outcome: 'unknown' },
    refused('outcome_unknown'),
  ],
];

test.each(rows)('%s', (_name, given, command, gives) => {
  expect(decideAnchor(stateOf(given), command)).toEqual(gives);
});

test('every refusal has a row', () => {
  const shown = new Set(rows.map(([, , , gives]) => JSON.stringify(gives)));
  for (const { reason } of ANCHOR_REFUSALS) {
    expect(shown).toContain(JSON.stringify(refused(reason)));
  }
});

describe('the next step', () => {
  const steps: readonly [readonly AnchorEvent[], AttemptKnowledge, boolean, string][] = [
    [[planned], 'never_attempted', false, 'submit'],
    [[planned], 'not_applied', false, 'submit'],
    [[planned], 'unknown', true, 'look_up'],
    [[planned], 'unknown', false, 'look_up'],
    [[planned], 'looked_up_in_vain', true, 'submit'],
    [[planned], 'looked_up_in_vain', false, 'wait'],
    [[planned, submitted], 'unknown', true, 'upgrade'],
    [[planned, submitted, upgraded], 'never_attempted', true, 'upgrade'],
    [[planned, submitted, confirmed], 'unknown', true, 'nothing'],
    [[planned, failed], 'unknown', true, 'nothing'],
  ];
  test.each(steps)(
    'after %j, knowing %s, with repeats harmless %s: %s',
    (given, knows, same, step) => {
      const state = stateOf(given);
      if (state === undefined) throw new Error('no anchor');
      expect(nextAnchorStep(state, knows, { repeatIsSameSubmission: same })).toBe(step);
    },
  );
});

test('whatever happens, one submission is counted and an end stays', () => {
  const commands = fc.constantFrom<AnchorCommand>(
    { kind: 'plan', plan },
    submits,
    upgrades,
    { kind: 'upgraded', proof: 'dd' },
    confirms,
    givesUp,
    { ...givesUp, outcome: 'unknown' },
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 30 }), (script) => {
      const events: AnchorEvent[] = [];
      let state: AnchorState | undefined;
      for (const command of script) {
        const decision = decideAnchor(state, command);
        for (const event of decision.kind === 'accepted' ? decision.events : []) {
          state = evolveAnchor(state, event);
          events.push(event);
        }
      }
      expect(events.filter(({ type }) => type === 'AnchorSubmitted').length).toBeLessThan(2);
      const end = events.findIndex(({ type }) => /Confirmed|Failed/.test(type));
      expect([-1, events.length - 1]).toContain(end);
      const again = events.map((e) => decodeAnchorEvent(e.type, encodeAnchorEvent(e)));
      expect(stateOf(again)).toEqual(state);
    }),
    { verbose: 1 },
  );
});

test('events out of place stop the stream', () => {
  expect(() => evolveAnchor(undefined, submitted)).toThrow('planned first');
  expect(() => stateOf([planned, planned])).toThrow('planned once');
  expect(() => stateOf([planned, submitted, submitted])).toThrow('one submission');
  expect(() => stateOf([planned, upgraded])).toThrow('after a submission');
  expect(() => stateOf([planned, failed, submitted])).toThrow('ended anchor');
  expect(() => decodeAnchorEvent('AnchorLost', {})).toThrow('unknown event AnchorLost');
});
