/** Payloads of batches in a folder, by their SHA-256: what went out can go out again, and be shown. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Hash, hashFromBytes, parseHash } from '@atomicity/kernel/units/id';
import type { PayloadSource } from './payload-source.ts';

/** A payload in the archive is not what its name says. */
export class PayloadDamaged extends Error {
  override readonly name = 'PayloadDamaged';
}

const SUFFIX = '.payload';
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export class PayloadArchive implements PayloadSource {
  readonly #folder: string;

  /** Nothing is made before the first `keep`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Keeps a payload and gives its hash. Durable when it resolves: file and folder are flushed. A second
   * call with the same bytes writes them again over themselves.
   */
  async keep(payload: Uint8Array): Promise<Hash> {
    const hash = hashOf(payload);
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    const file = this.#file(hash);
    const temporary = `${file}.tmp`;
    const out = await open(temporary, 'w', FILE_MODE);
    try {
      await out.writeFile(payload);
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(temporary, file);
    const folder = await open(this.#folder, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    // Durable from here.
    return hash;
  }

  /** @throws PayloadDamaged if the file is there and does not have this hash. */
  async read(payload: Hash): Promise<Uint8Array | undefined> {
    const bytes = await readIfThere(this.#file(payload));
    if (bytes === undefined) return undefined;
    if (hashOf(bytes) === payload) return bytes;
    throw new PayloadDamaged(`${this.#file(payload)}: the bytes do not have the hash in its name`);
  }

  /** Hashes of what is kept, ascending. */
  async list(): Promise<readonly Hash[]> {
    const names = await readdir(this.#folder).catch(noFile);
    return (names ?? [])
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => parseHash(name.slice(0, -SUFFIX.length)))
      .filter((hash) => hash !== undefined)
      .sort();
  }

  #file(hash: Hash): string {
    return join(this.#folder, `${hash}${SUFFIX}`);
  }
}

function hashOf(payload: Uint8Array): Hash {
  return hashFromBytes(createHash('sha256').update(payload).digest());
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(file).catch(noFile);
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

function noFile(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
