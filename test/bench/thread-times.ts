/** Processor time by thread, from Linux's own accounts; nothing elsewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';

export type ThreadTime = { readonly id: string; readonly name: string; readonly micros: number };

/** What each thread of this process has used so far, µs; threads that ended are missing. */
export function threadTimes(): readonly ThreadTime[] {
  if (!existsSync(TASKS)) return [];
  return readdirSync(TASKS).map((id) => {
    const name = readFileSync(`${TASKS}/${id}/comm`, 'utf8').trim();
    // Nanoseconds on a processor come first. Source: Linux, Documentation/scheduler/sched-stats.
    const [nanos = '0'] = readFileSync(`${TASKS}/${id}/schedstat`, 'utf8').split(' ');
    return { id, name, micros: Number(nanos) / 1000 };
  });
}
