import { assert, known } from '../book/invariant.ts';
import { type BookState, settlementId } from '../book/state.ts';
import { addDeadline, type Deadline } from '../collections/deadline-heap.ts';
import type { Hash } from '../units/id.ts';
import { UNIX_MS_MAX } from '../units/time.ts';
import type { SettlementRecordedData, SettlementRequestedData } from './events.ts';
import { withMoved } from './evolve-edges.ts';

/** How long a request may still be answered after it expired, ms: 7 days. */
export const REQUEST_MEMORY_MS = 604_800_000;

/** When a request is forgotten. */
export function requestDeadline({ request: id, expiresAt }: SettlementRequestedData): Deadline {
  return { id, expiresAt: Math.min(expiresAt + REQUEST_MEMORY_MS, UNIX_MS_MAX) };
}

export function evolveSettlementRequested(
  state: BookState,
  terms: SettlementRequestedData,
  eventId: Hash,
): BookState {
  return {
    ...state,
    requests: state.requests.set(terms.request, { terms, eventId, receipt: null }),
    deadlines: addDeadline(state.deadlines, requestDeadline(terms)),
  };
}

export function evolveSettlementRecorded(
  state: BookState,
  data: SettlementRecordedData,
): BookState {
  const edge = known(state.edges.get(data.edge), 'edge');
  const place = settlementId(data.edge, data.evidence);
  assert(!state.settled.has(place), 'evidence counts once');
  // `remains` says that the receipt answers the request; null: this book does not know it.
  const asked =
    data.request === null || data.remains === null ? undefined : state.requests.get(data.request);
  return {
    ...state,
    edges: state.edges.set(data.edge, withMoved(edge, data.legs, -data.amount, data.creditor)),
    settled: state.settled.set(place, data.receipt),
    requests: asked
      ? state.requests.set(asked.terms.request, { ...asked, receipt: data.receipt })
      : state.requests,
  };
}
