/** What happens to an edge besides holds and payments: agreed states, interest, reassigns, settlements. */
import type { Writer } from './applied.ts';
import { copyEdge, writeEntries } from './write-positions.ts';

type CreditEventType =
  | 'EdgeStateAgreed'
  | 'EdgeDisputed'
  | 'CreditReassigned'
  | 'SettlementRequested'
  | 'SettlementRecorded';

export const CREDIT_WRITERS: { readonly [T in CreditEventType]: Writer<T> } = {
  EdgeStateAgreed: (file, applied) => {
    const { edge, denomination, legs } = applied.event.data;
    copyEdge(file, applied.state, edge);
    writeEntries(file, applied, 'carry', denomination, legs);
  },
  EdgeDisputed: (file, { event, state }) => copyEdge(file, state, event.data.edge),
  CreditReassigned: (file, applied) => {
    const { denomination, legs } = applied.event.data;
    for (const edge of new Set(legs.map((leg) => leg.edge))) copyEdge(file, applied.state, edge);
    writeEntries(file, applied, 'reassign', denomination, legs);
  },
  // A request moves nothing; what it asks for is in the log until the receipt answers it.
  SettlementRequested: () => {},
  SettlementRecorded: (file, applied) => {
    const { edge, denomination, legs } = applied.event.data;
    copyEdge(file, applied.state, edge);
    writeEntries(file, applied, 'settlement', denomination, legs);
  },
};
