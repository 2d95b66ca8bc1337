/** Processor time by thread, from Linux's own accounts; nothing elsewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';

/** One row a thread of this process; micros is what it has used so far. */
export type ThreadTime = { readonly id: string; readonly name: string; readonly micros: number };

export function threadTimes(): readonly ThreadTime[] {
  if (!existsSync(TASKS)) return [];
  return readdirSync(TASKS).flatMap((id) => {
    const name = contentOf(`${TASKS}/${id}/comm`)?.trim();
    // Nanoseconds on a processor come first. Source: Linux, Documentation/scheduler/sched-stats.
    const nanos = contentOf(`${TASKS}/${id}/schedstat`)?.split(' ')[0];
    return name && nanos ? [{ id, name, micros: Number(nanos) / 1000 }] : [];
  });
}

/** Undefined where the thread has just ended. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * What each part used between two readings, µs, the largest first. `partOf` names the part of a
 * thread that this code started; V8's own threads (compiling, collecting) are one part.
 */
export function timesByPart(
  before: readonly ThreadTime[],
  after: readonly ThreadTime[],
  partOf: ReadonlyMap<string, string>,
): ReadonlyMap<string, number> {
  const start = new Map(before.map(({ id, micros }) => [id, micros]));
  const parts = new Map<string, number>();
  for (const { id, name, micros } of after) {
    const ofProcess = id === String(process.pid) ? 'main' : 'other';
    const part = partOf.get(id) ?? (name.startsWith('V8') ? 'v8' : ofProcess);
    parts.set(part, (parts.get(part) ?? 0) + micros - (start.get(id) ?? 0));
  }
  return new Map([...parts].sort(([, left], [, right]) => right - left));
}

/** Runs `start` and names the threads that came to life meanwhile. */
export async function namingThreads<T>(
  partOf: Map<string, string>,
  part: string,
  start: () => Promise<T> | T,
): Promise<T> {
  const before = new Set(threadTimes().map(({ id }) => id));
  const started = await start();
  for (const { id } of threadTimes()) if (!before.has(id)) partOf.set(id, part);
  return started;
}
