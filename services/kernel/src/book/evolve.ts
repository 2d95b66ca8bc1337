import {
  evolveBudgetDelegated,
  evolvePolicyStated,
  evolveTaskBudgeted,
} from '../budget/evolve-budgets.ts';
import {
  evolveCreditReassigned,
  evolveEdgeDisputed,
  evolveEdgeStateAgreed,
} from '../credit/evolve-edge-states.ts';
import { evolveEdgeLimitChanged, evolveEdgeOpened } from '../credit/evolve-edges.ts';
import {
  evolveSettlementRecorded,
  evolveSettlementRequested,
} from '../credit/evolve-settlements.ts';
import type { HopEventData } from '../hop/events.ts';
import {
  evolveDeliveryFinalized,
  evolveHopAcknowledged,
  evolveHopActivated,
  evolveHopClaimed,
  evolveHopCommitted,
  evolveHopConfirmed,
  evolveHopDeclined,
  evolveHopHeld,
  evolveHopLapsed,
} from '../hop/evolve-hops.ts';
import {
  evolveFeeMismatch,
  evolveFeePolicyPublished,
  evolvePartyHosted,
  evolvePaymentOrdered,
} from '../hop/evolve-hosting.ts';
import { evolveKeyDelegated, evolveKeyRevoked } from '../keys/evolve-keys.ts';
import { evolveNoteKeyCertified, evolvePairClosed } from '../pair/evolve-pairs.ts';
import {
  evolveHoldLapsed,
  evolveHoldPlaced,
  evolveHoldVoided,
  evolveIntentRecorded,
  evolvePaymentFinalized,
} from '../payment/evolve-payments.ts';
import { forgetExpired } from '../payment/forget-expired.ts';
import { evolvePeriodAttested, evolvePeriodClosed } from '../period-close/evolve-periods.ts';
import type {
  BookEventOf,
  BookEventType,
  EquivocationRecordedData,
  RecordedEvent,
} from './events.ts';
import { assert, assertNever } from './invariant.ts';
import type { BookState } from './state.ts';

/** An event of payments across books. */
type RecordedHopEvent = Extract<RecordedEvent, { readonly type: keyof HopEventData }>;

type Opening = BookEventOf<'BookOpened'>['data'];

function evolveBookOpened(state: BookState, opened: Opening): BookState {
  assert(state.opened === null, 'a book opens once');
  assert(opened.origin === state.origin, 'a book belongs to one log');
  return { ...state, opened };
}

function evolveEquivocation(state: BookState, data: EquivocationRecordedData): BookState {
  return { ...state, equivocators: state.equivocators.set(data.party, data.proof) };
}

function applyAcrossBooks(state: BookState, event: RecordedHopEvent): BookState {
  switch (event.type) {
    case 'PartyHosted':
      return evolvePartyHosted(state, event.data);
    case 'FeePolicyPublished':
      return evolveFeePolicyPublished(state, event.data, event);
    case 'PaymentOrdered':
      return evolvePaymentOrdered(state, event.data, event.eventId);
    case 'HopHeld':
      return evolveHopHeld(state, event.data, event);
    case 'HopDeclined':
      return evolveHopDeclined(state, event.data, event);
    case 'HopAcknowledged':
      return evolveHopAcknowledged(state, event.data, event);
    case 'HopCommitted':
      return evolveHopCommitted(state, event.data, event);
    case 'HopClaimed':
      return evolveHopClaimed(state, event.data, event);
    case 'HopActivated':
      return evolveHopActivated(state, event.data, event);
    case 'HopConfirmed':
      return evolveHopConfirmed(state, event.data, event);
    case 'HopLapsed':
      return evolveHopLapsed(state, event.data, event);
    case 'DeliveryFinalized':
      return evolveDeliveryFinalized(state, event.data, event);
    case 'FeeMismatchRecorded':
      return evolveFeeMismatch(state, event.data);
    default:
      return assertNever(event, 'event');
  }
}

function apply(state: BookState, event: RecordedEvent): BookState {
  switch (event.type) {
    case 'BookOpened':
      return evolveBookOpened(state, event.data);
    case 'KeyDelegated':
      return evolveKeyDelegated(state, event.data);
    case 'KeyRevoked':
      return evolveKeyRevoked(state, event.data);
    case 'EdgeOpened':
      return evolveEdgeOpened(state, event.data);
    case 'EdgeLimitChanged':
      return evolveEdgeLimitChanged(state, event.data);
    case 'EdgeStateAgreed':
      return evolveEdgeStateAgreed(state, event.data, event.eventId);
    case 'EdgeDisputed':
      return evolveEdgeDisputed(state, event.data);
    case 'CreditReassigned':
      return evolveCreditReassigned(state, event.data);
    case 'SettlementRequested':
      return evolveSettlementRequested(state, event.data, event.eventId);
    case 'SettlementRecorded':
      return evolveSettlementRecorded(state, event.data);
    case 'BudgetDelegated':
      return evolveBudgetDelegated(state, event.data, event.eventId);
    case 'PolicyStated':
      return evolvePolicyStated(state, event.data);
    case 'TaskBudgeted':
      return evolveTaskBudgeted(state, event.data, event.eventId);
    case 'NoteKeyCertified':
      return evolveNoteKeyCertified(state, event.data, event.eventId);
    case 'IntentRecorded':
      return evolveIntentRecorded(state, event.data, event.eventId);
    case 'HoldPlaced':
      return evolveHoldPlaced(state, event.data, event.eventId);
    case 'PaymentFinalized':
      return evolvePaymentFinalized(state, event.data, event.eventId);
    case 'HoldLapsed':
      return evolveHoldLapsed(state, event.data, event);
    case 'HoldVoided':
      return evolveHoldVoided(state, event.data, event.eventId);
    case 'PairClosed':
      return evolvePairClosed(state, event.data);
    case 'PeriodClosed':
      return evolvePeriodClosed(state, event.data);
    case 'PeriodAttested':
      return evolvePeriodAttested(state, event.data);
    case 'EquivocationRecorded':
      return evolveEquivocation(state, event.data);
    case 'PayloadErased':
      return { ...state, erased: state.erased.set(event.data.eventId, event.data.erasure) };
    case 'PartyHosted':
    case 'FeePolicyPublished':
    case 'PaymentOrdered':
    case 'HopHeld':
    case 'HopDeclined':
    case 'HopAcknowledged':
    case 'HopCommitted':
    case 'HopClaimed':
    case 'HopActivated':
    case 'HopConfirmed':
    case 'HopLapsed':
    case 'DeliveryFinalized':
    case 'FeeMismatchRecorded':
      return applyAcrossBooks(state, event);
    default:
      return assertNever(event, 'event');
  }
}

/** Events whose terms go into every later state. */
const STANDING: ReadonlySet<BookEventType> = new Set([
  'BookOpened',
  'KeyDelegated',
  'EdgeOpened',
  'EdgeLimitChanged',
  'EdgeStateAgreed',
  'BudgetDelegated',
  'TaskBudgeted',
  'NoteKeyCertified',
  'PartyHosted',
  'FeeMismatchRecorded',
  'PeriodClosed',
  // Whoever reads the log must find why a payload is missing.
  'PayloadErased',
]);

function withStanding(state: BookState, { type, eventId }: RecordedEvent): BookState {
  return STANDING.has(type) ? { ...state, standing: state.standing.set(eventId, true) } : state;
}

/**
 * The book after one more event of its stream.
 * @throws InvariantBroken for an event that is unknown, out of place or breaks a law of the book:
 * whoever reads such a log stops.
 */
export function evolve(state: BookState, event: RecordedEvent): BookState {
  assert(event.stream === state.stream, 'an event belongs to one stream');
  assert(event.revision === state.revision + 1, 'revisions have no gaps');
  assert(event.at >= state.at, 'time does not go back');
  assert((event.type === 'BookOpened') === (state.revision === -1), 'a book opens first');
  const applied = withStanding(apply(state, event), event);
  return forgetExpired({ ...applied, revision: event.revision, at: event.at });
}
