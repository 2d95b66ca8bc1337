/** From how many on one batch is cheaper than each alone. */

/** ⌈numerator / denominator⌉ for 0 ≤ numerator and 1 ≤ denominator. */
function divCeil(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

function atLeast(value: bigint, min: bigint, name: string): void {
  if (value < min) throw new RangeError(`${name} out of range: ${value}`);
}

/**
 * The least number of closures for which verifying one proof costs no more gas than closing each:
 * n* = ⌈verifyGas / perCloseGas⌉. What a close costs differs by what is in flight: it is a parameter.
 * @throws RangeError for verifyGas below 0 or perCloseGas below 1.
 * Source: the book, ch. 9.1, which finds 6 to 7 for 230,000 … 300,000 and 45,000.
 */
export function crossover({
  verifyGas,
  perCloseGas,
}: {
  readonly verifyGas: bigint;
  readonly perCloseGas: bigint;
}): bigint {
  atLeast(verifyGas, 0n, 'verifyGas');
  atLeast(perCloseGas, 1n, 'perCloseGas');
  return divCeil(verifyGas, perCloseGas);
}

export type BlobCrossover = {
  /** Wei per unit of execution gas and of blob gas. */
  readonly gasPrice: bigint;
  readonly blobGasPrice: bigint;
  /** Gas that one diff costs as calldata: 18 bytes of 16 gas are 288, at the floor of EIP-7623 720. */
  readonly gasPerDiff: bigint;
  /** Execution gas that the blob route costs beyond the calldata route, apart from the diffs; 0 or more. */
  readonly extraGas: bigint;
  readonly gasPerBlob: bigint;
  /** Diffs that one blob takes, 1 or more. */
  readonly diffsPerBlob: bigint;
  /** Blobs that a batch may have, 1 or more. */
  readonly blobsMax: bigint;
};

/**
 * The least number of diffs for which blobs cost no more than calldata; null where none up to `blobsMax`
 * full blobs does. A blob is paid in full: right after n* a further blob may make calldata cheaper again,
 * so a batch is routed by its own costs (`costsOf` in availability), and n* says when to look.
 * @throws RangeError for a negative price or a size below 1.
 */
export function blobCrossover({
  gasPrice,
  blobGasPrice,
  gasPerDiff,
  extraGas,
  gasPerBlob,
  diffsPerBlob,
  blobsMax,
}: BlobCrossover): bigint | null {
  atLeast(gasPrice, 1n, 'gasPrice');
  atLeast(gasPerDiff, 1n, 'gasPerDiff');
  atLeast(diffsPerBlob, 1n, 'diffsPerBlob');
  atLeast(blobsMax, 1n, 'blobsMax');
  atLeast(blobGasPrice, 0n, 'blobGasPrice');
  atLeast(extraGas, 0n, 'extraGas');
  atLeast(gasPerBlob, 0n, 'gasPerBlob');
  for (let blobs = 1n; blobs <= blobsMax; blobs++) {
    const wei = blobs * gasPerBlob * blobGasPrice + extraGas * gasPrice;
    const cheap = divCeil(wei, gasPerDiff * gasPrice);
    // With fewer diffs than this, one blob less would do.
    const least = (blobs - 1n) * diffsPerBlob + 1n;
    const diffs = cheap > least ? cheap : least;
    if (diffs <= blobs * diffsPerBlob) return diffs;
  }
  return null;
}
