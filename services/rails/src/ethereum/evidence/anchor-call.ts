/** Calls of the AnchorRegistry as bytes, and the event that each leaves. */
import { concatBytes, integerFromBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { LogEntry } from './receipt.ts';

/** Where the payload of a batch was published: in blobs, in the call itself, or not on the chain. */
export type Availability = 'blob' | 'calldata' | 'external';

export type AnchorCall = {
  readonly availability: Availability;
  readonly batch: Uint8Array;
  readonly root: Uint8Array;
  readonly from: number;
  readonly size: number;
  readonly payloadHash: Uint8Array;
  /** The payload that came with the call; null unless `calldata`. */
  readonly payload: Uint8Array | null;
};

const WORD_SIZE_BYTES = 32;

const ARGUMENTS = 'bytes32,bytes32,uint64,uint64,bytes32';

const SELECTORS: readonly (readonly [Availability, Uint8Array])[] = (
  [
    ['blob', `anchor(${ARGUMENTS})`],
    ['calldata', `anchorWithData(${ARGUMENTS},bytes)`],
    ['external', `anchorExternal(${ARGUMENTS})`],
  ] as const
).map(([availability, signature]) => [availability, keccak_256(utf8(signature)).slice(0, 4)]);

/** Topic of the registry's event. */
const ANCHORED = keccak_256(
  utf8('Anchored(address,bytes32,bytes32,uint64,uint64,bytes32,bytes32[])'),
);

function availabilityOf(data: Uint8Array): Availability | undefined {
  const found = SELECTORS.find(([, selector]) => selector.every((byte, i) => byte === data[i]));
  return found?.[0];
}

function word(data: Uint8Array, place: number): Uint8Array {
  const start = 4 + place * WORD_SIZE_BYTES;
  return data.slice(start, start + WORD_SIZE_BYTES);
}

function wordOf(value: number | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(WORD_SIZE_BYTES);
  if (value instanceof Uint8Array) bytes.set(value, WORD_SIZE_BYTES - value.length);
  else new DataView(bytes.buffer).setBigUint64(24, BigInt(value));
  return bytes;
}

function countWord(bytes: Uint8Array): number | undefined {
  const value = integerFromBytes(bytes);
  return value > Number.MAX_SAFE_INTEGER ? undefined : Number(value);
}

/** The payload after the five words: offset, length, bytes, zeros; in the one form that compilers write. */
function readPayload(data: Uint8Array): Uint8Array | undefined {
  if (countWord(word(data, 5)) !== 6 * WORD_SIZE_BYTES) return undefined;
  const size = countWord(word(data, 6));
  const start = 4 + 7 * WORD_SIZE_BYTES;
  if (size === undefined || size > data.length) return undefined;
  const padded = Math.ceil(size / WORD_SIZE_BYTES) * WORD_SIZE_BYTES;
  if (data.length !== start + padded) return undefined;
  return data.subarray(start + size).every((byte) => byte === 0)
    ? data.slice(start, start + size)
    : undefined;
}

/** Reads a call of the registry; undefined for another function or another form of the arguments. */
export function readAnchorCall(data: Uint8Array): AnchorCall | undefined {
  const availability = availabilityOf(data);
  if (availability === undefined || data.length < 4 + 5 * WORD_SIZE_BYTES) return undefined;
  const from = countWord(word(data, 2));
  const size = countWord(word(data, 3));
  if (from === undefined || size === undefined || from >= size) return undefined;
  const said = {
    availability,
    batch: word(data, 0),
    root: word(data, 1),
    from,
    size,
    payloadHash: word(data, 4),
  };
  if (availability !== 'calldata') {
    return data.length === 4 + 5 * WORD_SIZE_BYTES ? { ...said, payload: null } : undefined;
  }
  const payload = readPayload(data);
  return payload === undefined ? undefined : { ...said, payload };
}

/** The call as bytes: what `readAnchorCall` reads. */
export function encodeAnchorCall(call: AnchorCall): Uint8Array {
  const { availability, batch, root, from, size, payloadHash, payload } = call;
  const [, selector = new Uint8Array()] = SELECTORS.find(([each]) => each === availability) ?? [];
  const head = [selector, ...[batch, root, from, size, payloadHash].map(wordOf)];
  if (payload === null) return concatBytes(...head);
  const padding = new Uint8Array(
    (WORD_SIZE_BYTES - (payload.length % WORD_SIZE_BYTES)) % WORD_SIZE_BYTES,
  );
  const tail = [wordOf(6 * WORD_SIZE_BYTES), wordOf(payload.length), payload, padding];
  return concatBytes(...head, ...tail);
}

/** The one log that the registry leaves for a call by `publisher`. */
export function anchoredLog(
  registry: Uint8Array,
  publisher: Uint8Array,
  call: AnchorCall,
  versionedHashes: readonly Uint8Array[],
): LogEntry {
  const { batch, root, from, size, payloadHash } = call;
  const head = [root, from, size, payloadHash, 5 * WORD_SIZE_BYTES, versionedHashes.length];
  return {
    address: registry,
    topics: [ANCHORED, wordOf(publisher), batch],
    data: concatBytes(...[...head, ...versionedHashes].map(wordOf)),
  };
}
