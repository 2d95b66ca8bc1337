/** Which blobs a batch has, where they were published, and until when the network keeps them. Pure. */
import {
  isJsonObject,
  type JsonValue,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import { isUnixMs, type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import type { Hex } from './context.ts';

/** The block that a batch's blobs came with. */
export type Publication = {
  readonly chainId: number;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly blockTime: UnixMs;
};

export type ArchivedBatch = {
  readonly batch: Hash;
  readonly versionedHashes: readonly Hex[];
  readonly archivedAt: UnixMs;
  readonly published: Publication | null;
  /** When the network was last seen to have the very same blobs; null before. */
  readonly readBackAt: UnixMs | null;
};

/** One whose blobs are in a block. */
export type PublishedBatch = ArchivedBatch & { readonly published: Publication };

export type Retention = {
  /** How long the network keeps a blob from its block on, ms: `blobRetentionMs` of the fork numbers. */
  readonly retentionMs: number;
  /** The alarm begins so long before that, ms. */
  readonly alarmMs: number;
};

/**
 * - `unpublished`: in no block that this node knows.
 * - `kept`: the network has it for longer than the alarm's margin.
 * - `due`: it will soon be gone there, and this node has not yet read it back and found its own copy equal.
 * - `secured`: it will soon be gone there; this node's copy was compared with the network's.
 * - `expired`: the network may have dropped it, and the copies were never compared.
 * - `archived`: the network may have dropped it; the copies had been compared.
 */
export type RetentionState = 'unpublished' | 'kept' | 'due' | 'secured' | 'expired' | 'archived';

export type BlobDeadline = {
  readonly batch: Hash;
  readonly versionedHashes: readonly Hex[];
  readonly state: RetentionState;
  /** True for `due` and `expired`: somebody should look. */
  readonly alarm: boolean;
  /** Null while unpublished. */
  readonly deadline: UnixMs | null;
  /** Ms until the deadline, below 0 after it; null while unpublished. */
  readonly leftMs: number | null;
};

/** The deadline of a batch's blobs as of `now`. */
export function deadlineOf(
  { batch, versionedHashes, published, readBackAt }: ArchivedBatch,
  { retentionMs, alarmMs }: Retention,
  now: UnixMs,
): BlobDeadline {
  const of = { batch, versionedHashes };
  if (published === null) {
    return { ...of, state: 'unpublished', alarm: false, deadline: null, leftMs: null };
  }
  const deadline = unixMs(published.blockTime + retentionMs);
  const leftMs = deadline - now;
  const isCompared = readBackAt !== null;
  const state: RetentionState =
    leftMs > alarmMs
      ? 'kept'
      : leftMs > 0
        ? isCompared
          ? 'secured'
          : 'due'
        : isCompared
          ? 'archived'
          : 'expired';
  return { ...of, state, alarm: state === 'due' || state === 'expired', deadline, leftMs };
}

const VERSIONED_HASH = /^0x01[0-9a-f]{62}$/;
const MEMBERS = 'archivedAt,batch,published,readBackAt,v,versionedHashes';
const PUBLICATION_MEMBERS = 'blockHash,blockNumber,blockTime,chainId';

function timeOf(value: JsonValue | undefined): UnixMs | undefined {
  return typeof value === 'number' && isUnixMs(value) ? value : undefined;
}

function isVersionedHash(value: JsonValue): value is Hex {
  return typeof value === 'string' && VERSIONED_HASH.test(value);
}

function isBlockHash(value: JsonValue | undefined): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value);
}

function readPublication(value: JsonValue | undefined): Publication | undefined {
  if (!isJsonObject(value)) return undefined;
  const { chainId, blockNumber, blockHash } = value;
  const blockTime = timeOf(value['blockTime']);
  const isRead =
    Object.keys(value).join() === PUBLICATION_MEMBERS &&
    typeof chainId === 'number' &&
    typeof blockNumber === 'number';
  if (!isRead || blockTime === undefined || !isBlockHash(blockHash)) return undefined;
  return { chainId, blockNumber, blockHash, blockTime };
}

/** An entry of the archive; undefined for any text but one that it wrote. */
export function readArchivedBatch(text: string): ArchivedBatch | undefined {
  const parsed = parseCanonicalJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const { value } = parsed;
  if (Object.keys(value).join() !== MEMBERS || value['v'] !== 1) return undefined;
  const batch = typeof value['batch'] === 'string' ? parseHash(value['batch']) : undefined;
  const hashes = value['versionedHashes'];
  const archivedAt = timeOf(value['archivedAt']);
  const published = value['published'] === null ? null : readPublication(value['published']);
  const readBackAt = value['readBackAt'] === null ? null : timeOf(value['readBackAt']);
  if (batch === undefined || archivedAt === undefined || published === undefined) return undefined;
  if (readBackAt === undefined || !Array.isArray(hashes)) return undefined;
  const versionedHashes = hashes.filter(isVersionedHash);
  if (versionedHashes.length !== hashes.length) return undefined;
  return { batch, versionedHashes, archivedAt, published, readBackAt };
}
