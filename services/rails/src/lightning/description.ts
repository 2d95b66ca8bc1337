/**
 * What a batch's invoice is for. The invoice commits to this text by its hash, so that whoever pays it
 * settles exactly this batch, and whoever holds invoice and preimage can show which root was paid for. Pure.
 *
 * Source: BOLT 11, field `h`; RFC 8785 for the text.
 */

import type { Batch } from '@atomicity/kernel/anchor/events';
import { utf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  type JsonRefusal,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { Failure, integer, object, oneOf, viaText } from '@atomicity/kernel/wire/codec';
import type { WireRefusalReason } from '@atomicity/kernel/wire/refusals';
import {
  denominationValue,
  hashValue,
  originValue,
  partyValue,
} from '@atomicity/kernel/wire/value-codecs';
import { sha256 } from '@noble/hashes/sha2.js';
import { AMOUNT_MSAT_MAX } from './bolt11.ts';

export type LightningDescription = {
  readonly v: 1;
  readonly batch: Hash;
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly edge: Hash;
  readonly creditor: PartyId;
  readonly denomination: Denomination;
  /** 1 … 21 million bitcoin. */
  readonly amountMsat: bigint;
};

/** Longer than any description that its fields allow. */
export const DESCRIPTION_SIZE_BYTES_MAX = 1_024;

const MSAT = /^[1-9][0-9]{0,18}$/;

const msatValue = viaText<bigint>(
  'millisatoshis: decimal digits, 1 … 21 million bitcoin',
  (text) => (MSAT.test(text) && BigInt(text) <= AMOUNT_MSAT_MAX ? BigInt(text) : undefined),
  String,
);

const codec = object<LightningDescription>({
  v: oneOf<1>([1]),
  batch: hashValue,
  origin: originValue,
  size: integer(1, Number.MAX_SAFE_INTEGER),
  root: hashValue,
  edge: hashValue,
  creditor: partyValue,
  denomination: denominationValue,
  amountMsat: msatValue,
});

export type DescriptionRefusal = JsonRefusal | WireRefusalReason;

export type DescriptionDecoded =
  | { readonly kind: 'decoded'; readonly description: LightningDescription }
  | {
      readonly kind: 'refused';
      readonly reason: DescriptionRefusal;
      /** Pointer to the field, empty for the whole. Source: RFC 6901. */
      readonly field: string;
      readonly rule: string | undefined;
    };

/** Reads a description, which must be in its one canonical form. */
export function decodeDescription(text: string): DescriptionDecoded {
  const parsed = parseCanonicalJson(text, DESCRIPTION_SIZE_BYTES_MAX);
  if (!parsed.ok) return { kind: 'refused', reason: parsed.reason, field: '', rule: undefined };
  const read = codec.read(parsed.value);
  if (!(read instanceof Failure)) return { kind: 'decoded', description: read };
  return { kind: 'refused', reason: read.reason, field: read.path, rule: read.rule };
}

/** The text of a description. @throws RangeError for one outside its documented limits. */
export function encodeDescription(description: LightningDescription): string {
  const text = canonicalJson(codec.write(description));
  const read = decodeDescription(text);
  if (read.kind === 'decoded') return text;
  throw new RangeError(`description${read.field}: ${read.rule ?? read.reason}`);
}

/** 32 bytes: what the invoice's field `h` must hold. */
export function descriptionHash(text: string): Uint8Array {
  return sha256(utf8(text));
}

/** What the invoice of a batch must say, or undefined for a batch that pays nothing. */
export function descriptionOf(batch: Batch, amountMsat: bigint): LightningDescription | undefined {
  const { settles, subject } = batch;
  if (settles === null) return undefined;
  return {
    v: 1,
    batch: batch.batch,
    origin: subject.origin,
    size: subject.size,
    root: subject.root,
    edge: settles.edge,
    creditor: settles.creditor,
    denomination: settles.denomination,
    amountMsat,
  };
}
