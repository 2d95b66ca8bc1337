/** A few state diffs as records, tree, payload and field elements: what contracts and other readers check against. */
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { diffPath, diffsRoot, inEdgeOrder } from '@atomicity/kernel/state-diff/diffs-tree';
import { encodeRecord18 } from '@atomicity/kernel/state-diff/record18';
import type { StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import { signedAmount } from '@atomicity/kernel/units/amount';

const diff = (edge: number, delta: bigint, moves: number, flags: number): StateDiff => ({
  edge,
  delta: signedAmount(delta),
  moves,
  flags,
});

export const SAMPLE_DIFFS: readonly StateDiff[] = [
  diff(0, -2_500n, 1, 0),
  diff(3, 7_500n, 3, 0),
  diff(4, -(2n ** 63n - 1n), 4_294_967_295, 7),
  diff(19, 0n, 2, 2),
  diff(20, -2_500n, 1, 0),
  diff(21, 2n ** 63n - 1n, 9, 65_535),
  diff(4_999, -1n, 1, 1),
];

/** Content of `state-diff-proof.json`. */
export function stateDiffProofVectors(): unknown {
  const root = diffsRoot(SAMPLE_DIFFS);
  return {
    root: bytesToHex(root),
    root248: bytesToHex(root.subarray(0, 31)),
    diffs: inEdgeOrder(SAMPLE_DIFFS).map((one) => {
      const found = diffPath(SAMPLE_DIFFS, one.edge);
      if (found === undefined) throw new Error(`no path of edge ${one.edge}`);
      return {
        edge: one.edge,
        delta: one.delta.toString(),
        moves: one.moves,
        flags: one.flags,
        record18: bytesToHex(encodeRecord18(one)),
        index: found.index,
        size: found.size,
        path: found.path.map(bytesToHex),
      };
    }),
    firstElement: `00${bytesToHex(root.subarray(0, 31))}`,
  };
}
