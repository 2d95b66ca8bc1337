import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const UNFINISHED = '.tmp';

/** Makes a folder's entries durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Puts bytes at `file` so that a crash leaves either the old ones or the new. Durable when it resolves.
 * One writer per file at a time.
 */
export async function writeFileDurably(file: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${file}${UNFINISHED}`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  await syncFolder(dirname(file));
}

/** Makes the folder where there is none, and removes what writers that died left unfinished in it. */
export async function openFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED)) await unlink(join(folder, name));
  }
}
