import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isJsonObject, type JsonValue, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { hasDuplicateKey } from '@atomicity/kernel/codec/duplicate-keys';
import { type PartyId, parseHash, parsePartyId } from '@atomicity/kernel/units/id';

export const MANIFEST_FILE = 'manifest.json';

export type BackedUpFile = {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
};

/** What a backup says of itself. It is not signed: `verifyCopy` checks what it says against the log. */
export type BackupManifest = {
  readonly v: 1;
  readonly origin: string;
  readonly logKey: PartyId;
  /** Events in the copy. */
  readonly size: number;
  /** The last checkpoint note in the copy, or null before the first. */
  readonly lastCheckpoint: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly withKeys: boolean;
  /** Every file but this one, by path with `/`. */
  readonly files: readonly BackedUpFile[];
};

/** A folder is no whole backup: the message names the file and what is wrong with it. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}

const PIECE_BYTES = 1 << 20;

/** Size and SHA-256 of a file, read in pieces. */
export function fingerprint(file: string): Omit<BackedUpFile, 'path'> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(PIECE_BYTES);
  let bytes = 0;
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const read = readSync(descriptor, piece, 0, PIECE_BYTES, null);
      if (read === 0) break;
      hash.update(piece.subarray(0, read));
      bytes += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The files under a folder, by path with `/`, sorted. */
export function filesUnder(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/**
 * Reads the manifest of a backup.
 * @throws BackupDamaged when there is none or it is malformed.
 */
export function readManifest(root: string): BackupManifest {
  const file = join(root, MANIFEST_FILE);
  if (!existsSync(file)) throw new BackupDamaged(`${file}: missing, so this is no whole backup`);
  const text = readFileSync(file, 'utf8');
  const value = hasDuplicateKey(text) ? undefined : parseAnyJson(text)?.value;
  const manifest = value === undefined ? undefined : manifestOf(value);
  if (manifest === undefined) throw new BackupDamaged(`${file}: malformed`);
  return manifest;
}

function manifestOf(value: JsonValue): BackupManifest | undefined {
  if (!isJsonObject(value)) return undefined;
  const { v, origin, logKey, size, lastCheckpoint, createdAt, withKeys, files } = value;
  const key = typeof logKey === 'string' ? parsePartyId(logKey) : undefined;
  const listed = Array.isArray(files) ? files.map(fileOf) : [undefined];
  if (v !== 1 || key === undefined || typeof origin !== 'string') return undefined;
  if (typeof size !== 'number' || typeof createdAt !== 'string') return undefined;
  if (typeof withKeys !== 'boolean') return undefined;
  if (lastCheckpoint !== null && typeof lastCheckpoint !== 'string') return undefined;
  if (!listed.every((file) => file !== undefined)) return undefined;
  return { v, origin, logKey: key, size, lastCheckpoint, createdAt, withKeys, files: listed };
}

function fileOf(value: JsonValue): BackedUpFile | undefined {
  if (!isJsonObject(value)) return undefined;
  const { path, bytes, sha256 } = value;
  if (typeof path !== 'string' || !isPlainPath(path)) return undefined;
  if (typeof bytes !== 'number' || typeof sha256 !== 'string') return undefined;
  return parseHash(sha256) === undefined ? undefined : { path, bytes, sha256 };
}

/** Relative, and without a step that leads out of the folder. */
function isPlainPath(path: string): boolean {
  return path
    .split('/')
    .every((step) => /^[a-z0-9][a-z0-9.-]*$/.test(step) && !step.includes('..'));
}

/**
 * Compares a folder with its manifest: the same files, sizes and hashes, and nothing else.
 * @throws BackupDamaged naming the first file that differs.
 */
export function checkFiles(root: string, files: readonly BackedUpFile[]): void {
  const present = new Set(filesUnder(root));
  present.delete(MANIFEST_FILE);
  for (const { path, bytes, sha256 } of files) {
    if (!present.delete(path)) throw new BackupDamaged(`${path}: missing`);
    const actual = statSync(join(root, path)).size;
    if (actual !== bytes) throw new BackupDamaged(`${path}: ${actual} bytes instead of ${bytes}`);
    if (fingerprint(join(root, path)).sha256 !== sha256) {
      throw new BackupDamaged(`${path}: its content is not what was backed up`);
    }
  }
  const [unknown] = present;
  if (unknown !== undefined) throw new BackupDamaged(`${unknown}: not part of the backup`);
}
