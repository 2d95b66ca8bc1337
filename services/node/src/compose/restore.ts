import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type Checkpoint,
  openCheckpoint,
  readCheckpoint,
} from '@atomicity/event-log/checkpoint/checkpoint';
import { nodeVerifyEd25519 } from '@atomicity/event-log/checkpoint/node-signer';
import { OperatingError } from '@atomicity/event-log/port';
import { LogReader } from '@atomicity/event-log/sequencer/log-reader';
import { TREE_FILE } from '@atomicity/event-log/sequencer/sequencer';
import { syncDirectory } from '@atomicity/event-log/sqlite/database';
import { keyOfPartyId } from '@atomicity/kernel/units/id';
import { syncTree } from './backup.ts';
import { type BackupManifest, checkFiles, filesUnder, readManifest } from './backup-manifest.ts';
import {
  type DataDir,
  dataDirAt,
  nodeConfig,
  openDataDir,
  READ_MODEL_FILE,
  writeDurably,
} from './data-dir.ts';
import { logKeyOf } from './offline-node.ts';
import { takeLock } from './process-lock.ts';
import { verifyCopy } from './verify-copy.ts';

export type RestoreOptions = {
  readonly from: string;
  readonly dataDir: string;
  /** File with the newest checkpoint that anyone outside has seen. */
  readonly lastCheckpoint: string | undefined;
};

export type Restored = {
  readonly manifest: BackupManifest;
  /** Events restored. */
  readonly size: number;
  /** Size of the newest checkpoint known to be published; undefined when none is known. */
  readonly published: number | undefined;
  /** True when `size` is below it: the node will refuse to start. */
  readonly lags: boolean;
  /** Where the directory that was there before is now. */
  readonly before: string | undefined;
  readonly hasLogKey: boolean;
};

/**
 * Puts a backup in the place of a node's data directory. The backup is copied beside it, compared with
 * its manifest, checked from the inside, and swapped in by two renames: until then nothing has changed,
 * and a crash between the two leaves both directories whole. What was there is kept under another name.
 *
 * The newest known published checkpoint comes along: that of the directory, or the given one. A restored
 * log that is behind it will not start. Keys come from the directory, else from the backup.
 *
 * @throws BackupDamaged naming the file; DataDirBusy; OperatingError, not_applied: `not_a_data_dir`,
 * `other_log`, `log_key_differs`, `last_checkpoint_unusable`.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const manifest = readManifest(options.from);
  const root = resolve(options.dataDir);
  const present = dataDirAt(root);
  assertReplaceable(present, manifest);
  const lock = existsSync(root) ? takeLock(present.lock) : undefined;
  const suffix = randomBytes(4).toString('hex');
  const next = `${root}.restore-${suffix}`;
  try {
    mkdirSync(dirname(root), { recursive: true });
    const copy = openDataDir(next);
    for (const { path } of manifest.files) {
      mkdirSync(dirname(join(next, path)), { recursive: true, mode: 0o700 });
      if (existsSync(join(options.from, path)))
        copyFileSync(join(options.from, path), join(next, path));
    }
    checkFiles(options.from, manifest.files);
    // The copies, not only what they were made from: a bad disk may be the reason for the restore.
    checkFiles(next, manifest.files);
    const { size } = await verifyCopy(next, manifest.logKey);
    takeCarriedRows(copy);
    takeKeys(present, copy, manifest);
    const newest = newestPublished(present, options.lastCheckpoint, manifest);
    if (newest !== undefined) writeDurably(copy.lastCheckpoint, newest.note, 0o600);
    syncTree(next, filesUnder(next));
    const before = swap(root, next, suffix);
    const hasLogKey = existsSync(join(root, 'keys', 'log'));
    const published = newest?.checkpoint.size;
    const lags = published !== undefined && published > size;
    return { manifest, size, published, lags, before, hasLogKey };
  } catch (error) {
    if (existsSync(present.lock)) lock?.release();
    throw error;
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

const OWN_NAMES: ReadonlySet<string> = new Set([
  'log',
  'projections',
  'attestor',
  'router',
  'fleet',
  'rails',
  'network.json',
  'fleet.json',
  'rails.json',
  'keys',
  'bundles',
  'last-checkpoint',
  'node.json',
  'node.lock',
]);

function assertReplaceable(dir: DataDir, manifest: BackupManifest): void {
  if (!existsSync(dir.root)) return;
  const foreign = readdirSync(dir.root).find((name) => !OWN_NAMES.has(name));
  if (foreign !== undefined) {
    const shortMessage = `${dir.root} holds ${foreign}, which is no part of a node's data directory`;
    throw refused('not_a_data_dir', shortMessage, { directory: dir.root });
  }
  if (!existsSync(dir.config)) return;
  const { origin } = nodeConfig(dir);
  if (origin !== manifest.origin) {
    const shortMessage =
      `${dir.root} holds the log ${origin} and the backup is of ${manifest.origin}; ` +
      'restore it elsewhere';
    throw refused('other_log', shortMessage, { present: origin, backup: manifest.origin });
  }
}

/** What an erasure left of the projection is where its rebuild starts from. */
function takeCarriedRows({ projections }: DataDir): void {
  const rows = join(projections, READ_MODEL_FILE);
  if (existsSync(`${rows}.carry`)) copyFileSync(`${rows}.carry`, rows);
}

function takeKeys(present: DataDir, copy: DataDir, { origin, logKey }: BackupManifest): void {
  if (!existsSync(present.keys)) return;
  for (const name of readdirSync(present.keys)) {
    copyFileSync(join(present.keys, name), join(copy.keys, name));
  }
  if (!existsSync(join(present.keys, 'log'))) return;
  if (logKeyOf({ dir: present, config: { origin } }) !== logKey) {
    const shortMessage = 'the log key of the data directory is not the one that signed the backup';
    throw refused('log_key_differs', shortMessage, { origin });
  }
}

type Published = { readonly checkpoint: Checkpoint; readonly note: string };

/** The newest checkpoint among those that this machine or the operator knows to be published. */
function newestPublished(
  present: DataDir,
  given: string | undefined,
  { origin, logKey }: BackupManifest,
): Published | undefined {
  const notes: Published[] = [];
  if (given !== undefined) {
    const key = { name: origin, publicKey: keyOfPartyId(logKey) };
    const note = readFileSync(given, 'utf8');
    const checkpoint = openCheckpoint(note, key, nodeVerifyEd25519);
    if (checkpoint === undefined) {
      const shortMessage = `${given} is no checkpoint of ${origin} signed by its log key`;
      throw refused('last_checkpoint_unusable', shortMessage, { origin });
    }
    notes.push({ checkpoint, note });
  }
  for (const note of [fileNote(present), treeNote(present)]) {
    const checkpoint = note === undefined ? undefined : readCheckpoint(note);
    if (note !== undefined && checkpoint?.origin === origin) notes.push({ checkpoint, note });
  }
  return notes.sort((a, b) => b.checkpoint.size - a.checkpoint.size)[0];
}

function fileNote({ lastCheckpoint }: DataDir): string | undefined {
  return existsSync(lastCheckpoint) ? readFileSync(lastCheckpoint, 'utf8') : undefined;
}

/** The replaced tree may know of a checkpoint whose file a crash kept from being written. */
function treeNote({ log }: DataDir): string | undefined {
  if (!existsSync(join(log, TREE_FILE))) return undefined;
  try {
    const reader = new LogReader(log);
    const note = reader.latest()?.note;
    void reader.close();
    return note;
  } catch {
    // A log that can't be read is why backups exist.
    return undefined;
  }
}

/** Two renames; gives the name under which the replaced directory is kept. */
function swap(root: string, next: string, suffix: string): string | undefined {
  let before: string | undefined;
  if (existsSync(root)) {
    rmSync(join(root, 'node.lock'), { force: true });
    before = `${root}.before-restore-${suffix}`;
    renameSync(root, before);
  }
  renameSync(next, root);
  syncDirectory(dirname(root));
  // Restored from here.
  if (before !== undefined && filesUnder(before).length === 0) {
    rmSync(before, { recursive: true });
    return undefined;
  }
  return before === undefined ? undefined : join(dirname(before), basename(before));
}

function refused(
  code: string,
  shortMessage: string,
  facts: OperatingError['facts'],
): OperatingError {
  return new OperatingError({ code, outcome: 'not_applied', shortMessage, facts });
}
