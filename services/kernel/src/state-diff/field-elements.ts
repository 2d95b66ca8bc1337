/**
 * A payload as the field elements of blobs, and back. A blob has 4,096 elements of 32 bytes; an element must
 * be below the order of the BLS12-381 scalar field, so its first byte stays 0 and 31 are usable.
 *
 * The stream over the usable bytes is: the payload's first 31 bytes, its length as u32 (big-endian), the rest of it, zeros to
 * the end of the last blob. So element 0 of blob 0 is the root of the diffs alone.
 * Source: EIP-4844.
 */
import { DIFFS_ROOT_BYTES } from './diffs-tree.ts';

export const ELEMENT_BYTES = 32;
export const ELEMENT_USABLE_BYTES = 31;
export const ELEMENTS_PER_BLOB = 4096;
/** What a blob costs. */
export const BLOB_BYTES = ELEMENT_BYTES * ELEMENTS_PER_BLOB;
/** What of it can be filled when every element is below the modulus. */
export const BLOB_USABLE_BYTES = ELEMENT_USABLE_BYTES * ELEMENTS_PER_BLOB;
/** Unless a caller says otherwise; how many a transaction may have depends on the fork. */
export const BLOBS_MAX = 6;

const LENGTH_BYTES = 4;
const HEAD_BYTES = DIFFS_ROOT_BYTES;
const PAYLOAD_BYTES_MAX = 0xffff_ffff;

/** How many blobs a payload takes, and how much it fills of what they have. */
export type BlobFill = {
  readonly blobs: number;
  /** 131,072 a blob. */
  readonly nominalBytes: number;
  /** 126,976 a blob. */
  readonly usableBytes: number;
  /** Payload and its length. */
  readonly filledBytes: number;
};

/** @throws RangeError for a length that no payload has: 31 … 2^32−1 bytes. */
export function blobFill(payloadBytes: number): BlobFill {
  const isLength = Number.isInteger(payloadBytes) && payloadBytes <= PAYLOAD_BYTES_MAX;
  if (!isLength || payloadBytes < HEAD_BYTES) {
    throw new RangeError(`a payload has ${HEAD_BYTES} … 2^32−1 bytes, not ${payloadBytes}`);
  }
  const filledBytes = payloadBytes + LENGTH_BYTES;
  const blobs = Math.ceil(filledBytes / BLOB_USABLE_BYTES);
  return {
    blobs,
    nominalBytes: blobs * BLOB_BYTES,
    usableBytes: blobs * BLOB_USABLE_BYTES,
    filledBytes,
  };
}

/** The longest payload that `blobs` blobs take, bytes. */
export function payloadBytesMax(blobs: number): number {
  return blobs * BLOB_USABLE_BYTES - LENGTH_BYTES;
}

/** Writes bytes to consecutive usable places of blobs. */
class UsableBytes {
  private readonly blobs: readonly Uint8Array[];
  private place = 0;

  constructor(blobs: readonly Uint8Array[]) {
    this.blobs = blobs;
  }

  /** Calls `visit` for each run that lies in one element: blob, offset in it, bytes of the run. */
  run(length: number, visit: (blob: Uint8Array, offset: number, done: number, n: number) => void) {
    let done = 0;
    while (done < length) {
      const blob = this.blobs[Math.floor(this.place / BLOB_USABLE_BYTES)];
      if (blob === undefined) throw new RangeError('the blobs are full');
      const inBlob = this.place % BLOB_USABLE_BYTES;
      const inElement = inBlob % ELEMENT_USABLE_BYTES;
      const n = Math.min(ELEMENT_USABLE_BYTES - inElement, length - done);
      const element = (inBlob - inElement) / ELEMENT_USABLE_BYTES;
      visit(blob, element * ELEMENT_BYTES + 1 + inElement, done, n);
      done += n;
      this.place += n;
    }
  }

  write(bytes: Uint8Array): void {
    this.run(bytes.length, (blob, offset, done, n) => {
      blob.set(bytes.subarray(done, done + n), offset);
    });
  }

  read(into: Uint8Array): void {
    this.run(into.length, (blob, offset, done, n) => {
      into.set(blob.subarray(offset, offset + n), done);
    });
  }
}

function lengthBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

/**
 * The blobs of a payload, 131,072 bytes each; the same for the same payload.
 * @throws RangeError for a payload of less than 31 bytes, and for one that takes more than `blobsMax` blobs.
 */
export function toBlobs(
  payload: Uint8Array,
  { blobsMax = BLOBS_MAX }: { readonly blobsMax?: number } = {},
): Uint8Array[] {
  const fill = blobFill(payload.length);
  if (fill.blobs > blobsMax) {
    throw new RangeError(`a payload takes at most ${blobsMax} blobs, not ${fill.blobs}`);
  }
  const blobs = Array.from({ length: fill.blobs }, () => new Uint8Array(BLOB_BYTES));
  const places = new UsableBytes(blobs);
  places.write(payload.subarray(0, HEAD_BYTES));
  places.write(lengthBytes(payload.length));
  places.write(payload.subarray(HEAD_BYTES));
  return blobs;
}

/** Why blobs are refused, in the order of precedence. */
export const BLOB_REFUSALS = [
  { reason: 'blob_count', rule: 'as many blobs as the payload needs: 1 or more' },
  { reason: 'blob_size', rule: 'a blob has 131,072 bytes' },
  { reason: 'element_not_canonical', rule: 'the first byte of every element is 0' },
  { reason: 'length_mismatch', rule: 'the payload ends in the last blob and has 31 bytes or more' },
  { reason: 'padding_not_zero', rule: 'after the payload all bytes are 0' },
] as const;

export type BlobRefusal = (typeof BLOB_REFUSALS)[number]['reason'];

export type UnpackedBlobs =
  | { readonly kind: 'unpacked'; readonly payload: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: BlobRefusal; readonly blob?: number };

const refused = (reason: BlobRefusal, blob?: number): UnpackedBlobs =>
  blob === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, blob };

function firstBytesAreZero(blob: Uint8Array): boolean {
  for (let i = 0; i < BLOB_BYTES; i += ELEMENT_BYTES) if (blob[i] !== 0) return false;
  return true;
}

/**
 * The payload of the blobs that `toBlobs` gives for it; of all others a refusal. Never throws. What it allocates is
 * bounded by the bytes of the blobs.
 */
export function fromBlobs(blobs: readonly Uint8Array[]): UnpackedBlobs {
  if (blobs.length === 0) return refused('blob_count');
  const misshapen = blobs.findIndex((blob) => blob.length !== BLOB_BYTES);
  if (misshapen >= 0) return refused('blob_size', misshapen);
  const tooLarge = blobs.findIndex((blob) => !firstBytesAreZero(blob));
  if (tooLarge >= 0) return refused('element_not_canonical', tooLarge);
  const places = new UsableBytes(blobs);
  const head = new Uint8Array(HEAD_BYTES);
  const length = new Uint8Array(LENGTH_BYTES);
  places.read(head);
  places.read(length);
  const payloadBytes = new DataView(length.buffer).getUint32(0);
  if (payloadBytes < HEAD_BYTES) return refused('length_mismatch', 0);
  const fill = blobFill(payloadBytes);
  if (fill.blobs > blobs.length) return refused('length_mismatch', 0);
  if (fill.blobs < blobs.length) return refused('blob_count');
  const payload = new Uint8Array(payloadBytes);
  payload.set(head);
  places.read(payload.subarray(HEAD_BYTES));
  const padding = new Uint8Array(fill.usableBytes - fill.filledBytes);
  places.read(padding);
  if (padding.some((byte) => byte !== 0)) return refused('padding_not_zero', blobs.length - 1);
  return { kind: 'unpacked', payload };
}
