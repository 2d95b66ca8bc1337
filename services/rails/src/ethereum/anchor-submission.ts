/** What the parts of the rail read out of a submission, and how they fail. */
import { blobFill, toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import { unixMs } from '@atomicity/kernel/units/time';
import { type BatchContent, RailError, type Submission } from '../port.ts';
import { type ArchivedBlob, type BlobArchive, BlobArchiveError } from './blob-archive.ts';
import type { Publication } from './blob-retention.ts';
import { railErrorOf, railRefused } from './chain-errors.ts';
import type { Hex } from './context.ts';
import type { EthereumAnchor } from './evidence/verify-evidence.ts';
import type { PreparedAnchor } from './prepared-anchor.ts';

/** @throws {RailError} (not_applied) for a root by itself: the registry keeps batches. */
export function contentOf({ content }: Submission): BatchContent {
  if (content === undefined) throw railRefused('this rail anchors batches, not a root alone', {});
  return content;
}

/**
 * The archive's copies of a batch's blobs. What is lost or damaged there is made again from the payload, whose
 * blobs are always the same: a batch would wait for a copy for ever.
 * @throws {RailError} (not_applied) when the payload does not give blobs of these names.
 */
export async function keptBlobs(
  names: readonly Hex[],
  { batch: { batch }, payload }: BatchContent,
  archive: Pick<BlobArchive, 'read' | 'keep'>,
): Promise<readonly ArchivedBlob[]> {
  const found = await read(names, archive);
  if (!(found instanceof BlobArchiveError)) return found;
  if (blobFill(payload.length).blobs === names.length) {
    await archive.keep(batch, toBlobs(payload, { blobsMax: names.length }));
    const again = await read(names, archive);
    if (!(again instanceof BlobArchiveError)) return again;
  }
  const facts = { reason: found.code };
  throw railRefused('the archive does not have a blob as it was kept', facts, found);
}

async function read(
  names: readonly Hex[],
  archive: Pick<BlobArchive, 'read'>,
): Promise<readonly ArchivedBlob[] | BlobArchiveError> {
  const blobs: ArchivedBlob[] = [];
  try {
    for (const name of names) blobs.push(await archive.read(name));
    return blobs;
  } catch (error) {
    if (error instanceof BlobArchiveError) return error;
    throw error;
  }
}

/** Where the blobs of an anchor are, as its evidence says. */
export function publicationOf(
  anchor: Pick<EthereumAnchor, 'chainId' | 'blockNumber' | 'blockHash' | 'blockTimestamp'>,
): Publication {
  const { chainId, blockNumber, blockHash, blockTimestamp } = anchor;
  return { chainId, blockNumber, blockHash, blockTime: unixMs(blockTimestamp * 1000) };
}

/** The same failure, of which nobody knows whether it came after the effect. */
export function asUnknown(error: unknown): RailError {
  const { code, shortMessage, facts } = railErrorOf(error, 'unknown');
  return new RailError({ code, shortMessage, facts, outcome: 'unknown', cause: error });
}

export function notSeen({ hash, nonce }: PreparedAnchor): RailError {
  return new RailError({
    code: 'rail_timeout',
    outcome: 'unknown',
    shortMessage: 'the transaction was in no block in time',
    facts: { hash, nonce },
  });
}
