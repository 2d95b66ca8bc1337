/**
 * A log in memory with everything that a bundle needs, built from signed objects through the kernel's
 * own decisions. Deterministic: the same calls give the same bytes.
 */

import { signCheckpoint } from '@atomicity/event-log/checkpoint/checkpoint';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import { CompactRange } from '@atomicity/event-log/merkle/compact-range';
import { encodeEvent } from '@atomicity/kernel/book/event-codec';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import { encodeState, stateHash } from '@atomicity/kernel/book/state-codec';
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import {
  disclosureHash,
  encodeEnvelope,
  eventId,
  payloadCommitment,
} from '@atomicity/kernel/log/envelope';
import { erasure } from '@atomicity/kernel/testing/closes';
import { createTestBook, type TestBook } from '@atomicity/kernel/testing/test-book';
import { createWorld, ORIGIN, type World } from '@atomicity/kernel/testing/world';
import { type Hash, hashFromBytes, partyIdFromKey, ZERO_HASH } from '@atomicity/kernel/units/id';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { rootToDisplay } from '@atomicity/rails/opentimestamps/bitcoin';
import { encodeProof } from '@atomicity/rails/opentimestamps/encode';
import { applyOperation } from '@atomicity/rails/opentimestamps/evaluate';
import type { Attestation } from '@atomicity/rails/opentimestamps/proof';
import { positionsOfBook } from '../bundle/positions.ts';
import type { BundleKind } from '../bundle/records.ts';
import type { BundleSource, SourceAnchor, SourceEvent, SourceSnapshot } from '../bundle/source.ts';
import { writeBundle } from '../bundle/write-bundle.ts';
import { auditTreeHasher } from '../crypto/tree-hasher.ts';
import { type ForgedSetup, forgedSetup } from './forged-setup.ts';

const seeded = (text: string): Uint8Array => taggedHash('AuditWorld', utf8(text));

export const BLOCK_HEIGHT = 900_000;

export class AuditWorld {
  readonly world: World;
  readonly book: TestBook;
  readonly setup: ForgedSetup;
  readonly signer: ReturnType<typeof nodeNoteSigner>;
  readonly records: SourceEvent[] = [];
  readonly checkpoints: { readonly size: number; readonly note: string }[] = [];
  readonly anchors: SourceAnchor[] = [];
  /** What anchors on Ethereum published in blobs. */
  readonly payloads: Uint8Array[] = [];
  readonly snapshots: SourceSnapshot[] = [];
  /** Merkle roots of the made-up Bitcoin blocks that hold our anchors, as explorers print them. */
  readonly blocks: Record<string, string> = {};
  /** Verification keys that the attestations name. */
  readonly usedKeys = new Map<Hash, JsonValue>();
  private readonly seed: string;
  private readonly range = new CompactRange(auditTreeHasher);
  private recorded = 0;
  /** First event of the last object. */
  private command: Hash = ZERO_HASH;

  constructor(
    seed = 'audit',
    setup: ForgedSetup = forgedSetup('setup of the test world'),
    book: TestBook = createTestBook(),
  ) {
    this.book = book;
    this.seed = seed;
    this.world = createWorld({ seed });
    this.setup = setup;
    this.signer = nodeNoteSigner(ORIGIN, seeded(`${seed} log key`));
    this.record();
  }

  get state(): BookState {
    return this.book.state;
  }

  get size(): number {
    return this.records.length;
  }

  get logKey() {
    return partyIdFromKey(this.signer.publicKey);
  }

  /** Submits objects that the book must accept. */
  accept(...objects: readonly VerifiedObject[]): void {
    for (const object of objects) {
      this.book.accept(object);
      this.record();
    }
  }

  /** Records the lapse of what has expired. */
  lapse(): void {
    this.book.lapse();
    this.record();
  }

  /** Logs what the book has recorded since. */
  protected record(): void {
    while (this.recorded < this.book.events.length) {
      const event = this.book.events[this.recorded];
      if (event === undefined) break;
      this.push(event, canonicalJson({ cause: this.causeOf(event), data: encodeEvent(event) }));
      this.recorded += 1;
    }
  }

  private causeOf(event: RecordedEvent): JsonValue {
    const object = this.book.causes.get(event.eventId);
    if (object !== undefined) {
      this.command = event.eventId;
      return { object: JSON.parse(object.text) as JsonValue };
    }
    return isCommandless(event) ? { none: true } : { event: this.command };
  }

  private push(event: RecordedEvent, payload: string): void {
    const salt = seeded(`${this.seed} salt ${this.records.length}`);
    const { stream, revision, type, at, eventId, disclosure } = event;
    const envelope = encodeEnvelope({
      v: 1,
      stream,
      revision,
      type,
      at,
      payloadCommitment: payloadCommitment(salt, payload),
      disclosure: disclosure === undefined ? null : disclosureHash(disclosure),
    });
    const shown = disclosure === undefined ? null : canonicalJson(disclosure);
    this.append({ eventId, envelope, disclosure: shown, payload, salt });
  }

  /** Appends a leaf as it is: for logs that no honest book would write. */
  append(event: SourceEvent): void {
    this.records.push(event);
    this.range.append(auditTreeHasher.leaf(event.envelope));
  }

  /** Root of the log as it is now. */
  root(): Hash {
    return hashFromBytes(this.range.root());
  }

  /** The id of the first event of a type. */
  eventId(type: string): Hash {
    const event = this.book.events.find((candidate) => candidate.type === type);
    if (event === undefined) throw new Error(`no ${type}`);
    return event.eventId;
  }

  /** Erases a payload by the operator's signed order. */
  erase(eventId: Hash): void {
    this.accept(erasure(this.world, eventId));
    const index = this.records.findIndex((record) => record.eventId === eventId);
    const record = this.records[index];
    if (record !== undefined) this.records[index] = { ...record, payload: null, salt: null };
  }

  /** Keeps the book's state as a snapshot after the last event; gives its hash. */
  snapshot(): Hash {
    const { stream, revision } = this.state;
    const state = encodeState(this.state);
    this.snapshots.push({ index: this.size - 1, stream, revision, state });
    return stateHash(this.state);
  }

  /** Signs a checkpoint over the log as it is now. */
  async checkpoint(): Promise<void> {
    const checkpoint = { origin: ORIGIN, size: this.size, root: this.range.root() };
    const note = await signCheckpoint(checkpoint, this.signer);
    this.checkpoints.push({ size: this.size, note });
  }

  private nextBlock(): Attestation {
    return { kind: 'bitcoin', height: BLOCK_HEIGHT + this.anchors.length };
  }

  /** Anchors the log's root: by default in a made-up block that `blocks` lists. */
  anchor(attestation: Attestation = this.nextBlock()): void {
    const digest = this.range.root();
    const append = { kind: 'append' as const, argument: seeded(`${this.seed} nonce`).slice(0, 16) };
    const message = applyOperation({ kind: 'sha256' }, applyOperation(append, digest));
    const hashed = {
      attestations: [],
      branches: [
        {
          operation: { kind: 'sha256' as const },
          next: { attestations: [attestation], branches: [] },
        },
      ],
    };
    const timestamp = { attestations: [], branches: [{ operation: append, next: hashed }] };
    const proof = encodeProof({ hashOperation: 'sha256', digest, timestamp });
    this.anchors.push({ rail: 'opentimestamps', size: this.size, proof });
    if (attestation.kind === 'bitcoin') {
      this.blocks[String(attestation.height)] = rootToDisplay(message);
    }
  }

  /** What a node would offer for a bundle. Snapshots and erasures are as they are now. */
  source(): BundleSource {
    const { records, checkpoints, anchors, payloads, snapshots, state, usedKeys } = this;
    return {
      origin: ORIGIN,
      logKey: this.logKey,
      size: records.length,
      async *events() {
        yield* records;
      },
      checkpoints: async () => checkpoints.map(({ note }) => note),
      verificationKeys: async () => [...usedKeys].map(([hash, key]) => ({ hash, key })),
      anchors: async () => anchors,
      payloads: async () => payloads,
      snapshots: async () => snapshots,
      books: async () => [
        {
          stream: state.stream,
          revision: state.revision,
          stateHash: stateHash(state),
          positions: positionsOfBook(state),
        },
      ],
    };
  }

  /** The bundle's text. */
  async bundle(kind: BundleKind): Promise<string> {
    let text = '';
    for await (const line of writeBundle(this.source(), kind)) text += line;
    return text;
  }
}

/** The opening and every lapse have no cause; an object's further events name its first. */
function isCommandless({ stream, type, eventId: id, data }: RecordedEvent): boolean {
  if (type === 'BookOpened') return true;
  return 'voucher' in data && id === eventId(stream, `lapse:${data.voucher}`, 0);
}
