import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

const LOOK_MS = 50;

/**
 * Three quarters of the memory that this machine or its container has, in bytes: what is left keeps the
 * system from killing the process that asked for the proof. `constrained` as Node gives it: 0 or more than
 * there is without a container's limit.
 */
export function memoryShare(
  total: number = totalmem(),
  constrained: number = process.constrainedMemory(),
): number {
  return Math.floor((constrained > 0 ? Math.min(total, constrained) : total) * 0.75);
}

/**
 * The memory of a process that no file backs, in bytes: what a bound is about. 0 for a process that is gone,
 * and on systems without /proc.
 */
export function privateBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
    return 1024 * (kilobytes('RssAnon') + kilobytes('RssShmem') + kilobytes('VmSwap'));
  } catch {
    return 0;
  }
}

/**
 * Looks at the memory of processes every 50 ms, and calls back once when together they hold more than
 * `maxBytes`. Gives the function that ends the watch. Does nothing where there is no /proc.
 */
export function watchMemory(
  pids: () => readonly (number | undefined)[],
  maxBytes: number,
  onExceeded: (bytes: number) => void,
): () => void {
  const timer = setInterval(() => {
    const bytes = pids().reduce<number>((sum, pid) => sum + (pid ? privateBytes(pid) : 0), 0);
    if (bytes <= maxBytes) return;
    clearInterval(timer);
    onExceeded(bytes);
  }, LOOK_MS);
  return () => clearInterval(timer);
}
