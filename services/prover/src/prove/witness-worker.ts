// Child process: computes witnesses with circom's wasm. A process and not a thread, because killing it is a
// cancellation that leaves nothing of the witness behind.
import { readFile } from 'node:fs/promises';
import type { WitnessReply, WitnessRequest } from './prover-messages.ts';
import { compileProgram, type WasmProgram } from './wasm-runtime.ts';
import { computeWitness, WitnessRefused } from './witness-program.ts';

const programs = new Map<string, WasmProgram>();

async function programAt(path: string): Promise<WasmProgram> {
  const known = programs.get(path);
  if (known !== undefined) return known;
  const program = await compileProgram(await readFile(path));
  // One circuit at a time: a node proves the same one again and again.
  programs.clear();
  programs.set(path, program);
  return program;
}

async function compute({ wasm, signals }: WitnessRequest): Promise<WitnessReply> {
  const program = await programAt(wasm);
  try {
    return { kind: 'witness', bytes: await computeWitness(program, signals) };
  } catch (error) {
    if (!(error instanceof WitnessRefused)) throw error;
    return { kind: 'failed', code: 'witness_rejected', message: error.message };
  }
}

process.on('message', (request: WitnessRequest) => {
  compute(request)
    .catch((error: unknown): WitnessReply => {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', code: 'prover_failed', message };
    })
    .then((reply) => process.send?.(reply));
});
// The parent is gone: nobody waits for this witness.
process.on('disconnect', () => process.exit(0));
