/** What a blob and a byte of calldata cost in gas, and how the blob base fee moves. All in integers. */
import type { BlobParameters, ForkNumbers } from './fork-numbers.ts';

/**
 * factor · e^(numerator / denominator), approximated from below by its Taylor series in integers, term
 * by term as the chain does it: the result is the chain's, digit by digit.
 * @throws RangeError for a negative factor or numerator, or a denominator below 1.
 * Source: EIP-4844, `fake_exponential`.
 */
export function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  if (factor < 0n) throw new RangeError(`factor out of range: ${factor}`);
  if (numerator < 0n) throw new RangeError(`numerator out of range: ${numerator}`);
  if (denominator < 1n) throw new RangeError(`denominator out of range: ${denominator}`);
  let sum = 0n;
  let term = factor * denominator;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = (term * numerator) / (denominator * i);
  }
  return sum / denominator;
}

/**
 * The blob base fee in wei per blob gas.
 * @throws RangeError as `fakeExponential`.
 * Source: EIP-4844, `get_base_fee_per_blob_gas`; the fraction is that of the fork.
 */
export function blobBaseFee(excess: bigint, fraction: bigint, min = 1n): bigint {
  return fakeExponential(min, excess, fraction);
}

/** What a block header says of blobs, and its base fee in wei per gas. */
export type BlobHeader = {
  readonly excessBlobGas: bigint;
  readonly blobGasUsed: bigint;
  readonly baseFeePerGas: bigint;
};

/**
 * The excess of the block after `parent`. While the reserve price binds (a blob's base cost in execution
 * gas is dearer than the blob), it does not fall: it grows by a part of what was used.
 * Source: EIP-4844, EIP-7918 `calc_excess_blob_gas`.
 */
export function nextExcessBlobGas(
  { excessBlobGas, blobGasUsed, baseFeePerGas }: BlobHeader,
  { target, max, baseFeeUpdateFraction, reservePrice }: BlobParameters,
  { gasPerBlob, blobBaseCost, blobBaseFeeMin }: ForkNumbers,
): bigint {
  const targetGas = target * gasPerBlob.value;
  if (excessBlobGas + blobGasUsed < targetGas) return 0n;
  const fee = blobBaseFee(excessBlobGas, baseFeeUpdateFraction, blobBaseFeeMin.value);
  return reservePrice && blobBaseCost.value * baseFeePerGas > gasPerBlob.value * fee
    ? excessBlobGas + (blobGasUsed * (max - target)) / max
    : excessBlobGas + blobGasUsed - targetGas;
}

/**
 * The blob base fee below which the reserve price binds, in wei per blob gas, rounded up.
 * Source: EIP-7918.
 */
export function blobReservePrice(
  baseFeePerGas: bigint,
  { gasPerBlob, blobBaseCost }: ForkNumbers,
): bigint {
  return (blobBaseCost.value * baseFeePerGas + gasPerBlob.value - 1n) / gasPerBlob.value;
}

/** Bytes of calldata: those that are zero are cheaper. */
export type ByteCounts = { readonly zeroBytes: number; readonly nonZeroBytes: number };

/** Counts the zero bytes of some calldata. Linear. */
export function countBytes(bytes: Uint8Array): ByteCounts {
  const zeroBytes = bytes.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  return { zeroBytes, nonZeroBytes: bytes.length - zeroBytes };
}

/**
 * Gas of a transaction with this calldata whose call then uses `executionGas`: the transaction's own
 * gas, and the larger of the standard price with the execution and the floor without it.
 * Source: EIP-7623; EIP-2028 for the standard price, 16 gas for a byte that is not zero.
 */
export function transactionGasOf(
  { zeroBytes, nonZeroBytes }: ByteCounts,
  executionGas: bigint,
  numbers: ForkNumbers,
): bigint {
  const { transactionGas, calldataGasPerToken, calldataFloorPerToken } = numbers;
  const tokens = BigInt(zeroBytes) + BigInt(nonZeroBytes) * numbers.tokensPerNonZeroByte.value;
  const standard = tokens * calldataGasPerToken.value + executionGas;
  const floor = tokens * calldataFloorPerToken.value;
  return transactionGas.value + (standard > floor ? standard : floor);
}
