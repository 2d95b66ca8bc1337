import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { ArtifactError } from '../artifacts/artifact-error.ts';
import { CIRCUITS_DIRECTORY, compilerPath, libraryDirectory } from '../artifacts/circuit-paths.ts';

const OUTPUT_BYTES_MAX = 8_192;

export type CompiledCircuit = { readonly r1cs: string; readonly wasm: string };

/**
 * Compiles a Circom 2 file in a child process, at --O2 unless told; gives the paths of the r1cs and the wasm
 * witness generator, written under `output`. Equal sources and compiler give equal bytes.
 * @throws ArtifactError `compile_failed` with the end of the compiler's output.
 */
export async function compileCircuit(
  main: string,
  output: string,
  extraFlags: readonly string[] = [],
  level: '--O1' | '--O2' = '--O2',
): Promise<CompiledCircuit> {
  const args = [
    compilerPath(),
    main,
    '--r1cs',
    '--wasm',
    level,
    '-l',
    libraryDirectory(),
    '-o',
    output,
    ...extraFlags,
  ];
  const child = spawn(process.execPath, args, {
    cwd: join(CIRCUITS_DIRECTORY, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-OUTPUT_BYTES_MAX);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) {
    throw new ArtifactError('compile_failed', `circom exited with ${code}`, {
      main: relative(CIRCUITS_DIRECTORY, main),
      output: text,
    });
  }
  const name = main.slice(main.lastIndexOf('/') + 1).replace(/\.circom$/, '');
  return {
    r1cs: join(output, `${name}.r1cs`),
    wasm: join(output, `${name}_js`, `${name}.wasm`),
  };
}
