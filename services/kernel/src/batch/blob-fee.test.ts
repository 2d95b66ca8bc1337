// Goal: fees as the chain counts them. Method: the vectors of clients, and rows worked by hand.
import { describe, expect, test } from 'vitest';
import {
  blobBaseFee,
  blobReservePrice,
  countBytes,
  fakeExponential,
  nextExcessBlobGas,
  transactionGasOf,
} from './blob-fee.ts';
import { type BlobParameters, blobParametersAt, ETHEREUM_MAINNET } from './fork-numbers.ts';

const forkAt = (date: string): BlobParameters => {
  const found = blobParametersAt(ETHEREUM_MAINNET, Date.parse(date));
  if (found === undefined) throw new Error(date);
  return found;
};
const CANCUN = forkAt('2024-04-01');
const PRAGUE = forkAt('2025-06-01');
const BPO2 = forkAt('2026-06-01');
const GWEI = 10n ** 9n;
const BLOB = 131_072n;

describe('the exponential of the fee', () => {
  // The vectors that go-ethereum tests its own with.
  test.each([
    [1n, 0n, 1n, 1n],
    [38_493n, 0n, 1_000n, 38_493n],
    [0n, 1_234n, 2_345n, 0n],
    [1n, 2n, 1n, 6n],
    [1n, 4n, 2n, 6n],
    [1n, 3n, 1n, 16n],
    [1n, 6n, 2n, 18n],
    [1n, 4n, 1n, 49n],
    [1n, 8n, 2n, 50n],
    [10n, 8n, 2n, 542n],
    [11n, 8n, 2n, 596n],
    [1n, 5n, 1n, 136n],
    [1n, 5n, 2n, 11n],
    [2n, 5n, 2n, 23n],
    [1n, 50_000_000n, 2_225_652n, 5_709_098_764n],
  ])('%s · e^(%s / %s) = %s', (factor, numerator, denominator, expected) => {
    expect(fakeExponential(factor, numerator, denominator)).toBe(expected);
  });

  test.each([
    [-1n, 0n, 1n],
    [1n, -1n, 1n],
    [1n, 1n, 0n],
  ])('does not exist for (%s, %s, %s)', (factor, numerator, denominator) => {
    expect(() => fakeExponential(factor, numerator, denominator)).toThrow(RangeError);
  });
});

describe('the blob base fee', () => {
  // go-ethereum's vectors for Cancun: 1 wei up to e^0.693, then 2.
  test.each([
    [0n, 1n],
    [2_314_057n, 1n],
    [2_314_058n, 2n],
    [10n * 1024n * 1024n, 23n],
  ])('for an excess of %s on Cancun is %s wei', (excess, expected) => {
    expect(blobBaseFee(excess, CANCUN.baseFeeUpdateFraction)).toBe(expected);
  });

  test('rises by an eighth for each full block, and starts to rise above the target, not the maximum', () => {
    const rise = (parameters: BlobParameters) => {
      const start = 100_000_000n;
      const full = start + (parameters.max - parameters.target) * BLOB;
      const before = blobBaseFee(start, parameters.baseFeeUpdateFraction);
      return (blobBaseFee(full, parameters.baseFeeUpdateFraction) * 1000n) / before;
    };
    // EIP-4844: 12.5 % a block. EIP-7691: 8.2 %, since max is less than twice the target; the later forks keep it.
    expect([rise(CANCUN), rise(PRAGUE), rise(BPO2)]).toEqual([1_125n, 1_081n, 1_081n]);
    const header = { baseFeePerGas: GWEI, excessBlobGas: 0n };
    const after = (blobs: bigint) =>
      nextExcessBlobGas({ ...header, blobGasUsed: blobs * BLOB }, CANCUN, ETHEREUM_MAINNET);
    expect([after(2n), after(3n), after(4n), after(6n)]).toEqual([0n, 0n, BLOB, 3n * BLOB]);
  });
});

describe('the reserve price of EIP-7918', () => {
  const header = { excessBlobGas: 50n * BLOB, blobGasUsed: 14n * BLOB, baseFeePerGas: 16n };
  test('holds the excess up where a blob costs less than its share of execution gas', () => {
    // 8192 · 16 = 131,072 · 1: at a fee of 1 wei it does not bind at 16 wei, and does at 17.
    expect(blobReservePrice(16n, ETHEREUM_MAINNET)).toBe(1n);
    expect(blobReservePrice(17n, ETHEREUM_MAINNET)).toBe(2n);
    expect(nextExcessBlobGas(header, BPO2, ETHEREUM_MAINNET)).toBe(50n * BLOB);
    const dear = { ...header, baseFeePerGas: 17n };
    // 14 blobs · (21 − 14) / 21.
    expect(nextExcessBlobGas(dear, BPO2, ETHEREUM_MAINNET)).toBe(50n * BLOB + 611_669n);
  });

  test('bound nothing before Osaka', () => {
    const dear = { ...header, blobGasUsed: 6n * BLOB, baseFeePerGas: GWEI };
    expect(nextExcessBlobGas(dear, PRAGUE, ETHEREUM_MAINNET)).toBe(50n * BLOB);
  });
});

describe('gas of a transaction with data', () => {
  test.each([
    ['nothing', 0, 0, 0n, 21_000n],
    ['execution dearer than the floor', 0, 100, 2_400n, 21_000n + 1_600n + 2_400n],
    ['at the floor: 40 gas a byte', 0, 100, 0n, 21_000n + 4_000n],
    ['zero bytes at the floor: 10 gas a byte', 100, 0, 0n, 21_000n + 1_000n],
    ['one gas above the floor', 0, 100, 2_401n, 21_000n + 4_001n],
  ] as const)('%s', (_, zeroBytes, nonZeroBytes, executionGas, expected) => {
    expect(transactionGasOf({ zeroBytes, nonZeroBytes }, executionGas, ETHEREUM_MAINNET)).toBe(
      expected,
    );
  });

  test('counts its bytes', () => {
    expect(countBytes(Uint8Array.of(0, 1, 0, 255))).toEqual({ zeroBytes: 2, nonZeroBytes: 2 });
  });
});

describe('the book', () => {
  const before7623 = {
    ...ETHEREUM_MAINNET,
    calldataFloorPerToken: { ...ETHEREUM_MAINNET.calldataFloorPerToken, value: 1n },
  };

  test('counts 200 bytes each for 10,247 settlements: 0.98 ETH at 30 gwei, without what a transaction costs', () => {
    const bytes = { zeroBytes: 0, nonZeroBytes: 10_247 * 200 };
    const gas = transactionGasOf(bytes, 0n, before7623) - 21_000n;
    expect(gas).toBe(32_790_400n);
    expect(gas * 30n * GWEI).toBe(983_712_000_000_000_000n);
    // Today the floor alone makes it two and a half times as dear, and too much for one transaction.
    const today = transactionGasOf(bytes, 0n, ETHEREUM_MAINNET);
    expect(today).toBe(81_997_000n);
    expect(today > ETHEREUM_MAINNET.transactionGasMax.value).toBe(true);
  });

  test('counts 288 gas and 8,640 gwei for a diff of 18 bytes as calldata', () => {
    const gas = transactionGasOf({ zeroBytes: 0, nonZeroBytes: 18 }, 0n, before7623) - 21_000n;
    expect(gas).toBe(288n);
    expect(gas * 30n).toBe(8_640n);
  });

  test('counts 131,072 wei for a blob at 1 wei', () => {
    expect(BLOB * blobBaseFee(0n, CANCUN.baseFeeUpdateFraction)).toBe(131_072n);
  });
});
