/** Published blobs as a consensus node serves them, to compare them with the archive's. */
import { equalBytes, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { BLOB_BYTES } from '@atomicity/kernel/state-diff/field-elements';
import { RailError } from '../port.ts';
import type { ArchivedBlob, BlobArchive } from './blob-archive.ts';
import type { Publication, PublishedBatch } from './blob-retention.ts';
import type { Hex } from './context.ts';

export interface BlobSource {
  /** The blobs of a block with these versioned hashes, in their order. @throws {RailError} (not_applied). */
  blobs(
    at: Publication,
    versionedHashes: readonly Hex[],
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]>;
}

/**
 * How the node names a block: a consensus node by slot, which follows from the block's time; anvil, which has
 * no slots, by the block's number.
 */
export type BeaconBlockId =
  | { readonly kind: 'slot'; readonly genesisTime: number; readonly slotSeconds: number }
  | { readonly kind: 'block_number' };

export type BeaconBlobsOptions = {
  /** Base of the Beacon API, without a slash at its end. */
  readonly url: string;
  readonly blockId: BeaconBlockId;
  /** Gives up on an answer after so many ms; default 30,000. */
  readonly requestMs?: number;
};

function failure(code: RailError['code'], message: string, cause?: unknown): RailError {
  return new RailError({ code, outcome: 'not_applied', shortMessage: message, cause });
}

function idOf({ blockNumber, blockTime }: Publication, blockId: BeaconBlockId): number {
  if (blockId.kind === 'block_number') return blockNumber;
  return Math.floor((blockTime / 1000 - blockId.genesisTime) / blockId.slotSeconds);
}

/** More than an answer of one blob in hex, and its JSON. */
const ANSWER_BYTES_MAX = 2 * BLOB_BYTES + 65_536;

async function bodyOf(response: Response): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > ANSWER_BYTES_MAX)
      throw failure('rail_answer_unusable', 'the beacon node’s answer is too large');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw failure('rail_answer_unusable', 'the beacon node’s answer is no JSON', cause);
  }
}

function readBlob(body: unknown): Uint8Array {
  const data: unknown = body instanceof Object && 'data' in body ? body.data : undefined;
  if (!Array.isArray(data) || data.length !== 1) {
    throw failure('rail_answer_unusable', 'the beacon node does not have the blob in that block');
  }
  const [blob]: readonly unknown[] = data;
  if (typeof blob !== 'string' || !/^0x[0-9a-f]*$/.test(blob)) {
    throw failure('rail_answer_unusable', 'the beacon node’s blob is not in hex');
  }
  if (blob.length !== 2 + 2 * BLOB_BYTES) {
    throw failure('rail_answer_unusable', 'the beacon node’s blob has another size');
  }
  return hexToBytes(blob.slice(2));
}

/** One blob for each request: how several are asked for differs from node to node. */
async function ask(target: string, requestMs: number, signal: AbortSignal): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(requestMs);
  try {
    const response = await fetch(target, {
      signal: AbortSignal.any([signal, timeout]),
      redirect: 'error',
    });
    if (response.ok) return readBlob(await bodyOf(response));
    await response.body?.cancel();
    throw failure('rail_refused', `the beacon node answers ${response.status}`);
  } catch (error) {
    if (error instanceof RailError) throw error;
    const code = timeout.aborted ? 'rail_timeout' : 'rail_unreachable';
    throw failure(code, 'the beacon node does not answer', error);
  }
}

/**
 * Blobs by `GET /eth/v1/beacon/blobs/{block_id}`. Source: Beacon API, "getBlobs", since Fulu.
 */
export function beaconBlobs({ url, blockId, requestMs = 30_000 }: BeaconBlobsOptions): BlobSource {
  return {
    blobs: async (at, versionedHashes, signal) => {
      const block = `${url}/eth/v1/beacon/blobs/${idOf(at, blockId)}`;
      const blobs: Uint8Array[] = [];
      for (const hash of versionedHashes) {
        blobs.push(await ask(`${block}?versioned_hashes=${hash}`, requestMs, signal));
      }
      return blobs;
    },
  };
}

/** @throws {RailError} `rail_answer_unusable` unless the source has the very same blobs in that block. */
export async function compareWithNetwork(
  source: BlobSource,
  at: Publication,
  kept: readonly ArchivedBlob[],
  signal: AbortSignal,
): Promise<void> {
  const names = kept.map(({ versionedHash }) => versionedHash);
  const there = await source.blobs(at, names, signal);
  const isSame =
    there.length === kept.length &&
    there.every((blob, i) => equalBytes(blob, kept[i]?.blob ?? new Uint8Array()));
  if (!isSame)
    throw failure('rail_answer_unusable', 'the network has other blobs than the archive');
}

/**
 * Compares all published blobs of a chain that were not compared yet, and records those that are the same. A
 * failure is told and leaves the batch for the next call; a call without anything to do asks nobody.
 */
export async function readBackPublished(
  archive: Pick<BlobArchive, 'readBatch' | 'readBack'> & {
    uncompared(): readonly Pick<PublishedBatch, 'batch' | 'published'>[];
  },
  chainId: number,
  source: BlobSource,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { batch, published } of archive.uncompared()) {
    if (published.chainId !== chainId || signal.aborted) continue;
    try {
      const kept = (await archive.readBatch(batch)) ?? [];
      await compareWithNetwork(source, published, kept, signal);
      await archive.readBack(batch);
    } catch (error) {
      onFailure(error);
    }
  }
}
