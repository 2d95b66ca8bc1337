import type { UnixMs } from '@atomicity/kernel/units/time';
import { COUNTER_MAX } from '@atomicity/kernel/wire/value-codecs';
import type { Journal } from '../ports.ts';

/** 2020-01-01: seconds since then fit a counter until 2088. */
const EPOCH_S = 1_577_836_800;

/**
 * The next number of a series, noted before it is used. It is at least the seconds since 2020, so
 * that a lost journal does not take a series back to what readers have seen long ago.
 */
export function nextSequence(journal: Journal, series: string, now: UnixMs, above = 0): number {
  const last = Number(journal.get('sequence', series) ?? '0');
  const seconds = Math.max(1, Math.floor(now / 1_000) - EPOCH_S);
  const next = Math.min(COUNTER_MAX, Math.max(last + 1, above + 1, seconds));
  journal.put('sequence', series, `${next}`);
  return next;
}
