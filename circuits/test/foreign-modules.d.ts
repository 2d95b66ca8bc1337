declare module 'circomlibjs' {
  export type Poseidon = {
    (inputs: readonly bigint[], initialState: bigint): Uint8Array;
    F: { toObject(element: Uint8Array): bigint };
  };
  export function buildPoseidon(): Promise<Poseidon>;
}

declare module 'snarkjs' {
  export type MemoryFile = { type: 'mem'; data?: Uint8Array };
  export const groth16: {
    verify(key: object, publicSignals: readonly string[], proof: object): Promise<boolean>;
  };
  export const wtns: {
    calculate(
      input: Record<string, bigint | readonly bigint[]>,
      wasm: MemoryFile,
      witness: MemoryFile,
    ): Promise<void>;
  };
}
