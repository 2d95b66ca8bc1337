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
  /** ChaCha20 over a seed of eight words. */
  export class ChaCha {
    constructor(seed: readonly number[]);
  }
  export type WasmGroup = {
    g: Uint8Array;
    fromRng(rng: ChaCha): Uint8Array;
    toUncompressed(point: Uint8Array): Uint8Array;
  };
  export type WasmCurve = {
    tm: WasmThreadManager;
    G1: WasmGroup;
    G2: WasmGroup;
    Fr: { fromRng(rng: ChaCha): Uint8Array; toObject(scalar: Uint8Array): bigint };
  };
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
    /** −1 for files that do not fit each other. */
    newZKey(
      r1cs: MemoryFile | string,
      prepared: MemoryFile | string,
      zkey: MemoryFile | string,
      logger?: Logger,
    ): Promise<Uint8Array | -1>;
    contribute(
      before: string,
      after: string,
      name: string,
      entropy: string,
      logger?: Logger,
    ): Promise<Uint8Array>;
    /** False for randomness or iterations that it does not take. */
    beacon(
      before: string,
      after: string,
      name: string,
      randomness: string,
      iterationsLog: number,
      logger?: Logger,
    ): Promise<Uint8Array | false>;
    verifyFromInit(
      initial: string,
      prepared: string,
      zkey: string,
      logger?: Logger,
    ): Promise<boolean>;
    exportVerificationKey(zkey: MemoryFile | string): Promise<Record<string, unknown>>;
  };
}
