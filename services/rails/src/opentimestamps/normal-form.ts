/**
 * Normal form and merging of timestamps: one order, no duplicates, as the reference library
 * writes them, so that equal proofs have equal bytes.
 */

import {
  type Attestation,
  BITCOIN_TAG,
  type Branch,
  compareBytes,
  type DetachedProof,
  OPERATION_TAGS,
  type Operation,
  PENDING_TAG,
  type Timestamp,
} from './proof.ts';

const NO_ARGUMENT = new Uint8Array(0);

/** The 8 bytes that name an attestation's kind. */
export function attestationTag(attestation: Attestation): Uint8Array {
  switch (attestation.kind) {
    case 'pending':
      return PENDING_TAG;
    case 'bitcoin':
      return BITCOIN_TAG;
    case 'unknown':
      return attestation.tag;
  }
}

export function operationArgument(operation: Operation): Uint8Array {
  return operation.kind === 'append' || operation.kind === 'prepend'
    ? operation.argument
    : NO_ARGUMENT;
}

/** Order of attestations at one message: by tag, then by URI, height or payload. */
export function compareAttestations(a: Attestation, b: Attestation): number {
  const byTag = compareBytes(attestationTag(a), attestationTag(b));
  if (byTag !== 0) return byTag;
  if (a.kind === 'pending' && b.kind === 'pending') {
    return a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : 0;
  }
  if (a.kind === 'bitcoin' && b.kind === 'bitcoin') return a.height - b.height;
  if (a.kind === 'unknown' && b.kind === 'unknown') return compareBytes(a.payload, b.payload);
  return 0;
}

/** Order of operations on one message: by tag, then by argument. */
export function compareOperations(a: Operation, b: Operation): number {
  return (
    OPERATION_TAGS[a.kind] - OPERATION_TAGS[b.kind] ||
    compareBytes(operationArgument(a), operationArgument(b))
  );
}

/** Sorts the tree and joins what is there twice. A second call changes nothing. */
export function normalForm(timestamp: Timestamp): Timestamp {
  const attestations: Attestation[] = [];
  for (const attestation of [...timestamp.attestations].sort(compareAttestations)) {
    const last = attestations.at(-1);
    if (last === undefined || compareAttestations(last, attestation) !== 0) {
      attestations.push(attestation);
    }
  }
  const branches: Branch[] = [];
  const sorted = [...timestamp.branches].sort((a, b) =>
    compareOperations(a.operation, b.operation),
  );
  for (const branch of sorted) {
    const last = branches.at(-1);
    if (last !== undefined && compareOperations(last.operation, branch.operation) === 0) {
      branches[branches.length - 1] = {
        operation: last.operation,
        next: {
          attestations: [...last.next.attestations, ...branch.next.attestations],
          branches: [...last.next.branches, ...branch.next.branches],
        },
      };
    } else {
      branches.push(branch);
    }
  }
  return {
    attestations,
    branches: branches.map((branch) => ({
      operation: branch.operation,
      next: normalForm(branch.next),
    })),
  };
}

/** Joins two timestamps of the same message; the order of the two does not matter. */
export function mergeTimestamps(a: Timestamp, b: Timestamp): Timestamp {
  return normalForm({
    attestations: [...a.attestations, ...b.attestations],
    branches: [...a.branches, ...b.branches],
  });
}

/**
 * Joins two detached proofs of the same digest.
 *
 * @returns undefined if they are proofs of different digests.
 */
export function mergeProofs(a: DetachedProof, b: DetachedProof): DetachedProof | undefined {
  if (a.hashOperation !== b.hashOperation || compareBytes(a.digest, b.digest) !== 0) {
    return undefined;
  }
  return { ...a, timestamp: mergeTimestamps(a.timestamp, b.timestamp) };
}
