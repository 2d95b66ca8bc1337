import { policyHash } from '../routing/fee-policy.ts';
import { type Failure, inconsistent, refuseUnsorted } from './codec.ts';
import type { BodyOf, FeePolicy } from './objects.ts';

/** Rules between the members of one body. Each gives the first broken one, or undefined. */
type Rule = Failure | undefined;

export function refusePolicy(policy: FeePolicy): Rule {
  return policy.amountMin > policy.amountMax
    ? inconsistent('amountMax', 'amountMin is at most amountMax')
    : undefined;
}

export function refuseOffer(body: BodyOf<'RoutingOffer'>): Rule {
  if (policyHash(body.policy) !== body.policyHash) {
    return inconsistent('policyHash', 'policyHash is the hash of policy');
  }
  const unsorted = refuseUnsorted(body.edges, ({ to }) => to, 'edges');
  if (unsorted !== undefined) return unsorted;
  const own = body.edges.findIndex(({ to }) => to === body.policy.hop);
  return own < 0
    ? undefined
    : inconsistent('to', 'an edge leads to another party').under(own).under('edges');
}
