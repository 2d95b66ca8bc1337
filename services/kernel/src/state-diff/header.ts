/** What precedes the columns of a payload: the diffs' root, the format, the registry's size, the count. */

import { type DiffMode, modeBits, modeOfBits } from './diff-mode.ts';
import { DIFFS_ROOT_BYTES } from './diffs-tree.ts';
import { REGISTRY_SIZE_MAX } from './record18.ts';
import type { StateDiffRefusal } from './refusals.ts';

/** Diffs of one payload: about what the blobs of one transaction hold. */
export const DIFFS_MAX = 262_144;

const VERSION = 1;
const VERSION_SHIFT = 4;
const MODES = 4;
const VARINT_BYTES_MAX = 5;

export type Header = {
  readonly registrySize: number;
  readonly count: number;
  readonly mode: DiffMode;
};

/** Seven bits a byte, lowest first; all bytes but the last have their top bit set. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

type ReadVarint = { readonly value: number; readonly end: number };

/** The number at `offset`, or `undefined` where it ends too early, late, or with a needless 0. */
function readVarint(bytes: Uint8Array, offset: number): ReadVarint | undefined {
  let value = 0;
  for (let i = 0; i < VARINT_BYTES_MAX; i += 1) {
    const byte = bytes[offset + i];
    if (byte === undefined) return undefined;
    value += (byte % 128) * 128 ** i;
    if (byte < 128) return byte === 0 && i > 0 ? undefined : { value, end: offset + i + 1 };
  }
  return undefined;
}

export function encodeHeader({ registrySize, count, mode }: Header): Uint8Array {
  const first = (VERSION << VERSION_SHIFT) | modeBits(mode);
  return Uint8Array.from([first, ...varint(registrySize), ...varint(count)]);
}

export type ReadHeader =
  | { readonly kind: 'read'; readonly header: Header; readonly end: number }
  | { readonly kind: 'refused'; readonly reason: StateDiffRefusal; readonly offset: number };

const refused = (reason: StateDiffRefusal, offset: number): ReadHeader => ({
  kind: 'refused',
  reason,
  offset,
});

/** The header after the root. Nothing is allocated by what it says before that is checked. */
export function readHeader(bytes: Uint8Array): ReadHeader {
  const start = DIFFS_ROOT_BYTES;
  const first = bytes[start];
  if (first === undefined) return refused('too_short', bytes.length);
  const bits = first & (2 ** VERSION_SHIFT - 1);
  if (first >> VERSION_SHIFT !== VERSION || bits >= MODES) return refused('unknown_format', start);
  const size = readVarint(bytes, start + 1);
  if (size === undefined) return refused('malformed_header', start + 1);
  const count = readVarint(bytes, size.end);
  if (count === undefined) return refused('malformed_header', size.end);
  if (size.value > REGISTRY_SIZE_MAX) return refused('registry_too_large', start + 1);
  if (count.value > DIFFS_MAX) return refused('too_many_diffs', size.end);
  if (count.value > size.value) return refused('more_diffs_than_edges', size.end);
  return {
    kind: 'read',
    header: { registrySize: size.value, count: count.value, mode: modeOfBits(bits) },
    end: count.end,
  };
}
