import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { CircuitName } from '../artifacts/circuits.ts';

/** Where a proof is: its witness, then Groth16's two stages. */
export type ProofPhase = 'witness' | 'polynomials' | 'points';

export type ProofProgress = {
  readonly phase: ProofPhase;
  /** Of the whole proof, 0 … 1, never going back. */
  readonly fraction: number;
};

export type ProveOptions = {
  readonly onProgress?: (progress: ProofProgress) => void;
  readonly signal?: AbortSignal;
};

/** The inputs of a circuit, by signal name. PRIVATE: never written to disk. */
export type CircuitInput = {
  readonly circuit: CircuitName;
  readonly signals: Readonly<Record<string, bigint | readonly bigint[]>>;
};

export type CircuitProof = {
  readonly proof: Groth16Proof;
  /** As many as the circuit has, outputs first. */
  readonly publicSignals: readonly FieldHex[];
};

/** Makes proofs of any circuit, off the caller's thread. */
export type Groth16Prover = {
  /**
   * Proves one statement. Two calls for one input give two different proofs of one statement: the
   * nullifier identifies it, never the bytes. Calls queue up; each runs alone.
   * @throws ProverError `witness_rejected`, `prover_failed`, `memory_exceeded`, `prover_closed` (all
   * `not_applied`).
   * @throws the signal's reason when aborted; the witness is gone with the process that held it.
   */
  readonly prove: (input: CircuitInput, options?: ProveOptions) => Promise<CircuitProof>;
  /** Ends the prover; what still runs is refused as `prover_closed`. A second call does nothing. */
  readonly close: () => void;
};

/**
 * `witness_rejected`: the input breaks a constraint, so no proof exists. `prover_failed`: the proving
 * process died or cannot read its artifacts. `memory_exceeded`: it held more memory than allowed and was
 * killed. `prover_closed`: after `close`.
 */
export type ProverErrorCode =
  | 'witness_rejected'
  | 'prover_failed'
  | 'memory_exceeded'
  | 'prover_closed';

/** No proof was made. Messages carry no value of the witness. */
export class ProverError extends Error {
  readonly code: ProverErrorCode;
  readonly shortMessage: string;
  readonly outcome = 'not_applied';

  constructor(code: ProverErrorCode, shortMessage: string) {
    super(`${code}: ${shortMessage}`);
    this.name = 'ProverError';
    this.code = code;
    this.shortMessage = shortMessage;
  }
}
