import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** The circuits package of this checkout: the same from src/ and from dist/. */
export const CIRCUITS_DIRECTORY = fileURLToPath(new URL('../../../../circuits/', import.meta.url));

export const LOCK_FILE = join(CIRCUITS_DIRECTORY, 'artifacts.lock');

/** Where artifacts are cached: $ATOMICITY_ARTIFACTS, else circuits/artifacts (ignored by git). */
export function artifactsDirectory(): string {
  return process.env['ATOMICITY_ARTIFACTS'] ?? join(CIRCUITS_DIRECTORY, 'artifacts');
}

/** The compiler's entry file. */
export function compilerPath(): string {
  return require.resolve('circom2/cli.js');
}

/** The folder in which the compiler finds circomlib. */
export function libraryDirectory(): string {
  return dirname(dirname(require.resolve('circomlib/package.json')));
}

function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8'));
  return `${name}@${version}`;
}

/** Compiler and library versions and flags: part of what a compiled circuit depends on. */
export function toolchain(): string {
  return `${versionOf('circom2')} --O2, ${versionOf('circomlib')}`;
}

/** SHA-256 (hex) over the toolchain and every .circom file of src/ and main/, in name order. */
export function sourcesHash(): string {
  const hash = createHash('sha256').update(toolchain());
  for (const folder of ['src', 'main']) {
    const names = readdirSync(join(CIRCUITS_DIRECTORY, folder)).filter((n) => n.endsWith('.circom'));
    for (const name of names.sort()) {
      const content = readFileSync(join(CIRCUITS_DIRECTORY, folder, name));
      hash.update(`\n${folder}/${name} ${createHash('sha256').update(content).digest('hex')}`);
    }
  }
  return hash.digest('hex');
}
