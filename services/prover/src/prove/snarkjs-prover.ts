import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { CircuitName } from '../artifacts/circuits.ts';
import type { Artifacts } from '../artifacts/ensure-artifacts.ts';
import {
  type CircuitInput,
  type CircuitProof,
  type Groth16Prover,
  type ProveOptions,
  ProverError,
} from './groth16-prover.ts';
import { type MemoryBound, queuedProver } from './proof-queue.ts';
import type { ProveReply, ProveRequest } from './prover-messages.ts';
import { wireSignals } from './wire-proof.ts';

type SnarkjsProof = Extract<ProveReply, { kind: 'proved' }>['proof'];

/** A proof as the wire carries it: affine, in snarkjs' order of coordinates. */
function wireProof(proof: SnarkjsProof): Groth16Proof {
  return {
    a: [proof.pi_a[0], proof.pi_a[1]],
    b: [proof.pi_b[0], proof.pi_b[1]],
    c: [proof.pi_c[0], proof.pi_c[1]],
  };
}

function startWorker(): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = new URL(`./snarkjs-worker${extension}`, import.meta.url);
  return fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    // Failures arrive as messages; circom's runtime also prints them.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

/** Runs one proof in one process, and settles at most once. */
function runProof(
  worker: ChildProcess,
  circuit: CircuitName,
  request: ProveRequest,
  onProgress: ProveOptions['onProgress'],
) {
  return new Promise<CircuitProof>((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      worker.off('error', onError);
      finish();
    };
    const onError = ({ message }: Error): void =>
      settle(() => reject(new ProverError('prover_failed', message)));
    const onExit = (code: number | null, killed: string | null): void =>
      settle(() => reject(new ProverError('prover_failed', `process ended: ${killed ?? code}`)));
    const onMessage = (reply: ProveReply): void => {
      if (reply.kind === 'progress') {
        onProgress?.({ phase: reply.phase, fraction: reply.fraction });
      } else if (reply.kind === 'failed') {
        settle(() => reject(new ProverError(reply.code, reply.message)));
      } else {
        settle(() => {
          try {
            const publicSignals = wireSignals(circuit, reply.publicSignals);
            resolve({ proof: wireProof(reply.proof), publicSignals });
          } catch (error) {
            reject(error);
          }
        });
        onProgress?.({ phase: 'points', fraction: 1 });
      }
    };
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    worker.on('error', onError);
    worker.send(request);
  });
}

/**
 * A prover over snarkjs in a child process, which starts with the first proof and is kept for the next.
 * An abort kills the process; the next proof starts another. `artifactsOf` is asked for the files of a
 * circuit at each proof.
 */
export function snarkjsProver(
  artifactsOf: (circuit: CircuitName) => Promise<Artifacts>,
  bound: MemoryBound = {},
): Groth16Prover {
  let worker: ChildProcess | undefined;

  async function prove(
    input: CircuitInput,
    onProgress: ProveOptions['onProgress'],
    stop: AbortSignal,
  ): Promise<CircuitProof> {
    const { wasm, provingKey } = await artifactsOf(input.circuit);
    stop.throwIfAborted();
    // An idle process may have been killed, for its memory say.
    if (worker?.connected !== true) worker = startWorker();
    const request = { wasm, provingKey, signals: input.signals };
    return await runProof(worker, input.circuit, request, onProgress);
  }

  return queuedProver(
    {
      prove,
      pids: () => [worker?.pid],
      discard: () => {
        worker?.kill('SIGKILL');
        worker = undefined;
      },
    },
    bound,
  );
}
