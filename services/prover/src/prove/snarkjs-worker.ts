// Child process: computes witnesses and Groth16 proofs with snarkjs. A process and not a thread, because
// snarkjs starts threads of its own, and because killing it is a cancellation that leaves nothing.
import { readFile } from 'node:fs/promises';
import { groth16, type Logger, type MemoryFile, wtns } from 'snarkjs';
import type { ProofPhase } from './groth16-prover.ts';
import type { ProveReply, ProveRequest } from './prover-messages.ts';

/** Snarkjs's own milestones, with the share of a proof that is done when each is logged. */
const MILESTONES: readonly (readonly [string, ProofPhase, number])[] = [
  ['Reading Wtns', 'polynomials', 0.15],
  ['Building ABC', 'polynomials', 0.2],
  ['Join ABC', 'polynomials', 0.5],
  ['Reading A Points', 'points', 0.55],
  ['Reading B1 Points', 'points', 0.63],
  ['Reading B2 Points', 'points', 0.7],
  ['Reading C Points', 'points', 0.82],
  ['Reading H Points', 'points', 0.88],
];

function send(reply: ProveReply): void {
  process.send?.(reply);
}

const ignore = (): void => {};
const logger: Logger = {
  debug: (message) => {
    const milestone = MILESTONES.find(([text]) => text === message);
    if (milestone !== undefined) {
      send({ kind: 'progress', phase: milestone[1], fraction: milestone[2] });
    }
  },
  info: ignore,
  warn: ignore,
  error: ignore,
};

async function prove(request: ProveRequest): Promise<ProveReply> {
  const wasm: MemoryFile = { type: 'mem', data: await readFile(request.wasm) };
  const witness: MemoryFile = { type: 'mem' };
  send({ kind: 'progress', phase: 'witness', fraction: 0 });
  try {
    await wtns.calculate({ ...request.signals }, wasm, witness);
  } catch (error) {
    // The message names a template and a line, never a value.
    const message = error instanceof Error ? error.message : 'unknown';
    return { kind: 'failed', code: 'witness_rejected', message };
  }
  const provingKey: MemoryFile = { type: 'mem', data: await readFile(request.provingKey) };
  const { proof, publicSignals } = await groth16.prove(provingKey, witness, logger);
  return { kind: 'proved', proof, publicSignals };
}

process.on('message', (request: ProveRequest) => {
  prove(request).then(send, (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    send({ kind: 'failed', code: 'prover_failed', message });
  });
});
// The parent is gone: nobody waits for this proof.
process.on('disconnect', () => process.exit(0));
