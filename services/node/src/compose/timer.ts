export type Timer = { stop(): Promise<void> };

/**
 * Runs a task again and again with a pause after each run, so that runs never overlap.
 * `stop` aborts the signal and resolves when the run under way has ended.
 */
export function every(
  pauseMs: number,
  task: (signal: AbortSignal) => Promise<unknown>,
  onError: (error: unknown) => void,
): Timer {
  const abort = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const plan = () => {
    if (abort.signal.aborted) return;
    timer = setTimeout(() => {
      running = task(abort.signal)
        .then(() => undefined, onError)
        .then(plan);
    }, pauseMs);
  };
  plan();
  return {
    async stop() {
      abort.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
