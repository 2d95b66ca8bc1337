// The parts of untyped packages that this package calls, typed by hand.

declare module 'ffjavascript' {
  export type WasmThreadManager = {
    instance: { exports: Record<string, (...args: number[]) => void> };
    memory: WebAssembly.Memory;
    u8: Uint8Array;
    u32: Uint32Array;
    alloc(length: number): number;
    setBuff(pointer: number, buffer: Uint8Array): void;
  };
  export type WasmGroup = { g: Uint8Array };
  export type WasmCurve = { tm: WasmThreadManager; G1: WasmGroup; G2: WasmGroup };
  export function getCurveFromName(name: 'bn128', singleThread: boolean): Promise<WasmCurve>;
}

declare module 'snarkjs' {
  export type MemoryFile = { type: 'mem'; data?: Uint8Array };
  export type Groth16Proof = {
    pi_a: [string, string, string];
    pi_b: [[string, string], [string, string], [string, string]];
    pi_c: [string, string, string];
    protocol: 'groth16';
    curve: 'bn128';
  };
  export type Logger = Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>;
  export const wtns: {
    calculate(
      input: Record<string, bigint | readonly bigint[]>,
      wasm: MemoryFile | string,
      witness: MemoryFile,
    ): Promise<void>;
  };
  export const groth16: {
    prove(
      zkey: MemoryFile | string,
      witness: MemoryFile,
      logger?: Logger,
    ): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    verify(
      verificationKey: unknown,
      publicSignals: string[],
      proof: Groth16Proof,
    ): Promise<boolean>;
  };
  export const powersOfTau: {
    preparePhase2(ptau: MemoryFile, prepared: MemoryFile): Promise<void>;
  };
  export const zKey: {
    newZKey(r1cs: MemoryFile, prepared: MemoryFile, zkey: MemoryFile): Promise<Uint8Array>;
    exportVerificationKey(zkey: MemoryFile): Promise<Record<string, unknown>>;
  };
}
