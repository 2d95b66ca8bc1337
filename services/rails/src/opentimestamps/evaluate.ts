/** Follows a proof: the message at every attestation. Pure; the hashes are @noble/hashes. */

import { ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { mergeTimestamps } from './normal-form.ts';
import {
  type Attestation,
  compareBytes,
  type DetachedProof,
  MESSAGE_SIZE_BYTES_MAX,
  type Operation,
  type Timestamp,
} from './proof.ts';

export type Attested = {
  /** The bytes that the attestation speaks of, 1 … 4,096. */
  readonly message: Uint8Array;
  readonly attestation: Attestation;
};

const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef');

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a, 0);
  joined.set(b, a.length);
  return joined;
}

function hexlified(message: Uint8Array): Uint8Array {
  const digits = new Uint8Array(message.length * 2);
  message.forEach((byte, index) => {
    digits[index * 2] = HEX_DIGITS[byte >> 4] ?? 0;
    digits[index * 2 + 1] = HEX_DIGITS[byte & 15] ?? 0;
  });
  return digits;
}

function resultOf(operation: Operation, message: Uint8Array): Uint8Array {
  switch (operation.kind) {
    case 'append':
      return concatenated(message, operation.argument);
    case 'prepend':
      return concatenated(operation.argument, message);
    case 'reverse':
      return message.toReversed();
    case 'hexlify':
      return hexlified(message);
    case 'sha1':
      return sha1(message);
    case 'ripemd160':
      return ripemd160(message);
    case 'sha256':
      return sha256(message);
    case 'keccak256':
      return keccak_256(message);
  }
}

/**
 * Applies one operation to a message.
 *
 * @throws {RangeError} if the result is over 4,096 bytes; decoded proofs never are.
 */
export function applyOperation(operation: Operation, message: Uint8Array): Uint8Array {
  const result = resultOf(operation, message);
  if (result.length > MESSAGE_SIZE_BYTES_MAX) throw new RangeError('message over 4,096 bytes');
  return result;
}

function collect(timestamp: Timestamp, message: Uint8Array, found: Attested[]): void {
  for (const attestation of timestamp.attestations) found.push({ message, attestation });
  for (const branch of timestamp.branches) {
    collect(branch.next, applyOperation(branch.operation, message), found);
  }
}

/** Lists every attestation of a timestamp with its message, in the order of the file. */
export function evaluateTimestamp(timestamp: Timestamp, message: Uint8Array): readonly Attested[] {
  const found: Attested[] = [];
  collect(timestamp, message, found);
  return found;
}

/** Lists every attestation of a detached proof with its message, in the order of the file. */
export function evaluate(proof: DetachedProof): readonly Attested[] {
  return evaluateTimestamp(proof.timestamp, proof.digest);
}

/**
 * Adds a timestamp of `target` wherever a path first has that message, which is how a pending
 * proof is upgraded. Without such a message, or a second time, the tree comes back as it was.
 */
export function graft(
  timestamp: Timestamp,
  message: Uint8Array,
  target: Uint8Array,
  addition: Timestamp,
): Timestamp {
  // Not below it: two reversals lead back to a message, and grafting there would never end.
  if (compareBytes(message, target) === 0) return mergeTimestamps(timestamp, addition);
  return {
    attestations: timestamp.attestations,
    branches: timestamp.branches.map((branch) => ({
      operation: branch.operation,
      next: graft(branch.next, applyOperation(branch.operation, message), target, addition),
    })),
  };
}
