/** Builds the trie over all transactions or receipts of a block, as a node does, to prove one of them. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { encodeRlp, type RlpItem } from './rlp.ts';
import { encodePath, indexKey, nibblesOf, VALUE_SIZE_BYTES_MIN } from './trie.ts';

type Entry = {
  readonly path: readonly number[];
  readonly value: Uint8Array;
  readonly index: number;
};

/** A node's hash, and the nodes from it down to the wanted value if that is below it. */
type Built = { readonly hash: Uint8Array; readonly proof: readonly Uint8Array[] };

export type TrieProof = { readonly root: Uint8Array; readonly proof: readonly Uint8Array[] };

/** Root of a trie without values: keccak256 of the RLP of the empty text. */
const EMPTY_ROOT = keccak_256(Uint8Array.of(0x80));

function built(node: RlpItem, below: readonly Uint8Array[], isOnPath: boolean): Built {
  const bytes = encodeRlp(node);
  return { hash: keccak_256(bytes), proof: isOnPath ? [bytes, ...below] : [] };
}

/** Nibbles from `from` on that all paths share. */
function sharedEnd(entries: readonly Entry[], from: number): number {
  const [{ path } = { path: [] }] = entries;
  let end = from;
  while (end < path.length && entries.every((each) => each.path[end] === path[end])) end++;
  return end;
}

function build(entries: readonly Entry[], from: number, wanted: number): Built {
  const [first] = entries;
  if (first === undefined) throw new RangeError('a node of the trie has entries');
  if (entries.length === 1) {
    const leaf = [encodePath(first.path.slice(from), true), first.value];
    return built(leaf, [], first.index === wanted);
  }
  const end = sharedEnd(entries, from);
  if (end > from) {
    const child = build(entries, end, wanted);
    const extension = [encodePath(first.path.slice(from, end), false), child.hash];
    return built(extension, child.proof, child.proof.length > 0);
  }
  let below: readonly Uint8Array[] = [];
  const children = Array.from({ length: 16 }, (_, nibble): RlpItem => {
    const part = entries.filter(({ path }) => path[from] === nibble);
    if (part.length === 0) return new Uint8Array();
    const child = build(part, from + 1, wanted);
    if (child.proof.length > 0) below = child.proof;
    return child.hash;
  });
  return built([...children, new Uint8Array()], below, below.length > 0);
}

/**
 * The root of the trie over `values` by index, and the proof of the value at `wanted`.
 * @throws RangeError for a value below 32 bytes, or an index without a value.
 */
export function proveInTrie(values: readonly Uint8Array[], wanted: number): TrieProof {
  if (values[wanted] === undefined) throw new RangeError(`no value with index ${wanted}`);
  if (values.some(({ length }) => length < VALUE_SIZE_BYTES_MIN)) {
    throw new RangeError(`every value has at least ${VALUE_SIZE_BYTES_MIN} bytes`);
  }
  const entries = values.map((value, index) => ({
    path: nibblesOf(indexKey(index)),
    value,
    index,
  }));
  const { hash, proof } = build(entries, 0, wanted);
  return { root: hash, proof };
}

/** The root of the trie over `values` by index. @throws RangeError for a value below 32 bytes. */
export function trieRoot(values: readonly Uint8Array[]): Uint8Array {
  return values.length === 0 ? EMPTY_ROOT : proveInTrie(values, 0).root;
}
