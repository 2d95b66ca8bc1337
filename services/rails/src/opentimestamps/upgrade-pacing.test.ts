// Goal: calendars are asked seldom, and ever more seldom. Method: rows, and a walk over a week.
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
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
  const anchor = 'ab'.repeat(32) as Hash;

  it('knows each anchor by itself and forgets what is not pending', () => {
    const pacer = new UpgradePacer();
    const other = 'cd'.repeat(32) as Hash;
    const now = after(10 * MINUTE);
    expect(pacer.isDue(anchor, SINCE, now - 1)).toBe(false);
    expect(pacer.isDue(anchor, SINCE, now)).toBe(true);
    pacer.asked(anchor, now);
    expect(pacer.isDue(anchor, SINCE, now)).toBe(false);
    expect(pacer.isDue(other, SINCE, now)).toBe(true);
    pacer.keepOnly([anchor]);
    expect(pacer.nextAt(anchor, SINCE, now)).toBe(after(20 * MINUTE));
    pacer.keepOnly([other]);
    expect(pacer.isDue(anchor, SINCE, now)).toBe(true);
  });

  it('refuses a pacing that is none', () => {
    expect(() => new UpgradePacer({ leastMs: 0, mostMs: 1, ageDivisor: 1 })).toThrow(RangeError);
    expect(() => new UpgradePacer({ leastMs: 2, mostMs: 1, ageDivisor: 1 })).toThrow(RangeError);
  });
});
