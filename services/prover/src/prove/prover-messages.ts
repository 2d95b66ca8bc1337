import type { Groth16Proof } from 'snarkjs';
import type { CircuitInput, ProofProgress, ProverErrorCode } from './groth16-prover.ts';

/** Parent to proving process. Sent over a pipe: the witness touches no disk. */
export type ProveRequest = {
  readonly wasm: string;
  readonly provingKey: string;
  readonly signals: CircuitInput['signals'];
};

/** Proving process to parent. */
export type ProveReply =
  | ({ readonly kind: 'progress' } & ProofProgress)
  | {
      readonly kind: 'proved';
      readonly proof: Groth16Proof;
      /** Decimal strings. */
      readonly publicSignals: readonly string[];
    }
  | { readonly kind: 'failed'; readonly code: ProverErrorCode; readonly message: string };

/** Parent to the process that computes witnesses for a prover of another kind. */
export type WitnessRequest = {
  readonly wasm: string;
  readonly signals: CircuitInput['signals'];
};

/** And back: the bytes of a .wtns file. */
export type WitnessReply =
  | { readonly kind: 'witness'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly code: ProverErrorCode; readonly message: string };
