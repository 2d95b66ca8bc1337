import { sha256 } from '@noble/hashes/sha2.js';
import type { Hash } from '../units/id.ts';
import { bytesToHex, concatBytes, utf8 } from './bytes.ts';

const prefixes = new Map<string, Uint8Array>();
const PREFIXES_MAX = 256;

function prefixOf(tag: string): Uint8Array {
  const known = prefixes.get(tag);
  if (known !== undefined) return known;
  const prefix = utf8(`atomicity/${tag}/v1\0`);
  // The set of tags is small and fixed; the bound only keeps a hostile caller from growing it.
  if (prefixes.size < PREFIXES_MAX) prefixes.set(tag, prefix);
  return prefix;
}

/**
 * SHA-256(utf8(`atomicity/<tag>/v1`) ‖ 0x00 ‖ parts…): 32 bytes. Parts are concatenated without
 * lengths, so all but the last must have a fixed size for their tag.
 */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(prefixOf(tag), ...parts));
}

/** `taggedTextHash` or an implementation that gives the same: SHA-256 of a platform, say. */
export type TextHash = (tag: string, text: string) => Hash;

/** `taggedHash` over the UTF-8 bytes of one text, as a hash id. */
export function taggedTextHash(tag: string, text: string): Hash {
  return bytesToHex(sha256(utf8(`atomicity/${tag}/v1\0${text}`))) as Hash;
}
