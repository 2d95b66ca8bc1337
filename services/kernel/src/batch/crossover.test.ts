// Goal: from how many on a batch pays. Method: the book's figures, and counting on random ones.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BlobCrossover, blobCrossover, crossover } from './crossover.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const GWEI = 10n ** 9n;

describe('one proof against single closes', () => {
  test.each([
    // The book: 6 to 7 for its own figures; its other figures for a close give 2 to 7.
    [230_000n, 45_000n, 6n],
    [300_000n, 45_000n, 7n],
    [230_000n, 70_000n, 4n],
    [230_000n, 200_000n, 2n],
    // As dear is no dearer.
    [90_000n, 45_000n, 2n],
    [90_001n, 45_000n, 3n],
    [0n, 45_000n, 0n],
  ])('%s gas against %s a close: %s', (verifyGas, perCloseGas, expected) => {
    expect(crossover({ verifyGas, perCloseGas })).toBe(expected);
  });

  test.each([
    [-1n, 1n],
    [1n, 0n],
  ])('does not exist for %s against %s', (verifyGas, perCloseGas) => {
    expect(() => crossover({ verifyGas, perCloseGas })).toThrow(RangeError);
  });

  test(`is the least number for which the proof costs no more (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 9n), fc.bigInt(1n, 10n ** 6n), (verifyGas, perCloseGas) => {
        const n = crossover({ verifyGas, perCloseGas });
        expect(n * perCloseGas >= verifyGas && (n - 1n) * perCloseGas < verifyGas).toBe(true);
      }),
      { seed: SEED },
    );
  });
});

describe('blobs against calldata', () => {
  const book: BlobCrossover = {
    gasPrice: 30n * GWEI,
    blobGasPrice: 1n,
    gasPerDiff: 288n,
    extraGas: 0n,
    gasPerBlob: 131_072n,
    diffsPerBlob: 7_054n,
    blobsMax: 6n,
  };

  test.each([
    // The book says "50 or more"; that is a blob fee of 3.3 gwei. At 1 wei a single diff is enough.
    ['at 1 wei', {}, 1n],
    ['at 3.3 gwei', { blobGasPrice: (33n * GWEI) / 10n }, 51n],
    ['at 1 wei, with 60,000 gas more for the blob route', { extraGas: 60_000n }, 209n],
    ['at the floor of EIP-7623', { blobGasPrice: (33n * GWEI) / 10n, gasPerDiff: 720n }, 21n],
    ['as dear as execution gas', { blobGasPrice: 30n * GWEI }, 456n],
    ['when a full blob is dearer than its diffs', { blobGasPrice: 500n * GWEI }, null],
    ['when only several blobs outweigh the extra gas', { extraGas: 3_000_000n }, 10_417n],
  ])('%s', (_, change, expected) => {
    expect(blobCrossover({ ...book, ...change })).toBe(expected);
  });

  test.each([
    ['gasPrice', 0n],
    ['gasPerDiff', 0n],
    ['diffsPerBlob', 0n],
    ['blobsMax', 0n],
    ['blobGasPrice', -1n],
    ['extraGas', -1n],
    ['gasPerBlob', -1n],
  ] as const)('refuses %s of %s by name', (name, value) => {
    expect(() => blobCrossover({ ...book, [name]: value })).toThrow(name);
  });

  test(`is the first number of diffs for which blobs cost no more (seed ${SEED})`, () => {
    const small = (min: bigint, max: bigint) => fc.bigInt(min, max);
    fc.assert(
      fc.property(
        fc.record({
          gasPrice: small(1n, 20n),
          blobGasPrice: small(0n, 20n),
          gasPerDiff: small(1n, 20n),
          extraGas: small(0n, 200n),
          gasPerBlob: small(1n, 60n),
          diffsPerBlob: small(1n, 12n),
          blobsMax: small(1n, 4n),
        }),
        (of) => {
          let expected: bigint | null = null;
          for (let n = 1n; n <= of.blobsMax * of.diffsPerBlob && expected === null; n++) {
            const blobs = (n + of.diffsPerBlob - 1n) / of.diffsPerBlob;
            const asBlobs = blobs * of.gasPerBlob * of.blobGasPrice + of.extraGas * of.gasPrice;
            if (asBlobs <= n * of.gasPerDiff * of.gasPrice) expected = n;
          }
          expect(blobCrossover(of)).toBe(expected);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
});
