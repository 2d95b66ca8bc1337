import { canonicalJson, isJsonObject, parseAnyJson } from '../codec/canonical-json.ts';
import { hasDuplicateKey } from '../codec/duplicate-keys.ts';
import { Failure } from '../wire/codec.ts';
import type { AttestedPeriod, LoggedNote } from './attested-period.ts';
import { type NoteDisclosure, noteDisclosureCodec, refuseNote } from './note-opening.ts';
import { type ProofDisclosure, proofDisclosureCodec, refuseProof } from './proof-disclosure.ts';
import { type DisclosureRefusal, disclosureRefusal } from './refusals.ts';
import {
  refuseSummary,
  type SummaryDisclosure,
  summaryDisclosureCodec,
} from './summary-opening.ts';

/** What somebody shows of an attested period, as a file. */
export type Disclosure = NoteDisclosure | SummaryDisclosure | ProofDisclosure;

/** A proof with its key has about 6,000 characters, a note of tier 1024 about 4,000. */
export const DISCLOSURE_LENGTH_MAX = 32_768;

export type ParsedDisclosure =
  | { readonly kind: 'parsed'; readonly disclosure: Disclosure }
  | { readonly kind: 'refused'; readonly refusal: DisclosureRefusal };

const CODECS = {
  note: noteDisclosureCodec,
  summary: summaryDisclosureCodec,
  proof: proofDisclosureCodec,
} as const;

function refused(
  reason: DisclosureRefusal['reason'],
  field?: string,
  rule?: string,
): ParsedDisclosure {
  return { kind: 'refused', refusal: disclosureRefusal(reason, field, rule) };
}

function malformed(failure: Failure): ParsedDisclosure {
  const { field, reason, rule } = failure.toRefusal('');
  return refused('disclosure_malformed', field, rule === undefined ? reason : `${reason}: ${rule}`);
}

/** The file's text: canonical JSON and a newline. The inverse of `parseDisclosure`. */
export function encodeDisclosure(disclosure: Disclosure): string {
  switch (disclosure.kind) {
    case 'note':
      return `${canonicalJson(noteDisclosureCodec.write(disclosure))}\n`;
    case 'summary':
      return `${canonicalJson(summaryDisclosureCodec.write(disclosure))}\n`;
    case 'proof':
      return `${canonicalJson(proofDisclosureCodec.write(disclosure))}\n`;
  }
}

/**
 * Reads a disclosure: JSON, not necessarily canonical, without unknown or repeated members.
 * Refusals, in order: `disclosure_too_large`, `disclosure_not_json`, `disclosure_duplicate_key`,
 * `disclosure_malformed` with a JSON pointer to the member and the rule that it breaks.
 */
export function parseDisclosure(text: string): ParsedDisclosure {
  if (text.length > DISCLOSURE_LENGTH_MAX) return refused('disclosure_too_large');
  const parsed = parseAnyJson(text);
  if (parsed === undefined) return refused('disclosure_not_json');
  if (hasDuplicateKey(text)) return refused('disclosure_duplicate_key');
  const { value } = parsed;
  if (!isJsonObject(value)) return malformed(new Failure('wrong_type', 'an object'));
  const { kind } = value;
  if (kind !== 'note' && kind !== 'summary' && kind !== 'proof') {
    return malformed(new Failure('out_of_range', 'one of note, summary, proof').under('kind'));
  }
  const read = CODECS[kind].read(value);
  return read instanceof Failure ? malformed(read) : { kind: 'parsed', disclosure: read };
}

/**
 * Judges a disclosure by what the log shows of its period; for a proof, by its signals only: whoever
 * believes it checks the pairing too. Undefined: the disclosure is true of what the log attests.
 * `attested` and `logged` are the period that the disclosure names and its note of that index.
 * Refusals, in order: `origin_mismatch`, `period_not_attested`, `period_mismatch`, then those of the kind.
 */
export function refuseDisclosure(
  disclosure: Disclosure,
  origin: string,
  attested: AttestedPeriod | undefined,
  logged: LoggedNote | undefined,
): DisclosureRefusal | undefined {
  if (disclosure.origin !== origin) return disclosureRefusal('origin_mismatch', '/origin');
  if (attested === undefined) return disclosureRefusal('period_not_attested', '/period');
  const isPlace =
    disclosure.period === attested.period &&
    disclosure.budget === attested.budget &&
    disclosure.periodIndex === attested.periodIndex;
  if (!isPlace) return disclosureRefusal('period_mismatch', '/period');
  switch (disclosure.kind) {
    case 'note':
      return refuseNote(disclosure, attested, logged);
    case 'summary':
      return refuseSummary(disclosure, attested);
    case 'proof':
      return refuseProof(disclosure, attested);
  }
}
