/** One pass over the records of a bundle → the evidence that claims are judged by. */
import { hexToBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import type { Hash } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type {
  AnchorRecord,
  BundleRecord,
  CheckpointRecord,
  EventRecord,
  HeaderRecord,
  PayloadRecord,
  VerificationKeyRecord,
} from '../bundle/records.ts';
import { type Finding, notShown } from '../claims/verdict.ts';
import { bytesHash } from '../crypto/bytes-hash.ts';
import type { SignatureQueue } from '../crypto/signature-queue.ts';
import { auditTreeHasher } from '../crypto/tree-hasher.ts';
import { BatchReplay } from '../replay/batch-replay.ts';
import { Replay } from '../replay/replay.ts';
import type { TrustFile } from '../trust/trust-file.ts';
import { disclosureFiles, type Filed } from './disclosures.ts';
import type { Evidence, LoggedCore, PeriodEvidence } from './evidence.ts';
import { authorizationLists } from './listed-authorizations.ts';
import { payloadCheck } from './payload-order.ts';
import { streamOrder } from './stream-order.ts';

/** Told after every 1,000 events. */
export type OnEvents = (done: number, count: number) => void;

const PROGRESS_EVENTS = 1000;

function periodsOf(filed: Filed): ReadonlyMap<Hash, PeriodEvidence> {
  const periods = new Map<Hash, PeriodEvidence>();
  const of = (period: Hash): PeriodEvidence => {
    const known = periods.get(period) ?? { period, cores: [], closes: [], attestations: [] };
    periods.set(period, known);
    return known;
  };
  for (const core of filed.cores) of(core.core.period).cores.push(core);
  for (const close of filed.periodCloses) of(close.object.body.period).closes.push(close);
  for (const logged of filed.attestations) of(logged.object.body.period).attestations.push(logged);
  return periods;
}

/** Cores by hash. The second of two equal cores stays out; `note-order` finds it by its index. */
function coresOf(cores: readonly LoggedCore[]): ReadonlyMap<Hash, LoggedCore> {
  const byHash = new Map<Hash, LoggedCore>();
  for (const core of cores) if (!byHash.has(core.hash)) byHash.set(core.hash, core);
  return byHash;
}

function sealedHolds(filed: Filed): readonly Finding[] {
  const [first] = filed.plainHolds;
  if (first === undefined) return [];
  const count = filed.plainHolds.length;
  const reason = `${count} holds without a note: that they drew on no budget shows in a full bundle`;
  return [notShown(reason, `log index ${first}`)];
}

type Pass = {
  readonly header: HeaderRecord;
  readonly leafHashes: Uint8Array[];
  readonly eventTimes: UnixMs[];
  readonly checkpoints: CheckpointRecord[];
  readonly verificationKeys: Map<Hash, VerificationKeyRecord>;
  readonly anchors: AnchorRecord[];
  readonly payloads: Map<Hash, PayloadRecord>;
  readonly payloadsMisnamed: Hash[];
};

class Collector {
  private readonly pass: Pass;
  private readonly order = streamOrder();
  private readonly disclosures: ReturnType<typeof disclosureFiles>;
  private readonly payloads = payloadCheck();
  private readonly authorizations = authorizationLists();
  private readonly batches = new BatchReplay();
  private readonly replay: Replay;
  private readonly isFull: boolean;

  constructor(header: HeaderRecord, trust: TrustFile, signatures: SignatureQueue) {
    this.isFull = header.kind === 'full';
    this.disclosures = disclosureFiles(header.kind);
    this.replay = new Replay(header.origin, trust.snapshots, signatures);
    this.pass = {
      header,
      leafHashes: [],
      eventTimes: [],
      checkpoints: [],
      verificationKeys: new Map(),
      anchors: [],
      payloads: new Map(),
      payloadsMisnamed: [],
    };
  }

  private addEvent(event: EventRecord): void {
    this.pass.leafHashes.push(auditTreeHasher.leaf(utf8(event.envelopeText)));
    this.pass.eventTimes.push(event.envelope.at);
    this.order.add(event);
    this.disclosures.add(event);
    if (!this.isFull) return;
    this.payloads.add(event);
    this.authorizations.add(event);
    this.batches.add(event);
    this.replay.add(event);
  }

  /** Bytes under a hash that is not theirs are kept from every claim but `bundle`. */
  private addPayload(record: PayloadRecord): void {
    if (bytesHash(hexToBytes(record.data)) === record.hash) {
      this.pass.payloads.set(record.hash, record);
    } else {
      this.pass.payloadsMisnamed.push(record.hash);
    }
  }

  add(record: BundleRecord): void {
    switch (record.type) {
      case 'event':
        this.addEvent(record);
        break;
      case 'snapshot':
        this.replay.addSnapshot(record);
        break;
      case 'checkpoint':
        this.pass.checkpoints.push(record);
        break;
      case 'verification-key':
        this.pass.verificationKeys.set(record.hash, record);
        break;
      case 'anchor':
        this.pass.anchors.push(record);
        break;
      case 'payload':
        this.addPayload(record);
        break;
      case 'book':
        this.replay.addClaim(record);
        break;
      default:
        // The header made this collector; the end record was checked on reading.
        break;
    }
  }

  finish(): Evidence {
    const { files } = this.disclosures;
    const payloads = this.payloads.result();
    return {
      ...this.pass,
      ...this.replay.finish(),
      ...this.batches.result(),
      decidedRoots: this.replay.decidedRoots,
      listedAuthorizations: this.authorizations.result(),
      revisionFindings: this.order.findings(),
      disclosureFindings: files.findings,
      withheldDisclosures: files.withheld.length,
      withheldRevocations: files.withheldRevocations,
      payloadFindings: payloads.findings,
      payloadsOpened: payloads.opened,
      missingPayloads: payloads.missing,
      erasures: payloads.erasures,
      holdsWithoutNote: this.isFull ? payloads.holdsWithoutNote : sealedHolds(files),
      periods: periodsOf(files),
      cores: coresOf(files.cores),
      allCores: files.cores,
      tails: files.tails,
      voids: files.voids,
      lapses: files.lapses,
      pairCloses: files.pairCloses,
      policies: files.policies,
      periodCloses: files.periodCloses,
      attestations: files.attestations,
      equivocations: files.equivocations,
      feeMismatches: files.feeMismatches,
      delegations: files.delegations,
      revocations: files.revocations,
    };
  }
}

/**
 * Reads all records of a bundle into evidence. Memory grows with the disclosures and 32 bytes for each
 * event; payloads are replayed and let go.
 * @throws UnusableBundle as `readBundle`.
 */
export async function collectEvidence(
  records: AsyncIterable<BundleRecord>,
  options: {
    readonly trust: TrustFile;
    readonly signatures: SignatureQueue;
    readonly onEvents: OnEvents;
  },
): Promise<Evidence | undefined> {
  const { trust, signatures, onEvents } = options;
  let collector: Collector | undefined;
  let size = 0;
  for await (const record of records) {
    if (record.type === 'bundle') {
      collector = new Collector(record, trust, signatures);
      size = record.size;
      continue;
    }
    collector?.add(record);
    await signatures.room();
    if (record.type === 'event' && (record.index + 1) % PROGRESS_EVENTS === 0) {
      onEvents(record.index + 1, size);
    }
  }
  await signatures.idle();
  return collector?.finish();
}
