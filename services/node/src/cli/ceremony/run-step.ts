import type { Phase2Options } from '@atomicity/prover/ceremony/phase-2/run-phase-2';
import type { CliIo } from '../command.ts';
import { progressBar } from '../progress.ts';

/** The process was asked to stop in the middle of a step: nothing got its name. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Runs one step of a ceremony with a progress bar on standard error, and stops it when the process is
 * asked to stop.
 * @throws Interrupted; what the step throws.
 */
export async function runStep<Result>(
  io: CliIo,
  step: (options: Required<Phase2Options>) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  void io.interrupted().then(() => controller.abort(new Interrupted('interrupted')));
  const bar = progressBar({ write: io.stderr, isTTY: process.stderr.isTTY });
  try {
    return await step({ onProgress: bar.report, signal: controller.signal });
  } finally {
    bar.end();
  }
}

/** Facts as one JSON object, or lines for people. */
export function tell(
  io: CliIo,
  json: boolean,
  facts: Readonly<Record<string, unknown>>,
  lines: readonly string[],
): void {
  io.stdout(json ? `${JSON.stringify(facts)}\n` : lines.map((line) => `${line}\n`).join(''));
}
