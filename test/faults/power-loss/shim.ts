import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOAD = fileURLToPath(new URL('../event-log-load.ts', import.meta.url));

/** Compiles shim.c. @throws Error that says what is missing where it cannot be. */
export function compileShim(): string {
  if (process.platform !== 'linux') {
    throw new Error(
      'the power-loss tests preload a library into the process and run on Linux alone',
    );
  }
  const library = join(mkdtempSync(join(tmpdir(), 'atomicity-shim-')), 'shim.so');
  const source = fileURLToPath(new URL('./shim.c', import.meta.url));
  const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror'];
  try {
    execFileSync('cc', [...flags, '-o', library, source, '-ldl', '-lpthread'], { stdio: 'pipe' });
  } catch (cause) {
    throw new Error('the power-loss tests need a C compiler named `cc` (Debian: apt install gcc)', {
      cause,
    });
  }
  return library;
}

/** Runs the load under the shim to its end. Gives its exit status and what it wrote to standard output. */
export function runUnderShim(
  library: string,
  directory: string,
  rounds: number,
  environment: Readonly<Record<string, string>>,
): { readonly status: number | null; readonly output: string; readonly complaint: string } {
  const result = spawnSync(
    process.execPath,
    ['--conditions=source', LOAD, directory, '1', String(rounds)],
    {
      encoding: 'utf8',
      env: { ...process.env, LD_PRELOAD: library, POWER_LOSS_DIR: directory, ...environment },
    },
  );
  return { status: result.status, output: result.stdout, complaint: result.stderr };
}
