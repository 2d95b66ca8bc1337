import type { Nonce } from '@atomicity/kernel/units/id';

/** 2^48: six bytes of a nonce as a fraction of it. */
const FRACTION = 2 ** 48;
const STEPS_MAX = 30;

/**
 * How long to wait before try `attempt` (1, 2, …) is repeated, ms: drawn evenly from 1 up to
 * min(capMs, firstMs · 2^(attempt−1)), so that peers that failed together do not return together.
 * Source: full jitter, after AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
 */
export function backoffMs(attempt: number, firstMs: number, capMs: number, draw: Nonce): number {
  const steps = Math.min(Math.max(attempt, 1) - 1, STEPS_MAX);
  const ceiling = Math.min(capMs, firstMs * 2 ** steps);
  const fraction = Number.parseInt(draw.slice(0, 12), 16) / FRACTION;
  return 1 + Math.floor(fraction * ceiling);
}
