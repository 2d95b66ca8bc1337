import { positionsOfBook } from '@atomicity/auditor/bundle/positions';
import type {
  BundleSource,
  SourceAnchor,
  SourceBook,
  SourceSnapshot,
  SourceVerificationKey,
} from '@atomicity/auditor/bundle/source';
import { readCheckpoint } from '@atomicity/event-log/checkpoint/checkpoint';
import type { StoredEvent } from '@atomicity/event-log/port';
import type { IndexedEvent, PublishedCheckpoint } from '@atomicity/event-log/sequencer/sequencer';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import { evolve } from '@atomicity/kernel/book/evolve';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { decodeState, stateHash } from '@atomicity/kernel/book/state-codec';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { type Envelope, parseEnvelope } from '@atomicity/kernel/log/envelope';
import { type Hash, type PartyId, partyIdFromKey, type StreamId } from '@atomicity/kernel/units/id';
import { recorded } from '@atomicity/ledger/writer/event-text';
import { type BookSnapshot, FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import type { Anchor } from '@atomicity/settler/anchor-state';
import type { RunningNode } from './node.ts';
import { verificationKeysOnDisk } from './verification-keys.ts';

/** What a bundle needs of a log: a running sequencer has it, and so has a log opened for reading. */
export type BundleLog = {
  latest(): Pick<PublishedCheckpoint, 'size'> | undefined;
  checkpointNotes(fromSize: number, toSize: number): string[];
  events(from: number, limit: number): AsyncIterable<IndexedEvent>;
};

export type BundleParts = {
  readonly log: BundleLog;
  readonly origin: string;
  readonly logKey: PartyId;
  /** The main book's last snapshot: it carries the state across erased payloads. */
  readonly snapshot: () => Promise<BookSnapshot | undefined>;
  readonly book: StreamId;
  readonly anchors: readonly Anchor[];
  readonly verificationKeys: () => ReadonlyMap<Hash, JsonObject>;
};

/** The log has no checkpoint yet, or its books can't be stated at the last one. */
export class NothingToExport extends Error {
  override readonly name = 'NothingToExport';
}

/**
 * What a running node offers for a bundle, fixed at a checkpoint over everything that is durable now.
 * Payloads that are erased while the bundle is written are missing in it.
 */
export async function openBundleSource(node: RunningNode): Promise<BundleSource> {
  await node.sequencer.checkpoint();
  return bundleSourceOf({
    log: node.sequencer,
    origin: node.config.origin,
    logKey: partyIdFromKey(node.logSigner.publicKey),
    snapshot: () => new FileSnapshots(node.dir.log, 'book').load(),
    book: node.writer.flushedState().stream,
    anchors: node.settler.status(),
    verificationKeys: verificationKeysOnDisk,
  });
}

/**
 * Fixes a view of a log at its last checkpoint; all that the source answers speaks of that size.
 * @throws NothingToExport when the log has no checkpoint.
 */
export function bundleSourceOf(parts: BundleParts): BundleSource {
  const { log, origin, logKey } = parts;
  const size = log.latest()?.size;
  if (size === undefined) throw new NothingToExport('the log has no checkpoint yet');
  let folding: Promise<FoldedBooks> | undefined;
  const folded = () => {
    folding ??= foldBooks(parts, size);
    return folding;
  };
  return {
    origin,
    logKey,
    size,
    events: () => log.events(0, size),
    checkpoints: async () => log.checkpointNotes(0, size),
    verificationKeys: () => namedKeys(parts, size),
    anchors: async () => anchorsUpTo(parts, size),
    snapshots: async () => (await folded()).snapshots,
    books: async () => (await folded()).books,
  };
}

function anchorsUpTo({ log, anchors }: BundleParts, size: number): readonly SourceAnchor[] {
  const sizes = new Set(log.checkpointNotes(0, size).map((note) => readCheckpoint(note)?.size));
  return anchors.flatMap(({ subject, proof }) =>
    proof !== null && sizes.has(subject.size)
      ? [{ size: subject.size, proof: hexToBytes(proof) }]
      : [],
  );
}

/** The keys that attestations of the log name and that this machine has. */
async function namedKeys(
  { log, verificationKeys }: BundleParts,
  size: number,
): Promise<readonly SourceVerificationKey[]> {
  const named = new Set<string>();
  for await (const { envelope, disclosure } of log.events(0, size)) {
    if (disclosure === null || envelopeOf(envelope).type !== 'PeriodAttested') continue;
    const object: JsonValue = JSON.parse(disclosure);
    const body = isJsonObject(object) ? object['body'] : undefined;
    const hash = isJsonObject(body) ? body['verificationKeyHash'] : undefined;
    if (typeof hash === 'string') named.add(hash);
  }
  if (named.size === 0) return [];
  return [...verificationKeys()].flatMap(([hash, key]) => (named.has(hash) ? [{ hash, key }] : []));
}

type FoldedBooks = {
  readonly books: readonly SourceBook[];
  readonly snapshots: readonly SourceSnapshot[];
};

type OpenBook = { state: BookState | undefined; revision: number };

/** Folds every book of the first `size` events; the snapshot leads across erased payloads. */
async function foldBooks(parts: BundleParts, size: number): Promise<FoldedBooks> {
  const snapshot = await parts.snapshot();
  const books = new Map<StreamId, OpenBook>();
  const snapshots: SourceSnapshot[] = [];
  for await (const event of parts.log.events(0, size)) {
    const envelope = envelopeOf(event.envelope);
    const { stream, revision } = envelope;
    // A book says what it is in its first event; the streams of other services are passed over.
    if (revision === 0 && envelope.type === 'BookOpened') {
      books.set(stream, { state: emptyBook(stream, parts.origin), revision: -1 });
    }
    const book = books.get(stream);
    if (book === undefined) continue;
    book.revision = revision;
    book.state = next(book.state, event, envelope);
    const isLost = book.state === undefined && stream === parts.book;
    if (isLost && snapshot?.revision === revision) {
      book.state = decodeState(snapshot.state);
      snapshots.push({ index: event.index, stream, revision, state: snapshot.state });
    }
  }
  return { snapshots, books: [...books].map(([stream, book]) => sourceBook(stream, book)) };
}

/** The state after an event, or undefined from an erased payload on. */
function next(
  state: BookState | undefined,
  event: StoredEvent,
  { stream, revision, at, type }: Envelope,
): BookState | undefined {
  if (state === undefined || event.payload === null) return undefined;
  const payload: JsonValue = JSON.parse(event.payload);
  if (!isJsonObject(payload)) throw new Error('invariant: a payload is an object');
  const decoded = decodeEvent(type, payload['data'] ?? null);
  return evolve(state, recorded(decoded, { stream, revision, at, eventId: event.eventId }));
}

function sourceBook(stream: StreamId, { state, revision }: OpenBook): SourceBook {
  if (state === undefined) {
    throw new NothingToExport(
      `book ${stream}: a payload was erased after the last snapshot that this checkpoint covers; ` +
        'take a newer checkpoint and export again',
    );
  }
  return { stream, revision, stateHash: stateHash(state), positions: positionsOfBook(state) };
}

function envelopeOf(bytes: Uint8Array): Envelope {
  const parsed = parseEnvelope(bytes);
  if (parsed.kind === 'refused') throw new Error(`an envelope: ${parsed.refusal.reason}`);
  return parsed.envelope;
}
