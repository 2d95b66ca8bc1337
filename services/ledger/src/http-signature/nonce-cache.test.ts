// Goal: no signed request passes twice while its signature is fresh. Method: a hand-turned clock.
import { expect, it } from 'vitest';
import { NonceCache } from './nonce-cache.ts';

it('answers fresh once, replayed until the expiry, fresh after it', () => {
  const cache = new NonceCache(4);
  expect(cache.remember('k', 'n', 100, 0)).toBe('fresh');
  expect(cache.remember('k', 'n', 100, 100)).toBe('replayed');
  expect(cache.remember('other', 'n', 100, 100)).toBe('fresh');
  expect(cache.remember('k', 'n', 201, 101)).toBe('fresh');
});

it('is full rather than forgetful', () => {
  const cache = new NonceCache(2);
  expect(cache.remember('k', '1', 100, 0)).toBe('fresh');
  expect(cache.remember('k', '2', 100, 0)).toBe('fresh');
  expect(cache.remember('k', '3', 100, 0)).toBe('full');
  expect(cache.remember('k', '3', 300, 101)).toBe('fresh');
  expect(cache.size).toBe(1);
});
