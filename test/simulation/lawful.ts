import { type RunOptions, type RunResult, replayCommand, simulate } from './run.ts';

/**
 * Runs a seed that must break no law.
 * @throws Error with the end of the trace, the law and the command that repeats the run.
 */
export async function lawful(options: RunOptions): Promise<RunResult> {
  const result = await simulate(options);
  const { violation } = result;
  if (violation !== undefined) {
    const tail = violation.tail.slice(-40).join('\n');
    throw new Error(`${tail}\n${violation.message}\nagain: ${replayCommand(options)}`);
  }
  return result;
}

/** Adds the counts of one map to another. */
export function addCounts(sums: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
}
