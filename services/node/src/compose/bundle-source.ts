import { join } from 'node:path';
import { positionsOfBook } from '@atomicity/auditor/bundle/positions';
import type {
  BundleSource,
  SourceAnchor,
  SourceBook,
  SourceSnapshot,
  SourceVerificationKey,
} from '@atomicity/auditor/bundle/source';
import { readCheckpoint } from '@atomicity/event-log/checkpoint/checkpoint';
import type { IndexedEvent, PublishedCheckpoint } from '@atomicity/event-log/sequencer/sequencer';
import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import { stateHash } from '@atomicity/kernel/book/state-codec';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { type Hash, type PartyId, partyIdFromKey, type StreamId } from '@atomicity/kernel/units/id';
import { type BookSnapshot, FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import { readEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { PayloadArchive } from '@atomicity/settler/batch/payload-archive';
import { PAYLOADS_FOLDER } from './data-dir.ts';
import { envelopeOf, type FoldedBook, foldBooks } from './fold-books.ts';
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
  /** The payload of a batch by its hash; undefined if this machine does not have it. */
  readonly payload: (hash: Hash) => Promise<Uint8Array | undefined>;
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
    payload: (hash) => new PayloadArchive(join(node.dir.rails, PAYLOADS_FOLDER)).read(hash),
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
    folding ??= foldedBooks(parts, size);
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
    payloads: () => publishedPayloads(parts, size),
    snapshots: async () => (await folded()).snapshots,
    books: async () => (await folded()).books,
  };
}

function anchorsUpTo({ log, anchors }: BundleParts, size: number): readonly SourceAnchor[] {
  const sizes = new Set(log.checkpointNotes(0, size).map((note) => readCheckpoint(note)?.size));
  return anchors.flatMap(({ rail, subject, proof }) =>
    proof !== null && sizes.has(subject.size)
      ? [{ rail, size: subject.size, proof: hexToBytes(proof) }]
      : [],
  );
}

/** What anchors on Ethereum published in blobs: a call carries its payload in the evidence itself. */
async function publishedPayloads(parts: BundleParts, size: number): Promise<readonly Uint8Array[]> {
  const hashes = new Set(
    anchorsUpTo(parts, size).flatMap(({ rail, proof }) => {
      if (rail !== 'ethereum') return [];
      const read = readEthereumEvidence(proof);
      return read.kind === 'shown' && read.anchor.payload === null ? [read.anchor.payloadHash] : [];
    }),
  );
  const payloads = await Promise.all([...hashes].map((hash) => parts.payload(hash)));
  return payloads.filter((payload) => payload !== undefined);
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

/** Every book of the first `size` events; the snapshot leads across erased payloads. */
async function foldedBooks(
  { log, origin, book, snapshot }: BundleParts,
  size: number,
): Promise<FoldedBooks> {
  const options = { origin, book, snapshot: await snapshot(), resume: 'when-lost' } as const;
  const folded = await foldBooks(log.events(0, size), options);
  return {
    books: folded.map(sourceBook),
    snapshots: folded.flatMap(({ stream, resumed }) =>
      resumed === undefined ? [] : [{ stream, ...resumed }],
    ),
  };
}

function sourceBook({ stream, revision, state }: FoldedBook): SourceBook {
  if (state === undefined) {
    throw new NothingToExport(
      `book ${stream}: a payload was erased after the last snapshot that this checkpoint covers; ` +
        'take a newer checkpoint and export again',
    );
  }
  return { stream, revision, stateHash: stateHash(state), positions: positionsOfBook(state) };
}
