/** The tagged fields of an invoice. Pure. Source: BOLT 11, "Tagged Fields" and "Feature Bits". */

import { bytesToHex, integerFromBytes, textFromUtf8 } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { exactBytesOfWords } from './bech32.ts';

export type TaggedField = { readonly type: number; readonly words: readonly number[] };

/** One channel of a private route, in the direction of the payee. */
export type RouteHop = {
  readonly node: string;
  readonly shortChannelId: bigint;
  readonly feeBaseMsat: number;
  readonly feeProportionalMillionths: number;
  readonly cltvExpiryDelta: number;
};

export type Fallback = {
  /** A witness version, 0 or 1, or 17 for a key's hash and 18 for a script's. */
  readonly version: number;
  readonly program: string;
};

/** What the fields say; byte strings in hex. */
export type Bolt11Fields = {
  readonly paymentHash: string;
  readonly paymentSecret: string;
  readonly description:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'hash'; readonly hash: string };
  /** Seconds after the timestamp, 0 … 2^50−1; 3,600 unless said. */
  readonly expirySeconds: number;
  /** Blocks that the last hop needs, 0 … 2^50−1; 18 unless said. */
  readonly minFinalCltvExpiry: number;
  /** The bits that are set, ascending. */
  readonly features: readonly number[];
  readonly metadata: string | null;
  readonly fallbacks: readonly Fallback[];
  readonly routes: readonly (readonly RouteHop[])[];
};

/** Why fields are refused, in order of precedence. */
export const FIELD_REFUSALS = [
  'field_repeated',
  'field_missing',
  'description_ambiguous',
  'padding_not_zero',
  'description_not_utf8',
  'number_not_minimal',
  'number_out_of_range',
  'unknown_even_feature',
  'fallback_malformed',
  'route_malformed',
] as const;

export type FieldRefusal = (typeof FIELD_REFUSALS)[number];

export type FieldsRead =
  | { readonly kind: 'read'; readonly fields: Bolt11Fields }
  | { readonly kind: 'refused'; readonly reason: FieldRefusal; readonly field: string };

/** Fields that are known here; a length is the only one that makes it known. */
const TYPES = {
  p: { type: 1, words: 52 },
  s: { type: 16, words: 52 },
  d: { type: 13 },
  h: { type: 23, words: 52 },
  n: { type: 19, words: 53 },
  x: { type: 6 },
  c: { type: 24 },
  9: { type: 5 },
  m: { type: 27 },
  f: { type: 9 },
  r: { type: 3 },
} as const satisfies Readonly<Record<string, { type: number; words?: number }>>;

type FieldName = keyof typeof TYPES;

const ONCE: readonly FieldName[] = ['p', 's', 'd', 'h', 'n', 'x', 'c', 9, 'm'];
const EXPIRY_SECONDS = 3_600;
const MIN_FINAL_CLTV_EXPIRY = 18;
/** 50 bits, which a number holds exactly. */
const NUMBER_WORDS_MAX = 10;
/** Features whose even bit asks for nothing that a payer's node does not do. Source: BOLT 9, context `9`. */
const FEATURES = new Set([8, 14, 16, 24, 36, 48]);
const HOP_SIZE_BYTES = 51;
const PROGRAM_SIZES_BYTES: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [20, 32]],
  [1, [32]],
  [17, [20]],
  [18, [20]],
]);

class Refused extends Error {
  readonly reason: FieldRefusal;
  readonly field: string;
  constructor(reason: FieldRefusal, field: FieldName) {
    super(`${reason}: ${field}`);
    this.reason = reason;
    this.field = String(field);
  }
}

/** Splits words into fields; undefined where the last is cut short. */
export function readTaggedFields(words: readonly number[]): readonly TaggedField[] | undefined {
  const fields: TaggedField[] = [];
  for (let at = 0; at < words.length; ) {
    const [type, high, low] = [words[at], words[at + 1], words[at + 2]];
    if (type === undefined || high === undefined || low === undefined) return undefined;
    const from = at + 3;
    at = from + high * 32 + low;
    if (at > words.length) return undefined;
    fields.push({ type, words: words.slice(from, at) });
  }
  return fields;
}

/**
 * All fields of a name. One of another length than the specification fixes is none: the requirements of 2025
 * tell readers to refuse it, the specification's own example of a valid invoice to pass over it.
 */
function named(fields: readonly TaggedField[], name: FieldName): (readonly number[])[] {
  const known: { readonly type: number; readonly words?: number } = TYPES[name];
  return fields
    .filter(({ type }) => type === known.type)
    .map(({ words }) => words)
    .filter(({ length }) => known.words === undefined || known.words === length);
}

function bytesIn(words: readonly number[], name: FieldName): Uint8Array {
  const bytes = exactBytesOfWords(words);
  if (bytes === undefined) throw new Refused('padding_not_zero', name);
  return bytes;
}

function onlyHex(fields: readonly TaggedField[], name: FieldName): string | undefined {
  const words = named(fields, name)[0];
  return words === undefined ? undefined : bytesToHex(bytesIn(words, name));
}

/** The node that the `n` field names; undefined without one that can be read. */
export function nodeOfFields(fields: readonly TaggedField[]): string | undefined {
  const words = named(fields, 'n')[0];
  if (words === undefined) return undefined;
  const bytes = exactBytesOfWords(words);
  // What names no key at all is no key that a signature could recover to.
  return bytes === undefined ? '' : bytesToHex(bytes);
}

function onlyNumber(fields: readonly TaggedField[], name: FieldName, otherwise: number): number {
  const words = named(fields, name)[0];
  if (words === undefined) return otherwise;
  if (words[0] === 0) throw new Refused('number_not_minimal', name);
  if (words.length > NUMBER_WORDS_MAX) throw new Refused('number_out_of_range', name);
  return words.reduce((sum, word) => sum * 32 + word, 0);
}

function featuresOf(fields: readonly TaggedField[]): readonly number[] {
  const words = named(fields, 9)[0] ?? [];
  if (words[0] === 0) throw new Refused('number_not_minimal', 9);
  const bits: number[] = [];
  words.toReversed().forEach((word, i) => {
    for (let bit = 0; bit < 5; bit++) if ((word >>> bit) & 1) bits.push(i * 5 + bit);
  });
  if (bits.some((bit) => bit % 2 === 0 && !FEATURES.has(bit))) {
    throw new Refused('unknown_even_feature', 9);
  }
  return bits;
}

function descriptionOf(fields: readonly TaggedField[]): Bolt11Fields['description'] {
  const hash = onlyHex(fields, 'h');
  if (hash !== undefined) return { kind: 'hash', hash };
  const text = textFromUtf8(bytesIn(named(fields, 'd')[0] ?? [], 'd'));
  if (text === undefined) throw new Refused('description_not_utf8', 'd');
  return { kind: 'text', text };
}

function fallbacksOf(fields: readonly TaggedField[]): readonly Fallback[] {
  return named(fields, 'f').flatMap((words) => {
    const [version] = words;
    if (version === undefined) throw new Refused('fallback_malformed', 'f');
    const sizes = PROGRAM_SIZES_BYTES.get(version);
    if (sizes === undefined) return [];
    const program = exactBytesOfWords(words.slice(1));
    if (program === undefined || !sizes.includes(program.length)) {
      throw new Refused('fallback_malformed', 'f');
    }
    return [{ version, program: bytesToHex(program) }];
  });
}

function hopOf(bytes: Uint8Array): RouteHop {
  const number = (from: number, to: number) => Number(integerFromBytes(bytes.subarray(from, to)));
  const node = bytes.subarray(0, 33);
  if (!secp256k1.utils.isValidPublicKey(node, true)) throw new Refused('route_malformed', 'r');
  return {
    node: bytesToHex(node),
    shortChannelId: integerFromBytes(bytes.subarray(33, 41)),
    feeBaseMsat: number(41, 45),
    feeProportionalMillionths: number(45, 49),
    cltvExpiryDelta: number(49, 51),
  };
}

function routesOf(fields: readonly TaggedField[]): readonly (readonly RouteHop[])[] {
  return named(fields, 'r').map((words) => {
    const bytes = bytesIn(words, 'r');
    if (bytes.length === 0 || bytes.length % HOP_SIZE_BYTES !== 0) {
      throw new Refused('route_malformed', 'r');
    }
    const hops: RouteHop[] = [];
    for (let at = 0; at < bytes.length; at += HOP_SIZE_BYTES) {
      hops.push(hopOf(bytes.subarray(at, at + HOP_SIZE_BYTES)));
    }
    return hops;
  });
}

function checkPresence(fields: readonly TaggedField[]): void {
  const count = (name: FieldName) => named(fields, name).length;
  for (const name of ONCE) if (count(name) > 1) throw new Refused('field_repeated', name);
  for (const name of ['p', 's'] as const) {
    if (count(name) === 0) throw new Refused('field_missing', name);
  }
  if (count('d') + count('h') === 0) throw new Refused('field_missing', 'h');
  if (count('d') + count('h') > 1) throw new Refused('description_ambiguous', 'h');
}

/** What the fields say, or why they say nothing: `FIELD_REFUSALS`. */
export function interpretFields(fields: readonly TaggedField[]): FieldsRead {
  try {
    checkPresence(fields);
    return {
      kind: 'read',
      fields: {
        paymentHash: onlyHex(fields, 'p') ?? '',
        paymentSecret: onlyHex(fields, 's') ?? '',
        metadata: onlyHex(fields, 'm') ?? null,
        description: descriptionOf(fields),
        expirySeconds: onlyNumber(fields, 'x', EXPIRY_SECONDS),
        minFinalCltvExpiry: onlyNumber(fields, 'c', MIN_FINAL_CLTV_EXPIRY),
        features: featuresOf(fields),
        fallbacks: fallbacksOf(fields),
        routes: routesOf(fields),
      },
    };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refused', reason: error.reason, field: error.field };
  }
}
