/** What the processes that this one started use: processor time and memory. Linux only: 0 elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { privateBytes } from '@atomicity/prover/prove/memory-bound';

const LOOK_MS = 20;
/** Ticks of /proc a second: 100 on every Linux that Node runs on. */
const TICKS = 100;

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** All processes under this one. */
function descendants(pid: number | 'self' = 'self'): readonly number[] {
  let tasks: readonly string[] = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children = tasks.flatMap((task) =>
    readOr(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Ticks of a process: its own, and of its children that ended. */
function ticks(pid: number | 'self'): { readonly own: number; readonly ended: number } {
  const text = readOr(`/proc/${pid}/stat`);
  // After the name in brackets; user and system time are fields 14 to 17.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (field: number): number => fields[field - 3] ?? 0;
  return { own: at(14) + at(15), ended: at(16) + at(17) };
}

/** Processor seconds of all child processes so far, those that ended included. */
export function childSeconds(): number {
  const alive = descendants().map(ticks);
  const sum = alive.reduce((total, { own, ended }) => total + own + ended, ticks('self').ended);
  return sum / TICKS;
}

/** Runs something and looks at the private memory of all child processes every 20 ms: gives the peak. */
export async function peakChildBytes<T>(
  run: () => Promise<T>,
): Promise<{ readonly value: T; readonly peakBytes: number }> {
  let peakBytes = 0;
  const look = (): void => {
    const bytes = descendants().reduce((sum, pid) => sum + privateBytes(pid), 0);
    peakBytes = Math.max(peakBytes, bytes);
  };
  const timer = setInterval(look, LOOK_MS);
  try {
    const value = await run();
    look();
    return { value, peakBytes };
  } finally {
    clearInterval(timer);
  }
}
