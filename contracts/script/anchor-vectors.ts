import { bytesToHex, concatBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { DIFFS_ROOT_BYTES, diffPath, diffsRoot } from '@atomicity/kernel/state-diff/diffs-tree';
import { toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import { encodeRecord18, encodeRecords18 } from '@atomicity/kernel/state-diff/record18';
import type { StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import { signedAmount } from '@atomicity/kernel/units/amount';
import { sha256 as viemSha256 } from 'viem';

/** Trees of these sizes have every shape of unpaired nodes up to three levels. */
const TREE_SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const BATCH_SIZE = 5;

const sha256 = (bytes: Uint8Array): Uint8Array => viemSha256(bytes, 'bytes');
const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

/** Reproducible diffs of edges 1, 4, 7, …. */
function diffsOf(count: number): readonly StateDiff[] {
  return Array.from({ length: count }, (_, i) => {
    const [first = 0, second = 0, third = 0] = sha256(utf8(`diff ${count} ${i}`));
    const delta = signedAmount(BigInt(first * 65_536 + second * 256 + third) - (1n << 23n));
    return { edge: 3 * i + 1, delta, moves: 1 + second, flags: third % 8 };
  });
}

function treeOf(count: number) {
  const diffs = diffsOf(count);
  return {
    count,
    root: hex(diffsRoot(diffs)),
    records: diffs.map((diff) => hex(encodeRecord18(diff))),
    paths: diffs.map(({ edge }) => (diffPath(diffs, edge)?.path ?? []).map(hex)),
  };
}

/** A blob whose first element is the root over the diffs; what follows it is no matter of the proof. */
function blobOf(count: number): Uint8Array {
  const diffs = diffsOf(count);
  const root = diffsRoot(diffs).slice(0, DIFFS_ROOT_BYTES);
  const [blob] = toBlobs(concatBytes(root, encodeRecords18(diffs)));
  if (blob === undefined) throw new Error('a payload has a blob');
  return blob;
}

/** What makes commitments and openings: a KZG library. */
export type OpeningMaker = {
  commit(blob: Uint8Array): Promise<Uint8Array>;
  pointProof(blob: Uint8Array, z: Uint8Array): Promise<{ readonly proof: Uint8Array }>;
};

async function openingOf(kzg: OpeningMaker, count: number) {
  const blob = blobOf(count);
  const commitment = await kzg.commit(blob);
  // The first element is the value at 1.
  const one = new Uint8Array(32);
  one[31] = 1;
  const { proof } = await kzg.pointProof(blob, one);
  const versionedHash = sha256(commitment);
  versionedHash[0] = 1;
  return {
    count,
    commitment: hex(commitment),
    opening: hex(proof),
    versionedHash: hex(versionedHash),
  };
}

/** The text of test/vectors/anchor-registry.json: the kernel's trees, and a KZG library's real openings. */
export async function anchorVectors(kzg: OpeningMaker): Promise<string> {
  const vectors = {
    trees: TREE_SIZES.map(treeOf),
    batch: await openingOf(kzg, BATCH_SIZE),
    other: await openingOf(kzg, BATCH_SIZE + 1),
  };
  return `${JSON.stringify(vectors, null, 1)}\n`;
}
