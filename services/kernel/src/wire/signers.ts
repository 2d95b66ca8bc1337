import type { PartyId } from '../units/id.ts';
import type { WireBody, WireSignature, WireType } from './objects.ts';
import { type WireRefusal, wireRefusal } from './refusals.ts';

/**
 * Who must sign a body. `by` null: exactly one party that only the book's state can name (the agent
 * of a budget, the payee of a voucher, an operator). `key` `own`: the signing key is `by` itself,
 * an identity or a note key; `any`: a delegated key too, which the book checks.
 */
export type Signer = { readonly by: PartyId | null; readonly key: 'own' | 'any' };

/** The signers that a type needs; no others may sign. */
export function requiredSigners(body: WireBody): readonly Signer[] {
  switch (body.type) {
    case 'KeyDelegation':
      return [{ by: body.party, key: 'own' }];
    case 'KeyRevocation':
      return [{ by: body.party, key: 'any' }];
    case 'EdgeAgreement':
    case 'EdgeState':
      return [
        { by: body.a, key: 'any' },
        { by: body.b, key: 'any' },
      ];
    case 'EdgeLimitChange':
      return [{ by: body.grantor, key: 'any' }];
    case 'BudgetDelegation':
    case 'PolicyStatement':
      return [{ by: body.principal, key: 'any' }];
    case 'NoteKeyCertificate':
      return [
        { by: body.party, key: 'any' },
        { by: body.noteKey, key: 'own' },
      ];
    case 'PaymentIntent':
      return [{ by: body.receiver, key: 'any' }];
    case 'CapacityVoucher':
      return [{ by: body.grant === null ? body.from : null, key: 'any' }];
    case 'PairClose':
      return [
        { by: body.payer, key: 'own' },
        { by: body.payee, key: 'own' },
      ];
    case 'PaymentOrder':
      return [{ by: body.payer, key: 'any' }];
    case 'RoutingOffer':
      return [{ by: body.policy.hop, key: 'any' }];
    case 'RoutingSignal':
      return [{ by: body.origin, key: 'any' }];
    case 'CommitSignal':
      return [{ by: body.finalizeKey, key: 'own' }];
    case 'FinalizeReceipt':
      return body.delivery === null
        ? [{ by: null, key: 'any' }]
        : [{ by: body.delivery.finalizeKey, key: 'own' }];
    case 'HopReceipt':
      return [{ by: body.hop, key: 'any' }];
    case 'ClockReading':
      return [{ by: body.party, key: 'any' }];
    case 'Reassign':
      return [
        { by: body.debtor, key: 'any' },
        { by: body.from, key: 'any' },
        { by: body.to, key: 'any' },
      ];
    case 'SettlementRequest':
    case 'SettlementReceipt':
      return [{ by: body.creditor, key: 'any' }];
    case 'TaskBudget':
    case 'VoidReceipt':
    case 'PeriodClose':
    case 'AttestationSummary':
    case 'PayloadErasure':
    case 'PartyHosting':
      return [{ by: null, key: 'any' }];
    case 'EquivocationProof':
    case 'EdgeDisagreement':
    case 'FeeMismatchProof':
      return [];
  }
}

/** How many signers a type needs, whatever its body says. */
export function signerCount(type: WireType): number {
  switch (type) {
    case 'EquivocationProof':
    case 'EdgeDisagreement':
    case 'FeeMismatchProof':
      return 0;
    case 'EdgeAgreement':
    case 'EdgeState':
    case 'NoteKeyCertificate':
    case 'PairClose':
      return 2;
    case 'Reassign':
      return 3;
    default:
      return 1;
  }
}

/**
 * The required signers of a body that are not in a list of signatures, whatever those sign.
 * Refusal: unexpected_signature at the first that is too many or made with another kind of key.
 */
export function missingSigners(
  body: WireBody,
  signatures: readonly WireSignature[],
): readonly Signer[] | WireRefusal {
  const open = [...requiredSigners(body)];
  for (const [i, { by, key }] of signatures.entries()) {
    const at = open.findIndex((signer) => signer.by === null || signer.by === by);
    const signer = open[at];
    if (signer === undefined || (signer.key === 'own' && key !== by)) {
      return wireRefusal('unexpected_signature', `/signatures/${i}`);
    }
    open.splice(at, 1);
  }
  return open;
}
