/** Checks Bitcoin attestations against block Merkle roots that the checker brings along. Pure. */

import type { Attested } from './evaluate.ts';
import { compareBytes } from './proof.ts';

/**
 * Block height → Merkle root, as 64 lower-case hex digits the way `bitcoin-cli getblockheader`
 * and block explorers print it: byte-reversed against the 80-byte header.
 */
export type BlockRoots = Readonly<Record<string, string>>;

export type BitcoinVerdict =
  /** The message is the Merkle root of that block. */
  | { readonly kind: 'matches'; readonly height: number }
  /** No root for that height was given: nothing is shown. */
  | { readonly kind: 'block_not_given'; readonly height: number }
  /** The given root is another one, or is not 64 hex digits. */
  | {
      readonly kind: 'other_root';
      readonly height: number;
      /** What is wrong; `root_in_header_byte_order` means the digits stand in the other order. */
      readonly reason: 'mismatch' | 'root_not_hex' | 'root_in_header_byte_order';
    };

const ROOT_PATTERN = /^[0-9a-f]{64}$/;

/** Digits as explorers print them → the 32 bytes as they stand in the block header. */
export function rootFromDisplay(digits: string): Uint8Array | undefined {
  if (!ROOT_PATTERN.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).reverse();
}

/** The 32 bytes as they stand in the block header → digits as explorers print them. */
export function rootToDisplay(root: Uint8Array): string {
  return Array.from(root.toReversed(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function verdict(message: Uint8Array, height: number, roots: BlockRoots): BitcoinVerdict {
  const key = String(height);
  const digits = Object.hasOwn(roots, key) ? roots[key] : undefined;
  if (digits === undefined) return { kind: 'block_not_given', height };
  const root = rootFromDisplay(digits);
  if (root === undefined) return { kind: 'other_root', height, reason: 'root_not_hex' };
  if (compareBytes(root, message) === 0) return { kind: 'matches', height };
  const turned = compareBytes(root.toReversed(), message) === 0;
  return {
    kind: 'other_root',
    height,
    reason: turned ? 'root_in_header_byte_order' : 'mismatch',
  };
}

/**
 * Judges every Bitcoin attestation of an evaluated proof; pending and unknown ones are left out.
 * An empty answer means that the proof claims no block at all.
 *
 * Source: BitcoinBlockHeaderAttestation.verify_against_blockheader of python-opentimestamps.
 */
export function verifyBitcoin(
  attested: readonly Attested[],
  roots: BlockRoots,
): readonly BitcoinVerdict[] {
  return attested.flatMap(({ message, attestation }) =>
    attestation.kind === 'bitcoin' ? [verdict(message, attestation.height, roots)] : [],
  );
}
