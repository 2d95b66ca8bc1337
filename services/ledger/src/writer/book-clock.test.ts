// Goal: a book's time never goes backwards, and says when the clock did. Method: a scripted clock.
import { unixMs } from '@atomicity/kernel/units/time';
import { expect, it } from 'vitest';
import { BookClock } from './book-clock.ts';

it('follows the clock forwards, holds when it goes back, and counts', () => {
  const times = [1000, 1500, 900, 1499.9, 1501.7];
  const clock = new BookClock({ now: () => times.shift() ?? 0 }, unixMs(1200));
  expect([clock.now(), clock.now(), clock.now()]).toEqual([1200, 1500, 1500]);
  expect([clock.clampedCount, clock.behindMs]).toEqual([2, 600]);
  expect([clock.now(), clock.now()]).toEqual([1500, 1501]);
  expect([clock.clampedCount, clock.behindMs]).toEqual([3, 0]);
});
