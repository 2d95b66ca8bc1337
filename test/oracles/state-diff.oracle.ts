// Goal: the reference page is enough to read a payload, on another machine's numbers. Method: a reader in
// Python, written from the page, over payloads of every mode and size class.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import { encodeRecords18 } from '@atomicity/kernel/state-diff/record18';
import {
  type DiffBatch,
  pricedBatch,
  skewedBatch,
  wideBatch,
} from '@atomicity/kernel/testing/diff-batches';
import { AMOUNT_MAX, signedAmount } from '@atomicity/kernel/units/amount';
import { expect, it } from 'vitest';

const seed = 20_261_121;

/** Rounded amounts without a common price: decimals alone. */
const rounded = wideBatch({ seed, count: 200, registrySize: 900 }).diffs.map((diff, i) => ({
  ...diff,
  moves: 1,
  delta: signedAmount((diff.delta % 1_000n) * 10n ** BigInt(i % 6)),
}));

const ends = [0, 1, 4_294_967_295].map((edge) => ({
  edge,
  delta: signedAmount(edge === 1 ? 0n : AMOUNT_MAX),
  moves: 4_294_967_295,
  flags: 65_535,
}));

const batches: readonly Omit<DiffBatch, 'valueBits'>[] = [
  { registrySize: 0, diffs: [] },
  { registrySize: 2 ** 32, diffs: ends },
  { registrySize: 900, diffs: rounded },
  ...[1, 10, 400].flatMap((count) =>
    [skewedBatch, pricedBatch, wideBatch].map((draw) =>
      draw({ seed, count, registrySize: 5 * count }),
    ),
  ),
  skewedBatch({ seed, count: 300, registrySize: 300 }),
];

it('a reader written from the page reads every payload', () => {
  const payloads = batches.map((batch) => encodeStateDiffs(batch));
  expect(new Set(payloads.map((payload) => payload[31]))).toEqual(
    new Set([0x10, 0x12, 0x13, 0x11]),
  );
  const script = fileURLToPath(new URL('./state-diff.py', import.meta.url));
  const { stdout, stderr } = spawnSync('python3', ['-I', script], {
    input: payloads.map((payload) => `${bytesToHex(payload)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(stderr).toBe('');
  const wanted = batches.map(({ diffs }) => bytesToHex(encodeRecords18(diffs)));
  expect(stdout.split('\n').slice(0, -1)).toEqual(wanted);
});
