// Goal: every number that a fork changed, with its day. Method: a table to read against the proposals.
import { describe, expect, test } from 'vitest';
import { BLOB_USABLE_BYTES, BLOBS_MAX, ELEMENTS_PER_BLOB } from '../state-diff/field-elements.ts';
import {
  blobParametersAt,
  blobRetentionMs,
  ETHEREUM_MAINNET,
  type ForkNumbers,
  refuseForkNumbers,
  usableBlobBytes,
} from './fork-numbers.ts';

const at = (text: string) => Date.parse(text);

describe('on the main net', () => {
  test.each([
    ['2024-03-13T13:55:34Z', undefined],
    ['2024-03-13T13:55:35Z', ['Cancun', 4844, 3n, 6n, 3_338_477n]],
    ['2025-05-07T10:05:10Z', ['Cancun', 4844, 3n, 6n, 3_338_477n]],
    ['2025-05-07T10:05:11Z', ['Prague', 7691, 6n, 9n, 5_007_716n]],
    ['2025-12-03T21:49:11Z', ['Osaka', 7918, 6n, 9n, 5_007_716n]],
    ['2025-12-09T14:21:11Z', ['BPO1', 8134, 10n, 15n, 8_346_193n]],
    ['2026-01-07T01:01:11Z', ['BPO2', 8135, 14n, 21n, 11_684_671n]],
    ['2026-11-21T00:00:00Z', ['BPO2', 8135, 14n, 21n, 11_684_671n]],
  ])('the blob parameters at %s are %s', (time, expected) => {
    const found = blobParametersAt(ETHEREUM_MAINNET, at(time));
    expect(
      found && [found.fork, found.eip, found.target, found.max, found.baseFeeUpdateFraction],
    ).toEqual(expected);
  });

  test.each([
    ['transactionGas', 21_000n, null],
    ['transactionGasMax', 16_777_216n, 7825],
    ['calldataGasPerToken', 4n, 7623],
    ['calldataFloorPerToken', 10n, 7623],
    ['tokensPerNonZeroByte', 4n, 2028],
    ['gasPerBlob', 131_072n, 4844],
    ['fieldElementsPerBlob', 4096n, 4844],
    ['blobBaseFeeMin', 1n, 4844],
    ['blobsPerTransactionMax', 6n, 7594],
    ['blobBaseCost', 8192n, 7918],
    ['pointEvaluationGas', 50_000n, 4844],
    ['blobRetentionEpochs', 4096n, null],
    ['slotsPerEpoch', 32n, null],
    ['slotMs', 12_000n, null],
  ] as const)('%s is %s', (name, value, eip) => {
    const entry = ETHEREUM_MAINNET[name];
    expect([entry.value, entry.eip]).toEqual([value, eip]);
    expect(entry.source).not.toBe('');
    expect(entry.since).toBe(new Date(at(entry.since)).toISOString().slice(0, 10));
  });

  test('a blob takes 126,976 bytes and is kept for 18.2 days', () => {
    expect(usableBlobBytes(ETHEREUM_MAINNET)).toBe(126_976);
    expect(blobRetentionMs(ETHEREUM_MAINNET)).toBe(1_572_864_000);
  });

  test('a blob takes as much as the packing of payloads puts into it', () => {
    expect(usableBlobBytes(ETHEREUM_MAINNET)).toBe(BLOB_USABLE_BYTES);
    expect(Number(ETHEREUM_MAINNET.fieldElementsPerBlob.value)).toBe(ELEMENTS_PER_BLOB);
    expect(Number(ETHEREUM_MAINNET.blobsPerTransactionMax.value)).toBe(BLOBS_MAX);
  });

  test('the numbers have no fault', () => {
    expect(refuseForkNumbers(ETHEREUM_MAINNET)).toBeUndefined();
  });
});

describe('configured numbers are refused', () => {
  const [first, second] = ETHEREUM_MAINNET.blobSchedule;
  if (first === undefined || second === undefined) throw new Error('no schedule');
  const schedule = (...blobSchedule: ForkNumbers['blobSchedule']): ForkNumbers => ({
    ...ETHEREUM_MAINNET,
    blobSchedule,
  });
  test.each([
    ['/slotMs/value', { ...ETHEREUM_MAINNET, slotMs: { ...ETHEREUM_MAINNET.slotMs, value: 0n } }],
    ['/blobSchedule', schedule()],
    ['/blobSchedule/0/since', schedule({ ...first, since: -1 })],
    ['/blobSchedule/1/since', schedule(first, { ...second, since: first.since })],
    ['/blobSchedule/0/target', schedule({ ...first, target: 0n })],
    ['/blobSchedule/1/max', schedule(first, { ...second, max: 5n })],
    ['/blobSchedule/0/baseFeeUpdateFraction', schedule({ ...first, baseFeeUpdateFraction: 0n })],
  ])('at %s', (field, numbers) => {
    expect(refuseForkNumbers(numbers)?.field).toBe(field);
  });
});
