/**
 * What a book knows at one revision: the parties' keys, edges, budgets, open holds and counters.
 *
 * The state is immutable. It keeps a record only as long as some later decision needs it: a used
 * voucher until it would be refused as expired anyway, an authorization until its period is attested.
 */
import type { DeadlineHeap } from '../collections/deadline-heap.ts';
import { PersistentMap } from '../collections/persistent-map.ts';
import type { EdgeStateAgreedData, SettlementRequestedData } from '../credit/events.ts';
import type { PartyHostedData } from '../hop/events.ts';
import type { DeclinedVoucher, DeliveryBuffer, Hop, Order, Policy } from '../hop/hop.ts';
import type { NoteCore } from '../note/note.ts';
import type { SlotStatus } from '../note/roots.ts';
import type { Amount, SignedAmount } from '../units/amount.ts';
import type { FieldHex, Hash, PartyId, StreamId } from '../units/id.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import type {
  BookOpenedData,
  BudgetDelegatedData,
  CountedTotals,
  EdgeOpenedData,
  HoldPlacedData,
  IntentRecordedData,
  KeyDelegatedData,
  NoteKeyCertifiedData,
  PeriodClosedData,
  TaskBudgetedData,
} from './events.ts';

export type Identity = {
  /** Commitment to the key that may revoke when this identity's key is lost; fixed for good. */
  readonly nextIdentityHash: Hash;
  /** A revoked identity delegates no further keys. */
  readonly revocation: Hash | null;
};

export type DelegatedKey = {
  readonly terms: KeyDelegatedData;
  readonly revocation: Hash | null;
};

export type Edge = {
  readonly terms: EdgeOpenedData;
  readonly limitA: Amount;
  readonly limitB: Amount;
  /** The last limit change of each grantor: its sequence (0: none yet) and object id. */
  readonly changeA: { readonly sequence: number; readonly change: Hash | null };
  readonly changeB: { readonly sequence: number; readonly change: Hash | null };
  /** Seen from a: positive when b owes a. */
  readonly balance: SignedAmount;
  /** Open holds that would make a owe b more. */
  readonly heldFromA: Amount;
  /** Open holds that would make b owe a more. */
  readonly heldFromB: Amount;
  /** The newest state that both ends signed, and the event that holds it. */
  readonly state: { readonly terms: EdgeStateAgreedData; readonly eventId: Hash } | null;
  /** The proof that the ends disagree, until they sign a state again. */
  readonly dispute: { readonly proof: Hash; readonly sequence: number } | null;
};

/** A request to be paid outside, remembered for a while after it expired. */
export type AskedSettlement = {
  readonly terms: SettlementRequestedData;
  readonly eventId: Hash;
  /** The receipt that answers it. */
  readonly receipt: Hash | null;
};

/** Spending at one level. available = cap − committed − spent; open holds are committed at once. */
export type Tally = { readonly committed: Amount; readonly spent: Amount };

export type Budget = Tally & {
  readonly terms: BudgetDelegatedData;
  /** One tally for each of the budget's own categories. */
  readonly categories: readonly Tally[];
  readonly policy: { readonly statement: Hash; readonly policyDigest: FieldHex } | null;
  /** `at` of the last authorization, or windowStart: later ones may not lie before it. */
  readonly lastAt: UnixMs;
  /** The open period; null when the budget is closed. */
  readonly period: Hash | null;
  readonly periodIndex: number;
  /** Totals of all closed periods as the proofs count them. */
  readonly counted: CountedTotals;
  /** `at` of the last counted note of the closed periods, or windowStart. */
  readonly countedLastAt: UnixMs;
  /** How many periods are attested; they are attested in order. */
  readonly attested: number;
  /** Summary commitment of the last attested period. */
  readonly lastSummary: FieldHex | null;
  /** Events whose payloads stay until the last period is attested. */
  readonly events: PersistentMap<true>;
};

export type Task = Tally & { readonly terms: TaskBudgetedData };

/** One authorization of a period that is not yet attested. */
export type Slot = {
  readonly status: 'open' | SlotStatus;
  readonly authorization: Hash;
  readonly commitment: FieldHex;
  readonly category: number;
  /** Amount plus fee. */
  readonly spend: Amount;
  readonly at: UnixMs;
  /** Key of the pair in the period's `pairs`. */
  readonly pair: string;
  /** Events whose payloads stay until the period is attested. */
  readonly events: readonly Hash[];
};

/** The notes between two note keys in one period. */
export type Pair = {
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly lastSeq: number;
  /** Hash of the last tail, or zeros. */
  readonly prev: Hash;
  /** Open holds of the pair. */
  readonly open: number;
  /** Id of the co-signed close; afterwards the pair takes no more holds. */
  readonly close: Hash | null;
};

export type Period = {
  readonly period: Hash;
  readonly budget: Hash;
  readonly index: number;
  /** Of all its notes, fixed by the first one; null before it. */
  readonly kind: NoteCore['kind'] | null;
  /** Authorizations issued; the next one takes this number as its index. */
  readonly count: number;
  /** Authorizations that have not ended. */
  readonly open: number;
  readonly closed: PeriodClosedData | null;
  /** Id of the attestation; slots, pairs and statuses are dropped with it. */
  readonly attestation: Hash | null;
  /** By index in decimal. */
  readonly slots: PersistentMap<Slot>;
  readonly pairs: PersistentMap<Pair>;
  /** Note key certificates, whose payloads stay until the period is attested. */
  readonly events: PersistentMap<true>;
};

export type Intent = {
  readonly terms: IntentRecordedData;
  readonly eventId: Hash;
  /** The open hold on it, or the voucher that paid it. */
  readonly voucher: Hash | null;
  readonly paid: boolean;
};

/** A hold that has not ended, and the event that placed it. */
export type OpenHold = { readonly terms: HoldPlacedData; readonly eventId: Hash };

/** A hold that ended, remembered until its voucher has expired. */
export type EndedHold = {
  readonly ending: 'spent' | 'void' | 'lapsed';
  /** The receipt or void that ended it; null for a lapse. */
  readonly by: Hash | null;
  readonly terms: HoldPlacedData;
  /** The events that placed and ended it. */
  readonly events: readonly Hash[];
};

/** The vouchers by which a part reached a book and left it. */
export type PartEnds = { readonly incoming: Hash | null; readonly outgoing: Hash | null };

export type BookState = {
  readonly stream: StreamId;
  readonly origin: string;
  /** Revision of the last event; −1 before the first. */
  readonly revision: number;
  /** Time of the last event. */
  readonly at: UnixMs;
  readonly opened: BookOpenedData | null;
  readonly identities: PersistentMap<Identity>;
  /** By `keyId(party, key)`. */
  readonly keys: PersistentMap<DelegatedKey>;
  readonly edges: PersistentMap<Edge>;
  /** Requests to be paid outside. */
  readonly requests: PersistentMap<AskedSettlement>;
  /** By `settlementId(edge, evidence)`: the receipt. Kept for good, as the next. */
  readonly settled: PersistentMap<Hash>;
  /** Reassigns that count. They have no end, so nothing here has. */
  readonly reassigned: PersistentMap<true>;
  readonly budgets: PersistentMap<Budget>;
  /** By `taskId(budget, task)`. */
  readonly tasks: PersistentMap<Task>;
  readonly periods: PersistentMap<Period>;
  /** By note key. */
  readonly noteKeys: PersistentMap<NoteKeyCertifiedData>;
  readonly intents: PersistentMap<Intent>;
  /** Open holds, by voucher. */
  readonly holds: PersistentMap<OpenHold>;
  readonly ended: PersistentMap<EndedHold>;
  /** Parties whose end of remote edges this book is. */
  readonly hosted: PersistentMap<PartyHostedData>;
  /** Fee policies of hosted hops, by hash. */
  readonly policies: PersistentMap<Policy>;
  /** Senders' orders, by `orderKey(intent, payer)`. */
  readonly orders: PersistentMap<Order>;
  /** Hops of payments across books, open and remembered, by voucher. */
  readonly hops: PersistentMap<Hop>;
  /** Vouchers that a hosted payee has signed not to hold. */
  readonly declined: PersistentMap<DeclinedVoucher>;
  /** Receivers' parts, by intent. */
  readonly deliveries: PersistentMap<DeliveryBuffer>;
  /** Voucher → the proof that it keeps another fee than published. */
  readonly feeMismatches: PersistentMap<Hash>;
  /** Party → the proof that it signed two notes for one place. */
  readonly equivocators: PersistentMap<Hash>;
  /** Event id → the erasure of its payload. */
  readonly erased: PersistentMap<Hash>;
  /** Events whose terms the book goes on using: what their payloads say stays in this state. */
  readonly standing: PersistentMap<true>;
  /** Derived: `pairKeyId` → note key. */
  readonly pairKeys: PersistentMap<PartyId>;
  /** Derived: `policyKey(hop, denomination)` → the newest policy. */
  readonly currentPolicies: PersistentMap<Hash>;
  /** Derived: `partKey(intent, part)` → the hops by which the part came and left. */
  readonly parts: PersistentMap<PartEnds>;
  /** Derived: edge → the vouchers that are open on it, holds and hops; none, no entry. */
  readonly openVouchers: PersistentMap<PersistentMap<true>>;
  /** Derived: event id → in how many unattested places its payload is needed. */
  readonly bound: PersistentMap<number>;
  /** Derived: when holds and hops lapse, and when what has ended is forgotten. */
  readonly deadlines: DeadlineHeap | undefined;
};

export const keyId = (party: PartyId, key: PartyId): string => `${party}/${key}`;

export const taskId = (budget: Hash, task: string): string => `${budget}/${task}`;

/** Where the receipt stands for a rail's evidence of a payment of an edge. */
export const settlementId = (edge: Hash, evidence: Hash): string => `${edge}/${evidence}`;

/** Where the note key stands that `party` uses towards `counterparty` in a period. */
export const pairKeyId = (period: Hash, party: PartyId, counterparty: PartyId): string =>
  `${period}/${party}/${counterparty}`;

/** Where a pair of note keys stands among its period's pairs. */
export const pairId = (payer: PartyId, payee: PartyId): string => `${payer}/${payee}`;

/** The state of a stream without events. `origin` is that of the log that will hold them. */
export function emptyBook(stream: StreamId, origin: string): BookState {
  return {
    stream,
    origin,
    revision: -1,
    at: unixMs(0),
    opened: null,
    identities: PersistentMap.empty(),
    keys: PersistentMap.empty(),
    edges: PersistentMap.empty(),
    requests: PersistentMap.empty(),
    settled: PersistentMap.empty(),
    reassigned: PersistentMap.empty(),
    budgets: PersistentMap.empty(),
    tasks: PersistentMap.empty(),
    periods: PersistentMap.empty(),
    noteKeys: PersistentMap.empty(),
    intents: PersistentMap.empty(),
    holds: PersistentMap.empty(),
    ended: PersistentMap.empty(),
    hosted: PersistentMap.empty(),
    policies: PersistentMap.empty(),
    orders: PersistentMap.empty(),
    hops: PersistentMap.empty(),
    declined: PersistentMap.empty(),
    deliveries: PersistentMap.empty(),
    feeMismatches: PersistentMap.empty(),
    equivocators: PersistentMap.empty(),
    erased: PersistentMap.empty(),
    standing: PersistentMap.empty(),
    pairKeys: PersistentMap.empty(),
    currentPolicies: PersistentMap.empty(),
    parts: PersistentMap.empty(),
    openVouchers: PersistentMap.empty(),
    bound: PersistentMap.empty(),
    deadlines: undefined,
  };
}
