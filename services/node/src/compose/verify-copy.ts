import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '@atomicity/event-log/checkpoint/checkpoint';
import { nodeVerifyEd25519 } from '@atomicity/event-log/checkpoint/node-signer';
import { CompactRange } from '@atomicity/event-log/merkle/compact-range';
import { nodeTreeHasher } from '@atomicity/event-log/merkle/node-tree-hasher';
import { OperatingError } from '@atomicity/event-log/port';
import type { LogReader } from '@atomicity/event-log/sequencer/log-reader';
import { openForReading, VAULT_FILE } from '@atomicity/event-log/sqlite/database';
import { assertIntegrity } from '@atomicity/event-log/sqlite/integrity';
import { VaultReader } from '@atomicity/event-log/sqlite/vault';
import { isJsonObject, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { keyOfPartyId, type PartyId, type StreamId } from '@atomicity/kernel/units/id';
import { FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import Database from 'better-sqlite3';
import { BackupDamaged } from './backup-manifest.ts';
import { databaseFinding } from './copy-database.ts';
import { type DataDir, FLEET_FILE, JOURNAL_FILE, READ_MODEL_FILE } from './data-dir.ts';
import { envelopeOf } from './fold-books.ts';
import { type OfflineNode, openOffline } from './offline-node.ts';

export type VerifiedCopy = {
  /** Events in the copy. */
  readonly size: number;
  readonly origin: string;
  /** The last checkpoint that the copy knows of; its root was recomputed. */
  readonly lastCheckpoint: { readonly size: number; readonly note: string } | undefined;
};

/**
 * Checks a copy of a data directory from the inside, without changing it: every page, every payload
 * against its envelope, the tree's last signed root against the envelopes, and that what carries the
 * state across erased payloads fits the log.
 *
 * @throws BackupDamaged naming the file.
 */
export async function verifyCopy(root: string, logKey: PartyId): Promise<VerifiedCopy> {
  const copy = openOffline(root);
  try {
    checkStore(copy.dir);
    for (const [folder, name] of [
      [copy.dir.log, 'tree.db'],
      [copy.dir.attestor, JOURNAL_FILE],
      [copy.dir.fleet, FLEET_FILE],
    ] as const) {
      const file = join(folder, name);
      const finding = existsSync(file) ? databaseFinding(file) : undefined;
      if (finding !== undefined) throw new BackupDamaged(`${name}: ${finding}`);
    }
    const size = await copy.log.catchUp();
    const lastCheckpoint = await checkTree(copy, logKey);
    const finding = await carriedStateFinding(copy);
    if (finding !== undefined) throw new BackupDamaged(finding);
    return { size, origin: copy.config.origin, lastCheckpoint };
  } finally {
    await copy.close();
  }
}

function checkStore({ log }: DataDir): void {
  const vault = new VaultReader(join(log, VAULT_FILE));
  const database = openForReading(log);
  try {
    const read = (position: number) => vault.range(position, position)[0] ?? null;
    assertIntegrity(database, { read }, 'full');
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const { finding, position } = error.facts;
    throw new BackupDamaged(`log/events.db: ${finding ?? error.shortMessage} (event ${position})`);
  } finally {
    database.close();
    vault.close();
  }
}

/** Recomputes the root of the last checkpoint from the envelopes, and checks who signed it. */
async function checkTree({ log, config }: OfflineNode, logKey: PartyId) {
  if (log.origin !== config.origin) throw new BackupDamaged('log/tree.db: of another origin');
  const last = log.latest();
  if (last === undefined) return undefined;
  const key = { name: config.origin, publicKey: keyOfPartyId(logKey) };
  if (openCheckpoint(last.note, key, nodeVerifyEd25519) === undefined) {
    throw new BackupDamaged('log/tree.db: its checkpoint is not signed by the log key');
  }
  const range = new CompactRange(nodeTreeHasher);
  for await (const batch of log.store.readEnvelopes('start', last.size)) {
    for (const { envelope } of batch) range.append(nodeTreeHasher.leaf(envelope));
  }
  if (range.size !== last.size || !Buffer.from(range.root()).equals(last.root)) {
    throw new BackupDamaged(`log/events.db: not the ${last.size} events of the last checkpoint`);
  }
  return { size: last.size, note: last.note };
}

/**
 * What is wrong with the files that carry the state across erased payloads: they must stand behind the
 * last erased event and not beyond the log, and only what was ordered to be erased may be missing.
 * Undefined when they fit, or when nothing was erased.
 */
export async function carriedStateFinding(copy: OfflineNode): Promise<string | undefined> {
  const { log, dir, book } = copy;
  const snapshot = await new FileSnapshots(dir.log, 'book').load();
  const carried = carriedSize(join(dir.projections, `${READ_MODEL_FILE}.carry`));
  const { lastErased, revision, lost } = await erasuresOf(log, book);
  if (lost !== undefined) return `log/${VAULT_FILE}: lacks the salt of event ${lost}`;
  if (snapshot !== undefined && snapshot.revision > revision) {
    return 'log/book.snapshot: ahead of the log';
  }
  if (carried !== undefined && carried > log.size) {
    return `projections/${READ_MODEL_FILE}.carry: ahead of the log`;
  }
  if (lastErased === undefined) return undefined;
  if ((snapshot?.revision ?? -1) < lastErased.revision) {
    return 'log/book.snapshot: from before the last erasure';
  }
  if ((carried ?? 0) <= lastErased.index) {
    return `projections/${READ_MODEL_FILE}.carry: from before the last erasure`;
  }
  return undefined;
}

type Erasures = {
  /** The newest event of the book without a payload. */
  readonly lastErased: { readonly index: number; readonly revision: number } | undefined;
  /** Revision of the book's last event. */
  readonly revision: number;
  /** Index of an event whose payload is gone although no order says so. */
  readonly lost: number | undefined;
};

async function erasuresOf(log: LogReader, book: StreamId): Promise<Erasures> {
  const missing = new Map<string, number>();
  let lastErased: Erasures['lastErased'];
  let revision = -1;
  for await (const event of log.events(0)) {
    if (event.payload === null) missing.set(event.eventId, event.index);
    if (event.stream !== book) continue;
    revision = event.revision;
    if (event.payload === null) lastErased = { index: event.index, revision };
    else if (envelopeOf(event.envelope).type === 'PayloadErased') {
      // An order comes after what it erases.
      missing.delete(erasedBy(event.payload));
    }
  }
  const [lost] = missing.values();
  return { lastErased, revision, lost };
}

function erasedBy(payload: string): string {
  const value: JsonValue = JSON.parse(payload);
  const data = isJsonObject(value) ? value['data'] : undefined;
  return isJsonObject(data) ? String(data['eventId']) : '';
}

function carriedSize(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const database = new Database(file, { readonly: true });
  try {
    return Number(database.prepare('SELECT size FROM cursor').pluck().get());
  } finally {
    database.close();
  }
}
