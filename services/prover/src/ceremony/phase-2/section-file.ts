import { type FileHandle, open } from 'node:fs/promises';

export type Section = { readonly position: number; readonly bytes: number };

export type SectionFile = {
  /** A section that is there exactly once, or `undefined`. */
  readonly section: (id: number) => Section | undefined;
  /** Reads part of a section. @throws RangeError outside of it. */
  readonly read: (section: Section, offset: number, bytes: number) => Promise<Uint8Array>;
};

const TABLE_ENTRY_BYTES = 12;
const SECTIONS_MAX = 64;

async function readAt(file: FileHandle, position: number, bytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, position);
  if (bytesRead !== bytes) throw new RangeError('the file ends early');
  return buffer;
}

async function tableOf(file: FileHandle, type: string): Promise<ReadonlyMap<number, Section[]>> {
  const head = await readAt(file, 0, TABLE_ENTRY_BYTES);
  if (new TextDecoder().decode(head.subarray(0, 4)) !== type) throw new RangeError(`not a ${type}`);
  const count = new DataView(head.buffer).getUint32(8, true);
  if (count > SECTIONS_MAX) throw new RangeError('too many sections');
  const { size } = await file.stat();
  const table = new Map<number, Section[]>();
  let position = TABLE_ENTRY_BYTES;
  for (let i = 0; i < count; i++) {
    const entry = new DataView((await readAt(file, position, TABLE_ENTRY_BYTES)).buffer);
    const section = {
      position: position + TABLE_ENTRY_BYTES,
      bytes: Number(entry.getBigUint64(4, true)),
    };
    position = section.position + section.bytes;
    if (position > size) throw new RangeError('a section ends behind the file');
    const id = entry.getUint32(0, true);
    table.set(id, [...(table.get(id) ?? []), section]);
  }
  return table;
}

/**
 * Opens an iden3 binary file of a type (`zkey`, `ptau`) for `use`, and closes it.
 * @throws RangeError if it is no such file or is cut short; what the file system says; what `use` throws.
 * Source: iden3 "Binary format for R1CS": the container is the same for all its files.
 */
export async function withSectionFile<Result>(
  path: string,
  type: 'zkey' | 'ptau',
  use: (file: SectionFile) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, 'r');
  try {
    const table = await tableOf(file, type);
    return await use({
      section: (id) => {
        const found = table.get(id) ?? [];
        return found.length === 1 ? found[0] : undefined;
      },
      read: async (section, offset, bytes) => {
        if (offset + bytes > section.bytes) throw new RangeError('outside the section');
        return await readAt(file, section.position + offset, bytes);
      },
    });
  } finally {
    await file.close();
  }
}

/** Reads numbers and byte runs one behind the other. @throws RangeError past the end. */
export class SectionCursor {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#position;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new RangeError('the section ends early');
    const taken = this.#bytes.subarray(this.#position, this.#position + count);
    this.#position += count;
    return taken;
  }

  uint8(): number {
    return this.take(1)[0] ?? 0;
  }

  uint32(): number {
    const taken = this.take(4);
    return new DataView(taken.buffer, taken.byteOffset).getUint32(0, true);
  }
}
