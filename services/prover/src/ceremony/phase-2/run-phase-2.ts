import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CeremonyError, type CeremonyStep } from './ceremony-error.ts';
import type { Phase2Reply, Phase2Request } from './phase-2-messages.ts';

/** Where a step stands: snarkjs's own label, and the fraction of that label's work, 0 … 1. */
export type OnCeremonyProgress = (label: string, fraction: number) => void;

export type Phase2Options = {
  readonly onProgress?: OnCeremonyProgress;
  readonly signal?: AbortSignal;
};

export type Phase2Outcome = { readonly holds: boolean; readonly complaint: string };

/**
 * Runs one step in a process of its own, which ends with it. An abort kills the process; what it had
 * written stays under the name it was given.
 * @throws CeremonyError `process_failed` at `step`; the signal's reason when aborted.
 */
export async function runPhase2(
  request: Phase2Request,
  step: CeremonyStep,
  options: Phase2Options = {},
): Promise<Phase2Outcome> {
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = new URL(`./snarkjs-phase-2${extension}`, import.meta.url);
  const child = fork(fileURLToPath(entry), [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const outcome = Promise.withResolvers<Phase2Outcome>();
  const fail = (message: string): void =>
    outcome.reject(new CeremonyError(step, 'process_failed', message));
  const abort = (): void => outcome.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  child.on('message', (reply: Phase2Reply) => {
    if (reply.kind === 'progress') onProgress?.(reply.label, reply.fraction);
    else if (reply.kind === 'failed') fail(reply.message);
    else outcome.resolve(reply);
  });
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, killed) => fail(`process ended: ${killed ?? code}`));
  child.send(request);
  try {
    return await outcome.promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}
