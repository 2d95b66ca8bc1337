import { existsSync } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CeremonyError, type CeremonyStep } from './ceremony-error.ts';

const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Removes what killed calls for the same name left behind. */
async function removeAbandoned(path: string): Promise<void> {
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    const [, pid] =
      /^(\d+)\.part$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(path), name));
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Lets `write` make a file under a temporary name and gives it its own name when `write` has resolved: a
 * kill at any point leaves nothing under that name. A file that is there is never written over.
 * Durable when it resolves.
 * @throws CeremonyError `output_exists`; what `write` throws.
 */
export async function writeNewKeyFile<Result>(
  path: string,
  step: CeremonyStep,
  write: (part: string) => Promise<Result>,
): Promise<Result> {
  const taken = (): CeremonyError =>
    new CeremonyError(step, 'output_exists', `${path} is there already`);
  if (existsSync(path)) throw taken();
  await mkdir(dirname(path), { recursive: true });
  await removeAbandoned(path);
  const part = `${path}.${process.pid}.part`;
  try {
    const result = await write(part);
    await sync(part);
    try {
      // A link, not a rename: it fails where another call was faster.
      await link(part, path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EEXIST' || existsSync(path)) throw taken();
      // Contributors carry keys on sticks whose file systems have no links.
      if (!WITHOUT_LINKS.has(String(code))) throw error;
      await rename(part, path);
    }
    await sync(dirname(path));
    // Durable from here.
    return result;
  } finally {
    await rm(part, { force: true });
  }
}
