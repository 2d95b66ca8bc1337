/** Paths over several chains for tests: the book's of Bitcoin, Ethereum and a second layer. */
import type { PathHop, PathPolicy } from '../crosschain/plan-path.ts';
import { rational } from '../crosschain/rational.ts';
import type { ReorgModel } from '../crosschain/reorg-model.ts';
import { MINUTE } from './batch-samples.ts';

const SECOND = 1_000;

/** One block in a hundred is stale, each further one a twentieth as likely; a tenth of the work is hostile. */
export const PROOF_OF_WORK: ReorgModel = {
  natural: { kind: 'geometric', first: rational(1n, 100n), ratio: rational(1n, 20n), cutoff: 100 },
  adversary: rational(1n, 10n),
};

/** As rarely taken back as finality promises. */
export const FINAL: ReorgModel = {
  natural: {
    kind: 'geometric',
    first: rational(1n, 10n ** 9n),
    ratio: rational(1n, 2n),
    cutoff: 9,
  },
  adversary: rational(0n, 1n),
};

/** A payment of 50 dollars, counted in millionths; half a dollar may be lost on average. */
const VALUE = 50_000_000n;
const money = { value: VALUE, redeemCost: 1_000_000n };

export const BITCOIN: PathHop = {
  name: 'bitcoin',
  timing: { chain: 'bitcoin', fastMs: 10 * MINUTE, meanMs: 10 * MINUTE, slowMs: 30 * MINUTE },
  confirmations: 3,
  claimMs: 30 * MINUTE,
  deviationMs: 10 * MINUTE,
  forcedInclusionMs: 0,
  expiry: { kind: 'time', ms: 180 * MINUTE },
  risk: { model: PROOF_OF_WORK, lossMax: 1_000_000n },
  ...money,
};

export const ETHEREUM: PathHop = {
  name: 'ethereum',
  timing: { chain: 'ethereum', fastMs: 12 * SECOND, meanMs: 12 * SECOND, slowMs: 15 * SECOND },
  confirmations: 64,
  claimMs: 30 * MINUTE,
  deviationMs: 12 * SECOND,
  forcedInclusionMs: 0,
  expiry: { kind: 'time', ms: 75 * MINUTE },
  risk: { model: FINAL, lossMax: 1_000_000n },
  ...money,
};

export const SECOND_LAYER: PathHop = {
  name: 'second layer',
  timing: { chain: 'second layer', fastMs: 2 * SECOND, meanMs: 2 * SECOND, slowMs: 2 * SECOND },
  confirmations: 1,
  claimMs: 10 * MINUTE,
  deviationMs: 2 * SECOND,
  forcedInclusionMs: 15 * MINUTE,
  expiry: { kind: 'time', ms: 30 * MINUTE },
  risk: { model: FINAL, lossMax: 1_000_000n },
  ...money,
};

/** The book's path: 180, 75 and 30 minutes. */
export const BOOK_PATH: readonly PathHop[] = [BITCOIN, ETHEREUM, SECOND_LAYER];

export const PATH_POLICY: PathPolicy = {
  lockups: [{ valueMax: 1_000_000_000n, lockupMaxMs: 180 * MINUTE }],
  toleranceMs: 180 * MINUTE,
  redeemMaxBps: 1_000,
  timing: 'mean',
};
