/**
 * The tries of a block: transactions and receipts by their index. A proof is the nodes from the root
 * down to the value.
 *
 * Every value is longer than 32 bytes and no key begins another, so two of the general trie's cases
 * never occur here and are refused: nodes inside nodes, and branches with a value.
 * Source: Ethereum Yellow Paper, appendix D.
 */
import { equalBytes } from '@atomicity/kernel/codec/bytes';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { decodeRlp, encodeRlp, integerBytes, isList, isText, type RlpItem } from './rlp.ts';

/** Nodes from a root to a value: a key is at most 4 bytes, 8 nibbles. */
export const PROOF_NODES_MAX = 9;

/** A value shorter than this could stand inside its parent; no transaction or receipt is. */
export const VALUE_SIZE_BYTES_MIN = 32;

const HASH_SIZE_BYTES = 32;
const BRANCH_ITEMS = 17;

/** The key of the transaction or receipt with this index. */
export function indexKey(index: number): Uint8Array {
  return encodeRlp(integerBytes(index));
}

export function nibblesOf(bytes: Uint8Array): readonly number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 0xf]);
}

/** The hex-prefix encoding of a part of a path. Source: Yellow Paper, appendix C. */
export function encodePath(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0;
  const padded = nibbles.length % 2 === 0 ? [flag, 0, ...nibbles] : [flag + 1, ...nibbles];
  return Uint8Array.from({ length: padded.length / 2 }, (_, i) => {
    return ((padded[2 * i] ?? 0) << 4) | (padded[2 * i + 1] ?? 0);
  });
}

function decodePath(bytes: Uint8Array) {
  const [first = 0xff, second = 0, ...rest] = nibblesOf(bytes);
  if (first > 3 || bytes.length === 0) return undefined;
  const isLeaf = first >= 2;
  if (first % 2 === 1) return { isLeaf, nibbles: [second, ...rest] };
  return second === 0 ? { isLeaf, nibbles: rest } : undefined;
}

/** What a node says of a path: the hash of the next node, or the value at its end. */
type Step =
  | { readonly kind: 'next'; readonly hash: Uint8Array; readonly used: number }
  | { readonly kind: 'value'; readonly value: Uint8Array };

function nextStep(item: RlpItem | undefined, used: number): Step | undefined {
  return isText(item) && item.length === HASH_SIZE_BYTES
    ? { kind: 'next', hash: item, used }
    : undefined;
}

function stepThrough(node: readonly RlpItem[], path: readonly number[]): Step | undefined {
  if (node.length === BRANCH_ITEMS) {
    const [place] = path;
    const last = node[BRANCH_ITEMS - 1];
    if (place === undefined || !isText(last) || last.length > 0) return undefined;
    return nextStep(node[place], 1);
  }
  const [prefix, content] = node;
  if (node.length !== 2 || !isText(prefix)) return undefined;
  const part = decodePath(prefix);
  if (part === undefined || part.nibbles.some((nibble, i) => nibble !== path[i])) return undefined;
  const { isLeaf, nibbles } = part;
  // An extension of nothing would be a second form of its child.
  if (!isLeaf) return nibbles.length === 0 ? undefined : nextStep(content, nibbles.length);
  const ends = nibbles.length === path.length;
  const isValue = isText(content) && content.length >= VALUE_SIZE_BYTES_MIN;
  return ends && isValue ? { kind: 'value', value: content } : undefined;
}

/**
 * The value that a proof shows at an index under a root; undefined if the proof shows none: a node with
 * another hash, off the path, in another encoding, missing or left over.
 */
export function valueInTrie(
  root: Uint8Array,
  index: number,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  if (proof.length > PROOF_NODES_MAX) return undefined;
  let expected = root;
  let path = nibblesOf(indexKey(index));
  for (const [place, bytes] of proof.entries()) {
    const node = decodeRlp(bytes);
    if (!isList(node) || !equalBytes(keccak_256(bytes), expected)) return undefined;
    const step = stepThrough(node, path);
    if (step === undefined) return undefined;
    if (step.kind === 'value') return place === proof.length - 1 ? step.value : undefined;
    expected = step.hash;
    path = path.slice(step.used);
  }
  return undefined;
}
