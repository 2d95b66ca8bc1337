/**
 * An immutable map from strings to values: a hash array mapped trie with 32-way branches.
 *
 * `set` and `delete` return a new map that shares all untouched branches with the old one, so the
 * writer can decide on a head state while queries keep reading the last flushed state at no cost.
 * Iteration order depends on the hashes only, never on the order of insertion.
 */

type Leaf<V> = { readonly kind: 'leaf'; readonly hash: number; readonly key: string; value: V };
type Collision<V> = {
  readonly kind: 'collision';
  readonly hash: number;
  readonly leaves: Leaf<V>[];
};
type Branch<V> = { readonly kind: 'branch'; readonly bitmap: number; readonly children: Node<V>[] };
type Node<V> = Leaf<V> | Collision<V> | Branch<V>;

const BITS = 5;
const MASK = 31;

/** FNV-1a over UTF-16 code units with a final mix; 32 unsigned bits. */
export function hashString(key: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

function popCount(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const bitOf = (hash: number, shift: number): number => 1 << ((hash >>> shift) & MASK);
const slotOf = (bitmap: number, bit: number): number => popCount(bitmap & (bit - 1));

function find<V>(root: Node<V> | undefined, hash: number, key: string): Leaf<V> | undefined {
  let node = root;
  for (let shift = 0; node !== undefined; shift += BITS) {
    if (node.kind === 'leaf') return node.key === key ? node : undefined;
    if (node.kind === 'collision') return node.leaves.find((leaf) => leaf.key === key);
    const bit = bitOf(hash, shift);
    if ((node.bitmap & bit) === 0) return undefined;
    node = node.children[slotOf(node.bitmap, bit)];
  }
  return undefined;
}

/** Joins two nodes whose hashes agree below `shift` bits. */
function join<V>(a: Leaf<V> | Collision<V>, b: Leaf<V>, shift: number): Node<V> {
  if (a.hash === b.hash) {
    const leaves = a.kind === 'leaf' ? [a, b] : [...a.leaves, b];
    leaves.sort((x, y) => (x.key < y.key ? -1 : 1));
    return { kind: 'collision', hash: a.hash, leaves };
  }
  const bitA = bitOf(a.hash, shift);
  const bitB = bitOf(b.hash, shift);
  if (bitA === bitB) {
    return { kind: 'branch', bitmap: bitA, children: [join(a, b, shift + BITS)] };
  }
  const children = bitA >>> 0 < bitB >>> 0 ? [a, b] : [b, a];
  return { kind: 'branch', bitmap: bitA | bitB, children };
}

function insert<V>(node: Node<V> | undefined, leaf: Leaf<V>, shift: number): Node<V> {
  if (node === undefined) return leaf;
  if (node.kind === 'leaf') return node.key === leaf.key ? leaf : join(node, leaf, shift);
  if (node.kind === 'collision') {
    const at = node.leaves.findIndex((old) => old.key === leaf.key);
    if (at < 0) return join(node, leaf, shift);
    return { kind: 'collision', hash: node.hash, leaves: node.leaves.with(at, leaf) };
  }
  const bit = bitOf(leaf.hash, shift);
  const slot = slotOf(node.bitmap, bit);
  if ((node.bitmap & bit) !== 0) {
    const child = insert(node.children[slot], leaf, shift + BITS);
    return { kind: 'branch', bitmap: node.bitmap, children: node.children.with(slot, child) };
  }
  const children = node.children.toSpliced(slot, 0, leaf);
  return { kind: 'branch', bitmap: node.bitmap | bit, children };
}

/** Removes a key that is known to be present. A branch left with one leaf collapses into it. */
function remove<V>(node: Node<V>, hash: number, key: string, shift: number): Node<V> | undefined {
  if (node.kind === 'leaf') return undefined;
  if (node.kind === 'collision') {
    const leaves = node.leaves.filter((leaf) => leaf.key !== key);
    return leaves.length === 1 ? leaves[0] : { kind: 'collision', hash: node.hash, leaves };
  }
  const bit = bitOf(hash, shift);
  const slot = slotOf(node.bitmap, bit);
  const old = node.children[slot];
  if (old === undefined) return node;
  const child = remove(old, hash, key, shift + BITS);
  if (child !== undefined) {
    if (node.children.length === 1 && child.kind !== 'branch') return child;
    return { kind: 'branch', bitmap: node.bitmap, children: node.children.with(slot, child) };
  }
  const children = node.children.toSpliced(slot, 1);
  const [last] = children;
  if (last === undefined) return undefined;
  if (children.length === 1 && last.kind !== 'branch') return last;
  return { kind: 'branch', bitmap: node.bitmap & ~bit, children };
}

function* walk<V>(node: Node<V> | undefined): Generator<Leaf<V>> {
  if (node === undefined) return;
  if (node.kind === 'leaf') yield node;
  else if (node.kind === 'collision') yield* node.leaves;
  else for (const child of node.children) yield* walk(child);
}

/** An immutable map with string keys; every change returns a new map and leaves this one as it was. */
export class PersistentMap<V> {
  readonly #root: Node<V> | undefined;
  readonly #hash: (key: string) => number;
  readonly size: number;

  private constructor(root: Node<V> | undefined, size: number, hash: (key: string) => number) {
    this.#root = root;
    this.size = size;
    this.#hash = hash;
  }

  /** The map without entries. `hash` is replaced only by tests that force collisions. */
  static empty<V>(hash: (key: string) => number = hashString): PersistentMap<V> {
    return new PersistentMap<V>(undefined, 0, hash);
  }

  /** The map of the given entries; of two entries with one key the later wins. */
  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    let map = PersistentMap.empty<V>();
    for (const [key, value] of entries) map = map.set(key, value);
    return map;
  }

  /** The value stored under the key, or undefined. */
  get(key: string): V | undefined {
    return find(this.#root, this.#hash(key), key)?.value;
  }

  has(key: string): boolean {
    return find(this.#root, this.#hash(key), key) !== undefined;
  }

  /** A map in which the key has this value, whether it was present or not. */
  set(key: string, value: V): PersistentMap<V> {
    const hash = this.#hash(key);
    const known = find(this.#root, hash, key) !== undefined;
    const root = insert(this.#root, { kind: 'leaf', hash, key, value }, 0);
    return new PersistentMap(root, known ? this.size : this.size + 1, this.#hash);
  }

  /** A map without the key; the same map when the key is absent. */
  delete(key: string): PersistentMap<V> {
    const hash = this.#hash(key);
    if (this.#root === undefined || find(this.#root, hash, key) === undefined) return this;
    return new PersistentMap(remove(this.#root, hash, key, 0), this.size - 1, this.#hash);
  }

  /** All entries, in an order that depends on the keys only. */
  *entries(): Generator<readonly [string, V]> {
    for (const leaf of walk(this.#root)) yield [leaf.key, leaf.value];
  }

  *values(): Generator<V> {
    for (const leaf of walk(this.#root)) yield leaf.value;
  }

  *keys(): Generator<string> {
    for (const leaf of walk(this.#root)) yield leaf.key;
  }
}
