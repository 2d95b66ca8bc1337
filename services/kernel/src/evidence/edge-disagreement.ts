import type { Hash } from '../units/id.ts';
import type { EdgeDisagreement, EdgeState } from '../wire/objects.ts';
import { type WireRefusal, wireRefusal } from '../wire/refusals.ts';
import { delegatedAt } from './delegated-at.ts';

/**
 * What the two states differ in. `history`: they build on two different states before, of which at
 * most one has both signatures unless an end signed two. `balance`: the same vouchers are open and
 * the sums differ, so one of the books recorded an end that the other did not. `in_flight`: other
 * vouchers are open, which settles once the ends have exchanged what they still owe each other.
 */
export type EdgeDisagreementKind = 'history' | 'balance' | 'in_flight';

export type EdgeDisagreementFound = {
  readonly kind: EdgeDisagreementKind;
  readonly edge: Hash;
  readonly sequence: number;
};

const not = (field: string, rule: string) => wireRefusal('not_edge_disagreement', field, rule);

function kindOf(one: EdgeState, other: EdgeState): EdgeDisagreementKind | WireRefusal {
  if (one.previous !== other.previous) return 'history';
  // Two proposals that cross state two moments, and both may be right.
  if (one.at !== other.at) return not('/body/second', 'the states are of one time');
  if (one.open.join() !== other.open.join()) return 'in_flight';
  return one.balance !== other.balance || one.carry !== other.carry
    ? 'balance'
    : not('/body/second', 'the states differ in previous, open, balance or carry');
}

function refuseEnds({ first, second, delegations }: EdgeDisagreement): WireRefusal | undefined {
  const [one, other] = [first.object, second.object];
  const samePlace =
    one.edge === other.edge &&
    one.a === other.a &&
    one.b === other.b &&
    one.sequence === other.sequence;
  if (!samePlace) return not('/body/second', 'the states are of one edge and sequence');
  for (const [i, end, { at }] of [[0, one.a, one] as const, [1, one.b, other] as const]) {
    const { object } = delegations[i];
    const field = `/body/delegations/${i}`;
    if (object.party !== end) return not(field, 'a signed the first state and b the second');
    if (!delegatedAt(object, at))
      return not(field, 'the key was delegated as party when it signed');
  }
  return undefined;
}

/**
 * Tells whether the two ends signed states of one edge and sequence that exclude each other, without
 * their signatures (`nestedSignatures`). It blames neither: it shows that their books differ. An end
 * that cannot sign a proposal answers with its own state for the proposal's `at`, so that the two
 * say something of one moment.
 * Refusal: not_edge_disagreement, at the second state or a delegation, with the rule broken.
 * Pure: a second call gives an equal value.
 */
export function checkEdgeDisagreement(
  proof: EdgeDisagreement,
): EdgeDisagreementFound | WireRefusal {
  const refusal = refuseEnds(proof);
  if (refusal !== undefined) return refusal;
  const { edge, sequence } = proof.first.object;
  const kind = kindOf(proof.first.object, proof.second.object);
  return typeof kind === 'string' ? { kind, edge, sequence } : kind;
}
