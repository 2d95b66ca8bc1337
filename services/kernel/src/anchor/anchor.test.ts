// Goal: an anchor moves forward only, counts one submission, and never guesses. Method: a table of
// given events and commands with exact outcomes, and a property over random commands.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject } from '../codec/canonical-json.ts';
import { testHash, testKey } from '../testing/keys.ts';
import { amount } from '../units/amount.ts';
import { type Denomination, parseDenomination } from '../units/denomination.ts';
import { type Hash, parseHash } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { type Anchor, evolveAnchor, type OneAnchorEvent } from './anchor.ts';
import {
  type AttemptKnowledge,
  nextAttemptStep,
  outcomeAfter,
  type Preparation,
} from './attempt.ts';
import { type AnchorCommand, decideAnchor } from './decide.ts';
import { anchorId, batchId, decodeAnchorEvent, encodeAnchorEvent } from './event-codec.ts';
import type { AnchorEvent, AnchorSubject, Batch } from './events.ts';

const parsedHash = (text: string): Hash => parseHash(text) ?? expect.fail(text);
const parsed = (text: string): Denomination => parseDenomination(text) ?? expect.fail(text);

const AT = unixMs(1_795_251_960_000);
const subject: AnchorSubject = { origin: 'log.example/test', size: 7, root: testHash('root') };
const rail = 'opentimestamps';
const idempotencyKey = testHash('key');
const anchor = anchorId(subject, rail);

const planned: OneAnchorEvent = {
  type: 'AnchorPlanned',
  data: { anchor, subject, rail, idempotencyKey },
};
const refusedOnce: OneAnchorEvent = {
  type: 'AnchorAttempted',
  data: { anchor, outcome: 'not_applied', code: 'rail_refused' },
};
const lost: OneAnchorEvent = {
  type: 'AnchorAttempted',
  data: { anchor, outcome: 'unknown', code: 'rail_timeout' },
};
const submitted: OneAnchorEvent = {
  type: 'AnchorSubmitted',
  data: { anchor, calendar: 'local calendar: proves nothing to outsiders', proof: 'aa' },
};
const upgraded: OneAnchorEvent = { type: 'AnchorUpgraded', data: { anchor, proof: 'bb' } };
const confirmed: OneAnchorEvent = {
  type: 'AnchorConfirmed',
  data: { anchor, height: 9, proof: 'cc' },
};
const prepared: OneAnchorEvent = { type: 'AnchorPrepared', data: { anchor, prepared: 'f1' } };
const raised: OneAnchorEvent = { type: 'AnchorPrepared', data: { anchor, prepared: 'f2' } };
const dropped: OneAnchorEvent = {
  type: 'AnchorDropped',
  // SHA-256 of the byte aa.
  data: {
    anchor,
    drops: parsedHash('bceef655b5a034911f1c3718ce056531b45ef03b4c7b1f15629e867294011a7d'),
    code: 'reorged',
  },
};
const failed: OneAnchorEvent = { type: 'AnchorFailed', data: { anchor, reason: 'closed down' } };
const batchOf: Omit<Batch, 'batch'> = {
  subject,
  from: 3,
  payload: testHash('payload'),
  diffs: 2,
  values: [{ denomination: parsed('BTC/8'), amount: amount(12n) }],
  rails: ['lightning', 'opentimestamps'],
  settles: {
    edge: testHash('edge'),
    debtor: testKey('debtor').id,
    creditor: testKey('creditor').id,
    denomination: parsed('BTC/8'),
    amount: amount(5n),
    request: null,
    target: 'https://creditor.example/invoices',
  },
};
const closed: AnchorEvent = {
  type: 'BatchClosed',
  data: {
    ...batchOf,
    batch: batchId(batchOf),
    reason: 'fee_low',
    quarantined: [{ edge: testHash('bad'), reason: 'disputed' }],
  },
};
const oneEvents = [
  planned,
  prepared,
  refusedOnce,
  lost,
  submitted,
  upgraded,
  dropped,
  confirmed,
  failed,
];
const allEvents: readonly AnchorEvent[] = [closed, ...oneEvents];

const plan: AnchorCommand = { kind: 'plan', subject, rail, idempotencyKey };
const isRefused: AnchorCommand = {
  kind: 'attempted',
  outcome: 'not_applied',
  code: 'rail_refused',
};
const isLost: AnchorCommand = { kind: 'attempted', outcome: 'unknown', code: 'rail_timeout' };
const submits: AnchorCommand = {
  kind: 'submitted',
  calendar: 'local calendar: proves nothing to outsiders',
  proof: 'aa',
};
const upgrades: AnchorCommand = { kind: 'upgraded', improves: 'aa', proof: 'bb' };
const confirms: AnchorCommand = { kind: 'confirmed', improves: 'aa', height: 9, proof: 'cc' };
const abandons: AnchorCommand = { kind: 'abandon', reason: 'closed down' };

const prepares: AnchorCommand = { kind: 'prepared', replaces: null, prepared: 'f1' };
const raises: AnchorCommand = { kind: 'prepared', replaces: 'f1', prepared: 'f2' };
const drops: AnchorCommand = { kind: 'dropped', drops: 'aa', code: 'reorged' };

const stateOf = (events: readonly OneAnchorEvent[]) =>
  events.reduce<Anchor | undefined>((state, event) => evolveAnchor(state, event, AT), undefined);

const at = (minute: number) => unixMs(AT + minute * 60_000);
const timedState = (events: readonly OneAnchorEvent[]) =>
  events.reduce<Anchor | undefined>(
    (state, event, minute) => evolveAnchor(state, event, at(minute)),
    undefined,
  );

const rows: readonly [
  string,
  readonly OneAnchorEvent[],
  AnchorCommand,
  OneAnchorEvent | undefined,
][] = [
  ['a plan', [], plan, planned],
  ['the same plan again', [planned], plan, undefined],
  ['a plan with another key', [planned], { ...plan, idempotencyKey: testHash('2') }, undefined],
  ['a plan of an ended anchor', [planned, failed], plan, undefined],
  ['an outcome of nothing', [], submits, undefined],
  ['giving up nothing', [], abandons, undefined],
  ['a failed attempt', [planned], isRefused, refusedOnce],
  ['the same failure', [planned, refusedOnce], isRefused, undefined],
  ['another failure', [planned, refusedOnce], isLost, lost],
  ['the same unknown outcome', [planned, lost], isLost, undefined],
  ['certainty after an unknown outcome', [planned, lost], isRefused, refusedOnce],
  ['a failure once there is evidence', [planned, submitted], isLost, undefined],
  ['a submission', [planned], submits, submitted],
  ['a submission found after an unknown outcome', [planned, lost], submits, submitted],
  ['a second submission', [planned, submitted], submits, undefined],
  ['a late answer to a submission', [planned, submitted, upgraded], submits, undefined],
  ['a submission after giving up', [planned, failed], submits, undefined],
  ['better evidence', [planned, submitted], upgrades, upgraded],
  ['the same evidence', [planned, submitted], { ...upgrades, proof: 'aa' }, undefined],
  ['news of evidence that was replaced', [planned, submitted, upgraded], upgrades, undefined],
  ['better evidence of nothing', [planned], upgrades, undefined],
  ['a confirmation', [planned, submitted], confirms, confirmed],
  [
    'a confirmation after better evidence',
    [planned, submitted, upgraded],
    { ...confirms, improves: 'bb' },
    confirmed,
  ],
  ['a confirmation of replaced evidence', [planned, submitted, upgraded], confirms, undefined],
  ['a confirmation of nothing', [planned], confirms, undefined],
  ['a second confirmation', [planned, submitted, confirmed], confirms, undefined],
  ['what will be sent', [planned], prepares, prepared],
  ['the same prepared again', [planned, prepared], prepares, undefined],
  ['a raised fee', [planned, prepared, lost], raises, raised],
  ['a raise of what was replaced', [planned, prepared, raised], raises, undefined],
  ['a raise to the same', [planned, prepared], { ...raises, prepared: 'f1' }, undefined],
  ['preparing once there is evidence', [planned, prepared, submitted], raises, undefined],
  ['evidence that no longer stands', [planned, submitted], drops, dropped],
  ['the loss of other evidence', [planned, submitted, upgraded], drops, undefined],
  ['the same loss again', [planned, submitted, dropped], drops, undefined],
  ['the loss of final evidence', [planned, submitted, confirmed], drops, undefined],
  ['a submission found after a loss', [planned, submitted, dropped], submits, submitted],
  ['giving up', [planned], abandons, failed],
  ['giving up on an unknown outcome, by hand', [planned, lost], abandons, failed],
  ['giving up twice', [planned, failed], abandons, undefined],
  ['giving up what is confirmed', [planned, submitted, confirmed], abandons, undefined],
];

test.each(rows)('%s', (_name, given, command, gives) => {
  expect(decideAnchor(stateOf(given), command)).toEqual(gives);
});

const statuses: readonly [readonly OneAnchorEvent[], Partial<Anchor>][] = [
  [[planned], { status: 'planned', plannedAt: AT, calendar: null, proof: null, reason: null }],
  [[planned, refusedOnce], { status: 'planned', reason: 'rail_refused', proof: null }],
  [[planned, lost], { status: 'submitted', reason: 'rail_timeout', proof: null }],
  [[planned, lost, submitted], { status: 'pending', proof: 'aa', reason: null, height: null }],
  [[planned, submitted, upgraded], { status: 'pending', proof: 'bb' }],
  [[planned, submitted, confirmed], { status: 'confirmed', proof: 'cc', height: 9 }],
  [[planned, submitted, failed], { status: 'failed', proof: 'aa', reason: 'closed down' }],
  [[planned, prepared], { status: 'planned', prepared: 'f1' }],
  [[planned, prepared, lost, raised], { status: 'submitted', prepared: 'f2' }],
  [[planned, submitted, dropped], { status: 'submitted', proof: null, reason: 'reorged' }],
  // Where a payload was erased.
  [[planned, upgraded], { status: 'pending', proof: 'bb', calendar: null }],
  [[planned, confirmed], { status: 'confirmed', proof: 'cc', height: 9 }],
];

test.each(statuses)('after %j', (events, expected) => {
  expect(stateOf(events)).toMatchObject(expected);
});

test.each([
  [[planned], 0],
  [[planned, refusedOnce], 0],
  [[planned, prepared, lost], 2],
  [[planned, prepared, lost, raised], 2],
  [[planned, submitted, upgraded], 1],
  [[planned, submitted, dropped], 2],
  [[planned, submitted, upgraded, confirmed], 3],
])('the status after %j began with event %i', (events, since) => {
  expect(timedState(events)?.since).toBe(at(since));
});

test('without its plan an anchor stays unknown', () => {
  expect(stateOf([submitted, upgraded])).toBeUndefined();
});

test('events that no erasure puts out of place stop the stream', () => {
  expect(() => stateOf([planned, planned])).toThrow('planned once');
  expect(() => stateOf([planned, submitted, submitted])).toThrow('one submission');
  expect(() => stateOf([planned, submitted, lost])).toThrow('once there is evidence');
  expect(() => stateOf([planned, failed, submitted])).toThrow('ended anchor');
  expect(() => stateOf([planned, submitted, raised])).toThrow('once there is evidence');
  const other = { ...lost, data: { ...lost.data, anchor: testHash('other') } } as OneAnchorEvent;
  expect(() => stateOf([planned, other])).toThrow('the anchor that it names');
});

describe('an attempt', () => {
  const steps: readonly [AttemptKnowledge, boolean, string][] = [
    ['not_applied', true, 'submit'],
    ['not_applied', false, 'submit'],
    ['unknown', true, 'look_up'],
    ['unknown', false, 'look_up'],
    ['looked_up_in_vain', true, 'submit'],
    ['looked_up_in_vain', false, 'wait'],
    ['void', true, 'submit'],
    ['void', false, 'submit'],
    ['replaced', true, 'submit'],
    ['replaced', false, 'submit'],
  ];
  test.each(steps)('knowing %s, with repeats harmless %s: %s', (knowledge, same, step) => {
    expect(nextAttemptStep(knowledge, { repeatIsSameSubmission: same })).toBe(step);
  });

  const prepared: readonly [Preparation, AttemptKnowledge, string][] = [
    // What is not recorded was never sent, whatever happened to this process.
    ['missing', 'unknown', 'prepare'],
    ['missing', 'not_applied', 'prepare'],
    ['recorded', 'unknown', 'look_up'],
    ['recorded', 'not_applied', 'submit'],
    ['recorded', 'replaced', 'submit'],
    ['recorded', 'void', 'prepare'],
    ['recorded', 'looked_up_in_vain', 'wait'],
    // It may have been sent, and nobody can say what it was: only a human looks further.
    ['erased', 'unknown', 'wait'],
    ['erased', 'not_applied', 'wait'],
  ];
  test.each(prepared)('on a rail that moves money, %s, knowing %s: %s', (what, knowledge, step) => {
    expect(nextAttemptStep(knowledge, { repeatIsSameSubmission: false }, what)).toBe(step);
  });

  test('is known not to be applied only when every attempt is', () => {
    expect(outcomeAfter('void', 'not_applied')).toBe('not_applied');
    expect(outcomeAfter('replaced', 'not_applied')).toBe('unknown');
    expect(outcomeAfter('not_applied', 'not_applied')).toBe('not_applied');
    expect(outcomeAfter('not_applied', 'unknown')).toBe('unknown');
    expect(outcomeAfter('not_applied', 'applied')).toBe('unknown');
    expect(outcomeAfter('looked_up_in_vain', 'not_applied')).toBe('unknown');
  });
});

const SEED = 20261122;
console.log(`anchor: seed ${SEED}`);

test('whatever happens, one submission is counted and an end stays', () => {
  const proof = fc.constantFrom('aa', 'bb', 'cc', 'dd');
  const command: fc.Arbitrary<AnchorCommand> = fc.oneof(
    fc.constantFrom<AnchorCommand>(plan, plan, isRefused, isLost, submits, submits),
    fc.record({ kind: fc.constant('upgraded' as const), improves: proof, proof }),
    fc.record({
      kind: fc.constant('confirmed' as const),
      improves: proof,
      proof,
      height: fc.nat(),
    }),
    fc.constant(abandons),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (script) => {
      const events: OneAnchorEvent[] = [];
      let state: Anchor | undefined;
      for (const one of script) {
        const event = decideAnchor(state, one);
        if (event === undefined) continue;
        state = evolveAnchor(state, event, AT);
        events.push(event);
        // The same again says nothing new.
        expect(decideAnchor(state, one)).toBeUndefined();
      }
      expect(events.filter(({ type }) => type === 'AnchorSubmitted').length).toBeLessThan(2);
      const end = events.findIndex(({ type }) => /Confirmed|Failed/.test(type));
      expect([-1, events.length - 1]).toContain(end);
      const again = events.map(
        (e) => decodeAnchorEvent(e.type, encodeAnchorEvent(e)) as OneAnchorEvent,
      );
      expect(stateOf(again)).toEqual(state);
    }),
    { seed: SEED, verbose: 1 },
  );
});

describe('the text of an event', () => {
  const page = readFileSync(
    fileURLToPath(new URL('../../../../docs/reference/events.md', import.meta.url)),
    'utf8',
  );
  test.each(allEvents.map((event) => [event.type, event] as const))('%s', (type, event) => {
    const json = encodeAnchorEvent(event);
    if (!isJsonObject(json)) throw new Error('data is an object');
    expect(decodeAnchorEvent(type, json)).toEqual(event);
    expect(() => decodeAnchorEvent(type, { ...json, refund: '1' })).toThrow('unknown_field');
    const section = page.split(/^## /m).find((one) => one.startsWith(`${type}\n`)) ?? '';
    const fields = Object.keys(json).filter((field) => field !== 'anchor');
    expect(fields.filter((field) => !section.includes(`\`${field}\``))).toEqual([]);
  });

  test('what could not be read back is not written', () => {
    const tooBig = { ...submitted.data, proof: 'aa'.repeat(65_537) };
    expect(() => encodeAnchorEvent({ type: 'AnchorUpgraded', data: tooBig })).toThrow(RangeError);
    expect(() => anchorId({ ...subject, size: 1.5 }, rail)).toThrow('subject/size');
  });

  test('an unknown type stops the reader', () => {
    expect(() => decodeAnchorEvent('AnchorLost', {})).toThrow('unknown event AnchorLost');
  });
});

test('the id of a batch depends on what it says, not on why it was closed', () => {
  expect(batchId({ ...batchOf })).toBe(closed.data.batch);
  expect(batchId({ ...batchOf, from: 4 })).not.toBe(closed.data.batch);
  expect(batchId({ ...batchOf, settles: null })).not.toBe(closed.data.batch);
  expect(() => batchId({ ...batchOf, rails: [] })).toThrow('batch/rails');
});

test('the id of an anchor depends on its subject and rail alone', () => {
  expect(anchorId({ ...subject }, rail)).toBe(anchor);
  expect(anchorId({ ...subject, size: 8 }, rail)).not.toBe(anchor);
  expect(anchorId(subject, 'other')).not.toBe(anchor);
});
