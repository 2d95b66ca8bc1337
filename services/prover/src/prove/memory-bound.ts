import { readFileSync } from 'node:fs';

const LOOK_MS = 50;

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
