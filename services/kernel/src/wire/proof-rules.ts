import { checkEdgeDisagreement } from '../evidence/edge-disagreement.ts';
import { checkFeeMismatch } from '../evidence/fee-mismatch.ts';
import { checkEquivocation } from '../note/equivocation.ts';
import type { WireBody } from './objects.ts';
import type { WireRefusal } from './refusals.ts';

/**
 * Refuses an object that is to prove itself and does not: the statements inside, whoever signed
 * them, are no contradiction. Other types have nothing to prove.
 * Refusals: not_equivocation, not_edge_disagreement, not_fee_mismatch.
 */
export function refuseProof(body: WireBody): WireRefusal | undefined {
  const verdict = proofVerdict(body);
  return verdict !== undefined && typeof verdict === 'object' && 'rule' in verdict
    ? verdict
    : undefined;
}

function proofVerdict(body: WireBody) {
  switch (body.type) {
    case 'EquivocationProof':
      return checkEquivocation(body);
    case 'EdgeDisagreement':
      return checkEdgeDisagreement(body);
    case 'FeeMismatchProof':
      return checkFeeMismatch(body);
    default:
      return undefined;
  }
}
