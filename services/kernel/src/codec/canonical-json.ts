import { hasDuplicateKey } from './duplicate-keys.ts';

/** What canonical JSON can hold. Numbers are safe integers; anything else travels as text. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

/** Nesting of arrays and objects that is still read; a wire object needs 6. */
export const JSON_DEPTH_MAX = 32;

/** Why a text is not canonical JSON, in order of precedence. */
export const JSON_REFUSALS = [
  'object_too_large',
  'not_json',
  'too_deep',
  'duplicate_key',
  'unsupported_number',
  'unsupported_text',
  'not_canonical',
] as const;

export type JsonRefusal = (typeof JSON_REFUSALS)[number];

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly reason: JsonRefusal };

type Unsupported = 'too_deep' | 'unsupported_number' | 'unsupported_text' | 'unsupported_value';

class UnsupportedJson extends TypeError {
  readonly reason: Unsupported;
  constructor(reason: Unsupported) {
    super(`no canonical JSON: ${reason}`);
    this.reason = reason;
  }
}

/** Text that JSON.stringify would only wrap in quotes. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

function textOf(value: string): string {
  if (PLAIN_TEXT.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw new UnsupportedJson('unsupported_text');
  return JSON.stringify(value);
}

function isSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return false;
  return true;
}

function arrayText(value: readonly JsonValue[], depth: number): string {
  let text = '[';
  for (let i = 0; i < value.length; i++) {
    if (i > 0) text += ',';
    text += valueText(value[i], depth);
  }
  return `${text}]`;
}

function objectText(value: JsonObject, depth: number): string {
  const keys = Object.keys(value);
  // RFC 8785 §3.2.3: members in the order of their names' UTF-16 code units, as sort() compares.
  if (!isSorted(keys)) keys.sort();
  let text = '{';
  for (const key of keys) {
    if (text.length > 1) text += ',';
    text += `${textOf(key)}:${valueText(value[key], depth)}`;
  }
  return `${text}}`;
}

function valueText(value: JsonValue | undefined, depth: number): string {
  switch (typeof value) {
    case 'string':
      return textOf(value);
    case 'number':
      if (!Number.isSafeInteger(value)) throw new UnsupportedJson('unsupported_number');
      return value.toString();
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === 0) throw new UnsupportedJson('too_deep');
      return Array.isArray(value)
        ? arrayText(value as readonly JsonValue[], depth - 1)
        : objectText(value as JsonObject, depth - 1);
    default:
      throw new UnsupportedJson('unsupported_value');
  }
}

/**
 * True if JSON.stringify gives the canonical text of `value`: members in order, numbers that are
 * safe integers, well-formed text, nesting within `depth`.
 */
function isInCanonicalOrder(value: JsonValue | undefined, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isSafeInteger(value);
    case 'boolean':
      return true;
    case 'object':
      if (value === null) return true;
      if (depth === 0) return false;
      return Array.isArray(value)
        ? hasOrderedItems(value as readonly JsonValue[], depth - 1)
        : hasOrderedMembers(value as JsonObject, depth - 1);
    default:
      return false;
  }
}

function hasOrderedItems(value: readonly JsonValue[], depth: number): boolean {
  // Not every(), which passes over holes.
  for (let i = 0; i < value.length; i++) if (!isInCanonicalOrder(value[i], depth)) return false;
  return true;
}

function hasOrderedMembers(value: JsonObject, depth: number): boolean {
  let before = '';
  for (const name of Object.keys(value)) {
    if (name < before || !name.isWellFormed()) return false;
    if (!isInCanonicalOrder(value[name], depth)) return false;
    before = name;
  }
  return true;
}

/**
 * The canonical text of a value: RFC 8785 for text, safe integers, booleans, null, arrays, objects.
 * @throws TypeError for anything else: fractions, lone surrogates, undefined, bigint, nesting
 * deeper than `JSON_DEPTH_MAX`.
 * Source: RFC 8785 §3.2.
 */
export function canonicalJson(value: JsonValue): string {
  // RFC 8785 takes its forms of text and numbers from JSON.stringify, which is much faster.
  if (isInCanonicalOrder(value, JSON_DEPTH_MAX)) return JSON.stringify(value);
  return valueText(value, JSON_DEPTH_MAX);
}

function parseText(text: string): { readonly value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

/**
 * Names why `text` is not the canonical text of `value`, to which JSON.parse reads it. Duplicate
 * keys are looked for here only: a text that equals its re-serialisation has none.
 */
export function refuseNonCanonical(text: string, value: JsonValue): JsonRefusal | undefined {
  let reason: JsonRefusal | undefined;
  try {
    if (canonicalJson(value) === text) return undefined;
    reason = 'not_canonical';
  } catch (error) {
    if (!(error instanceof UnsupportedJson) || error.reason === 'unsupported_value') throw error;
    if (error.reason === 'too_deep') return 'too_deep';
    reason = error.reason;
  }
  return hasDuplicateKey(text) ? 'duplicate_key' : reason;
}

/** True if the UTF-8 form of `text` takes more than `sizeBytesMax` bytes. */
export function exceedsBytes(text: string, sizeBytesMax: number): boolean {
  if (text.length > sizeBytesMax) return true;
  if (text.length * 3 <= sizeBytesMax) return false;
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // A surrogate pair is two code units and four bytes: one more byte for each of its halves.
    if (code >= 0x80) size += code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return size > sizeBytesMax;
}

/**
 * Reads a text that must already be canonical JSON, byte for byte: no duplicate keys, no other
 * order, spacing, escapes or number forms.
 * Refusals, in order: `JSON_REFUSALS`.
 */
export function parseCanonicalJson(
  text: string,
  sizeBytesMax = Number.MAX_SAFE_INTEGER,
): ParsedJson {
  if (exceedsBytes(text, sizeBytesMax)) return { ok: false, reason: 'object_too_large' };
  const parsed = parseText(text);
  if (parsed === undefined) return { ok: false, reason: 'not_json' };
  const reason = refuseNonCanonical(text, parsed.value);
  return reason === undefined ? { ok: true, value: parsed.value } : { ok: false, reason };
}

/** Reads any JSON, canonical or not; `undefined` where it is none. For objects not yet checked. */
export function parseAnyJson(text: string): { readonly value: JsonValue } | undefined {
  return parseText(text);
}

/** True for an object, that is neither an array nor null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
