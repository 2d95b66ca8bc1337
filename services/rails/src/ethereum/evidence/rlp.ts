/** RLP, read strictly: every value has exactly one encoding, and every input but that one is refused. */
import { concatBytes, hexToBytes } from '@atomicity/kernel/codec/bytes';

/** A text of bytes, or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** Lists inside lists that are still read; an access list needs 4. */
const DEPTH_MAX = 8;

class RlpRefused extends Error {}

/** The head of an item: where its content starts, how long it is, and what it is. */
type Head = { readonly isList: boolean; readonly start: number; readonly size: number };

function longSize(bytes: Uint8Array, at: number, sizeBytes: number): number {
  let size = 0;
  for (let i = 0; i < sizeBytes; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || (i === 0 && byte === 0)) throw new RlpRefused();
    size = size * 256 + byte;
    // Longer than any input: also what keeps the sum exact.
    if (size > bytes.length) throw new RlpRefused();
  }
  if (size < 56) throw new RlpRefused();
  return size;
}

function readHead(bytes: Uint8Array, at: number): Head {
  const first = bytes[at];
  if (first === undefined) throw new RlpRefused();
  if (first < 0x80) return { isList: false, start: at, size: 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  if (short <= 55) {
    const start = at + 1;
    // A byte below 0x80 stands for itself.
    if (!isList && short === 1 && (bytes[start] ?? 0) < 0x80) throw new RlpRefused();
    return { isList, start, size: short };
  }
  const sizeBytes = short - 55;
  return { isList, start: at + 1 + sizeBytes, size: longSize(bytes, at + 1, sizeBytes) };
}

function readItem(bytes: Uint8Array, at: number, end: number, depth: number) {
  const { isList, start, size } = readHead(bytes, at);
  const next = start + size;
  if (next > end) throw new RlpRefused();
  if (!isList) return { item: bytes.slice(start, next), next };
  if (depth === 0) throw new RlpRefused();
  const items: RlpItem[] = [];
  for (let place = start; place < next; ) {
    const read: { item: RlpItem; next: number } = readItem(bytes, place, next, depth - 1);
    items.push(read.item);
    place = read.next;
  }
  return { item: items, next };
}

/**
 * The item whose canonical encoding `bytes` is; undefined for any other bytes: cut short, left over,
 * longer than needed, nested deeper than 8.
 * Source: Ethereum Yellow Paper, appendix B.
 */
export function decodeRlp(bytes: Uint8Array): RlpItem | undefined {
  try {
    const { item, next } = readItem(bytes, 0, bytes.length, DEPTH_MAX);
    return next === bytes.length ? item : undefined;
  } catch (error) {
    if (error instanceof RlpRefused) return undefined;
    throw error;
  }
}

/** True for a text of bytes. */
export function isText(item: RlpItem | undefined): item is Uint8Array {
  return item instanceof Uint8Array;
}

/** True for a list. */
export function isList(item: RlpItem | undefined): item is readonly RlpItem[] {
  return Array.isArray(item);
}

/** The shortest big-endian form of a number of 0 or more: nothing for 0. */
export function integerBytes(value: bigint | number): Uint8Array {
  if (value < 0) throw new RangeError('RLP has no negative numbers');
  const digits = BigInt(value).toString(16);
  if (digits === '0') return new Uint8Array();
  return hexToBytes(digits.length % 2 === 0 ? digits : `0${digits}`);
}

function withHead(content: Uint8Array, offset: number): Uint8Array {
  if (content.length <= 55) return concatBytes(Uint8Array.of(offset + content.length), content);
  const size = integerBytes(content.length);
  return concatBytes(Uint8Array.of(offset + 55 + size.length), size, content);
}

/** The canonical encoding of an item. */
export function encodeRlp(item: RlpItem): Uint8Array {
  if (!isText(item)) return withHead(concatBytes(...item.map(encodeRlp)), 0xc0);
  const [first = 0x80] = item;
  return item.length === 1 && first < 0x80 ? Uint8Array.from(item) : withHead(item, 0x80);
}
