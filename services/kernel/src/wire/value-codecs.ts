import { BASE_FIELD_ORDER } from '../codec/field.ts';
import { TIERS, type Tier } from '../codec/merkle-16.ts';
import {
  type Amount,
  formatAmount,
  formatSignedAmount,
  parseAmount,
  parseSignedAmount,
  type SignedAmount,
} from '../units/amount.ts';
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
import { integer, named, oneOf, pattern, text, viaText } from './codec.ts';

/** Counters (sequence, seq, period index) stay below 2^31. */
export const COUNTER_MAX = 2 ** 31 - 1;
export const BPS_MAX = 10_000;
/** Parts of one delivery. */
export const PARTS_MAX = 16;
/** Hops of a route after the payee of a voucher. */
export const ROUTE_HOPS_MAX = 16;
/** How long an offer or a signal may count, ms. */
export const OFFER_TTL_MAX = 300_000;
/** The longest margin or commit window, ms: a day. */
export const MARGIN_MS_MAX = 86_400_000;

export const amountValue = named(
  'Amount',
  viaText<Amount>(
    'an amount: decimal digits without sign or leading zeros, 0 … 2^63−1',
    parseAmount,
    formatAmount,
    { pattern: '^(?:0|[1-9][0-9]{0,18})$' },
  ),
);
export const signedAmountValue = named(
  'SignedAmount',
  viaText<SignedAmount>(
    'a position: as an amount, with one leading minus below zero, −(2^63−1) … 2^63−1',
    parseSignedAmount,
    formatSignedAmount,
    { pattern: '^(?:0|-?[1-9][0-9]{0,18})$' },
  ),
);
export const timeValue = named('UnixMs', integer<UnixMs>(0, UNIX_MS_MAX));
export const durationValue = integer(0, UNIX_MS_MAX);
export const marginValue = integer(0, MARGIN_MS_MAX);
export const counterValue = integer(0, COUNTER_MAX);
export const ordinalValue = integer(1, COUNTER_MAX);
export const bpsValue = integer(0, BPS_MAX);
export const tierValue = oneOf<Tier>(TIERS);
const hex = (digits: number) => ({ pattern: `^[0-9a-f]{${digits}}$` });

/** 51 characters of 5 bits and one whose last 4 bits are zero. */
const KEY = { pattern: '^pk:[ybndrfg8ejkmcpqxot1uwisza345h769]{51}[yo]$' };

export const hashValue = named(
  'Hash',
  text('a hash: 64 lower-case hex digits', parseHash, hex(64)),
);
export const partyValue = named(
  'PartyId',
  text('a key: pk: and 52 z-base-32 characters', parsePartyId, KEY),
);
export const signatureValue = named(
  'Signature',
  text('a signature: 128 lower-case hex digits', parseSignature, hex(128)),
);
export const nonceValue = named(
  'Nonce',
  text('a nonce: 32 lower-case hex digits', parseNonce, hex(32)),
);
export const streamValue = text('a stream id: 32 lower-case hex digits', parseStreamId, hex(32));
export const fieldValue = named(
  'FieldElement',
  text('a field element: 64 lower-case hex digits, below r', parseFieldHex, hex(64)),
);
export const denominationValue = named(
  'Denomination',
  text('a denomination: CODE/scale', parseDenomination, {
    pattern: '^[A-Z][A-Z0-9]{1,11}/[0-9]$',
  }),
);
export const labelValue = pattern('a label: 1 … 64 of a-z 0-9 -', /^[a-z0-9-]{1,64}$/);
export const reasonValue = pattern('a reason: 1 … 64 of a-z 0-9 _', /^[a-z0-9_]{1,64}$/);
export const categoryValue = integer(0, 7);
export const originValue = pattern(
  'an origin: 1 … 128 printable ASCII characters without space and plus',
  /^[!-*,-~]{1,128}$/,
);
export const registryValue = pattern('an address: 40 lower-case hex digits', /^[0-9a-f]{40}$/);

/** Text of `min` to `max` UTF-16 code units. */
export function proseValue(min: number, max: number) {
  return text(
    `text of ${min} … ${max} UTF-16 code units`,
    (value) => (value.length >= min && value.length <= max ? value : undefined),
    // A schema counts code points, of which there are no more than code units.
    { minLength: min === 0 ? 0 : 1, maxLength: max },
  );
}

/** A coordinate of a proof point: a decimal integer below the base field's modulus q. */
const COORDINATE = /^(?:0|[1-9][0-9]{0,76})$/;
export const coordinateValue = text(
  'a coordinate: decimal digits, below q',
  (value) => (COORDINATE.test(value) && BigInt(value) < BASE_FIELD_ORDER ? value : undefined),
  { pattern: COORDINATE.source },
);
