/**
 * Which neighbours an event of a book concerns: those whose own book has to hold what caused it. Both
 * books of an edge hold everything that changes the edge, and the keys of both ends.
 */
import type { BookEvent, BookEventData, BookEventType } from '@atomicity/kernel/book/events';
import { type BookState, keyId } from '@atomicity/kernel/book/state';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';

/** A party, and the book that hosts it. */
type Host = { readonly state: BookState; readonly party: PartyId };

type Rules = {
  readonly [T in BookEventType]: (data: BookEventData[T], host: Host) => readonly PartyId[];
};

const nobody = (): readonly PartyId[] => [];

/** The party at the other end of an edge, if its book is another. */
function otherEnd({ state, party }: Host, edge: Hash): PartyId | undefined {
  const terms = state.edges.get(edge)?.terms;
  if (terms === undefined || (terms.a !== party && terms.b !== party)) return undefined;
  const other = terms.a === party ? terms.b : terms.a;
  return state.hosted.has(party) && !state.hosted.has(other) ? other : undefined;
}

function ends(host: Host, edges: readonly Hash[]): readonly PartyId[] {
  const found = new Set<PartyId>();
  for (const edge of edges) {
    const other = otherEnd(host, edge);
    if (other !== undefined) found.add(other);
  }
  return [...found];
}

const ofEdge = ({ edge }: { readonly edge: Hash }, host: Host) => ends(host, [edge]);

/** Everybody at the other end of an edge of the party, each once. Linear in the edges of the book. */
export function neighboursOf(state: BookState, party: PartyId): readonly PartyId[] {
  return ends(
    { state, party },
    [...state.edges.values()].map(({ terms }) => terms.edge),
  );
}

/** Keys that speak on edges; operators' and auditors' mean nothing to a neighbour. */
function ofKey({ party: by, key }: { readonly party: PartyId; readonly key: PartyId }, host: Host) {
  const { state, party } = host;
  const speaks =
    key === by || state.keys.get(keyId(by, key))?.terms.roles.includes('party') === true;
  return by === party && speaks ? neighboursOf(state, party) : [];
}

/** One rule for each type, so that a new one cannot be forgotten. Hops have messages of their own. */
const RULES: Rules = {
  KeyDelegated: ofKey,
  KeyRevoked: ofKey,
  EdgeOpened: ofEdge,
  EdgeLimitChanged: ofEdge,
  EdgeStateAgreed: ofEdge,
  EdgeDisputed: ofEdge,
  CreditReassigned: ({ legs }, host) =>
    ends(
      host,
      legs.map(({ edge }) => edge),
    ),
  SettlementRequested: ofEdge,
  SettlementRecorded: ofEdge,
  BookOpened: nobody,
  BudgetDelegated: nobody,
  PolicyStated: nobody,
  TaskBudgeted: nobody,
  NoteKeyCertified: nobody,
  IntentRecorded: nobody,
  HoldPlaced: nobody,
  PaymentFinalized: nobody,
  HoldLapsed: nobody,
  HoldVoided: nobody,
  PairClosed: nobody,
  PeriodClosed: nobody,
  PeriodAttested: nobody,
  EquivocationRecorded: nobody,
  PayloadErased: nobody,
  PartyHosted: nobody,
  FeePolicyPublished: nobody,
  PaymentOrdered: nobody,
  HopHeld: nobody,
  HopDeclined: nobody,
  HopAcknowledged: nobody,
  HopCommitted: nobody,
  HopClaimed: nobody,
  HopActivated: nobody,
  HopConfirmed: nobody,
  HopLapsed: nobody,
  DeliveryFinalized: nobody,
  FeeMismatchRecorded: nobody,
};

/** True for types of events that may concern neighbours. */
export function isShared(type: string): boolean {
  return Object.hasOwn(RULES, type) && RULES[type as BookEventType] !== nobody;
}

function apply<T extends BookEventType>(type: T, data: BookEventData[T], host: Host) {
  const rule: Rules[T] = RULES[type];
  return rule(data, host);
}

/**
 * The neighbours of `party` whose books the cause of an event has to reach, each once, by the edges
 * that the book has now: who becomes a neighbour later is concerned by older keys as well. Pure.
 */
export function concernedNeighbours(
  { type, data }: BookEvent,
  state: BookState,
  party: PartyId,
): readonly PartyId[] {
  return apply(type, data, { state, party });
}
