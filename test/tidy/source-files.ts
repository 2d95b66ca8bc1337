import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository root. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export type SourceFile = { readonly path: string; readonly text: string };

/** Every file that git tracks or would track, as paths relative to the root. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && existsSync(join(root, path)));
}

/** The repository's files whose path matches, with their text. */
export function sourceFiles(matches: (path: string) => boolean): SourceFile[] {
  return repositoryFiles()
    .filter(matches)
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** True for files that the test runner loads or that only tests load. */
export function isTestFile(path: string): boolean {
  return (
    /\.(test|oracle|bench)\.ts$/.test(path) ||
    path.startsWith('test/') ||
    path.includes('/testing/')
  );
}

/** `path:line` of every line of every file that matches the pattern. */
export function linesMatching(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}
