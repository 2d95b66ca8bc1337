import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A book's state at a revision, so that a book can be read although early payloads are erased. */
export type BookSnapshot = {
  readonly revision: number;
  /** `encodeState` of the kernel: canonical JSON. */
  readonly state: string;
};

export interface BookSnapshots {
  load(): Promise<BookSnapshot | undefined>;
  /** When it resolves the snapshot is durable and replaces the one before. */
  save(snapshot: BookSnapshot): Promise<void>;
}

/** Snapshots that die with the process: a FAKE for tests. */
export class MemorySnapshots implements BookSnapshots {
  #snapshot: BookSnapshot | undefined;

  async load(): Promise<BookSnapshot | undefined> {
    return this.#snapshot;
  }

  async save(snapshot: BookSnapshot): Promise<void> {
    this.#snapshot = snapshot;
  }
}

/** One snapshot in one file: `<revision>\n<state>`. */
export class FileSnapshots implements BookSnapshots {
  readonly #path: string;

  constructor(directory: string, name: string) {
    this.#path = join(directory, `${name}.snapshot`);
  }

  async load(): Promise<BookSnapshot | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    const end = text.indexOf('\n');
    return { revision: Number(text.slice(0, end)), state: text.slice(end + 1) };
  }

  async save(snapshot: BookSnapshot): Promise<void> {
    const next = `${this.#path}.next`;
    await rm(next, { force: true });
    const file = await open(next, 'wx', 0o600);
    try {
      await file.writeFile(`${snapshot.revision}\n${snapshot.state}`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, this.#path);
    const directory = await open(dirname(this.#path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    // Durable from here: the file and its name.
  }
}
