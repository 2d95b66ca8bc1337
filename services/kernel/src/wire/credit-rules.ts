import { ZERO_HASH } from '../units/id.ts';
import { type Failure, inconsistent, refuseUnsorted } from './codec.ts';
import type { BodyOf } from './objects.ts';

/** Rules between the members of one body. Each gives the first broken one, or undefined. */
type Rule = Failure | undefined;

export function refuseEdge(body: BodyOf<'EdgeAgreement'>): Rule {
  return body.a < body.b ? undefined : inconsistent('b', 'a sorts before b');
}

export function refuseEdgeState(body: BodyOf<'EdgeState'>): Rule {
  if (body.a >= body.b) return inconsistent('b', 'a sorts before b');
  if ((body.sequence === 1) !== (body.previous === ZERO_HASH)) {
    return inconsistent('previous', 'previous is 64 zeros exactly for sequence 1');
  }
  return refuseUnsorted(body.open, (voucher) => voucher, 'open');
}

export function refuseReassign(body: BodyOf<'Reassign'>): Rule {
  if (body.debtor === body.from || body.debtor === body.to) {
    return inconsistent('debtor', 'debtor, from and to are three parties');
  }
  if (body.from === body.to) return inconsistent('to', 'debtor, from and to are three parties');
  return body.fromEdge === body.toEdge
    ? inconsistent('toEdge', 'fromEdge and toEdge are two edges')
    : undefined;
}
