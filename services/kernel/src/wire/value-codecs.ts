import { BASE_FIELD_ORDER } from '../codec/field.ts';
import { TIERS, type Tier } from '../codec/merkle-16.ts';
import { type Amount, formatAmount, parseAmount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import {
  parseFieldHex,
  parseHash,
  parseNonce,
  parsePartyId,
  parseSignature,
  parseStreamId,
} from '../units/id.ts';
import { UNIX_MS_MAX, type UnixMs } from '../units/time.ts';
import { integer, oneOf, pattern, text, viaText } from './codec.ts';

/** Counters (sequence, seq, period index) stay below 2^31. */
export const COUNTER_MAX = 2 ** 31 - 1;
export const BPS_MAX = 10_000;

export const amountValue = viaText<Amount>(
  'an amount: decimal digits without sign or leading zeros, 0 … 2^63−1',
  parseAmount,
  formatAmount,
);
export const timeValue = integer<UnixMs>(0, UNIX_MS_MAX);
export const durationValue = integer(0, UNIX_MS_MAX);
export const counterValue = integer(0, COUNTER_MAX);
export const ordinalValue = integer(1, COUNTER_MAX);
export const bpsValue = integer(0, BPS_MAX);
export const tierValue = oneOf<Tier>(TIERS);
export const hashValue = text('a hash: 64 lower-case hex digits', parseHash);
export const partyValue = text('a key: pk: and 52 z-base-32 characters', parsePartyId);
export const signatureValue = text('a signature: 128 lower-case hex digits', parseSignature);
export const nonceValue = text('a nonce: 32 lower-case hex digits', parseNonce);
export const streamValue = text('a stream id: 32 lower-case hex digits', parseStreamId);
export const fieldValue = text('a field element: 64 lower-case hex digits, below r', parseFieldHex);
export const denominationValue = text('a denomination: CODE/scale', parseDenomination);
export const labelValue = pattern('a label: 1 … 64 of a-z 0-9 -', /^[a-z0-9-]{1,64}$/);
export const originValue = pattern(
  'an origin: 1 … 128 printable ASCII characters without space and plus',
  /^[!-*,-~]{1,128}$/,
);
export const registryValue = pattern('an address: 40 lower-case hex digits', /^[0-9a-f]{40}$/);

/** Text of `min` to `max` UTF-16 code units. */
export function proseValue(min: number, max: number) {
  return text(`text of ${min} … ${max} UTF-16 code units`, (value) =>
    value.length >= min && value.length <= max ? value : undefined,
  );
}

/** A coordinate of a proof point: a decimal integer below the base field's modulus q. */
export const coordinateValue = text('a coordinate: decimal digits, below q', (value) =>
  /^(?:0|[1-9][0-9]{0,76})$/.test(value) && BigInt(value) < BASE_FIELD_ORDER ? value : undefined,
);
