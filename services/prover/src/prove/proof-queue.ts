import {
  type CircuitInput,
  type CircuitProof,
  type Groth16Prover,
  type ProveOptions,
  ProverError,
} from './groth16-prover.ts';
import { watchMemory } from './memory-bound.ts';

/** One proof's processes. */
export type ProvingProcesses = {
  /** Makes the proof. Once `stop` aborts, it may settle in any way or never. */
  readonly prove: (
    input: CircuitInput,
    onProgress: ProveOptions['onProgress'],
    stop: AbortSignal,
  ) => Promise<CircuitProof>;
  /** Of all processes that now hold memory for a proof. */
  readonly pids: () => readonly (number | undefined)[];
  /** Kills them all. The next proof starts others. */
  readonly discard: () => void;
};

export type MemoryBound = {
  /**
   * Private memory that all processes of a proof may hold together, in bytes; above it they are killed.
   * Without it there is no bound. Has no effect on systems without /proc.
   */
  readonly memoryMaxBytes?: number;
};

/**
 * A prover that runs proofs one after another. After any failure the processes are killed: their state is
 * unknown, and after an abort they still work.
 */
export function queuedProver(
  processes: ProvingProcesses,
  { memoryMaxBytes }: MemoryBound,
): Groth16Prover {
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();

  async function prove(input: CircuitInput, options: ProveOptions): Promise<CircuitProof> {
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    closing.signal.throwIfAborted();
    const bound = new AbortController();
    const stops = [closing.signal, bound.signal, ...(signal === undefined ? [] : [signal])];
    const stop = AbortSignal.any(stops);
    const report: ProveOptions['onProgress'] = (progress) => {
      if (!stop.aborted) onProgress?.(progress);
    };
    const unwatch =
      memoryMaxBytes === undefined
        ? () => {}
        : watchMemory(processes.pids, memoryMaxBytes, (bytes) =>
            bound.abort(
              new ProverError('memory_exceeded', `${bytes} bytes, of ${memoryMaxBytes} allowed`),
            ),
          );
    const stopped = new Promise<never>((_, reject) => {
      stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    });
    try {
      return await Promise.race([processes.prove(input, report, stop), stopped]);
    } catch (error) {
      processes.discard();
      throw stop.aborted ? stop.reason : error;
    } finally {
      unwatch();
    }
  }

  return {
    prove: (input, options = {}) => {
      const turn = last.then(() => prove(input, options));
      last = turn.catch(() => undefined);
      return turn;
    },
    close: () => {
      closing.abort(new ProverError('prover_closed', 'the prover was closed'));
      processes.discard();
    },
  };
}
