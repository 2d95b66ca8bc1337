/**
 * The node's own copies of the blobs that it publishes. The network forgets a blob after some weeks; who keeps
 * none then can't show any more what an anchor was of.
 *
 * In one folder: `<versioned hash>.blob` holds the blob, its commitment and its proof; `<batch>.json` says which
 * blobs a batch has, in their order, and where they were published. Nothing is ever removed.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes, equalBytes, textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { BLOB_BYTES } from '@atomicity/kernel/state-diff/field-elements';
import type { Hash } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import {
  type ArchivedBatch,
  type BlobDeadline,
  deadlineOf,
  type Publication,
  type PublishedBatch,
  type Retention,
  readArchivedBatch,
} from './blob-retention.ts';
import type { Hex } from './context.ts';
import { openFolder, writeFileDurably } from './durable-file.ts';
import { hexOf } from './evidence/fields.ts';
import type { Kzg } from './kzg/kzg.ts';
import { versionedHash } from './kzg/versioned-hash.ts';
import type { SidecarBlob } from './sidecar.ts';

export type ArchivedBlob = SidecarBlob & { readonly versionedHash: Hex };

export type BlobArchiveOptions = {
  readonly folder: string;
  readonly kzg: Kzg;
  readonly retention: Retention;
  readonly now: () => UnixMs;
};

/** A copy is not there, or is not what it was: bring it back from a backup, or from the network while it has it. */
export class BlobArchiveError extends Error {
  override readonly name = 'BlobArchiveError';
  readonly code: 'blob_missing' | 'blob_damaged' | 'entry_damaged';

  constructor(code: BlobArchiveError['code'], name: string) {
    super(`${code}: ${name}`);
    this.code = code;
  }
}

export interface BlobArchive {
  /**
   * Keeps the blobs of a batch. Durable when it resolves: from here on they may be published. A second call
   * with the same blobs writes nothing that is there already.
   * @throws Error for what is no blob; the file system's errors.
   */
  keep(batch: Hash, blobs: readonly Uint8Array[]): Promise<readonly ArchivedBlob[]>;
  /**
   * A blob as it was kept: its commitment is that of its name, and its proof holds.
   * @throws BlobArchiveError `blob_missing`, `blob_damaged`.
   */
  read(versionedHash: Hex): Promise<ArchivedBlob>;
  /** The blobs of a batch in their order; undefined for a batch that has none. @throws as `read`. */
  readBatch(batch: Hash): Promise<readonly ArchivedBlob[] | undefined>;
  /** Records where a batch's blobs are; null: nowhere any more. Durable. A second call changes nothing. */
  published(batch: Hash, publication: Publication | null): Promise<void>;
  /** Records that the network has the very same blobs now. Durable. */
  readBack(batch: Hash): Promise<void>;
  /** Published batches whose blobs were never compared with the network's, while it still has them. */
  uncompared(): readonly PublishedBatch[];
  /** Reads every copy; which ones are missing or damaged, none if all is well. Takes about 3 ms a blob. */
  check(): Promise<readonly BlobArchiveError[]>;
  /** All batches with blobs, ascending. */
  list(): readonly ArchivedBatch[];
  /** How long the network still keeps each batch's blobs, most urgent first; unpublished ones last. */
  deadlines(now: UnixMs): readonly BlobDeadline[];
}

const POINT_BYTES = 48;
const ENTRY_FILE = /^([0-9a-f]{64})\.json$/;

function split(bytes: Uint8Array): SidecarBlob | undefined {
  if (bytes.length !== BLOB_BYTES + 2 * POINT_BYTES) return undefined;
  return {
    blob: bytes.slice(0, BLOB_BYTES),
    commitment: bytes.slice(BLOB_BYTES, BLOB_BYTES + POINT_BYTES),
    proof: bytes.slice(BLOB_BYTES + POINT_BYTES),
  };
}

class FolderBlobArchive implements BlobArchive {
  readonly #options: BlobArchiveOptions;
  readonly #entries = new Map<Hash, ArchivedBatch>();
  /** Writes do not overlap: two would use the same unfinished file. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: BlobArchiveOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { folder } = this.#options;
    await openFolder(folder);
    for (const name of (await readdir(folder)).sort()) {
      const [, batch] = ENTRY_FILE.exec(name) ?? [];
      if (batch === undefined) continue;
      const entry = readArchivedBatch(textFromUtf8(await readFile(join(folder, name))) ?? '');
      if (entry?.batch !== batch) throw new BlobArchiveError('entry_damaged', name);
      this.#entries.set(entry.batch, entry);
    }
  }

  async keep(batch: Hash, blobs: readonly Uint8Array[]): Promise<readonly ArchivedBlob[]> {
    const kept: ArchivedBlob[] = [];
    for (const blob of blobs) kept.push(await this.#withProof(blob));
    return await this.#exclusively(async () => {
      for (const each of kept) await this.#keepBlob(each);
      const versionedHashes = kept.map((each) => each.versionedHash);
      const known = this.#entries.get(batch);
      if (known?.versionedHashes.join() !== versionedHashes.join()) {
        const archivedAt = this.#options.now();
        await this.#put({ batch, versionedHashes, archivedAt, published: null, readBackAt: null });
      }
      // Durable from here: the blobs may be published.
      return kept;
    });
  }

  async read(name: Hex): Promise<ArchivedBlob> {
    const { folder, kzg } = this.#options;
    const bytes = await readFile(join(folder, `${name}.blob`)).catch((error: unknown) => {
      if (isAbsent(error)) throw new BlobArchiveError('blob_missing', name);
      throw error;
    });
    const parts = split(new Uint8Array(bytes));
    const holds =
      parts !== undefined &&
      hexOf(versionedHash(parts.commitment)) === name &&
      (await kzg.verifyBlob(parts.blob, parts.commitment, parts.proof));
    if (!holds) throw new BlobArchiveError('blob_damaged', name);
    return { ...parts, versionedHash: name };
  }

  async readBatch(batch: Hash): Promise<readonly ArchivedBlob[] | undefined> {
    const entry = this.#entries.get(batch);
    if (entry === undefined) return undefined;
    const blobs: ArchivedBlob[] = [];
    for (const name of entry.versionedHashes) blobs.push(await this.read(name));
    return blobs;
  }

  published(batch: Hash, published: Publication | null): Promise<void> {
    // In another block it is another publication, which nobody has read back yet.
    return this.#change(batch, (entry) =>
      entry.published?.blockHash === published?.blockHash
        ? entry
        : { ...entry, published, readBackAt: null },
    );
  }

  readBack(batch: Hash): Promise<void> {
    const at = this.#options.now();
    return this.#change(batch, (entry) => ({ ...entry, readBackAt: entry.readBackAt ?? at }));
  }

  async check(): Promise<readonly BlobArchiveError[]> {
    const faults: BlobArchiveError[] = [];
    for (const name of new Set(this.list().flatMap((entry) => entry.versionedHashes))) {
      try {
        await this.read(name);
      } catch (error) {
        if (!(error instanceof BlobArchiveError)) throw error;
        faults.push(error);
      }
    }
    return faults;
  }

  list(): readonly ArchivedBatch[] {
    return [...this.#entries.values()].sort((x, y) => (x.batch < y.batch ? -1 : 1));
  }

  uncompared(): readonly PublishedBatch[] {
    const { now, retention } = this.#options;
    const at = now();
    return this.list().filter((entry): entry is PublishedBatch => {
      const { leftMs } = deadlineOf(entry, retention, at);
      return entry.readBackAt === null && leftMs !== null && leftMs > 0;
    });
  }

  deadlines(now: UnixMs): readonly BlobDeadline[] {
    const { retention } = this.#options;
    const urgency = ({ leftMs }: BlobDeadline) => leftMs ?? Number.POSITIVE_INFINITY;
    return this.list()
      .map((entry) => deadlineOf(entry, retention, now))
      .sort((x, y) => (urgency(x) < urgency(y) ? -1 : urgency(x) > urgency(y) ? 1 : 0));
  }

  async #withProof(blob: Uint8Array): Promise<ArchivedBlob> {
    const { kzg } = this.#options;
    const commitment = await kzg.commit(blob);
    const proof = await kzg.blobProof(blob, commitment);
    return { blob, commitment, proof, versionedHash: hexOf(versionedHash(commitment)) };
  }

  async #keepBlob({ blob, commitment, proof, versionedHash: name }: ArchivedBlob): Promise<void> {
    const file = join(this.#options.folder, `${name}.blob`);
    const bytes = concatBytes(blob, commitment, proof);
    const there = await readFile(file).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    // What is there may be damaged: it is written again.
    if (there === undefined || !equalBytes(there, bytes)) await writeFileDurably(file, bytes);
  }

  #change(batch: Hash, change: (entry: ArchivedBatch) => ArchivedBatch): Promise<void> {
    return this.#exclusively(async () => {
      const entry = this.#entries.get(batch);
      if (entry === undefined) throw new BlobArchiveError('blob_missing', batch);
      const changed = change(entry);
      if (canonicalJson(changed) !== canonicalJson(entry)) await this.#put(changed);
    });
  }

  async #put(entry: ArchivedBatch): Promise<void> {
    const file = join(this.#options.folder, `${entry.batch}.json`);
    await writeFileDurably(file, utf8(canonicalJson({ v: 1, ...entry })));
    this.#entries.set(entry.batch, entry);
  }

  #exclusively<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(act);
    this.#writing = turn.catch(() => undefined);
    return turn;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * Opens the archive in its folder, which is made where there is none.
 * @throws BlobArchiveError `entry_damaged`; the file system's errors. Blobs are read when they are needed:
 * a lost copy stops nothing but its own use.
 */
export async function openBlobArchive(options: BlobArchiveOptions): Promise<BlobArchive> {
  const archive = new FolderBlobArchive(options);
  await archive.open();
  return archive;
}
