/** Closures, views and policies to vary in tests. */
import type { Closure } from '../batch/closure.ts';
import type { BatchPolicy, BatchQueue, ChainView } from '../batch/schedule.ts';
import { amount, type SignedAmount, signedAmount } from '../units/amount.ts';
import { type Denomination, parseDenomination } from '../units/denomination.ts';
import { type Hash, parseHash } from '../units/id.ts';
import { type UnixMs, unixMs } from '../units/time.ts';

/** The start of every scene here, in ms since the epoch. */
export const SCENE = unixMs(1_795_000_000_000);

export const MINUTE = 60_000;

/** `minutes` after the start of the scene. */
export function minute(minutes: number): UnixMs {
  return unixMs(SCENE + minutes * MINUTE);
}

export function unitOf(text: string): Denomination {
  const denomination = parseDenomination(text);
  if (denomination === undefined) throw new RangeError(`no denomination: ${text}`);
  return denomination;
}

/** The edge that is called `number` in a scene. */
export function edgeOf(number: number): Hash {
  const hash = parseHash(number.toString(16).padStart(64, '0'));
  if (hash === undefined) throw new RangeError(`no edge: ${number}`);
  return hash;
}

/** A closure of an edge that stood at 0 before, in USD/6 since the start of the scene. */
export function closureOf(number: number, delta: bigint, change: Partial<Closure> = {}): Closure {
  return {
    edge: edgeOf(number),
    denomination: unitOf('USD/6'),
    before: signedAmount(0n),
    delta,
    moves: 1,
    since: SCENE,
    pays: null,
    ...change,
  };
}

/** Where a closure says that its edge stands now; for deltas inside ±(2^63−1). */
export function balanceAfter({ before, delta }: Closure): SignedAmount {
  return signedAmount(before + delta);
}

/** Nothing is known of any chain. */
export const NO_VIEW: ChainView = { fee: null, feeHistory: [], tips: [] };

export function queueOf(
  closures: readonly Closure[],
  change: Partial<BatchQueue> = {},
): BatchQueue {
  return { closures, timelocks: [], payloadBytes: null, asked: false, ...change };
}

/** A dollar may stand, ten minutes before a timelock, an hour at most; below the 25th of 4 fees. */
export const POLICY: BatchPolicy = {
  exposureCaps: [{ denomination: unitOf('USD/6'), cap: amount(1_000_000n) }],
  safetyMarginMs: 10 * MINUTE,
  ageMaxMs: 60 * MINUTE,
  lowFee: { percentile: 25, samplesMin: 4, samplesMax: 100, ageMaxMs: MINUTE },
  closuresMin: 1,
  fill: null,
};
