import { canonicalJson, parseAnyJson } from '../codec/canonical-json.ts';
import { hasDuplicateKey } from '../codec/duplicate-keys.ts';
import type { TokenSlot } from '../note/roots.ts';
import { periodHash } from '../period/period-hash.ts';
import type { Hash } from '../units/id.ts';
import { type Codec, Failure, inconsistent, list, object, oneOf } from '../wire/codec.ts';
import { categoryValue, counterValue, hashValue } from '../wire/value-codecs.ts';

/**
 * What a principal says that it issued in one period, in index order: from the credentials and intents in
 * its own records, never from the log that is checked against it.
 */
export type IssuedList = {
  readonly v: 1;
  readonly kind: 'issued';
  readonly budget: Hash;
  readonly period: Hash;
  readonly periodIndex: number;
  readonly authorizations: readonly TokenSlot[];
};

/** 1,024 authorizations have about 120,000 characters. */
export const ISSUED_LIST_LENGTH_MAX = 262_144;

const slotCodec = object<TokenSlot>({ authorization: hashValue, category: categoryValue });

export const issuedListCodec: Codec<IssuedList> = object<IssuedList>(
  {
    v: oneOf<1>([1], 'unknown_version'),
    kind: oneOf<'issued'>(['issued']),
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    authorizations: list(slotCodec, 0, 1024),
  },
  ({ budget, period, periodIndex, authorizations }) => {
    if (period !== periodHash(budget, periodIndex)) {
      return inconsistent('period', 'the hash of budget and periodIndex');
    }
    const ids = new Set(authorizations.map(({ authorization }) => authorization));
    return ids.size === authorizations.length
      ? undefined
      : inconsistent('authorizations', 'no authorization is issued twice');
  },
);

export type ParsedIssuedList =
  | { readonly kind: 'parsed'; readonly issued: IssuedList }
  | { readonly kind: 'refused'; readonly reason: string; readonly field?: string };

/** The file's text: canonical JSON and a newline. The inverse of `parseIssuedList`. */
export function encodeIssuedList(issued: IssuedList): string {
  return `${canonicalJson(issuedListCodec.write(issued))}\n`;
}

/**
 * Reads a list of issued authorizations. Refusals, in order: `issued_list_too_large`,
 * `issued_list_not_json`, `issued_list_duplicate_key`, else the wire layer's with the member's pointer.
 */
export function parseIssuedList(text: string): ParsedIssuedList {
  const refused = (reason: string) => ({ kind: 'refused' as const, reason });
  if (text.length > ISSUED_LIST_LENGTH_MAX) return refused('issued_list_too_large');
  const parsed = parseAnyJson(text);
  if (parsed === undefined) return refused('issued_list_not_json');
  if (hasDuplicateKey(text)) return refused('issued_list_duplicate_key');
  const read = issuedListCodec.read(parsed.value);
  if (!(read instanceof Failure)) return { kind: 'parsed', issued: read };
  const { reason, field, rule } = read.toRefusal('');
  const named = rule === undefined ? reason : `${reason} (${rule})`;
  return { kind: 'refused', reason: named, ...(field === undefined ? {} : { field }) };
}
