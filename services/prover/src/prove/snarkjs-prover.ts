import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof, PublicSignals } from '@atomicity/kernel/wire/objects';
import type { SpendTier } from '../artifacts/circuits.ts';
import type { Artifacts } from '../artifacts/ensure-artifacts.ts';
import type { SpendInput } from '../witness/build-spend-input.ts';
import type { ProveReply, ProveRequest } from './prover-messages.ts';
import {
  type ProveOptions,
  ProverError,
  type SpendProof,
  type SpendProver,
} from './spend-prover.ts';

type SnarkjsProof = Extract<ProveReply, { kind: 'proved' }>['proof'];

/** A proof as the wire carries it: affine, in snarkjs' order of coordinates. */
export function wireProof(proof: SnarkjsProof): Groth16Proof {
  return {
    a: [proof.pi_a[0], proof.pi_a[1]],
    b: [proof.pi_b[0], proof.pi_b[1]],
    c: [proof.pi_c[0], proof.pi_c[1]],
  };
}

/** Public signals as the wire carries them. @throws ProverError unless there are six. */
function wireSignals(decimals: readonly string[]): PublicSignals {
  const [a, b, c, d, e, f, ...rest] = decimals.map((text) => fieldToHex(BigInt(text)));
  const signals: readonly (FieldHex | undefined)[] = [a, b, c, d, e, f];
  if (!a || !b || !c || !d || !e || !f || rest.length > 0) {
    throw new ProverError('prover_failed', `${signals.length + rest.length} public signals, not 6`);
  }
  return [a, b, c, d, e, f];
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
function runProof(worker: ChildProcess, request: ProveRequest, options: ProveOptions) {
  return new Promise<SpendProof>((resolve, reject) => {
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
            publicSignals: wireSignals(reply.publicSignals),
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
 * tier at each proof.
 */
export function snarkjsProver(artifactsOf: (tier: SpendTier) => Promise<Artifacts>): SpendProver {
  let worker: ChildProcess | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  function discard(): void {
    worker?.kill('SIGKILL');
    worker = undefined;
  }

  async function prove(input: SpendInput, options: ProveOptions): Promise<SpendProof> {
    options.signal?.throwIfAborted();
    const { wasm, provingKey } = await artifactsOf(input.tier);
    options.signal?.throwIfAborted();
    if (closed) throw new ProverError('prover_closed', 'the prover was closed');
    worker ??= startWorker();
    try {
      return await runProof(worker, { wasm, provingKey, signals: input.signals }, options);
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
