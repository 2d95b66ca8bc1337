// Goal: calendars are asked seldom, and ever more seldom. Method: rows, and a walk over a week.
import { describe, expect, it } from 'vitest';
import type { AnchorRail, Upgrade } from '../port.ts';
import { pacedUpgrades } from './paced-upgrades.ts';
import { nextUpgradeAt, UpgradePacer } from './upgrade-pacing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SINCE = 1_800_000_000_000;
const after = (ms: number) => SINCE + ms;

describe('the next question', () => {
  it.each([
    ['never asked', null, 10 * MINUTE],
    ['asked after ten minutes', 10 * MINUTE, 20 * MINUTE],
    ['asked after two hours', 2 * HOUR, 2 * HOUR + 10 * MINUTE],
    ['asked after a day', 24 * HOUR, 26 * HOUR],
    ['asked after three days', 72 * HOUR, 78 * HOUR],
    ['asked after a month', 720 * HOUR, 726 * HOUR],
  ])('%s', (_name, askedAfter, next) => {
    const askedAt = askedAfter === null ? null : after(askedAfter);
    const now = askedAt ?? SINCE;
    expect(nextUpgradeAt({ since: SINCE, askedAt }, now)).toBe(after(next));
  });

  it('is put off by one pause at most when a clock was set back', () => {
    const history = { since: SINCE, askedAt: after(24 * HOUR) };
    expect(nextUpgradeAt(history, after(HOUR))).toBe(after(3 * HOUR));
    expect(nextUpgradeAt({ since: SINCE, askedAt: null }, SINCE - HOUR)).toBe(
      SINCE - HOUR + 10 * MINUTE,
    );
  });

  it('comes never within ten minutes, and about 70 times in a week', () => {
    let askedAt: number | null = null;
    let count = 0;
    for (let now = SINCE; now < after(168 * HOUR); now += MINUTE) {
      if (nextUpgradeAt({ since: SINCE, askedAt }, now) > now) continue;
      if (askedAt !== null) expect(now - askedAt).toBeGreaterThanOrEqual(10 * MINUTE);
      askedAt = now;
      count += 1;
    }
    expect(count).toBe(72);
  });
});

describe('the pacer', () => {
  it('knows each anchor by itself, and asks at once about one that it has not heard of', () => {
    const pacer = new UpgradePacer();
    pacer.submitted('a', SINCE);
    pacer.submitted('a', after(HOUR));
    expect(pacer.nextAt('a', SINCE)).toBe(after(10 * MINUTE));
    expect(pacer.isDue('b', SINCE)).toBe(true);
    pacer.asked('b', SINCE);
    expect(pacer.isDue('b', after(10 * MINUTE - 1))).toBe(false);
    expect(pacer.isDue('b', after(10 * MINUTE))).toBe(true);
    pacer.asked('a', after(24 * HOUR));
    expect(pacer.nextAt('a', after(24 * HOUR))).toBe(after(26 * HOUR));
    pacer.forget('a');
    expect(pacer.isDue('a', after(24 * HOUR))).toBe(true);
  });

  it('refuses a pacing that is none', () => {
    expect(() => new UpgradePacer({ leastMs: 0, mostMs: 1, ageDivisor: 1 })).toThrow(RangeError);
    expect(() => new UpgradePacer({ leastMs: 2, mostMs: 1, ageDivisor: 1 })).toThrow(RangeError);
  });
});

describe('a paced rail', () => {
  const submission = { root: new Uint8Array(32), idempotencyKey: new Uint8Array(32) };
  const never = new AbortController().signal;

  function world(answers: readonly (Upgrade | Error)[]) {
    const evidence = { bytes: Uint8Array.of(1) };
    const state = { now: SINCE, asked: 0 };
    const rail: AnchorRail = {
      name: 'opentimestamps',
      label: 'a double',
      repeatIsSameSubmission: true,
      submit: () => Promise.resolve(evidence),
      lookUp: () => Promise.resolve({ kind: 'unknown' }),
      upgrade: () => {
        const answer = answers[state.asked] ?? { kind: 'unchanged' };
        state.asked += 1;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    return { state, evidence, paced: pacedUpgrades(rail, { now: () => state.now }) };
  }

  it('is the same rail, and asks first ten minutes after it submitted', async () => {
    const { state, evidence, paced } = world([]);
    expect(paced).toMatchObject({ name: 'opentimestamps', repeatIsSameSubmission: true });
    expect(await paced.lookUp(submission, never)).toEqual({ kind: 'unknown' });
    expect(await paced.submit(submission, never)).toBe(evidence);
    expect(await paced.upgrade(evidence, never, submission)).toEqual({ kind: 'unchanged' });
    expect(state.asked).toBe(0);
    state.now = after(10 * MINUTE);
    await paced.upgrade(evidence, never, submission);
    await paced.upgrade(evidence, never, submission);
    expect(state.asked).toBe(1);
  });

  it('asks at once after a restart, seldom when that failed, and forgets what is done', async () => {
    const confirmed: Upgrade = {
      kind: 'confirmed',
      evidence: { bytes: Uint8Array.of(2) },
      height: 1,
    };
    const { state, evidence, paced } = world([new Error('down'), confirmed]);
    await expect(paced.upgrade(evidence, never)).rejects.toThrow('down');
    expect(await paced.upgrade(evidence, never)).toEqual({ kind: 'unchanged' });
    state.now = after(10 * MINUTE);
    expect(await paced.upgrade(evidence, never)).toBe(confirmed);
    expect(state.asked).toBe(2);
    await paced.upgrade(evidence, never);
    expect(state.asked).toBe(3);
  });
});
