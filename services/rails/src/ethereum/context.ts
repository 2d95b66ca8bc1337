import { type Hash, hashToBytes } from '@atomicity/kernel/units/id';
import { bytesToHex, encodeAbiParameters, keccak256 } from 'viem';

/** Bytes as `0x` and lower-case hex digits. */
export type Hex = `0x${string}`;

/** Where a fleet's cycles are settled: a chain, and the registry contract on it. */
export type RegistryPlace = {
  /** EIP-155 chain id, 1 … 2^53−1. */
  readonly chainId: number;
  /** Address of the registry contract, `0x` and 40 hex digits. */
  readonly registry: Hex;
};

/** What a fleet proof is for: one revision of one cycle of one fleet at one registry. */
export type FleetPlace = RegistryPlace & {
  readonly fleet: Hash;
  /** 1, 2, …: the registry counts a fleet's cycles. */
  readonly cycle: number;
  /** How often the cycle was rolled back. */
  readonly revision: number;
};

const CONTEXT = [
  { type: 'uint256' },
  { type: 'address' },
  { type: 'bytes32' },
  { type: 'uint256' },
  { type: 'uint256' },
] as const;

/**
 * A fleet's id as the registry knows it: the top 248 bits of its hash as a number, as they enter every
 * Poseidon hash, in 32 bytes.
 */
export function fleetIdOf(fleet: Hash): Hex {
  return `0x00${bytesToHex(hashToBytes(fleet)).slice(2, 64)}`;
}

/**
 * The public signal that ties a fleet proof to its place, so that it holds nowhere else:
 * keccak256(abi.encode(chainId, registry, fleetId, cycle, revision)) >> 8, below 2^248.
 * Source: Solidity ABI specification, "Formal Specification of the Encoding".
 */
export function fleetContext(place: FleetPlace): bigint {
  const { chainId, registry, fleet, cycle, revision } = place;
  const encoded = encodeAbiParameters(CONTEXT, [
    BigInt(chainId),
    registry,
    fleetIdOf(fleet),
    BigInt(cycle),
    BigInt(revision),
  ]);
  return BigInt(keccak256(encoded)) >> 8n;
}
