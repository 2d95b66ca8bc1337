import { createWriteStream, existsSync } from 'node:fs';
import { link, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from './usage-error.ts';

/**
 * Writes a file, readable by this user only, that gets its name when it is whole; gives its bytes.
 * @throws UsageError when the name is taken: evidence is not written over.
 */
export async function writeNewFile(
  file: string,
  option: string,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<number> {
  if (existsSync(file)) throw new UsageError(`--${option}: ${file} is there already`);
  const part = `${file}.${process.pid}.part`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(part, { mode: 0o600, flush: true }));
    await link(part, file);
    return (await stat(file)).size;
  } finally {
    await rm(part, { force: true });
  }
}
