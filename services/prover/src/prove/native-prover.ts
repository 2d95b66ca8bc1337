import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CircuitName } from '../artifacts/circuits.ts';
import type { Artifacts } from '../artifacts/ensure-artifacts.ts';
import {
  type CircuitInput,
  type CircuitProof,
  type Groth16Prover,
  type ProveOptions,
  ProverError,
} from './groth16-prover.ts';
import { type NativeLine, parseNativeLine } from './native-lines.ts';
import { type MemoryBound, queuedProver } from './proof-queue.ts';
import type { WitnessReply, WitnessRequest } from './prover-messages.ts';
import { wireSignals } from './wire-proof.ts';

export type NativeProverOptions = MemoryBound & {
  /** The program that `npm run build:prover` builds. */
  readonly binary: string;
  /** 1 … 256; by default one for each core. */
  readonly threads?: number;
};

/** Where each phase begins and ends in a whole proof. */
const SPANS = { witness: [0, 0.2], polynomials: [0.2, 0.4], points: [0.4, 1] } as const;
const MESSAGE_BYTES_MAX = 2_048;

function startWitnessWorker(): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = new URL(`./witness-worker${extension}`, import.meta.url);
  return fork(fileURLToPath(entry), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function endedEarly(what: string, child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', ({ message }) => reject(new ProverError('prover_failed', message)));
    child.once('exit', (code, killed) =>
      reject(new ProverError('prover_failed', `${what} ended: ${killed ?? code}`)),
    );
  });
}

/** Asks the witness process, and takes its listeners off again. */
async function witnessOf(worker: ChildProcess, request: WitnessRequest): Promise<Uint8Array> {
  const answer = new Promise<WitnessReply>((resolve) => worker.once('message', resolve));
  try {
    const ended = endedEarly('the witness process', worker);
    worker.send(request);
    const reply = await Promise.race([answer, ended]);
    if (reply.kind === 'failed') throw new ProverError(reply.code, reply.message);
    return reply.bytes;
  } finally {
    worker.removeAllListeners();
  }
}

/** Resolves with the prover's last line once it has ended well. */
function proofFrom(
  child: ChildProcess,
  onProgress: (line: Extract<NativeLine, { kind: 'progress' }>) => void,
): Promise<Extract<NativeLine, { kind: 'proved' }>> {
  return new Promise((resolve, reject) => {
    let made: Extract<NativeLine, { kind: 'proved' }> | undefined;
    let message = '';
    if (child.stdout === null || child.stderr === null) throw new Error('the prover has no pipes');
    createInterface({ input: child.stdout }).on('line', (text) => {
      try {
        const line = parseNativeLine(text);
        if (line.kind === 'progress') onProgress(line);
        if (line.kind === 'proved') made = line;
      } catch (error) {
        reject(error);
      }
    });
    child.stderr.on('data', (chunk: Buffer) => {
      message = (message + chunk.toString()).slice(-MESSAGE_BYTES_MAX);
    });
    child.on('error', (error) => reject(new ProverError('prover_failed', error.message)));
    child.on('close', (code, killed) => {
      if (code === 0 && made !== undefined) resolve(made);
      else reject(new ProverError('prover_failed', message.trim() || `ended: ${killed ?? code}`));
    });
  });
}

/**
 * A prover over the native program: circom's witness in one child process, which is kept with its compiled
 * circuit, and the proof in another, a new one for each. The witness goes from one to the other through this
 * process' memory and pipes. An abort kills both.
 */
export function nativeProver(
  artifactsOf: (circuit: CircuitName) => Promise<Artifacts>,
  options: NativeProverOptions,
): Groth16Prover {
  let worker: ChildProcess | undefined;
  let child: ChildProcess | undefined;

  async function prove(
    input: CircuitInput,
    onProgress: ProveOptions['onProgress'],
    stop: AbortSignal,
  ): Promise<CircuitProof> {
    const { wasm, provingKey } = await artifactsOf(input.circuit);
    stop.throwIfAborted();
    const report = (phase: keyof typeof SPANS, done: number): void => {
      const [start, end] = SPANS[phase];
      onProgress?.({ phase, fraction: start + done * (end - start) });
    };
    report('witness', 0);
    // An idle process may have been killed, for its memory say.
    if (worker?.connected !== true) worker = startWitnessWorker();
    const threads = options.threads === undefined ? [] : ['--threads', `${options.threads}`];
    // Started beside the witness: it maps the key and computes its tables meanwhile.
    child = spawn(options.binary, ['prove', provingKey, ...threads]);
    const proof = proofFrom(child, ({ phase, fraction }) => report(phase, fraction));
    // Its end is the error to report; a broken pipe only follows from it.
    child.stdin?.on('error', () => undefined);
    const bytes = await Promise.race([witnessOf(worker, { wasm, signals: input.signals }), proof]);
    if (!(bytes instanceof Uint8Array)) throw new ProverError('prover_failed', 'proved no witness');
    report('witness', 1);
    child.stdin?.end(bytes);
    const { a, b, c, publicSignals } = await proof;
    // It ended: its id may soon be another process'.
    child = undefined;
    return { proof: { a, b, c }, publicSignals: wireSignals(input.circuit, publicSignals) };
  }

  return queuedProver(
    {
      prove,
      pids: () => [worker?.pid, child?.pid],
      discard: () => {
        worker?.kill('SIGKILL');
        child?.kill('SIGKILL');
        worker = undefined;
        child = undefined;
      },
    },
    options,
  );
}
