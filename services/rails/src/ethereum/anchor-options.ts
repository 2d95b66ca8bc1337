/** What the Ethereum rail is told. */
import type { BatchValue } from '@atomicity/kernel/anchor/events';
import type { ByteCounts } from '@atomicity/kernel/batch/blob-fee';
import type { BlobSource } from './beacon-blobs.ts';
import type { BlobArchive } from './blob-archive.ts';
import type { RegistryPlace } from './context.ts';
import type { AnchorForm, FeeCaps, FeeQuote } from './fee-bounds.ts';
import type { FeeOracleOptions } from './fee-oracle.ts';
import type { Kzg } from './kzg/kzg.ts';
import type { ChainSigner } from './spend-registry.ts';

/** Chooses how a payload with these bytes is published at these prices. */
export type AnchorRoute = (payload: ByteCounts, prices: FeeQuote) => AnchorForm;

/**
 * Blocks from an anchor's own to the newest before it is final, both counted: 1 or more. `values` is what
 * stands on the batch; undefined where nobody knows.
 */
export type AnchorDepth = (values: readonly BatchValue[] | undefined) => number;

export type EthereumRailOptions = {
  /** JSON-RPC of a node that the operator trusts. */
  readonly url: string;
  /** The chain and the AnchorRegistry on it, whose address is lower case. */
  readonly place: RegistryPlace;
  /** The rail's own account: nothing else may send from it. */
  readonly signer: ChainSigner;
  /** Keeps the journal of nonces; one folder for one account on one chain. */
  readonly folder: string;
  readonly archive: BlobArchive;
  readonly kzg: Kzg;
  readonly route: AnchorRoute;
  readonly depth: AnchorDepth;
  /** The most that a transaction offers, wei per gas. */
  readonly caps: FeeCaps;
  readonly fees?: FeeOracleOptions;
  /** Where published blobs are read back from; without it no copy is ever compared. */
  readonly beacon?: BlobSource;
  /** Hears that blobs could not be read back; the anchor is confirmed all the same. */
  readonly onReadBackFailure?: (error: unknown) => void;
  /** Time of the chain's Osaka fork, Unix seconds: sidecars have cell proofs from then on; default 0. */
  readonly sidecarV1From?: number;
  /** Blobs of one transaction at most; default that of the main net. */
  readonly blobsMax?: number;
  /** Payloads above it never go as calldata; default and at most 24,576. */
  readonly calldataBytesMax?: number;
  /** A transaction that waits for so many blocks is replaced by a dearer one; default 10. */
  readonly stuckBlocks?: number;
  /** A batch that nobody asked about for so many blocks loses its nonce to the next; default 300. */
  readonly abandonedBlocks?: number;
  /** Block in which the registry was deployed; default 0. */
  readonly fromBlock?: number;
  /** Gives up on one answer of the node after so many ms; default 30,000. */
  readonly requestMs?: number;
  /** `submit` waits so long for a block, ms; default 30,000. */
  readonly inclusionMs?: number;
  /** Asks for a receipt so often, ms; default 1,000. */
  readonly pollMs?: number;
  /** What people are told that the rail is. */
  readonly label?: string;
};

/**
 * What fits as calldata: evidence and what is prepared hold the transaction in hex, in 65,536 bytes each,
 * beside proofs that grow with the block.
 */
export const CALLDATA_BYTES_MAX = 24_576;

const BOUNDS = [
  ['blobsMax', 1, 16],
  ['calldataBytesMax', 0, CALLDATA_BYTES_MAX],
  ['stuckBlocks', 1, 10_000],
  ['abandonedBlocks', 1, 1_000_000],
  ['fromBlock', 0, Number.MAX_SAFE_INTEGER],
  ['requestMs', 1, 600_000],
  ['inclusionMs', 0, 600_000],
  ['pollMs', 1, 60_000],
  ['sidecarV1From', 0, Number.MAX_SAFE_INTEGER],
] as const;

/** @throws RangeError naming the option and its range. */
export function checkOptions(options: EthereumRailOptions): void {
  for (const [name, least, most] of BOUNDS) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new RangeError(`${name}: an integer ${least} … ${most}, not ${value}`);
    }
  }
  if (!/^0x[0-9a-f]{40}$/.test(options.place.registry)) {
    throw new RangeError('registry: 0x and 40 lower-case hex digits');
  }
  for (const [fee, cap] of Object.entries(options.caps)) {
    if (cap < 1n) throw new RangeError(`caps.${fee}: 1 or more, not ${cap}`);
  }
}
