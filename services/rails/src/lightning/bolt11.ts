/**
 * Invoices, read strictly and within bounds. Pure: the offline auditor reads them too.
 *
 * Nothing in an invoice is interpreted before the signature over it is checked. Stricter than the
 * specification: a field that may stand once may not stand twice, padding is zero, and an `n` field must be
 * the key that the signature recovers to.
 *
 * Source: BOLT 11; BOLT 9 for features.
 */

import { concatBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { BECH32_REFUSALS, bytesOfWords, decodeBech32 } from './bech32.ts';
import {
  type Bolt11Fields,
  FIELD_REFUSALS,
  interpretFields,
  nodeOfFields,
  readTaggedFields,
  type TaggedField,
} from './bolt11-fields.ts';

/** What fits a QR code, and what LDK reads too. */
export const BOLT11_SIZE_CHARS_MAX = 7_089;

/** 21 million bitcoin. */
export const AMOUNT_MSAT_MAX = 2_100_000_000_000_000_000n;

/** The chain of an invoice, by its prefix. */
export const LIGHTNING_NETWORKS = {
  bc: 'bitcoin',
  tb: 'testnet',
  tbs: 'signet',
  bcrt: 'regtest',
} as const;

export type LightningNetwork = (typeof LIGHTNING_NETWORKS)[keyof typeof LIGHTNING_NETWORKS];

export type Bolt11Invoice = Bolt11Fields & {
  readonly network: LightningNetwork;
  /** 1 … 21 million bitcoin; null where the payer chooses. */
  readonly amountMsat: bigint | null;
  /** Seconds since the epoch, 0 … 2^35−1: the payee's own word. */
  readonly timestamp: number;
  /** The node that signed, 33 bytes in hex. */
  readonly payee: string;
};

/** Why a text is no invoice, in order of precedence. */
export const BOLT11_REFUSALS = [
  'too_long',
  ...BECH32_REFUSALS,
  'prefix_unknown',
  'amount_malformed',
  'multiplier_unknown',
  'amount_below_msat',
  'amount_out_of_range',
  'data_too_short',
  'field_cut_short',
  'signature_not_recoverable',
  'signature_not_low_s',
  'payee_mismatch',
  ...FIELD_REFUSALS,
] as const;

export type Bolt11Refusal = (typeof BOLT11_REFUSALS)[number];

export type Bolt11Decoded =
  | { readonly kind: 'decoded'; readonly invoice: Bolt11Invoice }
  | {
      readonly kind: 'refused';
      readonly reason: Bolt11Refusal;
      /** The tagged field it is about, where it is about one. */
      readonly field?: string;
    };

const TIMESTAMP_WORDS = 7;
const SIGNATURE_WORDS = 104;

/** Millisatoshis in one unit of a multiplier; of `p`, a tenth. */
const MSAT_OF: Readonly<Record<string, bigint>> = {
  '': 100_000_000_000n,
  m: 100_000_000n,
  u: 100_000n,
  n: 100n,
};

type Head = { readonly network: LightningNetwork; readonly amountMsat: bigint | null };

function readPrefix(prefix: string): Head | Bolt11Refusal {
  const [, chain = '', rest = ''] = /^ln([a-z]+)(.*)$/.exec(prefix) ?? [];
  if (!Object.hasOwn(LIGHTNING_NETWORKS, chain)) return 'prefix_unknown';
  const network = LIGHTNING_NETWORKS[chain as keyof typeof LIGHTNING_NETWORKS];
  if (rest === '') return { network, amountMsat: null };
  const [, digits = '', multiplier = ''] = /^([1-9][0-9]*)(.*)$/.exec(rest) ?? [];
  if (digits === '') return 'amount_malformed';
  const count = BigInt(digits);
  const unit = MSAT_OF[multiplier];
  if (unit === undefined && multiplier !== 'p') return 'multiplier_unknown';
  if (unit === undefined && count % 10n !== 0n) return 'amount_below_msat';
  const amountMsat = unit === undefined ? count / 10n : count * unit;
  return amountMsat > AMOUNT_MSAT_MAX ? 'amount_out_of_range' : { network, amountMsat };
}

/** The key that made the recoverable signature, and whether it is the lower of its two forms. */
function recover(
  message: Uint8Array,
  words: readonly number[],
): { readonly payee: string; readonly isLowS: boolean } | undefined {
  const signature = bytesOfWords(words);
  try {
    const parsed = secp256k1.Signature.fromBytes(
      concatBytes(signature.subarray(64), signature.subarray(0, 64)),
      'recovered',
    );
    const payee = parsed.recoverPublicKey(sha256(message)).toHex(true);
    return { payee, isLowS: !parsed.hasHighS() };
  } catch {
    // Numbers out of range, a point that is on no curve: there is no key behind it.
    return undefined;
  }
}

function checkSignature(
  message: Uint8Array,
  signature: readonly number[],
  fields: readonly TaggedField[],
): { readonly payee: string } | Bolt11Refusal {
  const recovered = recover(message, signature);
  if (recovered === undefined) return 'signature_not_recoverable';
  const named = nodeOfFields(fields);
  if (named === undefined) return recovered;
  // Without `n` both forms are allowed, for each recovers to a key of its own.
  if (!recovered.isLowS) return 'signature_not_low_s';
  return named === recovered.payee ? recovered : 'payee_mismatch';
}

function numberOfWords(words: readonly number[]): number {
  return words.reduce((sum, word) => sum * 32 + word, 0);
}

/**
 * Reads an invoice, in lower or upper case, of at most `BOLT11_SIZE_CHARS_MAX` characters. It may have
 * expired, and its hashes are what they are: that is the caller's to judge.
 *
 * Refusals, in order: `BOLT11_REFUSALS`.
 */
export function decodeBolt11(text: string): Bolt11Decoded {
  const refused = (reason: Bolt11Refusal): Bolt11Decoded => ({ kind: 'refused', reason });
  if (text.length > BOLT11_SIZE_CHARS_MAX) return refused('too_long');
  const bech32 = decodeBech32(text);
  if (bech32.kind === 'refused') return bech32;
  const { prefix, words } = bech32;
  const head = readPrefix(prefix);
  if (typeof head === 'string') return refused(head);
  if (words.length < TIMESTAMP_WORDS + SIGNATURE_WORDS) return refused('data_too_short');
  const signed = words.slice(0, -SIGNATURE_WORDS);
  const fields = readTaggedFields(signed.slice(TIMESTAMP_WORDS));
  if (fields === undefined) return refused('field_cut_short');
  const message = concatBytes(utf8(prefix), bytesOfWords(signed));
  const by = checkSignature(message, words.slice(-SIGNATURE_WORDS), fields);
  if (typeof by === 'string') return refused(by);
  const read = interpretFields(fields);
  if (read.kind === 'refused') return read;
  const timestamp = numberOfWords(signed.slice(0, TIMESTAMP_WORDS));
  return { kind: 'decoded', invoice: { ...head, ...read.fields, timestamp, payee: by.payee } };
}
