import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CircuitName } from './circuits.ts';

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

const INCLUDE = /^include "([^"]+)";$/gm;

/** The project's own .circom files that a file needs, itself included, as paths under circuits/. */
function includesOf(path: string, seen: Map<string, Buffer>): ReadonlyMap<string, Buffer> {
  if (seen.has(path)) return seen;
  const content = readFileSync(join(CIRCUITS_DIRECTORY, path));
  seen.set(path, content);
  for (const [, included] of content.toString().matchAll(INCLUDE)) {
    // circomlib is pinned by its version in the toolchain.
    if (included === undefined || included.startsWith('circomlib/')) continue;
    includesOf(join(dirname(path), included), seen);
  }
  return seen;
}

/** SHA-256 (hex) over the toolchain and every .circom file that a circuit includes, in name order. */
export function sourcesHash(circuit: CircuitName): string {
  const hash = createHash('sha256').update(toolchain());
  const files = [...includesOf(`main/${circuit}.circom`, new Map())];
  for (const [path, content] of files.sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${path} ${createHash('sha256').update(content).digest('hex')}`);
  }
  return hash.digest('hex');
}
