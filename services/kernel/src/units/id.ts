import { bytesToHex, hexToBytes } from '../codec/bytes.ts';
import { decodeZBase32Key, encodeZBase32Key, isZBase32Key } from '../codec/z-base-32.ts';

declare const hashBrand: unique symbol;
declare const partyIdBrand: unique symbol;
declare const signatureBrand: unique symbol;
declare const nonceBrand: unique symbol;
declare const fieldHexBrand: unique symbol;
declare const streamIdBrand: unique symbol;

/** A SHA-256 value: 64 lower-case hex digits. */
export type Hash = string & { readonly [hashBrand]: true };

/** An Ed25519 public key (identity, delegated key or note key): `pk:` + 52 z-base-32 characters. */
export type PartyId = string & { readonly [partyIdBrand]: true };

/** An Ed25519 signature R ‖ S: 128 lower-case hex digits. */
export type Signature = string & { readonly [signatureBrand]: true };

/** 128 random bits: 32 lower-case hex digits. */
export type Nonce = string & { readonly [nonceBrand]: true };

/** An element of the BN254 scalar field, big-endian: 64 lower-case hex digits, value below r. */
export type FieldHex = string & { readonly [fieldHexBrand]: true };

/** The random 128-bit id of an event stream: 32 lower-case hex digits. */
export type StreamId = string & { readonly [streamIdBrand]: true };

/** The order r of BN254's scalar field as hex, for comparison as text of equal length. */
const FIELD_ORDER_HEX = '30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001';

const HEX_32 = /^[0-9a-f]{32}$/;
const HEX_64 = /^[0-9a-f]{64}$/;
const HEX_128 = /^[0-9a-f]{128}$/;

export const ZERO_HASH = '0'.repeat(64) as Hash;
export const ZERO_FIELD = '0'.repeat(64) as FieldHex;

/** Reads a hash from 64 lower-case hex digits, or gives `undefined`. */
export function parseHash(text: string): Hash | undefined {
  return HEX_64.test(text) ? (text as Hash) : undefined;
}

/** The text form of a 32-byte hash. @throws RangeError for another length. */
export function hashFromBytes(bytes: Uint8Array): Hash {
  if (bytes.length !== 32) throw new RangeError(`a hash has 32 bytes, not ${bytes.length}`);
  return bytesToHex(bytes) as Hash;
}

/** The 32 bytes of a hash. */
export function hashToBytes(hash: Hash): Uint8Array {
  return hexToBytes(hash);
}

/** Reads a public key: the alphabet, the length and the four zero bits at the end are checked. */
export function parsePartyId(text: string): PartyId | undefined {
  return text.length === 55 && text.startsWith('pk:') && isZBase32Key(text, 3)
    ? (text as PartyId)
    : undefined;
}

/** The text form of a raw public key. @throws RangeError unless it has 32 bytes. */
export function partyIdFromKey(publicKey: Uint8Array): PartyId {
  return `pk:${encodeZBase32Key(publicKey)}` as PartyId;
}

/** The 32 raw bytes of a public key. */
export function keyOfPartyId(party: PartyId): Uint8Array {
  return decodeZBase32Key(party, 3);
}

/** Reads a signature from 128 lower-case hex digits; its numbers are `strictSignatureShape`'s. */
export function parseSignature(text: string): Signature | undefined {
  return HEX_128.test(text) ? (text as Signature) : undefined;
}

/** The text form of a 64-byte signature. @throws RangeError for another length. */
export function signatureFromBytes(bytes: Uint8Array): Signature {
  if (bytes.length !== 64) throw new RangeError(`a signature has 64 bytes, not ${bytes.length}`);
  return bytesToHex(bytes) as Signature;
}

/** Reads a nonce from 32 lower-case hex digits, or gives `undefined`. */
export function parseNonce(text: string): Nonce | undefined {
  return HEX_32.test(text) ? (text as Nonce) : undefined;
}

/** The text form of 16 random bytes. @throws RangeError for another length. */
export function nonceFromBytes(bytes: Uint8Array): Nonce {
  if (bytes.length !== 16) throw new RangeError(`a nonce has 16 bytes, not ${bytes.length}`);
  return bytesToHex(bytes) as Nonce;
}

/** A nonce as the integer that circuits take, below 2^128. */
export function nonceToInteger(nonce: Nonce): bigint {
  return BigInt(`0x${nonce}`);
}

/** Reads a field element: 64 lower-case hex digits with a value below r. */
export function parseFieldHex(text: string): FieldHex | undefined {
  return HEX_64.test(text) && text < FIELD_ORDER_HEX ? (text as FieldHex) : undefined;
}

/** Reads a stream id from 32 lower-case hex digits, or gives `undefined`. */
export function parseStreamId(text: string): StreamId | undefined {
  return HEX_32.test(text) ? (text as StreamId) : undefined;
}
