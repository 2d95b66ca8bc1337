/** The published record of a ceremony: what an outsider can check without the proving key. Pure. */
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import { CIRCUITS, type CircuitName } from '../../artifacts/circuits.ts';
import {
  BLAKE2B_HEX,
  type Contribution,
  contributionHash,
  G1_HEX,
  G2_HEX,
  isUsableBeacon,
  isUsableName,
} from './contribution.ts';

export const TRANSCRIPT_BYTES_MAX = 4_194_304;

export type CeremonyTranscript = {
  readonly circuit: CircuitName;
  /** SHA-256 over the circuit's sources and compiler, as artifacts.lock has it. */
  readonly sources: Hash;
  readonly toolchain: string;
  /** SHA-256 of the compiled circuit. */
  readonly r1cs: Hash;
  readonly powersOfTau: {
    readonly blake2b: string;
    readonly power: number;
    /** 0: nobody contributed to phase 1, so this was a rehearsal and its keys are unsafe. */
    readonly contributions: number;
  };
  /** BLAKE2b-512 over the first key. */
  readonly circuitHash: string;
  readonly contributions: readonly Contribution[];
  /** SHA-256 of the final proving key file. */
  readonly provingKey: Hash;
  readonly verificationKeyHash: Hash;
  /** As snarkjs exports it, without derived members. */
  readonly verificationKey: JsonObject;
};

/** Why a text is no transcript, in order of precedence; with a JSON pointer where there is a place. */
export const TRANSCRIPT_REFUSALS = [
  'transcript_too_large',
  'transcript_not_canonical',
  'transcript_not_an_object',
  'transcript_missing_field',
  'transcript_unknown_field',
  'transcript_bad_field',
  /** The hash beside a contribution is not that of its points. */
  'transcript_contribution_hash_differs',
] as const;

export type TranscriptRefusal = {
  readonly reason: (typeof TRANSCRIPT_REFUSALS)[number];
  readonly field?: string;
};

export type ParsedTranscript =
  | { readonly kind: 'parsed'; readonly transcript: CeremonyTranscript; readonly hash: Hash }
  | { readonly kind: 'refused'; readonly refusal: TranscriptRefusal };

class Refused extends Error {
  readonly refusal: TranscriptRefusal;

  constructor(reason: TranscriptRefusal['reason'], field?: string) {
    super(reason);
    this.refusal = field === undefined ? { reason } : { reason, field };
  }
}

const TYPE = 'CeremonyTranscript';
const FIELDS = [
  'circuit',
  'circuitHash',
  'contributions',
  'powersOfTau',
  'provingKey',
  'r1cs',
  'sources',
  'toolchain',
  'type',
  'v',
  'verificationKey',
  'verificationKeyHash',
];
const CONTRIBUTION_FIELDS = [
  'challenge',
  'deltaAfter',
  'g1',
  'g1Secret',
  'g2Secret',
  'hash',
  'name',
];
const TOOLCHAIN_CHARACTERS_MAX = 256;
const POWER_MAX = 28;

/** The text of a transcript, without a line end: canonical JSON, so that it has one hash. */
export function transcriptText(transcript: CeremonyTranscript): string {
  const contributions = transcript.contributions.map(({ beacon, ...step }) => ({
    ...step,
    hash: contributionHash(step),
    ...(beacon === undefined ? {} : { beacon: { ...beacon } }),
  }));
  return canonicalJson({ v: 1, type: TYPE, ...transcript, contributions });
}

/** The identity of a transcript: the tagged hash of its text. */
export function transcriptHash(text: string): Hash {
  return taggedTextHash(TYPE, text);
}

function fieldsAt(
  value: JsonValue | undefined,
  path: string,
  required: readonly string[],
  optional: readonly string[] = [],
): JsonObject {
  if (!isJsonObject(value)) throw new Refused('transcript_bad_field', path);
  for (const name of required) {
    if (!Object.hasOwn(value, name))
      throw new Refused('transcript_missing_field', `${path}/${name}`);
  }
  for (const name of Object.keys(value)) {
    if (required.includes(name) || optional.includes(name)) continue;
    throw new Refused('transcript_unknown_field', `${path}/${name}`);
  }
  return value;
}

function textAt(
  object: JsonObject,
  name: string,
  path: string,
  accepts: (text: string) => boolean,
) {
  const value = object[name];
  if (typeof value === 'string' && accepts(value)) return value;
  throw new Refused('transcript_bad_field', `${path}/${name}`);
}

function hashAt(object: JsonObject, name: string, path = ''): Hash {
  const hash = typeof object[name] === 'string' ? parseHash(object[name]) : undefined;
  if (hash === undefined) throw new Refused('transcript_bad_field', `${path}/${name}`);
  return hash;
}

function countAt(object: JsonObject, name: string, path: string, max: number): number {
  const value = object[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) {
    return value;
  }
  throw new Refused('transcript_bad_field', `${path}/${name}`);
}

const hexOf = (length: number) => (text: string) =>
  text.length === length && /^[0-9a-f]*$/.test(text);

function contributionAt(value: JsonValue, index: number): Contribution {
  const path = `/contributions/${index}`;
  const object = fieldsAt(value, path, CONTRIBUTION_FIELDS, ['beacon']);
  const step = {
    name: textAt(object, 'name', path, isUsableName),
    deltaAfter: textAt(object, 'deltaAfter', path, hexOf(G1_HEX)),
    g1: textAt(object, 'g1', path, hexOf(G1_HEX)),
    g1Secret: textAt(object, 'g1Secret', path, hexOf(G1_HEX)),
    g2Secret: textAt(object, 'g2Secret', path, hexOf(G2_HEX)),
    challenge: textAt(object, 'challenge', path, hexOf(BLAKE2B_HEX)),
  };
  if (object['hash'] !== contributionHash(step)) {
    throw new Refused('transcript_contribution_hash_differs', `${path}/hash`);
  }
  if (!Object.hasOwn(object, 'beacon')) return step;
  const made = fieldsAt(object['beacon'], `${path}/beacon`, ['iterationsLog', 'randomness']);
  const beacon = {
    randomness: textAt(made, 'randomness', `${path}/beacon`, () => true),
    iterationsLog: countAt(made, 'iterationsLog', `${path}/beacon`, 255),
  };
  if (!isUsableBeacon(beacon)) throw new Refused('transcript_bad_field', `${path}/beacon`);
  return { ...step, beacon };
}

function read(text: string): CeremonyTranscript {
  const parsed = parseCanonicalJson(text, TRANSCRIPT_BYTES_MAX);
  if (!parsed.ok) {
    const large = parsed.reason === 'object_too_large';
    throw new Refused(large ? 'transcript_too_large' : 'transcript_not_canonical');
  }
  if (!isJsonObject(parsed.value)) throw new Refused('transcript_not_an_object');
  const file = fieldsAt(parsed.value, '', FIELDS);
  if (file['v'] !== 1) throw new Refused('transcript_bad_field', '/v');
  if (file['type'] !== TYPE) throw new Refused('transcript_bad_field', '/type');
  const circuit = CIRCUITS.find(({ name }) => name === file['circuit'])?.name;
  if (circuit === undefined) throw new Refused('transcript_bad_field', '/circuit');
  const at = '/powersOfTau';
  const powers = fieldsAt(file['powersOfTau'], at, ['blake2b', 'contributions', 'power']);
  const steps = file['contributions'];
  if (!Array.isArray(steps)) throw new Refused('transcript_bad_field', '/contributions');
  const { verificationKey } = file;
  if (!isJsonObject(verificationKey)) throw new Refused('transcript_bad_field', '/verificationKey');
  return {
    circuit,
    sources: hashAt(file, 'sources'),
    toolchain: textAt(file, 'toolchain', '', (each) => each.length <= TOOLCHAIN_CHARACTERS_MAX),
    r1cs: hashAt(file, 'r1cs'),
    powersOfTau: {
      blake2b: textAt(powers, 'blake2b', at, hexOf(BLAKE2B_HEX)),
      power: countAt(powers, 'power', at, POWER_MAX),
      contributions: countAt(powers, 'contributions', at, Number.MAX_SAFE_INTEGER),
    },
    circuitHash: textAt(file, 'circuitHash', '', hexOf(BLAKE2B_HEX)),
    contributions: steps.map(contributionAt),
    provingKey: hashAt(file, 'provingKey'),
    verificationKeyHash: hashAt(file, 'verificationKeyHash'),
    verificationKey,
  };
}

/**
 * Reads a transcript; one line end after it is allowed. The hash beside each contribution is compared with
 * its points; what the points show is for `checkTranscript`.
 * Refusals, in order: TRANSCRIPT_REFUSALS.
 */
export function parseTranscript(text: string): ParsedTranscript {
  const line = text.endsWith('\n') ? text.slice(0, -1) : text;
  try {
    return { kind: 'parsed', transcript: read(line), hash: transcriptHash(line) };
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal };
    throw error;
  }
}
