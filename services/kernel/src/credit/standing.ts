import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { Edge } from '../book/state.ts';
import type { UnixMs } from '../units/time.ts';

/**
 * `open`: takes holds. `in_grace`: expired, takes no holds, debts may be paid off or reassigned in and
 * away. `overdue`: takes no reassignment in; debts stay due, may be paid off or reassigned away.
 */
export type Standing = 'open' | 'in_grace' | 'overdue';

/** How an edge stands at `now`: open before expiresAt, then graceMs of grace, then overdue. */
export function edgeStanding(edge: Edge, now: UnixMs): Standing {
  const { expiresAt, graceMs } = edge.terms;
  if (now < expiresAt) return 'open';
  return now < expiresAt + graceMs ? 'in_grace' : 'overdue';
}

/** Refuses new debt on an edge whose ends disagree. Refusal: edge_disputed. */
export function refuseDisputed(edge: Edge, field = '/body/edge'): BookRefusal | undefined {
  return edge.dispute === null
    ? undefined
    : refuse('edge_disputed', field, { proof: edge.dispute.proof });
}
