/** What the parts of the rail read out of a submission, and how they fail. */
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

/** The archive's copies. @throws {RailError} (not_applied) when one is missing or damaged. */
export async function keptBlobs(
  names: readonly Hex[],
  archive: Pick<BlobArchive, 'read'>,
): Promise<readonly ArchivedBlob[]> {
  const blobs: ArchivedBlob[] = [];
  for (const name of names) {
    try {
      blobs.push(await archive.read(name));
    } catch (error) {
      if (!(error instanceof BlobArchiveError)) throw error;
      const facts = { reason: error.code, blob: name };
      throw railRefused('the archive does not have a blob as it was kept', facts, error);
    }
  }
  return blobs;
}

/** Where the blobs of an anchor are, as its evidence says. */
export function publicationOf(anchor: EthereumAnchor): Publication {
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
