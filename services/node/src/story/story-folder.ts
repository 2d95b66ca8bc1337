import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';

export type StoryFolder = {
  readonly path: string;
  /** Removes it, unless it is kept. A second call does nothing. */
  sweep(): void;
};

/**
 * The folder of a story: the new one that `keep` names, or a temporary one that goes with the process at the latest,
 * also when that is told to end in the middle of a scene.
 * @throws UsageError when `keep` is there and not empty.
 */
export function openStoryFolder(keep: string | null, prefix: string): StoryFolder {
  if (keep !== null) return { path: keptFolder(keep), sweep: () => undefined };
  const path = mkdtempSync(join(tmpdir(), prefix));
  const sweep = () => {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    process.off('exit', sweep);
  };
  process.once('exit', sweep);
  return { path, sweep };
}

function keptFolder(keep: string): string {
  const folder = resolve(keep);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError(`--keep: ${folder} is there and not empty`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
