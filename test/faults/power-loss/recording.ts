/**
 * Reads what shim.c recorded and rebuilds the disk as a power loss would leave it: what a file's last sync
 * covered is there, what came after it is dropped, or, in the torn variant, partly there in any order.
 *
 * The model: a sync of a file makes its writes, its length and its name durable; renames and removals become
 * durable with the next sync of their folder. Memory maps are not recorded: SQLite maps only the index of
 * its log, which it makes anew after a crash.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Operation =
  | {
      readonly kind: 'write';
      readonly file: number;
      readonly offset: number;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'truncate'; readonly file: number; readonly length: number }
  | { readonly kind: 'sync'; readonly file: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | {
      readonly kind: 'name';
      readonly file: number;
      readonly path: string;
      readonly isFolder: boolean;
    };

const HEAD_BYTES = 17;
const SECTOR_BYTES = 512;

export function readRecording(path: string): Operation[] {
  const log = readFileSync(path);
  const operations: Operation[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= log.length) {
    const kind = String.fromCharCode(log[at] ?? 0);
    const file = log.readInt32LE(at + 1);
    const offset = Number(log.readBigInt64LE(at + 5));
    const length = log.readUInt32LE(at + 13);
    const bytes = log.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length);
    operations.push(operationOf(kind, file, offset, bytes));
    at += HEAD_BYTES + length;
  }
  return operations;
}

function operationOf(kind: string, file: number, offset: number, bytes: Buffer): Operation {
  const text = (): string => bytes.toString();
  if (kind === 'W') return { kind: 'write', file, offset, bytes };
  if (kind === 'T') return { kind: 'truncate', file, length: offset };
  if (kind === 'S') return { kind: 'sync', file };
  if (kind === 'N') return { kind: 'name', file, path: text(), isFolder: offset === 1 };
  if (kind === 'U') return { kind: 'unlink', path: text() };
  const [from = '', to = ''] = text().split('\0');
  return { kind: 'rename', from, to };
}

type Change = Extract<Operation, { kind: 'write' | 'truncate' }>;

class File {
  durable: Buffer = Buffer.alloc(0);
  hasName = false;
  pending: Change[] = [];

  sync(): void {
    for (const change of this.pending) this.durable = applied(this.durable, change);
    this.pending = [];
    this.hasName = true;
  }
}

function applied(content: Buffer, change: Change): Buffer {
  const end = change.kind === 'write' ? change.offset + change.bytes.length : change.length;
  const size = change.kind === 'write' ? Math.max(content.length, end) : end;
  const next = Buffer.alloc(size);
  content.copy(next);
  if (change.kind === 'write') change.bytes.copy(next, change.offset);
  return next;
}

/** Replays a recording operation by operation; at any point the disk can be written out. */
export class Disk {
  readonly #files = new Map<number, File>();
  readonly #names = new Map<string, number>();
  readonly #folders = new Set<number>();
  #pendingNames: (() => void)[] = [];

  apply(operation: Operation): void {
    if (operation.kind === 'write' || operation.kind === 'truncate') {
      this.#file(operation.file).pending.push(operation);
    } else if (operation.kind === 'name') {
      if (operation.isFolder) this.#folders.add(operation.file);
      else this.#names.set(operation.path, operation.file);
    } else if (operation.kind === 'sync') {
      // A sync of any folder settles all names: a rename and its folder's sync follow one another.
      if (this.#folders.has(operation.file)) this.#settleNames();
      else this.#file(operation.file).sync();
    } else if (operation.kind === 'rename') {
      const { from, to } = operation;
      this.#pendingNames.push(() => {
        const file = this.#names.get(from);
        this.#names.delete(from);
        if (file !== undefined) this.#names.set(to, file);
      });
    } else {
      this.#pendingNames.push(() => this.#names.delete(operation.path));
    }
  }

  #settleNames(): void {
    for (const settle of this.#pendingNames) settle();
    this.#pendingNames = [];
  }

  #file(number: number): File {
    const file = this.#files.get(number) ?? new File();
    this.#files.set(number, file);
    return file;
  }

  /**
   * Writes the disk to a folder. Without `torn` no write after its file's last sync survives; with it, each
   * sector of each such write survives by the toss of `torn`.
   */
  writeTo(folder: string, torn?: () => number): void {
    for (const [path, number] of this.#names) {
      const file = this.#files.get(number);
      if (file === undefined || !(file.hasName || torn !== undefined)) continue;
      let content: Buffer = file.durable;
      for (const change of torn === undefined ? [] : file.pending) {
        for (const piece of pieces(change)) {
          if (torn !== undefined && torn() < 0.5) content = applied(content, piece);
        }
      }
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  }
}

function pieces(change: Change): Change[] {
  if (change.kind === 'truncate') return [change];
  const { file, offset, bytes } = change;
  const sectors: Change[] = [];
  for (let at = 0; at < bytes.length; ) {
    const step = Math.min(bytes.length - at, SECTOR_BYTES - ((offset + at) % SECTOR_BYTES));
    const sector = bytes.subarray(at, at + step);
    sectors.push({ kind: 'write', file, offset: offset + at, bytes: sector });
    at += step;
  }
  return sectors;
}
