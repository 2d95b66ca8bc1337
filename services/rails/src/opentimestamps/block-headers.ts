/** Where block headers come from: a port, and the one source that asks nobody. */
import type { BlockRoots } from './bitcoin.ts';

/** Where this node gets block headers that it trusts, e.g. its own bitcoind. */
export interface BlockHeaders {
  /**
   * The block's Merkle root as `bitcoin-cli getblockheader` prints it; undefined if there is no such block, or
   * none that is final.
   *
   * @throws {RailError} outcome `not_applied`.
   */
  merkleRootAt(height: number, signal: AbortSignal): Promise<string | undefined>;
}

/** Block headers known beforehand, e.g. from configuration; heights as keys. */
export function fixedBlockHeaders(roots: BlockRoots): BlockHeaders {
  return {
    merkleRootAt: (height) =>
      Promise.resolve(Object.hasOwn(roots, String(height)) ? roots[String(height)] : undefined),
  };
}
