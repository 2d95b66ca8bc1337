/** What the registry takes to show that one diff is in a batch's first blob. */
import { equalBytes } from '@atomicity/kernel/codec/bytes';
import { DIFFS_ROOT_BYTES, diffPath, diffsRoot } from '@atomicity/kernel/state-diff/diffs-tree';
import { encodeRecord18 } from '@atomicity/kernel/state-diff/record18';
import type { StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import type { ArchivedBlob } from './blob-archive.ts';
import type { Hex } from './context.ts';
import { hexOf } from './evidence/fields.ts';
import type { Kzg } from './kzg/kzg.ts';

/** The members of `DiffProof` in contracts/src/interfaces/IAnchorRegistry.sol. */
export type DiffProof = {
  readonly commitment: Hex;
  readonly opening: Hex;
  readonly record: Hex;
  readonly index: bigint;
  readonly count: bigint;
  readonly path: readonly Hex[];
};

/** The first element of a blob is the value of its polynomial at 1. Source: EIP-4844. */
const ONE = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0));

/**
 * The proof for `proveDiff` that the diff of `edge` is in the batch whose first blob this is.
 * @throws RangeError when no diff is of that edge, or when the blob has the root of other diffs.
 */
export async function diffProof(
  first: Pick<ArchivedBlob, 'blob' | 'commitment'>,
  diffs: readonly StateDiff[],
  edge: number,
  kzg: Pick<Kzg, 'pointProof'>,
): Promise<DiffProof> {
  const diff = diffs.find((each) => each.edge === edge);
  const shown = diffPath(diffs, edge);
  if (diff === undefined || shown === undefined) {
    throw new RangeError(`edge: ${edge} did not move in the batch`);
  }
  const { proof, value } = await kzg.pointProof(first.blob, ONE);
  const root = diffsRoot(diffs).subarray(0, DIFFS_ROOT_BYTES);
  if (!equalBytes(value.subarray(1), root)) throw new RangeError('diffs: not those of the blob');
  return {
    commitment: hexOf(first.commitment),
    opening: hexOf(proof),
    record: hexOf(encodeRecord18(diff)),
    index: BigInt(shown.index),
    count: BigInt(shown.size),
    path: shown.path.map(hexOf),
  };
}
