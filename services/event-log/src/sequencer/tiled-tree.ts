/** The Merkle tree over tiles: appending to the right edge, and reading any node back. */
import { CompactRange, perfectSubtrees } from '../merkle/compact-range.ts';
import { nodeTreeHasher } from '../merkle/node-tree-hasher.ts';
import { type ReadNode, rangeHash } from '../merkle/proofs.ts';
import { TILE_HEIGHT, TILE_WIDTH } from '../merkle/tiles.ts';
import { HASH_BYTES } from '../merkle/tree-hasher.ts';
import type { TileRow } from './tree-store.ts';

type ReadTile = (level: number, n: number) => Uint8Array | undefined;

const CACHED_TILES_MAX = 256;

export class TiledTree {
  readonly #readTile: ReadTile;
  readonly #range: CompactRange;
  // The right edge: the tile of each level that is being filled.
  readonly #edge = new Map<number, { n: number; hashes: Uint8Array }>();
  readonly #cache = new Map<string, Uint8Array>();

  constructor(size: number, readTile: ReadTile) {
    this.#readTile = readTile;
    for (let level = 0; TILE_WIDTH ** level <= size; level += 1) {
      const width = Math.floor(size / TILE_WIDTH ** level);
      const n = Math.floor(width / TILE_WIDTH);
      const stored = width % TILE_WIDTH === 0 ? undefined : readTile(level, n);
      const hashes = new Uint8Array(TILE_WIDTH * HASH_BYTES);
      hashes.set(stored ?? []);
      this.#edge.set(level, { n, hashes });
    }
    const nodes = perfectSubtrees(size);
    const read = this.readNode;
    const hashes = nodes.map(({ level, index }) => read(level, index));
    this.#range = new CompactRange(nodeTreeHasher, size, hashes);
  }

  get size(): number {
    return this.#range.size;
  }

  root(): Uint8Array {
    return this.#range.root();
  }

  /** The root when the tree had `size` leaves. */
  rootAt(size: number): Uint8Array {
    return rangeHash(0, size, this.readNode, nodeTreeHasher);
  }

  /** Appends leaves and gives the tiles that changed, each with the hashes it has now. */
  append(leafHashes: Iterable<Uint8Array>): TileRow[] {
    const changed = new Map<string, TileRow>();
    for (const leafHash of leafHashes) {
      this.#range.append(leafHash, (treeLevel, index, hash) => {
        if (treeLevel % TILE_HEIGHT !== 0) return;
        const level = treeLevel / TILE_HEIGHT;
        const n = Math.floor(index / TILE_WIDTH);
        const at = index % TILE_WIDTH;
        const hashes = this.#edgeTile(level, n);
        hashes.set(hash, at * HASH_BYTES);
        changed.set(`${level}/${n}`, {
          level,
          n,
          hashes: hashes.subarray(0, (at + 1) * HASH_BYTES),
        });
      });
    }
    return [...changed.values()];
  }

  #edgeTile(level: number, n: number): Uint8Array {
    const edge = this.#edge.get(level);
    if (edge?.n === n) return edge.hashes;
    const hashes = new Uint8Array(TILE_WIDTH * HASH_BYTES);
    this.#edge.set(level, { n, hashes });
    return hashes;
  }

  /** The hash of a perfect subtree inside the tree. */
  readonly readNode: ReadNode = (treeLevel, index) => {
    const level = Math.floor(treeLevel / TILE_HEIGHT);
    const height = treeLevel % TILE_HEIGHT;
    const first = index * 2 ** height;
    const n = Math.floor(first / TILE_WIDTH);
    const tile = this.#tile(level, n);
    const at = first % TILE_WIDTH;
    let hashes = Array.from({ length: 2 ** height }, (_, offset) => {
      const start = (at + offset) * HASH_BYTES;
      return tile.subarray(start, start + HASH_BYTES);
    });
    while (hashes.length > 1) hashes = hashPairs(hashes);
    const [hash] = hashes;
    if (hash?.length !== HASH_BYTES) throw new RangeError(`no node ${treeLevel}/${index}`);
    return hash;
  };

  #tile(level: number, n: number): Uint8Array {
    const edge = this.#edge.get(level);
    if (edge?.n === n) return edge.hashes;
    const key = `${level}/${n}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const tile = this.#readTile(level, n);
    if (tile === undefined) throw new RangeError(`no tile ${key}`);
    if (this.#cache.size >= CACHED_TILES_MAX) this.#cache.clear();
    // Only whole tiles are left of the edge, and those never change.
    this.#cache.set(key, tile);
    return tile;
  }
}

function hashPairs(hashes: readonly Uint8Array[]): Uint8Array[] {
  const pairs: Uint8Array[] = [];
  for (let at = 0; at + 1 < hashes.length; at += 2) {
    const left = hashes[at];
    const right = hashes[at + 1];
    if (left === undefined || right === undefined) throw new Error('invariant: even length');
    pairs.push(nodeTreeHasher.node(left, right));
  }
  return pairs;
}
