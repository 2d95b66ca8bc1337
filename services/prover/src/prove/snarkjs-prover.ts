import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { type CircuitName, circuitRow } from '../artifacts/circuits.ts';
import type { Artifacts } from '../artifacts/ensure-artifacts.ts';
import {
  type CircuitInput,
  type CircuitProof,
  type Groth16Prover,
  type ProveOptions,
  ProverError,
} from './groth16-prover.ts';
import type { ProveReply, ProveRequest } from './prover-messages.ts';

type SnarkjsProof = Extract<ProveReply, { kind: 'proved' }>['proof'];

/** A proof as the wire carries it: affine, in snarkjs' order of coordinates. */
export function wireProof(proof: SnarkjsProof): Groth16Proof {
  return {
    a: [proof.pi_a[0], proof.pi_a[1]],
    b: [proof.pi_b[0], proof.pi_b[1]],
    c: [proof.pi_c[0], proof.pi_c[1]],
  };
}

/** Public signals as the wire carries them. @throws ProverError unless the circuit has as many. */
export function wireSignals(
  circuit: CircuitName,
  decimals: readonly string[],
): readonly FieldHex[] {
  const { publicSignals } = circuitRow(circuit);
  if (decimals.length !== publicSignals) {
    throw new ProverError(
      'prover_failed',
      `${decimals.length} public signals, not ${publicSignals}`,
    );
  }
  return decimals.map((text) => fieldToHex(BigInt(text)));
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

/** Runs one proof in one process, and settles exactly once. */
function runProof(
  worker: ChildProcess,
  circuit: CircuitName,
  request: ProveRequest,
  options: ProveOptions,
) {
  return new Promise<CircuitProof>((resolve, reject) => {
    const { signal, onProgress } = options;
    const settle = (finish: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      finish();
    };
    const onAbort = (): void => settle(() => reject(signal?.reason));
    const onExit = (code: number | null, killed: string | null): void =>
      settle(() => reject(new ProverError('prover_failed', `process ended: ${killed ?? code}`)));
    const onMessage = (reply: ProveReply): void => {
      if (reply.kind === 'progress') {
        onProgress?.({ phase: reply.phase, fraction: reply.fraction });
      } else if (reply.kind === 'failed') {
        settle(() => reject(new ProverError(reply.code, reply.message)));
      } else {
        settle(() =>
          resolve({
            proof: wireProof(reply.proof),
            publicSignals: wireSignals(circuit, reply.publicSignals),
          }),
        );
        onProgress?.({ phase: 'points', fraction: 1 });
      }
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.on('message', onMessage);
    worker.on('exit', onExit);
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
): Groth16Prover {
  let worker: ChildProcess | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  function discard(): void {
    worker?.kill('SIGKILL');
    worker = undefined;
  }

  async function prove(input: CircuitInput, options: ProveOptions): Promise<CircuitProof> {
    options.signal?.throwIfAborted();
    const { wasm, provingKey } = await artifactsOf(input.circuit);
    options.signal?.throwIfAborted();
    if (closed) throw new ProverError('prover_closed', 'the prover was closed');
    worker ??= startWorker();
    try {
      const request = { wasm, provingKey, signals: input.signals };
      return await runProof(worker, input.circuit, request, options);
    } catch (error) {
      // Its state is unknown, and after an abort it still works: end it.
      discard();
      if (closed) throw new ProverError('prover_closed', 'the prover was closed');
      throw error;
    }
  }

  return {
    prove: (input, options = {}) => {
      const turn = last.then(() => prove(input, options));
      last = turn.catch(() => undefined);
      return turn;
    },
    close: () => {
      closed = true;
      discard();
    },
  };
}
