/** Geometry and names of C2SP tiles: 256 hashes a tile, so tile level L holds tree level 8·L. */

export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;

export type TileName = {
  readonly level: number | 'entries';
  /** The n-th tile of its level. */
  readonly n: number;
  /** 1 … 256 hashes or entries; less than 256 only at the right edge. */
  readonly width: number;
};

/**
 * `tile/<L>/<N>[.p/<W>]`; N in groups of three digits, all but the last with an `x`.
 *
 * Source: c2sp.org/tlog-tiles.
 */
export function tilePath(tile: TileName): string {
  const groups: string[] = [];
  let rest = tile.n;
  do {
    groups.unshift(String(rest % 1000).padStart(3, '0'));
    rest = Math.floor(rest / 1000);
  } while (rest > 0);
  const number = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group));
  const partial = tile.width < TILE_WIDTH ? `.p/${tile.width}` : '';
  return `tile/${tile.level}/${number.join('/')}${partial}`;
}

/** Reads a tile's path; undefined unless it is exactly what `tilePath` writes for it. */
export function parseTilePath(path: string): TileName | undefined {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return undefined;
  const [, level = '', number = '', partial] = match;
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const n = Number(number.replaceAll('x', '').replaceAll('/', ''));
  const tile: TileName = { level: level === 'entries' ? level : Number(level), n, width };
  return Number.isSafeInteger(n) && width > 0 && tilePath(tile) === path ? tile : undefined;
}

/** How many hashes tile `n` of `level` has in a tree of `size`; 0 when it does not exist. */
export function tileWidthAt(level: number | 'entries', n: number, size: number): number {
  const covered = level === 'entries' ? 1 : TILE_WIDTH ** level;
  const hashes = Math.floor(size / covered) - n * TILE_WIDTH;
  return Math.max(0, Math.min(TILE_WIDTH, hashes));
}

/** An entry bundle: each entry after its length as a 16-bit big-endian number. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > 0xffff) throw new RangeError('a bundled entry has at most 65,535 bytes');
    view.setUint16(at, entry.length);
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/** The entries of a bundle; undefined when it is cut off. */
export function decodeEntryBundle(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) return undefined;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
