/**
 * What can happen to a book. The data of each event is everything that `evolve` and the projections
 * need: none of them parses the cause again. `docs/reference/events.md` describes each field.
 */
import type { JsonValue } from '../codec/canonical-json.ts';
import type { Tier } from '../codec/merkle-16.ts';
import type {
  CreditReassignedData,
  EdgeDisputedData,
  EdgeStateAgreedData,
  SettlementRecordedData,
  SettlementRequestedData,
} from '../credit/events.ts';
import type { Leg } from '../credit/leg.ts';
import type { HopEventData } from '../hop/events.ts';
import type { BatchItem } from '../note/batch-commitment.ts';
import type { SlotStatus } from '../note/roots.ts';
import type { Amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { FieldHex, Hash, Nonce, PartyId, StreamId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type {
  BudgetCategory,
  BudgetPayee,
  Delivery,
  PublicSignals,
  Role,
} from '../wire/objects.ts';

export type BookOpenedData = {
  /** What the book is called inside the node; it appears in payloads only. */
  readonly name: string;
  /** Origin of the log that holds the book; every note core repeats it. */
  readonly origin: string;
  /** The identity whose operator keys attest periods and erase payloads. */
  readonly operator: PartyId;
  /** Greatest |at − now| of a voucher or receipt, ms. */
  readonly skewMs: number;
  /** Longest time that a hold may last, ms. */
  readonly holdMsMax: number;
};

export type KeyDelegatedData = {
  readonly delegation: Hash;
  readonly party: PartyId;
  readonly key: PartyId;
  readonly roles: readonly Role[];
  readonly nextIdentityHash: Hash;
  readonly notBefore: UnixMs;
  readonly expiresAt: UnixMs;
};

export type KeyRevokedData = {
  readonly revocation: Hash;
  readonly party: PartyId;
  readonly key: PartyId;
};

export type EdgeOpenedData = {
  readonly edge: Hash;
  readonly a: PartyId;
  readonly b: PartyId;
  readonly denomination: Denomination;
  /** How much b may owe a. */
  readonly limitA: Amount;
  /** How much a may owe b. */
  readonly limitB: Amount;
  readonly rateBps: number;
  readonly expiresAt: UnixMs;
  readonly graceMs: number;
  readonly haircutBps: number;
};

export type EdgeLimitChangedData = {
  readonly change: Hash;
  readonly edge: Hash;
  readonly grantor: PartyId;
  readonly limit: Amount;
  readonly sequence: number;
};

export type BudgetDelegatedData = {
  readonly budget: Hash;
  readonly delegation: Hash;
  readonly principal: PartyId;
  readonly agent: PartyId;
  readonly denomination: Denomination;
  readonly cap: Amount;
  readonly windowStart: UnixMs;
  readonly windowEnd: UnixMs;
  readonly categories: readonly BudgetCategory[];
  readonly payees: readonly BudgetPayee[];
  readonly defaultCategory: number | null;
  readonly tier: Tier;
  readonly parent: Hash | null;
  readonly policySalt: Nonce;
  /** The first period, which opens with the budget. */
  readonly period: Hash;
};

export type PolicyStatedData = {
  readonly statement: Hash;
  readonly budget: Hash;
  readonly policyDigest: FieldHex;
};

export type TaskBudgetedData = {
  readonly delegation: Hash;
  readonly budget: Hash;
  readonly task: string;
  readonly cap: Amount;
};

export type NoteKeyCertifiedData = {
  readonly certificate: Hash;
  readonly party: PartyId;
  readonly counterparty: PartyId;
  readonly period: Hash;
  readonly noteKey: PartyId;
};

export type IntentRecordedData = {
  readonly intent: Hash;
  readonly receiver: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly expiresAt: UnixMs;
  readonly policyHash: Hash | null;
  readonly maxFeeBps: number;
  readonly latencyMs: number;
  /** How it is paid from other books; null: only inside this one. */
  readonly delivery: Delivery | null;
};

/** The part of a hold that its budget granted; everything the witness of its note needs. */
export type GrantData = {
  readonly budget: Hash;
  readonly agent: PartyId;
  readonly task: string | null;
  readonly period: Hash;
  readonly index: number;
  readonly category: number;
  readonly regime: number;
  /** The payments of a batch note; null for a single note. */
  readonly items: readonly BatchItem[] | null;
  /** Authorization id: what the token leaf is made of. */
  readonly authorization: Hash;
  readonly commitment: FieldHex;
  readonly noteSalt: Nonce;
  readonly core: Hash;
  /** Note key of the agent for this pair and period. */
  readonly payer: PartyId;
  /** Note key of the payee for this pair and period. */
  readonly payee: PartyId;
};

/** What a hold is of. */
type HoldData = {
  readonly voucher: Hash;
  readonly intent: Hash;
  readonly edge: Hash;
  readonly from: PartyId;
  readonly to: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly fee: Amount;
};

export type HoldPlacedData = HoldData & {
  readonly at: UnixMs;
  readonly expiresAt: UnixMs;
  readonly policyHash: Hash | null;
  readonly grant: GrantData | null;
};

/** What the end of a hold repeats of it, so that a reader needs no join. */
type HoldEndData = HoldData & {
  readonly grant: EndedGrantData | null;
};

export type EndedGrantData = {
  readonly budget: Hash;
  readonly task: string | null;
  readonly period: Hash;
  readonly index: number;
  readonly category: number;
  readonly core: Hash;
};

export type NoteData = { readonly seq: number; readonly prev: Hash; readonly tail: Hash };

export type PaymentFinalizedData = HoldEndData & {
  readonly receipt: Hash;
  /** When the payee signed. */
  readonly at: UnixMs;
  readonly legs: readonly Leg[];
  readonly note: NoteData | null;
};

export type HoldLapsedData = HoldEndData;

export type HoldVoidedData = HoldEndData & { readonly voidReceipt: Hash };

export type PairClosedData = {
  readonly close: Hash;
  readonly budget: Hash;
  readonly period: Hash;
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly lastSeq: number;
  readonly prev: Hash;
  /** Indexes whose lapse the close shows to be unspent, ascending. */
  readonly unspent: readonly number[];
};

/** Totals as the spend proof counts them: spent and lapsed in full; void and unspent as nothing. */
export type CountedTotals = {
  readonly total: Amount;
  /** One amount for each of the budget's categories. */
  readonly categories: readonly Amount[];
};

export type PeriodClosedData = {
  readonly close: Hash;
  readonly budget: Hash;
  readonly period: Hash;
  readonly periodIndex: number;
  /** Authorizations issued in the period. */
  readonly count: number;
  readonly tokensRoot: FieldHex;
  readonly leavesRoot: FieldHex;
  /** One ending for each index. */
  readonly statuses: readonly SlotStatus[];
  readonly periodTotals: CountedTotals;
  readonly cumulativeTotals: CountedTotals;
  /** Time of the first counted note, or 0. */
  readonly firstAt: UnixMs;
  /** Time of the last counted note, or that of the periods before, or windowStart. */
  readonly lastAt: UnixMs;
  /** The period that opens next; null closes the budget. */
  readonly nextPeriod: Hash | null;
};

export type PeriodAttestedData = {
  readonly attestation: Hash;
  readonly budget: Hash;
  readonly period: Hash;
  readonly periodIndex: number;
  readonly publicSignals: PublicSignals;
  readonly verificationKeyHash: Hash;
};

export type EquivocationRecordedData = {
  readonly proof: Hash;
  readonly kind: 'core' | 'tail';
  readonly noteKey: PartyId;
  readonly period: Hash;
  /** The party that certified the note key. */
  readonly party: PartyId;
};

export type PayloadErasedData = {
  readonly erasure: Hash;
  readonly eventId: Hash;
  readonly reason: string;
};

/** The data of each event, by its type. */
export type BookEventData = HopEventData & {
  readonly BookOpened: BookOpenedData;
  readonly KeyDelegated: KeyDelegatedData;
  readonly KeyRevoked: KeyRevokedData;
  readonly EdgeOpened: EdgeOpenedData;
  readonly EdgeLimitChanged: EdgeLimitChangedData;
  readonly EdgeStateAgreed: EdgeStateAgreedData;
  readonly EdgeDisputed: EdgeDisputedData;
  readonly CreditReassigned: CreditReassignedData;
  readonly SettlementRequested: SettlementRequestedData;
  readonly SettlementRecorded: SettlementRecordedData;
  readonly BudgetDelegated: BudgetDelegatedData;
  readonly PolicyStated: PolicyStatedData;
  readonly TaskBudgeted: TaskBudgetedData;
  readonly NoteKeyCertified: NoteKeyCertifiedData;
  readonly IntentRecorded: IntentRecordedData;
  readonly HoldPlaced: HoldPlacedData;
  readonly PaymentFinalized: PaymentFinalizedData;
  readonly HoldLapsed: HoldLapsedData;
  readonly HoldVoided: HoldVoidedData;
  readonly PairClosed: PairClosedData;
  readonly PeriodClosed: PeriodClosedData;
  readonly PeriodAttested: PeriodAttestedData;
  readonly EquivocationRecorded: EquivocationRecordedData;
  readonly PayloadErased: PayloadErasedData;
};

export type BookEventType = keyof BookEventData;

/** An event as `decide` makes it. `disclosure` is its public part; absent means it has none. */
export type BookEvent = {
  [T in BookEventType]: {
    readonly type: T;
    readonly data: BookEventData[T];
    readonly disclosure?: JsonValue;
  };
}[BookEventType];

/** The event of one type. */
export type BookEventOf<T extends BookEventType> = Extract<BookEvent, { readonly type: T }>;

/** Where and when an event was recorded. */
export type Recording = {
  readonly stream: StreamId;
  readonly revision: number;
  readonly at: UnixMs;
  readonly eventId: Hash;
};

/** An event as the log holds it: what `evolve` takes. */
export type RecordedEvent = BookEvent & Recording;
