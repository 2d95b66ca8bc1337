import type { Amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { AgentPorts, Journal } from '../ports.ts';

/** An offer as nodes tell it one another. */
export type OfferView = {
  /** Canonical text of the RoutingOffer. */
  readonly offer: string;
  /** Canonical text of the delegation of the key that signed it; null where it is not known. */
  readonly delegation: string | null;
  /** How much longer the teller counts on it, ms. */
  readonly remainingMs: number;
};

/** What neighbours are asked and told beside hops. All of it may fail: the next round comes. */
export type NeighbourPort = {
  readonly offers: (of: PartyId) => Promise<readonly OfferView[]>;
  readonly signal: (to: PartyId, text: string) => Promise<void>;
};

export type RoutingPorts = Pick<
  AgentPorts,
  'party' | 'book' | 'verify' | 'sign' | 'now' | 'draw' | 'after' | 'counters'
> & {
  readonly neighbours: NeighbourPort;
  /** The KeyDelegation of the key that `sign` uses: others check the offers with it. */
  readonly delegation: string;
  /** Default: in memory, lost with the process. */
  readonly journal?: Journal;
};

/** What the party charges for forwarding in one denomination; its margin is the book's. */
export type PriceTerms = {
  readonly denomination: Denomination;
  readonly feeBps: number;
  readonly feeFlat: Amount;
  readonly amountMin: Amount;
  readonly amountMax: Amount;
};

/** Times in ms. */
export type RoutingSettings = {
  /** At most 300,000. Offers are renewed at a third of it. */
  readonly offerTtlMs: number;
  readonly pullMs: number;
  /** Edges that an offer may be away; neighbours are told those that are one less. */
  readonly depth: number;
  /** Offers taken from one neighbour at a time, and told to one. */
  readonly offersMax: number;
  /** Least time between two rounds of signals; 0: none are sent. */
  readonly signalMs: number;
  readonly signalTtlMs: number;
  /** Topics of one round, and neighbours that are told. */
  readonly topicsMax: number;
  readonly neighboursMax: number;
};

export const ROUTING_DEFAULTS: RoutingSettings = {
  offerTtlMs: 60_000,
  pullMs: 15_000,
  depth: 3,
  offersMax: 256,
  signalMs: 30_000,
  signalTtlMs: 120_000,
  topicsMax: 8,
  neighboursMax: 64,
};
