import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProverError } from './groth16-prover.ts';
import { parseNativeLine } from './native-lines.ts';

const BUILT = '../../native/target/release/atomicity-prover';
const SELF_CHECK_MS = 10_000;

/**
 * Where the native prover is looked for: $ATOMICITY_NATIVE_PROVER, else where `npm run build:prover` puts it.
 * Undefined if the variable is `off`.
 */
export function nativeBinaryPath(): string | undefined {
  const named = process.env['ATOMICITY_NATIVE_PROVER'];
  if (named === 'off') return undefined;
  // Never a bare name: what is looked at here and what PATH would start could be two programs.
  if (named !== undefined && named !== '') return resolve(named);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return fileURLToPath(new URL(`${BUILT}${suffix}`, import.meta.url));
}

/** `ready` with the version that answered, else why the native prover cannot be used here. */
export type NativeBinary =
  | { readonly kind: 'ready'; readonly path: string; readonly version: string }
  | { readonly kind: 'absent' | 'unfit'; readonly reason: string };

/**
 * Looks for the native prover and has it check itself: it multiplies points and transforms polynomials, so
 * that a binary for another processor is found out now. Takes some milliseconds; starts a process.
 */
export function findNativeBinary(path = nativeBinaryPath()): NativeBinary {
  if (path === undefined) return { kind: 'absent', reason: 'ATOMICITY_NATIVE_PROVER is off' };
  if (!existsSync(path)) return { kind: 'absent', reason: `no ${path}; npm run build:prover` };
  const { status, signal, error, stdout, stderr } = spawnSync(path, ['self-check'], {
    encoding: 'utf8',
    timeout: SELF_CHECK_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined) return { kind: 'unfit', reason: error.message };
  if (status !== 0) return { kind: 'unfit', reason: stderr.trim() || `ended: ${signal ?? status}` };
  try {
    const line = parseNativeLine(stdout.trim());
    if (line.kind === 'ready') return { kind: 'ready', path, version: line.version };
    return { kind: 'unfit', reason: 'it does not say that it is ready' };
  } catch (cause) {
    if (!(cause instanceof ProverError)) throw cause;
    return { kind: 'unfit', reason: cause.shortMessage };
  }
}
