/**
 * What the rail prepares: a signed transaction without its blobs, which stay in the archive, and all that was
 * signed with its nonce before. Canonical JSON of at most 65,536 bytes.
 */
import { textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import { keccak256 } from 'viem';
import type { Hex } from './context.ts';
import type { AnchorForm, FeeOffer } from './fee-bounds.ts';

export type PreparedAnchor = {
  readonly chainId: number;
  /** Address of the AnchorRegistry, lower case. */
  readonly registry: Hex;
  /** The account that signed, lower case. */
  readonly publisher: Hex;
  readonly batch: Hash;
  readonly form: AnchorForm;
  readonly nonce: number;
  readonly gas: bigint;
  readonly offer: FeeOffer;
  /** In order; none for calldata. */
  readonly versionedHashes: readonly Hex[];
  /** The signed transaction in its canonical form (EIP-2718), without blobs. */
  readonly raw: Hex;
  readonly hash: Hex;
  /** Hashes of what this replaces, oldest first: any of them may still take effect, and then no other. */
  readonly previous: readonly Hex[];
  /** Newest block when it was signed. */
  readonly signedAt: number;
};

/** As every rail's: what the settler's events hold. */
export const PREPARED_BYTES_MAX = 65_536;

/** Replacements of one transaction; each at least a tenth dearer, so that the caps come first. */
export const PREVIOUS_MAX = 64;

const MEMBERS =
  'batch,chainId,form,gas,hash,nonce,offer,previous,publisher,rail,raw,registry,signedAt,v,versionedHashes';
const OFFER_MEMBERS = 'maxFeePerBlobGas,maxFeePerGas,maxPriorityFeePerGas';
const DECIMAL = /^(?:0|[1-9][0-9]{0,38})$/;

function hexMember(value: JsonValue | undefined, digits?: number): Hex | undefined {
  const size = digits === undefined ? '(?:[0-9a-f]{2})+' : `[0-9a-f]{${digits}}`;
  const isHex = typeof value === 'string' && new RegExp(`^0x${size}$`).test(value);
  return isHex ? `0x${value.slice(2)}` : undefined;
}

function hexList(value: JsonValue | undefined, most: number): readonly Hex[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined;
  const read = value.map((each: JsonValue) => hexMember(each, 64));
  return read.every((each) => each !== undefined) ? read : undefined;
}

function bigintMember(value: JsonValue | undefined): bigint | undefined {
  return typeof value === 'string' && DECIMAL.test(value) ? BigInt(value) : undefined;
}

function countMember(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

/** Fees as JSON holds them. */
export function writeOffer(offer: FeeOffer): JsonObject {
  return {
    maxFeePerGas: `${offer.maxFeePerGas}`,
    maxPriorityFeePerGas: `${offer.maxPriorityFeePerGas}`,
    maxFeePerBlobGas: `${offer.maxFeePerBlobGas}`,
  };
}

export function readOffer(value: JsonValue | undefined): FeeOffer | undefined {
  if (!isJsonObject(value) || Object.keys(value).join() !== OFFER_MEMBERS) return undefined;
  const maxFeePerGas = bigintMember(value['maxFeePerGas']);
  const maxPriorityFeePerGas = bigintMember(value['maxPriorityFeePerGas']);
  const maxFeePerBlobGas = bigintMember(value['maxFeePerBlobGas']);
  if (maxFeePerGas === undefined || maxPriorityFeePerGas === undefined) return undefined;
  if (maxFeePerBlobGas === undefined) return undefined;
  return { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas };
}

/** All members are there and of their kinds, or undefined. */
function complete<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }) {
  return Object.values(members).every((member) => member !== undefined)
    ? (members as T)
    : undefined;
}

/** Reads what `encodePrepared` wrote; undefined for any other bytes. The hash is that of the transaction. */
export function decodePrepared(bytes: Uint8Array): PreparedAnchor | undefined {
  const text = bytes.length > PREPARED_BYTES_MAX ? undefined : textFromUtf8(bytes);
  const parsed = text === undefined ? undefined : parseCanonicalJson(text);
  if (parsed === undefined || !parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const { value } = parsed;
  if (Object.keys(value).join() !== MEMBERS) return undefined;
  if (value['v'] !== 1 || value['rail'] !== 'ethereum') return undefined;
  const { form, batch } = value;
  const read = complete<PreparedAnchor>({
    chainId: countMember(value['chainId']),
    registry: hexMember(value['registry'], 40),
    publisher: hexMember(value['publisher'], 40),
    batch: typeof batch === 'string' ? parseHash(batch) : undefined,
    form: form === 'blob' || form === 'calldata' ? form : undefined,
    nonce: countMember(value['nonce']),
    gas: bigintMember(value['gas']),
    offer: readOffer(value['offer']),
    versionedHashes: hexList(value['versionedHashes'], PREVIOUS_MAX),
    raw: hexMember(value['raw']),
    hash: hexMember(value['hash'], 64),
    previous: hexList(value['previous'], PREVIOUS_MAX),
    signedAt: countMember(value['signedAt']),
  });
  return read !== undefined && keccak256(read.raw) === read.hash ? read : undefined;
}

/** @throws RangeError for more than 65,536 bytes: the payload is too large to go with the call. */
export function encodePrepared({ gas, offer, ...rest }: PreparedAnchor): Uint8Array {
  const text = canonicalJson({
    v: 1,
    rail: 'ethereum',
    ...rest,
    gas: `${gas}`,
    offer: writeOffer(offer),
  });
  if (text.length > PREPARED_BYTES_MAX) {
    throw new RangeError(`prepared: at most ${PREPARED_BYTES_MAX} bytes, not ${text.length}`);
  }
  return utf8(text);
}
