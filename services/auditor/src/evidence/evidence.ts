/**
 * What one pass over a bundle leaves in memory: the leaf hashes of the log, its disclosed objects by
 * kind, the findings that only the pass itself can make, and the closing records. Claims are functions
 * of this and of the trust file.
 */

import type { NoteCore, NoteTail, NoteVoid } from '@atomicity/kernel/note/note';
import type { SlotStatus } from '@atomicity/kernel/note/roots';
import type { FieldHex, Hash, PartyId, Signature, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { BodyOf, ParsedObject, WireType } from '@atomicity/kernel/wire/objects';
import type {
  AnchorRecord,
  CheckpointRecord,
  HeaderRecord,
  PayloadRecord,
  VerificationKeyRecord,
} from '../bundle/records.ts';
import type { Finding } from '../claims/verdict.ts';
import type { LoggedBatch } from '../replay/batch-replay.ts';
import type { DecidedRoots } from '../replay/replay.ts';
import type { ListedAuthorizations } from './listed-authorizations.ts';

/** Where an object stands in the log. */
export type Logged<T> = T & {
  /** Dense index in the log. */
  readonly logIndex: number;
  readonly stream: StreamId;
  readonly at: UnixMs;
};

export type LoggedCore = Logged<{
  readonly hash: Hash;
  readonly core: NoteCore;
  readonly sig: Signature;
}>;
export type LoggedTail = Logged<{
  readonly hash: Hash;
  readonly tail: NoteTail;
  readonly sig: Signature;
}>;
export type LoggedVoid = Logged<{ readonly noteVoid: NoteVoid; readonly sig: Signature }>;
export type LoggedLapse = Logged<{ readonly core: Hash }>;

/** A disclosed signed object of one type. */
export type LoggedObject<Type extends WireType> = Logged<{
  readonly object: ParsedObject<BodyOf<Type>>;
}>;

export type LoggedPeriodClose = LoggedObject<'PeriodClose'> & {
  /** What the book computed when it recorded the close. */
  readonly leavesRoot: FieldHex;
  readonly statuses: readonly SlotStatus[];
};

/** A payload that the bundle does not show. */
export type MissingPayload = { readonly eventId: Hash | null; readonly where: string };

export type LoggedErasure = LoggedObject<'PayloadErasure'> & {
  /** Whom the book named as its operator; undefined if that payload is missing too. */
  readonly operator: PartyId | undefined;
};

/** All notes and closes of one period, as disclosed. */
export type PeriodEvidence = {
  readonly period: Hash;
  /** In log order. */
  readonly cores: LoggedCore[];
  readonly closes: LoggedPeriodClose[];
  readonly attestations: LoggedObject<'AttestationSummary'>[];
};

export type Evidence = {
  readonly header: HeaderRecord;
  /** 32 bytes for each event. */
  readonly leafHashes: readonly Uint8Array[];
  readonly eventTimes: readonly UnixMs[];

  /** Findings of the pass; empty where everything held. */
  readonly revisionFindings: readonly Finding[];
  readonly disclosureFindings: readonly Finding[];
  /** Key records of unnamed parties that a sealed bundle leaves out. */
  readonly withheldDisclosures: number;
  readonly payloadFindings: readonly Finding[];
  readonly holdsWithoutNote: readonly Finding[];
  /** Number of events whose payload is in the bundle. */
  readonly payloadsOpened: number;
  readonly missingPayloads: readonly MissingPayload[];
  /** Full bundles: the orders to erase payloads. */
  readonly erasures: readonly LoggedErasure[];

  readonly periods: ReadonlyMap<Hash, PeriodEvidence>;
  readonly cores: ReadonlyMap<Hash, LoggedCore>;
  /** In log order. */
  readonly allCores: readonly LoggedCore[];
  readonly tails: readonly LoggedTail[];
  readonly voids: readonly LoggedVoid[];
  readonly lapses: readonly LoggedLapse[];
  readonly pairCloses: readonly LoggedObject<'PairClose'>[];
  readonly policies: readonly LoggedObject<'PolicyStatement'>[];
  readonly periodCloses: readonly LoggedPeriodClose[];
  readonly attestations: readonly LoggedObject<'AttestationSummary'>[];
  readonly equivocations: readonly LoggedObject<'EquivocationProof'>[];
  readonly feeMismatches: readonly LoggedObject<'FeeMismatchProof'>[];
  readonly delegations: readonly LoggedObject<'KeyDelegation'>[];
  readonly revocations: readonly LoggedObject<'KeyRevocation'>[];
  /** Log indexes of revocations that a sealed bundle withholds. */
  readonly withheldRevocations: readonly number[];

  /** Full bundles: the roots of each period whose close the replay decided from signed objects. */
  readonly decidedRoots: ReadonlyMap<Hash, DecidedRoots>;
  /** Full bundles: what the holds of each period name, in log order. */
  readonly listedAuthorizations: ListedAuthorizations;
  readonly replay: Finding;
  readonly balances: Finding;

  readonly checkpoints: readonly CheckpointRecord[];
  readonly verificationKeys: ReadonlyMap<Hash, VerificationKeyRecord>;
  readonly anchors: readonly AnchorRecord[];
  /** Full bundles: the batches that the log closed, by id, in log order. */
  readonly batches: ReadonlyMap<Hash, LoggedBatch>;
  /** Full bundles: batches that the log closed and nobody can read, because erased or malformed. */
  readonly unreadBatches: readonly Finding[];
  /** By the SHA-256 of their bytes. */
  readonly payloads: ReadonlyMap<Hash, PayloadRecord>;
  /** Payloads whose bytes are not those of their hash. */
  readonly payloadsMisnamed: readonly Hash[];
};

/** The note key of a signature's owner, for messages. */
export const shortKey = (key: PartyId): string => `${key.slice(0, 11)}…`;

/** A hash as messages show it. */
export const shortHash = (hash: string): string => `${hash.slice(0, 8)}…`;
