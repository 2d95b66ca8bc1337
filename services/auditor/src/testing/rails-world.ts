/**
 * The audit world's log with two batches that left the node: one published as a blob on an EVM chain, one paid
 * over Lightning. The chain's block and the Lightning nodes are made up; every hash, proof and signature is real.
 */
import { batchId, encodeAnchorEvent } from '@atomicity/kernel/anchor/event-codec';
import type { Batch, BatchSettlement } from '@atomicity/kernel/anchor/events';
import { type LeftOut, splitDiffs } from '@atomicity/kernel/batch/left-out';
import type { Quarantined } from '@atomicity/kernel/batch/reasons';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import { bytesToHex, hexToBytes, textFromUtf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { encodeEnvelope, payloadCommitment } from '@atomicity/kernel/log/envelope';
import { isDiffEventType, StateDiffCollector } from '@atomicity/kernel/state-diff/collect-diffs';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import { toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import type { StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import { testHash } from '@atomicity/kernel/testing/keys';
import { AGENT, GPU, ORIGIN } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { hashToBytes, type StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { makeEvidence } from '@atomicity/rails/ethereum/evidence/make-evidence';
import { addressOf, sampleBlock } from '@atomicity/rails/ethereum/evidence/sample-block';
import { readEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { nodeKzg } from '@atomicity/rails/ethereum/kzg/kzg';
import {
  descriptionHash,
  descriptionOf,
  encodeDescription,
} from '@atomicity/rails/lightning/description';
import { encodeEvidence } from '@atomicity/rails/lightning/evidence';
import { ScriptedLightning } from '@atomicity/rails/lightning/scripted-node';
import type { SourceEvent } from '../bundle/source.ts';
import { bytesHash } from '../crypto/bytes-hash.ts';
import { FleetWorld } from './fleet-world.ts';

const SETTLER = 'ab'.repeat(16) as StreamId;
const CHAIN_ID = 31_337;
const REGISTRY = new Uint8Array(20).fill(0xaa);
const PUBLISHER_KEY = new Uint8Array(32).fill(7);

/** Its setup takes seconds to load: one for all worlds. */
let sharedKzg: ReturnType<typeof nodeKzg> | undefined;

export type ClosedBatch = { readonly batch: Batch; readonly payload: Uint8Array };

export class RailsWorld extends FleetWorld {
  private readonly lightning = new ScriptedLightning({ now: () => 1_800_000_000_000 });
  private collected = 0;
  private readonly collector = new StateDiffCollector();
  private leftOut: LeftOut = new Map();
  private settlerRevision = -1;
  private readonly chain = { registries: new Set<string>(), blocks: new Map<number, string>() };
  private payee = '';

  /** Closes a batch over everything since the one before, under a checkpoint of now. */
  async closeBatch(
    rails: readonly string[],
    settles: BatchSettlement | null = null,
    edit: (batch: Omit<Batch, 'batch'>) => Omit<Batch, 'batch'> = (batch) => batch,
    quarantined: readonly Quarantined[] = [],
  ): Promise<ClosedBatch> {
    await this.checkpoint();
    const size = this.size;
    for (const event of this.records.slice(this.collected)) this.collect(event);
    const span = this.collector.cut(size);
    if (span.kind === 'refused') throw new Error(span.reason);
    const left = this.collector.edges.filter(({ edge }) =>
      quarantined.some((one) => one.edge === edge),
    );
    const numbers = new Set(left.map(({ number }) => number));
    const split = splitDiffs(span.diffs, this.leftOut, numbers);
    this.leftOut = split.leftOut;
    const { registrySize } = span;
    const payload = encodeStateDiffs({ registrySize, diffs: split.batch });
    const fields = edit({
      subject: { origin: ORIGIN, size, root: this.root() },
      from: span.from,
      payload: bytesHash(payload),
      diffs: split.batch.length,
      values: this.valuesOf(split.batch),
      rails,
      settles,
    });
    const batch = { ...fields, batch: batchId(fields) };
    this.recordClosed(batch, quarantined);
    return { batch, payload };
  }

  /** Writes a closing into the log as it is given. */
  recordClosed(batch: Batch, quarantined: readonly Quarantined[] = []): void {
    const data = { ...batch, reason: 'asked' as const, quarantined };
    this.settlerEvent(
      'BatchClosed',
      encodeAnchorEvent({ type: 'BatchClosed', data }) as JsonObject,
    );
  }

  private valuesOf(diffs: readonly StateDiff[]): Batch['values'] {
    const sums = new Map<Denomination, bigint>();
    for (const { edge, delta } of diffs) {
      const denomination = this.collector.edges[edge]?.denomination;
      if (denomination === undefined || delta === 0n) continue;
      sums.set(denomination, (sums.get(denomination) ?? 0n) + (delta < 0n ? -delta : delta));
    }
    return [...sums].map(([denomination, sum]) => ({ denomination, amount: amount(sum) }));
  }

  private collect({ envelope, payload }: SourceEvent): void {
    const index = this.collected;
    this.collected += 1;
    const { type, stream, at } = parsed(textFromUtf8(envelope) ?? '') as unknown as {
      readonly type: string;
      readonly stream: StreamId;
      readonly at: UnixMs;
    };
    if (!isDiffEventType(type)) return;
    const event = decodeEvent(type, parsed(payload ?? '')['data'] ?? null);
    this.collector.add({ index, stream, at, type, event });
  }

  settlerEvent(type: string, data: JsonObject): void {
    this.settlerRevision += 1;
    const salt = hashToBytes(testHash(`settler salt ${this.settlerRevision}`));
    const payload = canonicalJson({ cause: { none: true }, data });
    const envelope = encodeEnvelope({
      v: 1,
      stream: SETTLER,
      revision: this.settlerRevision,
      type,
      at: this.book.now,
      payloadCommitment: payloadCommitment(salt, payload),
      disclosure: null,
    });
    const eventId = testHash(`settler event ${this.settlerRevision}`);
    this.append({ eventId, envelope, disclosure: null, payload, salt });
  }

  /** Publishes a batch, in a block that the trust file knows; the blobs may hold something else than it says. */
  async publish(
    { batch, payload }: ClosedBatch,
    availability: 'blob' | 'external' = 'blob',
    published = payload,
  ): Promise<void> {
    sharedKzg ??= nodeKzg();
    const kzg = sharedKzg;
    const blobs = availability === 'blob' ? toBlobs(published) : [];
    const commitments = await Promise.all(blobs.map((blob) => kzg.commit(blob)));
    const blobProofs = await Promise.all(
      blobs.map((blob, i) => kzg.blobProof(blob, commitments[i] ?? new Uint8Array())),
    );
    const { subject, from } = batch;
    const call = {
      availability,
      batch: hashToBytes(batch.batch),
      root: hashToBytes(subject.root),
      from,
      size: subject.size,
      payloadHash: hashToBytes(batch.payload),
      payload: null,
    };
    const proof = makeEvidence(
      sampleBlock(
        {
          chainId: CHAIN_ID,
          registry: REGISTRY,
          secretKey: PUBLISHER_KEY,
          call,
          commitments,
          blobProofs,
        },
        { count: 3, index: 1, number: 1_000 + subject.size },
      ),
    );
    this.anchors.push({ rail: 'ethereum', size: subject.size, proof });
    this.payloads.push(payload);
    const shown = readEthereumEvidence(proof);
    if (shown.kind === 'refused') throw new Error(shown.reason);
    this.chain.registries.add(shown.anchor.registry);
    this.chain.blocks.set(shown.anchor.blockNumber, shown.anchor.blockHash);
  }

  /** A debt of the agent to its provider, paid for outside. */
  settlement(): BatchSettlement {
    const edge = this.edges.get(GPU.id);
    if (edge === undefined) throw new Error('no edge to the provider');
    const { denomination } = this.state.edges.get(edge)?.terms ?? {};
    if (denomination === undefined) throw new Error('no terms of the edge');
    return {
      edge,
      debtor: AGENT.id,
      creditor: GPU.id,
      denomination,
      amount: amount(11n),
      request: null,
      target: 'https://provider.example/invoices',
    };
  }

  /** Pays what a batch settles; `described` is the batch that the invoice is for. */
  async settle({ batch }: ClosedBatch, described: Batch = batch): Promise<void> {
    const amountMsat = 11_000n;
    const description = descriptionOf(described, amountMsat);
    if (description === undefined) throw new Error('the batch settles nothing');
    const text = encodeDescription(description);
    const signal = new AbortController().signal;
    const { bolt11 } = await this.lightning.payee.createInvoice(
      { amountMsat, descriptionHash: descriptionHash(text), expirySeconds: 60 },
      signal,
    );
    const paid = await this.lightning.payer.pay(bolt11, { maxFeeMsat: 0n, timeoutMs: 1 }, signal);
    if (paid.kind !== 'succeeded') throw new Error(paid.kind);
    const preimage = bytesToHex(paid.preimage);
    const proof = encodeEvidence({ invoice: bolt11, description: text, preimage });
    this.anchors.push({ rail: 'lightning', size: batch.subject.size, proof });
    this.payee = await this.lightning.payee.nodeId(signal);
  }

  override trustFile(change: Record<string, unknown> = {}): string {
    const { registries, blocks } = this.chain;
    return super.trustFile({
      ethereum: {
        [CHAIN_ID]: {
          registries: [...registries],
          publishers: [`0x${bytesToHex(addressOf(PUBLISHER_KEY))}`],
          blocks: Object.fromEntries(blocks),
        },
      },
      lightning: { nodes: this.payee === '' ? [] : [this.payee], networks: ['regtest'] },
      ...change,
    });
  }
}

function parsed(text: string): JsonObject {
  const json = parseCanonicalJson(text);
  if (!json.ok || !isJsonObject(json.value)) throw new Error('not an object');
  return json.value;
}

/** The byte at a place of a text of hex digits, changed. */
export function flippedHex(hex: string, byte: number): string {
  const bytes = hexToBytes(hex);
  bytes[byte] = (bytes[byte] ?? 0) ^ 1;
  return bytesToHex(bytes);
}
