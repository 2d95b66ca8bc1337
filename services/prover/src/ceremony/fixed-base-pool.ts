import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FixedBaseReply, FixedBaseRequest } from './fixed-base-worker.ts';

const BATCH = 4096;
const WORKERS_MAX = 8;
const SCALAR_BYTES = 32;

export type FixedBasePool = {
  /**
   * scalar_i · G for 32-byte little-endian scalars: affine points in the order of the scalars, 64
   * (G1) or 128 (G2) bytes each, zero bytes for the point at infinity. Calls back the number of
   * points done since the last call.
   * @throws Error if a worker process fails.
   */
  readonly multiply: (
    group: 'G1' | 'G2',
    scalars: Uint8Array,
    onDone: (points: number) => void,
  ) => Promise<Uint8Array>;
  readonly close: () => void;
};

type Waiter = { resolve: (points: Uint8Array) => void; reject: (error: Error) => void };

/** Starts one worker process per core (at most 8); each batch of 4,096 scalars goes to one of them. */
export function openFixedBasePool(): FixedBasePool {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = new URL(`./fixed-base-worker${extension}`, import.meta.url);
  const waiters = new Map<number, Waiter>();
  let nextId = 0;
  const fail = (cause: string): void => {
    for (const waiter of waiters.values()) waiter.reject(new Error(`key point worker: ${cause}`));
    waiters.clear();
  };
  const workers = Array.from({ length: Math.min(availableParallelism(), WORKERS_MAX) }, () => {
    const worker = fork(fileURLToPath(entry), [], { serialization: 'advanced' });
    worker.on('message', (message: FixedBaseReply) => {
      waiters.get(message.id)?.resolve(message.points);
      waiters.delete(message.id);
    });
    worker.on('error', (error) => fail(error.message));
    worker.on('exit', (code, signal) => fail(`exited with ${code ?? signal}`));
    return worker;
  });

  function submit(group: 'G1' | 'G2', scalars: Uint8Array): Promise<Uint8Array> {
    const id = nextId++;
    const request: FixedBaseRequest = { id, group, scalars };
    return new Promise((resolve, reject) => {
      waiters.set(id, { resolve, reject });
      workers[id % workers.length]?.send(request);
    });
  }

  return {
    multiply: async (group, scalars, onDone) => {
      const pointBytes = group === 'G1' ? 64 : 128;
      const points = new Uint8Array((scalars.length / SCALAR_BYTES) * pointBytes);
      const batches: Promise<void>[] = [];
      for (let start = 0; start < scalars.length; start += BATCH * SCALAR_BYTES) {
        const batch = scalars.slice(start, start + BATCH * SCALAR_BYTES);
        batches.push(
          submit(group, batch).then((done) => {
            points.set(done, (start / SCALAR_BYTES) * pointBytes);
            onDone(batch.length / SCALAR_BYTES);
          }),
        );
      }
      await Promise.all(batches);
      return points;
    },
    close: () => {
      for (const worker of workers) worker.kill();
    },
  };
}
