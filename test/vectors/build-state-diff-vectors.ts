/** A few state diffs as records, tree, payload and field elements: what contracts and other readers check against. */
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { diffPath, diffsRoot, inEdgeOrder } from '@atomicity/kernel/state-diff/diffs-tree';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import { toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import { encodeRecord18, encodeRecords18 } from '@atomicity/kernel/state-diff/record18';
import type { StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import { pricedBatch, skewedBatch, wideBatch } from '@atomicity/kernel/testing/diff-batches';
import { signedAmount } from '@atomicity/kernel/units/amount';
import { sha256 } from '@noble/hashes/sha2.js';

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

export const SAMPLE_REGISTRY = 5_000;

/** The elements that hold something: root, then length and rest. */
function elementsOf(blob: Uint8Array, payloadBytes: number): string[] {
  const used = Math.ceil((payloadBytes + 4) / 31);
  return Array.from({ length: used }, (_, i) => bytesToHex(blob.subarray(32 * i, 32 * i + 32)));
}

/** Content of `state-diff-proof.json`. */
export function stateDiffProofVectors(): unknown {
  const root = diffsRoot(SAMPLE_DIFFS);
  const payload = encodeStateDiffs({ registrySize: SAMPLE_REGISTRY, diffs: SAMPLE_DIFFS });
  const [blob = new Uint8Array(0)] = toBlobs(payload);
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
    registrySize: SAMPLE_REGISTRY,
    payload: bytesToHex(payload),
    // Further elements of the one blob are zero.
    firstElement: `00${bytesToHex(root.subarray(0, 31))}`,
    blob: { elements: elementsOf(blob, payload.length) },
  };
}

const seed = 20_261_121;

/** Content of `state-diff-payloads.json`: sets and their payloads; of the large ones a hash of each. */
export function stateDiffPayloadVectors(): unknown {
  const small = { seed, count: 24, registrySize: 300 };
  const large = { seed, count: 4_000, registrySize: 20_000 };
  const batches = { skewed: skewedBatch, priced: pricedBatch, wide: wideBatch };
  const none = { registrySize: 0, diffs: [] };
  const sets = { none, ...mapValues(batches, (draw) => draw(small)) };
  return {
    sets: mapValues(sets, ({ registrySize, diffs }) => ({
      registrySize,
      records18: diffs.map((one) => bytesToHex(encodeRecord18(one))),
      payload: bytesToHex(encodeStateDiffs({ registrySize, diffs })),
    })),
    large: mapValues(batches, (draw) => {
      const batch = draw(large);
      const payload = encodeStateDiffs(batch);
      return {
        ...large,
        recordsSha256: bytesToHex(sha256(encodeRecords18(batch.diffs))),
        bytes: payload.length,
        payloadSha256: bytesToHex(sha256(payload)),
      };
    }),
  };
}

function mapValues<T, U>(of: Readonly<Record<string, T>>, to: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]));
}
