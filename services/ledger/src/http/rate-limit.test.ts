// Goal: a caller gets its burst and then its rate. Method: a clock that the test turns by hand.
import { expect, it } from 'vitest';
import { RateLimiter } from './rate-limit.ts';

it('gives the burst, then says how long to wait, then the rate', () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 3 }, 8);
  expect([1, 2, 3, 4].map(() => limiter.take('a', 1, 1000))).toEqual([0, 0, 0, 100]);
  expect(limiter.take('b', 1, 1000)).toBe(0);
  expect(limiter.take('a', 1, 1099)).toBe(1);
  expect(limiter.take('a', 1, 1100)).toBe(0);
});

it('charges a request dearer than the burst the whole burst, so that it can pass at all', () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 3 }, 8);
  expect(limiter.take('a', 512, 0)).toBe(0);
  expect(limiter.take('a', 512, 0)).toBe(300);
});

it('does not give tokens back when the clock goes backwards', () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 1 }, 8);
  expect(limiter.take('a', 1, 1000)).toBe(0);
  expect(limiter.take('a', 1, 0)).toBe(100);
});

it('keeps at most the given number of callers', () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, 2);
  for (const caller of ['a', 'b', 'c']) limiter.take(caller, 1, 0);
  expect(limiter.take('c', 1, 0)).toBe(1000);
  expect(limiter.take('a', 1, 0)).toBe(0);
});
