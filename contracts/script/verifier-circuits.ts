import type { CircuitName } from '@atomicity/prover/artifacts/circuits';

/** The circuits whose development verifiers are committed and deployed for development. */
export const VERIFIER_CIRCUITS: readonly CircuitName[] = [
  'spend-16',
  'spend-64',
  'batch-16',
  'fleet-64',
  'spent-at-most',
];
