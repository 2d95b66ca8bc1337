/**
 * What an agent of the router needs of the world. All waiting goes through `after` and the promises
 * of these ports, all randomness through `draw`: with the same ports a run repeats exactly.
 */
import type { BookState } from '@atomicity/kernel/book/state';
import type { Hash, Nonce, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { WireSignature } from '@atomicity/kernel/wire/objects';
import type { DeliveredPart } from '@atomicity/kernel/wire/payment-bodies';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';

/**
 * What a book made of an object. `busy`: nothing was recorded, it may be submitted again later.
 * `stopped`, `outcome_unknown`: only the recovered book can say; the agent stops.
 */
export type BookOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly reason: 'busy' | 'stopped' | 'outcome_unknown' };

/** The book that hosts the agent's party. */
export type BookPort = {
  /** The state as far as it is durable; immutable. */
  readonly state: () => BookState;
  /** Resolves when the outcome is durable and `state()` shows it. Never rejects. */
  readonly submit: (object: VerifiedObject) => Promise<BookOutcome>;
  /** The signed text that caused an event; undefined once it has been erased. */
  readonly causeText: (eventId: Hash) => Promise<string | undefined>;
};

/**
 * Wire objects for one party from one of its neighbours: a routed CapacityVoucher, a HopReceipt
 * (claim or release), a CommitSignal. None at all is a ping. HopReceipts of hops further along the
 * same part may stand behind a release: they are evidence, not addressed to the book.
 */
export type PeerMessage = { readonly from: PartyId; readonly objects: readonly string[] };

export type ObjectAnswer =
  /** A HopReceipt of the answering end. */
  | { readonly kind: 'answer'; readonly object: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Taken, and nothing to say to it. */
  | { readonly kind: 'none' };

export type PeerAnswer = {
  /**
   * One for each object in their order; behind them further receipts, when one object moved
   * several hops (a CommitSignal for two parts on one edge).
   */
  readonly answers: readonly ObjectAnswer[];
  /** A signed ClockReading of the answering party for the asking one. */
  readonly clock: string;
};

/** The way to the neighbours. */
export type PeerPort = {
  /** @throws (rejects) when it is unknown whether the peer got the message. */
  readonly send: (to: PartyId, message: PeerMessage) => Promise<PeerAnswer>;
};

/** Parts that a receiver may bind itself to; `parts` ascending. */
export type DeliveryAsk = {
  readonly intent: Hash;
  readonly finalizeKey: PartyId;
  readonly parts: readonly DeliveredPart[];
  readonly at: UnixMs;
};

/**
 * Who holds the finalize keys of a receiver's intents. Undefined: the receiver stays silent for now
 * and is asked again until the parts lapse. Both may be asked more than once for one intent; what
 * was signed but never recorded leaves the node never.
 */
export type Finalizer = {
  /** The signed text of a CommitSignal for the parts. */
  readonly commit: (ask: DeliveryAsk, windowMs: number) => Promise<string | undefined>;
  /** The signed text of one FinalizeReceipt for the parts. */
  readonly finalize: (ask: DeliveryAsk) => Promise<string | undefined>;
};

/** What the agent counts: per kind, so that messages and signatures per hop can be measured. */
export type Counters = {
  readonly message: (direction: 'sent' | 'received', kind: string, bytes: number) => void;
  /** Bytes of an answer, and from which side it came. */
  readonly answer: (direction: 'sent' | 'received', bytes: number) => void;
  readonly signature: (type: string) => void;
  readonly verification: (type: string, signatures: number) => void;
  /** Something a peer did that no honest one does, by a name of a short, fixed list. */
  readonly offence: (name: string) => void;
};

/** `payment`: orders with their intents, by order. `sequence`: the last number of a series. */
export type JournalKind = 'payment' | 'sequence';

/**
 * Small durable notes of an agent: what its book does not remember. What was put has reached the disk
 * when the call returns; what was dropped may come back after a power cut. It never holds balances.
 */
export type Journal = {
  /** The same key again replaces. */
  readonly put: (kind: JournalKind, key: string, text: string) => void;
  readonly get: (kind: JournalKind, key: string) => string | undefined;
  readonly all: (kind: JournalKind) => readonly { readonly key: string; readonly text: string }[];
  readonly drop: (kind: JournalKind, key: string) => void;
};

/**
 * Signed texts about intents, its own and those of others, that this node has seen. Nothing rests on
 * them but blame: a crash may take the last moments of them.
 */
export type EvidenceStore = {
  /** Keeps a text under its object's id; again changes nothing. False: no room for this intent. */
  readonly note: (intent: Hash, id: Hash, text: string) => boolean;
  readonly get: (intent: Hash, id: Hash) => string | undefined;
  /** In the order of arrival. */
  readonly of: (intent: Hash) => readonly string[];
};

export type AgentPorts = {
  /** The hosted party that the agent speaks for. */
  readonly party: PartyId;
  readonly book: BookPort;
  readonly peers: PeerPort;
  /** Parses a text and checks every signature and opening in it. */
  readonly verify: (text: string) => Promise<VerifiedObject | Refusal>;
  /** A signature of the party through its delegated key. */
  readonly sign: (id: Hash) => WireSignature;
  /** The clock of the book. */
  readonly now: () => UnixMs;
  /** 128 random bits. */
  readonly draw: () => Nonce;
  /** Runs something once, `ms` from now; the result cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly finalizer: Finalizer;
  /** Default: in memory, lost with the process. */
  readonly journal?: Journal;
  /** Default: in memory, lost with the process. */
  readonly evidence?: EvidenceStore;
  readonly counters?: Counters;
  /** Called once when an outcome is unknown and the agent has stopped; a new one recovers. */
  readonly onHalt?: (reason: string) => void;
};
