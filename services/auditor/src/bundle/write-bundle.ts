/** Writes a bundle from what a node offers. The bytes are a function of the source and the kind. */
import { bytesToHex, textFromUtf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { readEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { bytesHash } from '../crypto/bytes-hash.ts';
import { type BundleDigest, bundleDigest, eventIdsDigest } from './digest.ts';
import {
  BUNDLE_VERSION,
  type BundleKind,
  VERIFICATION_KEY_MEMBERS,
  WITHHOLDABLE,
} from './records.ts';
import type { BundleSource, SourceAnchor, SourceEvent, SourceSnapshot } from './source.ts';

/** What a source offered cannot be a bundle: its stores disagree or it changed under the writer. */
export class InconsistentSource extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InconsistentSource';
  }
}

function json(text: string, what: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new InconsistentSource(`${what} is not JSON`);
  }
}

function envelopeOf(event: SourceEvent): JsonObject {
  const text = textFromUtf8(event.envelope);
  const value = text === undefined ? undefined : json(text, 'an envelope');
  if (!isJsonObject(value)) throw new InconsistentSource('an envelope is not an object');
  return value;
}

function bodyOf(disclosure: JsonValue): JsonObject {
  const body = isJsonObject(disclosure) ? disclosure['body'] : undefined;
  return isJsonObject(body) ? body : {};
}

/** The parties whose keys a sealed bundle shows: principals of a policy, and operators. */
async function publicParties(source: BundleSource): Promise<ReadonlySet<string>> {
  const parties = new Set<string>();
  for await (const event of source.events()) {
    if (event.disclosure === null) continue;
    const { type } = envelopeOf(event);
    if (type !== 'PolicyStated' && type !== 'KeyDelegated') continue;
    const { principal, party, roles } = bodyOf(json(event.disclosure, 'a disclosure'));
    if (typeof principal === 'string') parties.add(principal);
    if (typeof party !== 'string' || !Array.isArray(roles)) continue;
    if (roles.includes('operator')) parties.add(party);
  }
  return parties;
}

function isWithheld(
  type: JsonValue | undefined,
  disclosure: JsonValue,
  shown: ReadonlySet<string> | undefined,
): boolean {
  if (shown === undefined || typeof type !== 'string' || !WITHHOLDABLE.has(type)) return false;
  const { party } = bodyOf(disclosure);
  return typeof party !== 'string' || !shown.has(party);
}

/** `shown` is undefined for a full bundle. */
function eventLine(
  event: SourceEvent,
  index: number,
  shown: ReadonlySet<string> | undefined,
): { readonly stream: string; readonly record: JsonObject } {
  const envelope = envelopeOf(event);
  const stream = String(envelope['stream']);
  const disclosure = event.disclosure === null ? null : json(event.disclosure, 'a disclosure');
  const withheld = isWithheld(envelope['type'], disclosure, shown);
  const line = { type: 'event', index, envelope, disclosure: withheld ? null : disclosure };
  if (shown !== undefined) return { stream, record: line };
  const { payload, salt, eventId } = event;
  // Both or none: a payload whose salt is gone was erased between the two reads.
  const opening =
    payload === null || salt === null
      ? { payload: null, salt: null }
      : { payload: json(payload, 'a payload'), salt: Buffer.from(salt).toString('hex') };
  return { stream, record: { ...line, eventId, ...opening } };
}

function snapshotLine(snapshot: SourceSnapshot): JsonObject {
  const { stream, revision } = snapshot;
  return { type: 'snapshot', stream, revision, state: json(snapshot.state, 'a state') };
}

type IdDigests = Map<string, BundleDigest>;

function addId(ids: IdDigests, stream: string, eventId: string): void {
  const digest = ids.get(stream) ?? eventIdsDigest();
  digest.add(eventId);
  ids.set(stream, digest);
}

async function* eventLines(
  source: BundleSource,
  kind: BundleKind,
  ids: IdDigests,
): AsyncGenerator<JsonObject> {
  const shown = kind === 'sealed' ? await publicParties(source) : undefined;
  const snapshots = kind === 'full' ? await source.snapshots() : [];
  const snapshotAfter = new Map(snapshots.map((snapshot) => [snapshot.index, snapshot]));
  let index = 0;
  for await (const event of source.events()) {
    const line = eventLine(event, index, shown);
    yield line.record;
    addId(ids, line.stream, event.eventId);
    const snapshot = snapshotAfter.get(index);
    if (snapshot !== undefined) yield snapshotLine(snapshot);
    index += 1;
  }
  if (index !== source.size) {
    throw new InconsistentSource(`the log gave ${index} events of ${source.size}`);
  }
}

const byText = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

function determiningMembers(key: JsonValue): JsonObject {
  if (!isJsonObject(key)) throw new InconsistentSource('a verification key is not an object');
  return Object.fromEntries(VERIFICATION_KEY_MEMBERS.map((name) => [name, key[name] ?? null]));
}

/** Rails whose evidence names parties and amounts: sealed bundles carry none of it. */
const PRIVATE_RAILS: ReadonlySet<string> = new Set(['lightning']);

/** What anchors on Ethereum published in blobs, by hash: it is public, whatever is in it. */
function hashesInBlobs(anchors: readonly SourceAnchor[]): ReadonlySet<string> {
  return new Set(
    anchors.flatMap(({ rail, proof }) => {
      const read = rail === 'ethereum' ? readEthereumEvidence(proof) : undefined;
      if (read?.kind !== 'shown' || read.anchor.availability !== 'blob') return [];
      return [read.anchor.payloadHash];
    }),
  );
}

async function* anchorLines(source: BundleSource, kind: BundleKind): AsyncGenerator<JsonObject> {
  const offered = await source.anchors();
  const anchors = offered
    .filter(({ rail }) => kind === 'full' || !PRIVATE_RAILS.has(rail))
    .map(({ rail, size, proof }) => ({ rail, size, proof: bytesToHex(proof) }))
    .sort((a, b) => a.size - b.size || byText(a.rail, b.rail) || byText(a.proof, b.proof));
  for (const { rail, size, proof } of anchors) yield { type: 'anchor', rail, size, proof };
  const inBlobs = hashesInBlobs(offered);
  const payloads = (await source.payloads())
    .map((bytes) => ({
      hash: bytesHash(bytes),
      data: bytesToHex(bytes),
    }))
    .filter(({ hash }) => inBlobs.has(hash))
    .sort((a, b) => byText(a.hash, b.hash));
  for (const { hash, data } of payloads) yield { type: 'payload', hash, data };
}

async function* evidenceLines(
  source: BundleSource,
  kind: BundleKind,
  ids: IdDigests,
): AsyncGenerator<JsonObject> {
  for (const note of await source.checkpoints()) yield { type: 'checkpoint', note };
  const keys = [...(await source.verificationKeys())].sort((a, b) => byText(a.hash, b.hash));
  for (const { hash, key } of keys) {
    yield { type: 'verification-key', hash, key: determiningMembers(key) };
  }
  yield* anchorLines(source, kind);
  if (kind === 'sealed') return;
  for (const book of [...(await source.books())].sort((a, b) => byText(a.stream, b.stream))) {
    const positions = [...book.positions].sort(
      (a, b) => byText(a.party, b.party) || byText(a.denomination, b.denomination),
    );
    const { stream, revision, stateHash } = book;
    const eventIds = (ids.get(stream) ?? eventIdsDigest()).finish();
    yield { type: 'book', stream, revision, eventIds, stateHash, positions };
  }
}

async function* bodyLines(source: BundleSource, kind: BundleKind): AsyncGenerator<JsonObject> {
  const { origin, logKey, size } = source;
  yield { type: 'bundle', v: BUNDLE_VERSION, kind, origin, logKey, size };
  const ids: IdDigests = new Map();
  yield* eventLines(source, kind, ids);
  yield* evidenceLines(source, kind, ids);
}

/**
 * Yields the lines of a bundle, each with its line feed; together they are the file. Sealed bundles
 * carry no payload, salt, event id, snapshot or balance, and the key delegations of principals and
 * operators only. A second call yields the same bytes as long as the source answers alike.
 * @throws InconsistentSource if the source's answers do not fit together; the lines so far are no
 * bundle, for they lack their end.
 */
export async function* writeBundle(
  source: BundleSource,
  kind: BundleKind,
): AsyncGenerator<string, void, undefined> {
  const digest = bundleDigest();
  let records = 0;
  for await (const record of bodyLines(source, kind)) {
    const line = `${canonicalJson(record)}\n`;
    digest.add(line);
    records += 1;
    yield line;
  }
  yield `${canonicalJson({ type: 'end', records, digest: digest.finish() })}\n`;
}
