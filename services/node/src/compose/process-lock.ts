import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';

/** Another process has the data directory open. */
export class DataDirBusy extends Error {
  override readonly name = 'DataDirBusy';
}

/**
 * Takes the data directory for this process. A lock left by a process that no longer runs is taken over,
 * also when its number has gone to another process since.
 * @throws DataDirBusy naming the process that holds it.
 */
export function takeLock(file: string): { release(): void } {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const fd = openSync(file, 'wx', 0o600);
      writeSync(fd, `${process.pid}\n${startOf(process.pid) ?? ''}\n`);
      closeSync(fd);
      return { release: () => unlinkSync(file) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const [pidText = '', start = ''] = readFileSync(file, 'utf8').split('\n');
      const holder = Number.parseInt(pidText, 10);
      if (Number.isInteger(holder) && isHeld(holder, start)) {
        throw new DataDirBusy(`${file}: process ${holder} has this data directory open`);
      }
      unlinkSync(file);
    }
  }
  throw new DataDirBusy(`${file}: another process is taking this data directory`);
}

/** True while the process that wrote the lock runs. */
function isHeld(holder: number, start: string): boolean {
  if (!isRunning(holder)) return false;
  const now = startOf(holder);
  if (now !== undefined && start !== '') return now === start;
  // Without a start time, a process can't tell itself from one before it with the same number.
  return holder !== process.pid;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * When a process started, as text that no other process of this number has: numbers come back after a
 * reboot, and in a container every start may have the same one. Undefined where there is no /proc.
 * Source: proc_pid_stat(5), field 22.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name that may hold anything; the third begins behind its bracket.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${ticks}`;
  } catch {
    return undefined;
  }
}
