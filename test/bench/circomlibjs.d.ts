declare module 'circomlibjs' {
  export type Poseidon = {
    (inputs: readonly bigint[]): Uint8Array;
    F: { toObject(element: Uint8Array): bigint };
  };
  export function buildPoseidon(): Promise<Poseidon>;
}
