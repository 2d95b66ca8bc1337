import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Verdict } from './judge.ts';
import type { WorkerAnswer, WorkerRequest } from './mutant-worker.ts';

const WORKER = fileURLToPath(new URL('mutant-worker.ts', import.meta.url));
/** No compilation of a small instance comes near this; a mutant that does never ends. */
const PATIENCE_MS = 600_000;

export type Outcome = WorkerRequest & {
  readonly verdict: Verdict | { readonly kind: 'compiler-fails' };
};

/** Runs one request after another in a process; a process that fails is replaced. */
class Worker {
  #child: ChildProcess | undefined;
  #stderr = '';

  /** @throws Error if the worker itself failed: a corpus that is wrong, a source that does not parse. */
  ask(request: WorkerRequest): Promise<Outcome> {
    const child = this.#running();
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      const settle = (): void => {
        clearTimeout(patience);
        child.removeAllListeners();
      };
      child.once('message', (answer: WorkerAnswer) => {
        settle();
        resolve(answer);
      });
      child.once('exit', (code, signal) => {
        settle();
        this.#child = undefined;
        // Killed for taking too long, or out of memory inside the compiler.
        if (signal !== null) resolve({ ...request, verdict: { kind: 'compiler-fails' } });
        else reject(new Error(`worker exited with ${code} at ${request.file}: ${this.#stderr}`));
      });
      child.send(request);
    });
  }

  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = fork(WORKER, {
      execArgv: ['--conditions=source'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4_096);
    });
    this.#child = child;
    return child;
  }

  close(): void {
    this.#child?.disconnect();
  }
}

/**
 * Judges mutants in `processes` processes; requests of one file should follow one another, so that few
 * processes have to learn what the unchanged circuit does. Calls back as the outcomes come.
 * @throws Error of the first worker that failed.
 */
export async function judgeAll(
  requests: readonly WorkerRequest[],
  processes: number,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  // Each process starts in its own part of the list and then takes from the longest rest.
  const parts = Array.from({ length: processes }, (_, i) =>
    requests.slice(
      Math.floor((i * requests.length) / processes),
      Math.floor(((i + 1) * requests.length) / processes),
    ),
  );
  const take = (own: WorkerRequest[]): WorkerRequest | undefined =>
    own.shift() ?? parts.toSorted((a, b) => b.length - a.length)[0]?.pop();
  await Promise.all(
    parts.map(async (own) => {
      const worker = new Worker();
      try {
        for (let request = take(own); request !== undefined; request = take(own)) {
          const outcome = await worker.ask(request);
          outcomes.push(outcome);
          onOutcome(outcome);
        }
      } finally {
        worker.close();
      }
    }),
  );
  return outcomes;
}
