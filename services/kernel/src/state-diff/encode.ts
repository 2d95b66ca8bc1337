/** State diffs to payload. `docs/reference/state-diffs.md` has the format, byte by byte. */
import { concatBytes } from '../codec/bytes.ts';
import { DiffCoder } from './diff-coder.ts';
import { modeOf } from './diff-mode.ts';
import { emptySymbols, toSymbols } from './diff-symbols.ts';
import { DIFFS_ROOT_BYTES, diffsRoot, inEdgeOrder } from './diffs-tree.ts';
import { DIFFS_MAX, encodeHeader } from './header.ts';
import { RangeEncoder } from './range-coder.ts';
import { REGISTRY_SIZE_MAX } from './record18.ts';
import type { StateDiff } from './state-diff.ts';

export type StateDiffs = {
  /** Edges that the log opened before the end of the span: 0 … 2^32. */
  readonly registrySize: number;
  /** In any order, one of an edge at most; at most 262,144. */
  readonly diffs: readonly StateDiff[];
};

function checkSizes(registrySize: number, count: number): void {
  const isSize = Number.isInteger(registrySize) && registrySize >= 0;
  if (!isSize || registrySize > REGISTRY_SIZE_MAX) {
    throw new RangeError(`registrySize is 0 … 2^32, not ${registrySize}`);
  }
  if (count > DIFFS_MAX) throw new RangeError(`diffs are at most ${DIFFS_MAX}, not ${count}`);
}

/**
 * The payload of a set of diffs: the same bytes for the same set, in whatever order it is given.
 * @throws RangeError for a size, an edge or a member out of range, two diffs of one edge, or too many diffs.
 */
export function encodeStateDiffs({ registrySize, diffs }: StateDiffs): Uint8Array {
  checkSizes(registrySize, diffs.length);
  const ordered = inEdgeOrder(diffs);
  const last = ordered.at(-1);
  if (last !== undefined && last.edge >= registrySize) {
    throw new RangeError(`edge is below registrySize ${registrySize}, not ${last.edge}`);
  }
  // Checks every member.
  const root = diffsRoot(ordered);
  const mode = modeOf(ordered);
  const encoder = new RangeEncoder();
  const coder = new DiffCoder(encoder, mode, ordered.length);
  const symbols = emptySymbols();
  let before = -1;
  for (const diff of ordered) {
    toSymbols(diff, before, mode, symbols);
    coder.code(symbols);
    before = diff.edge;
  }
  const header = encodeHeader({ registrySize, count: ordered.length, mode });
  return concatBytes(root.subarray(0, DIFFS_ROOT_BYTES), header, encoder.finish());
}
