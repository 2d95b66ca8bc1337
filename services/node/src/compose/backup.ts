import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OperatingError } from '@atomicity/event-log/port';
import { TREE_FILE } from '@atomicity/event-log/sequencer/sequencer';
import { backUpStore } from '@atomicity/event-log/sqlite/backup';
import { EVENTS_FILE, syncDirectory, syncFile } from '@atomicity/event-log/sqlite/database';
import { FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import { EVIDENCE_FILE, MIRROR_FILE } from '../network/open-network.ts';
import { type BackupManifest, filesUnder, fingerprint, MANIFEST_FILE } from './backup-manifest.ts';
import { asSingleFile, copyDatabase } from './copy-database.ts';
import {
  type DataDir,
  dataDirAt,
  FLEET_FILE,
  JOURNAL_FILE,
  openDataDir,
  READ_MODEL_FILE,
  writeDurably,
} from './data-dir.ts';
import { logKeyOf, type OfflineNode, openOffline } from './offline-node.ts';
import { carriedStateFinding, verifyCopy } from './verify-copy.ts';

export type BackupOptions = {
  readonly from: string;
  /** A folder that does not exist yet, or is empty. */
  readonly to: string;
  readonly withKeys: boolean;
  /** ms since the epoch. */
  readonly now: number;
};

const ATTEMPTS_MAX = 5;
/** What a rail keeps; anything else under its folder is unfinished. */
const RAIL_FILE = /\.(payload|blob|json)$/;

/**
 * Copies a node's data directory, whether the node runs or not: it takes no lock and stops nothing.
 *
 * The copy holds every event that was durable when the call began: tree, then events, then vault, so
 * that each later part covers the one before. It is checked from the inside, listed in a manifest, and
 * gets its name last: a folder named `to` is whole. The last-checkpoint file stays behind on purpose.
 * Durable on resolve.
 *
 * @throws NoLogHere; BackupDamaged when the source itself is damaged; OperatingError, not_applied,
 * `backup_exists`, or `backup_not_consistent` when erasures kept coming in between.
 */
export async function backUp({ from, to, withKeys, now }: BackupOptions): Promise<BackupManifest> {
  const target = resolve(to);
  if (existsSync(target) && readdirSync(target).length > 0) throw exists(target);
  const source = openOffline(from);
  const partial = `${target}.partial-${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(target), { recursive: true });
    mkdirSync(partial, { mode: 0o700 });
    await copyConsistently(source, partial);
    copyPlainFiles(source.dir, partial, withKeys);
    const logKey = logKeyOf(source);
    const { size, origin, lastCheckpoint } = await verifyCopy(partial, logKey);
    const files = filesUnder(partial).map((path) => ({
      path,
      ...fingerprint(join(partial, path)),
    }));
    const createdAt = new Date(now).toISOString();
    const note = lastCheckpoint?.note ?? null;
    const manifest = {
      v: 1,
      origin,
      logKey,
      size,
      lastCheckpoint: note,
      createdAt,
      withKeys,
      files,
    } as const;
    syncTree(
      partial,
      files.map(({ path }) => path),
    );
    writeDurably(join(partial, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
    if (existsSync(target)) rmSync(target, { recursive: true });
    renameSync(partial, target);
    syncDirectory(dirname(target));
    // A backup from here.
    return manifest;
  } finally {
    await source.close();
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Copies what must fit together. An erasure replaces the book's snapshot before it destroys a salt:
 * when the snapshot is the same before and after, the vault's copy lacks no salt that it needs.
 */
async function copyConsistently(source: OfflineNode, to: string): Promise<void> {
  let finding: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    for (const name of ['log', 'projections', 'attestor', 'router', 'fleet', 'rails']) {
      rmSync(join(to, name), { recursive: true, force: true });
    }
    finding = await copyOnce(source, to);
    if (finding === undefined) return;
  }
  throw new OperatingError({
    code: 'backup_not_consistent',
    outcome: 'not_applied',
    shortMessage: `payloads were being erased meanwhile (${finding}); back up again`,
    facts: { attempts: ATTEMPTS_MAX },
  });
}

async function copyOnce({ dir, config }: OfflineNode, to: string): Promise<string | undefined> {
  const copy = openDataDir(to);
  const snapshots = new FileSnapshots(dir.log, 'book');
  const before = await snapshots.load();
  await copyDatabase(join(dir.log, TREE_FILE), join(copy.log, TREE_FILE));
  await backUpStore(dir.log, copy.log);
  asSingleFile(join(copy.log, EVENTS_FILE));
  const after = await snapshots.load();
  if (before?.revision !== after?.revision) return 'book.snapshot: replaced meanwhile';
  if (before !== undefined) await new FileSnapshots(copy.log, 'book').save(before);
  const carry = `${READ_MODEL_FILE}.carry`;
  if (existsSync(join(dir.projections, carry))) {
    copyFileSync(join(dir.projections, carry), join(copy.projections, carry));
    asSingleFile(join(copy.projections, carry));
  }
  // After the events: an attestation in them has its opening in the journal.
  const journal = join(dir.attestor, JOURNAL_FILE);
  if (existsSync(journal)) await copyDatabase(journal, join(copy.attestor, JOURNAL_FILE));
  // After the events as well: a payment that the journal goes on with has its order in the book.
  for (const name of [MIRROR_FILE, EVIDENCE_FILE]) {
    const file = join(dir.router, name);
    if (existsSync(file)) await copyDatabase(file, join(copy.router, name));
  }
  const fleet = join(dir.fleet, FLEET_FILE);
  if (existsSync(fleet)) await copyDatabase(fleet, join(copy.fleet, FLEET_FILE));
  // After the events too: the payload of a batch was kept before the batch was closed.
  copyRails(dir.rails, copy.rails);
  copyFileSync(dir.config, copy.config);
  const copied = openOffline(to);
  try {
    await copied.log.catchUp();
    return copied.config.origin === config.origin ? await carriedStateFinding(copied) : 'node.json';
  } finally {
    await copied.close();
  }
}

/** Every file that the rails have finished: they write beside, and rename. */
function copyRails(from: string, to: string): void {
  if (!existsSync(from)) return;
  for (const path of filesUnder(from)) {
    if (!RAIL_FILE.test(path)) continue;
    mkdirSync(dirname(join(to, path)), { recursive: true, mode: 0o700 });
    copyFileSync(join(from, path), join(to, path));
  }
}

function copyPlainFiles(dir: DataDir, to: string, withKeys: boolean): void {
  const copy = dataDirAt(to);
  const calendar = 'local-calendar';
  if (existsSync(join(dir.log, calendar))) {
    copyFileSync(join(dir.log, calendar), join(copy.log, calendar));
  }
  if (existsSync(dir.network)) copyFileSync(dir.network, copy.network);
  if (existsSync(dir.fleetConfig)) copyFileSync(dir.fleetConfig, copy.fleetConfig);
  if (existsSync(dir.railsConfig)) copyFileSync(dir.railsConfig, copy.railsConfig);
  if (!withKeys) return;
  for (const name of readdirSync(dir.keys)) {
    copyFileSync(join(dir.keys, name), join(copy.keys, name));
  }
}

/** Makes files readable by this user only, and them and their names durable. */
export function syncTree(root: string, paths: readonly string[]): void {
  const folders = new Set<string>();
  for (const path of paths) {
    chmodSync(join(root, path), 0o600);
    syncFile(join(root, path));
    for (let step = dirname(path); ; step = dirname(step)) {
      folders.add(join(root, step));
      if (step === '.') break;
    }
  }
  for (const folder of folders) syncDirectory(folder);
}

function exists(directory: string): OperatingError {
  return new OperatingError({
    code: 'backup_exists',
    outcome: 'not_applied',
    shortMessage: `${basename(directory)} is there and not empty; choose another folder`,
    facts: { directory },
  });
}
