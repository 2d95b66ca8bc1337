import {
  concatBytes as nobleConcat,
  hexToBytes as nobleFromHex,
  bytesToHex as nobleToHex,
} from '@noble/hashes/utils.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lower-case hex, two digits a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  return nobleToHex(bytes);
}

/** The bytes of a hex text of even length. @throws Error on any other text. */
export function hexToBytes(hex: string): Uint8Array {
  return nobleFromHex(hex);
}

/** The bytes of well-formed text; a lone surrogate would become U+FFFD, so callers refuse it first. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes, or `undefined` where they are not UTF-8. A byte order mark stays. */
export function textFromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** All parts in one array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleConcat(...parts);
}

/** The big-endian integer of some bytes; 0 for none. */
export function integerFromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${nobleToHex(bytes)}`);
}

/** The little-endian integer of some bytes; 0 for none. */
export function integerFromBytesLittleEndian(bytes: Uint8Array): bigint {
  return integerFromBytes(Uint8Array.from(bytes).reverse());
}

/** True if both arrays hold the same bytes. Not constant-time: for public values only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
