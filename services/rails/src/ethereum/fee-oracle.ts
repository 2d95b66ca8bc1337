/** What blocks ask for gas and blob gas, as the chain's node tells it. */
import { hexToBigInt, hexToNumber, isHex, numberToHex, type PublicClient } from 'viem';
import { RailError } from '../port.ts';
import { railErrorOf } from './chain-errors.ts';
import type { FeeQuote } from './fee-bounds.ts';

/** What one block asked. All fees are wei per gas. */
export type BlockFees = {
  readonly block: number;
  readonly baseFeePerGas: bigint;
  readonly blobBaseFee: bigint;
  /** The tip at the oracle's percentile of the block's gas. */
  readonly priorityFeePerGas: bigint;
};

export type FeeOracleOptions = {
  /** Blocks of which the usual tip is the median, 1 … 1024; default 20. */
  readonly blocks?: number;
  /** Of the gas in a block, 0 … 100: the tip that was enough for this share of it; default 50. */
  readonly tipPercentile?: number;
  /** The least tip that is quoted, wei per gas; default 1,000,000. Blocks without transactions say 0. */
  readonly tipMin?: bigint;
};

export interface FeeOracle {
  /** What the next block asks. @throws {RailError} (not_applied). */
  quote(): Promise<FeeQuote>;
  /** The newest `blocks` blocks, 1 … 1024, oldest first; fewer on a short chain. @throws {RailError}. */
  history(blocks: number): Promise<readonly BlockFees[]>;
}

const BLOCKS_MAX = 1024;

type FeeHistory = {
  readonly blocks: readonly BlockFees[];
  readonly next: { readonly baseFeePerGas: bigint; readonly blobBaseFee: bigint };
};

function unusable(field: string): RailError {
  return new RailError({
    code: 'rail_answer_unusable',
    outcome: 'not_applied',
    shortMessage: `eth_feeHistory: ${field} is unusable`,
  });
}

function quantities(value: unknown, field: string, length: number): readonly bigint[] {
  if (!Array.isArray(value) || value.length !== length) throw unusable(field);
  return value.map((each: unknown) => {
    if (!isHex(each)) throw unusable(field);
    return hexToBigInt(each);
  });
}

/** Read strictly: viem's own type leaves the blob fees out. */
function readFeeHistory(answer: unknown): FeeHistory {
  if (!(answer instanceof Object)) throw unusable('the answer');
  const { oldestBlock, baseFeePerGas, baseFeePerBlobGas, reward }: Record<string, unknown> = {
    ...answer,
  };
  if (!isHex(oldestBlock)) throw unusable('oldestBlock');
  if (!Array.isArray(baseFeePerGas) || baseFeePerGas.length < 2) throw unusable('baseFeePerGas');
  const { length } = baseFeePerGas;
  const base = quantities(baseFeePerGas, 'baseFeePerGas', length);
  const blob = quantities(baseFeePerBlobGas, 'baseFeePerBlobGas', length);
  if (!Array.isArray(reward) || reward.length !== length - 1) throw unusable('reward');
  const tips = reward.map((each: unknown) => quantities(each, 'reward', 1)[0] ?? 0n);
  const oldest = hexToNumber(oldestBlock);
  const at = (i: number) => ({ baseFeePerGas: base[i] ?? 0n, blobBaseFee: blob[i] ?? 0n });
  return {
    blocks: tips.map((priorityFeePerGas, i) => ({
      block: oldest + i,
      ...at(i),
      priorityFeePerGas,
    })),
    next: at(length - 1),
  };
}

function median(values: readonly bigint[]): bigint {
  const sorted = [...values].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
  return sorted[Math.floor(sorted.length / 2)] ?? 0n;
}

/** Asks the node each time: an answer is as new as the call. @throws RangeError for an option out of range. */
export function feeOracle(
  client: Pick<PublicClient, 'request'>,
  { blocks = 20, tipPercentile = 50, tipMin = 1_000_000n }: FeeOracleOptions = {},
): FeeOracle {
  checkBlocks(blocks);
  if (!(tipPercentile >= 0 && tipPercentile <= 100)) {
    throw new RangeError(`tipPercentile: 0 … 100, not ${tipPercentile}`);
  }
  const ask = async (count: number): Promise<FeeHistory> => {
    checkBlocks(count);
    try {
      const answer: unknown = await client.request({
        method: 'eth_feeHistory',
        params: [numberToHex(count), 'latest', [tipPercentile]],
      });
      return readFeeHistory(answer);
    } catch (error) {
      throw railErrorOf(error, 'not_applied');
    }
  };
  return {
    history: async (count) => (await ask(count)).blocks,
    quote: async () => {
      const { blocks: recent, next } = await ask(blocks);
      const tip = median(recent.map(({ priorityFeePerGas }) => priorityFeePerGas));
      const block = recent.at(-1)?.block ?? 0;
      return { block, ...next, priorityFeePerGas: tip > tipMin ? tip : tipMin };
    },
  };
}

function checkBlocks(blocks: number): void {
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > BLOCKS_MAX) {
    throw new RangeError(`blocks: 1 … ${BLOCKS_MAX}, not ${blocks}`);
  }
}
