/** Bitcoin block headers: 80 bytes, their hash, and the work behind them. Pure. */

import { integerFromBytesLittleEndian } from '@atomicity/kernel/codec/bytes';
import { sha256 } from '@noble/hashes/sha2.js';

export const BLOCK_HEADER_SIZE_BYTES = 80;
/** The easiest work that the main network ever allowed. Source: Bitcoin Core, chainparams.cpp, powLimit. */
export const MAIN_NETWORK_EASIEST_BITS = 0x1d00ffff;
/** Two hashes a block on average. Source: Bitcoin Core, chainparams.cpp, CRegTestParams. */
export const REGTEST_EASIEST_BITS = 0x207fffff;

/** Hashes and roots in the byte order of the header; explorers print them reversed. */
export type BlockHeader = {
  /** SHA-256 twice over the 80 bytes. */
  readonly hash: Uint8Array;
  readonly previousHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  /** Seconds since the epoch, as the miner says. */
  readonly timeSeconds: number;
  /** The target of the work, in Bitcoin's compact form. */
  readonly bits: number;
};

/** SHA-256 of SHA-256, as Bitcoin hashes headers, transactions and the nodes of their trees. */
export function hashedTwice(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

/**
 * Reads a header; checks no work.
 *
 * @throws {RangeError} unless there are 80 bytes.
 */
export function readBlockHeader(bytes: Uint8Array): BlockHeader {
  if (bytes.length !== BLOCK_HEADER_SIZE_BYTES) throw new RangeError('a header has 80 bytes');
  return {
    hash: hashedTwice(bytes),
    previousHash: bytes.slice(4, 36),
    merkleRoot: bytes.slice(36, 68),
    timeSeconds: Number(integerFromBytesLittleEndian(bytes.subarray(68, 72))),
    bits: Number(integerFromBytesLittleEndian(bytes.subarray(72, 76))),
  };
}

/**
 * The target that a hash may not exceed; undefined where the compact form is negative, zero or over 256 bits.
 *
 * Source: Bitcoin Core, arith_uint256::SetCompact.
 */
export function targetOf(bits: number): bigint | undefined {
  const size = Math.floor(bits / 0x1000000);
  const isNegative = (bits & 0x800000) !== 0;
  const mantissa = BigInt(bits & 0x7fffff);
  const target =
    size <= 3 ? mantissa >> BigInt(8 * (3 - size)) : mantissa << BigInt(8 * (size - 3));
  return isNegative || target === 0n || target >= 1n << 256n ? undefined : target;
}

export type WorkVerdict =
  | 'enough'
  /** The header itself asks for less work than `easiestBits`. */
  | 'target_too_easy'
  /** Its hash is above its own target, or its target is none. */
  | 'work_missing';

/** Whether a header carries the work that it asks for, and asks for at least that of `easiestBits`. */
export function judgeWork(header: BlockHeader, easiestBits: number): WorkVerdict {
  const target = targetOf(header.bits);
  const easiest = targetOf(easiestBits);
  if (target === undefined || integerFromBytesLittleEndian(header.hash) > target)
    return 'work_missing';
  return easiest === undefined || target > easiest ? 'target_too_easy' : 'enough';
}
