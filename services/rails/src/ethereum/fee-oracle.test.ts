// Goal: the oracle says what the node says, in order, and refuses answers it can't rest on. Method: scripted
// answers.
import type { PublicClient } from 'viem';
import { describe, expect, it } from 'vitest';
import { feeOracle } from './fee-oracle.ts';

const ANSWER = {
  oldestBlock: '0x10',
  baseFeePerGas: ['0xa', '0x14', '0x1e', '0x28'],
  baseFeePerBlobGas: ['0x1', '0x2', '0x3', '0x4'],
  gasUsedRatio: [0.5, 0.5, 0.5],
  reward: [['0x5'], ['0x1'], ['0x3']],
};

/** A node that gives one answer. */
function nodeSaying(answer: unknown): Pick<PublicClient, 'request'> {
  return { request: (async () => answer) as PublicClient['request'] };
}

describe('the fee oracle', () => {
  it('quotes the next block, with the usual tip', async () => {
    expect(await feeOracle(nodeSaying(ANSWER), { tipMin: 1n }).quote()).toEqual({
      block: 0x12,
      baseFeePerGas: 40n,
      blobBaseFee: 4n,
      priorityFeePerGas: 3n,
    });
    const { priorityFeePerGas } = await feeOracle(nodeSaying(ANSWER), { tipMin: 9n }).quote();
    expect(priorityFeePerGas).toBe(9n);
  });

  it('tells the blocks before, oldest first', async () => {
    expect(await feeOracle(nodeSaying(ANSWER)).history(3)).toEqual([
      { block: 16, baseFeePerGas: 10n, blobBaseFee: 1n, priorityFeePerGas: 5n },
      { block: 17, baseFeePerGas: 20n, blobBaseFee: 2n, priorityFeePerGas: 1n },
      { block: 18, baseFeePerGas: 30n, blobBaseFee: 3n, priorityFeePerGas: 3n },
    ]);
  });

  it.each<[string, unknown]>([
    ['the answer', null],
    ['oldestBlock', { ...ANSWER, oldestBlock: 16 }],
    ['baseFeePerGas', { ...ANSWER, baseFeePerGas: ['0x1'] }],
    ['baseFeePerGas', { ...ANSWER, baseFeePerGas: ['0x1', 'x', '0x1', '0x1'] }],
    ['baseFeePerBlobGas', { ...ANSWER, baseFeePerBlobGas: undefined }],
    ['baseFeePerBlobGas', { ...ANSWER, baseFeePerBlobGas: ['0x1'] }],
    ['reward', { ...ANSWER, reward: undefined }],
    ['reward', { ...ANSWER, reward: [['0x1'], [], ['0x1']] }],
  ])('refuses an unusable %s', async (field, answer) => {
    await expect(feeOracle(nodeSaying(answer)).quote()).rejects.toMatchObject({
      code: 'rail_answer_unusable',
      outcome: 'not_applied',
      shortMessage: `eth_feeHistory: ${field} is unusable`,
    });
  });

  it.each([0, 1.5, 1025])('refuses %d blocks', async (blocks) => {
    expect(() => feeOracle(nodeSaying(ANSWER), { blocks })).toThrow('blocks: 1 … 1024');
    await expect(feeOracle(nodeSaying(ANSWER)).history(blocks)).rejects.toThrow('blocks: 1 … 1024');
  });

  it('refuses a percentile above 100', () => {
    expect(() => feeOracle(nodeSaying(ANSWER), { tipPercentile: 101 })).toThrow('tipPercentile');
  });
});
