import {
  decideBudgetDelegation,
  decidePolicyStatement,
  decideTaskBudget,
} from '../budget/decide-budgets.ts';
import { decideEdgeDisagreement, decideEdgeState } from '../credit/decide-edge-states.ts';
import { decideEdgeAgreement, decideEdgeLimitChange } from '../credit/decide-edges.ts';
import { decideReassign } from '../credit/decide-reassign.ts';
import { decideSettlementReceipt, decideSettlementRequest } from '../credit/decide-settlements.ts';
import { decideCommitSignal } from '../hop/decide-commit.ts';
import { decideFeeMismatch } from '../hop/decide-fee-mismatch.ts';
import { decideHopReceipt } from '../hop/decide-hop-receipt.ts';
import {
  decidePartyHosting,
  decidePaymentOrder,
  decideRoutingOffer,
} from '../hop/decide-hosting.ts';
import { decideKeyDelegation, decideKeyRevocation } from '../keys/decide-keys.ts';
import {
  decideEquivocationProof,
  decideNoteKeyCertificate,
  decidePairClose,
} from '../pair/decide-pairs.ts';
import { decideLapses, decideReceipt, decideVoid } from '../payment/decide-ends.ts';
import { decideIntent } from '../payment/decide-intent.ts';
import { decideVoucher } from '../payment/decide-voucher.ts';
import { decideAttestation } from '../period-close/decide-attestation.ts';
import { decidePeriodClose } from '../period-close/decide-close.ts';
import { decideErasure } from '../period-close/decide-erasure.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import type { ParsedObject, WireBody } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { accepted, type Decision, rejected } from './decision.ts';
import { assertNever } from './invariant.ts';
import { refuse } from './refusals.ts';
import type { BookState } from './state.ts';

/** What a book is asked to do. `lapse` records the holds and hops that have expired. */
export type BookCommand =
  | { readonly kind: 'object'; readonly commandId: string; readonly object: VerifiedObject }
  | { readonly kind: 'lapse' };

export { decideLapses };

/** Narrows an object to the body that it carries. */
function withBody<Body extends WireBody>(object: ParsedObject, body: Body): ParsedObject<Body> {
  const { id, signatures, text } = object;
  return { id, body, signatures, text };
}

/** Objects of payments across books; what only neighbours tell each other is not recorded. */
function decideAcrossBooks(state: BookState, object: VerifiedObject, now: UnixMs): Decision {
  const { body } = object;
  switch (body.type) {
    case 'PartyHosting':
      return decidePartyHosting(state, withBody(object, body), now);
    case 'PaymentOrder':
      return decidePaymentOrder(state, withBody(object, body), now);
    case 'RoutingOffer':
      return decideRoutingOffer(state, withBody(object, body), now);
    case 'CommitSignal':
      return decideCommitSignal(state, withBody(object, body), now);
    case 'HopReceipt':
      return decideHopReceipt(state, withBody(object, body), now);
    case 'FeeMismatchProof':
      return decideFeeMismatch(state, withBody(object, body));
    default:
      return rejected(refuse('type_not_recorded', '/body/type'));
  }
}

function decideObject(state: BookState, object: VerifiedObject, now: UnixMs): Decision {
  const { body } = object;
  switch (body.type) {
    case 'CapacityVoucher':
      return decideVoucher(state, withBody(object, body), now);
    case 'FinalizeReceipt':
      return decideReceipt(state, withBody(object, body), now);
    case 'VoidReceipt':
      return decideVoid(state, withBody(object, body), now);
    case 'PaymentIntent':
      return decideIntent(state, withBody(object, body), now);
    case 'KeyDelegation':
      return decideKeyDelegation(state, withBody(object, body), now);
    case 'KeyRevocation':
      return decideKeyRevocation(state, withBody(object, body));
    case 'EdgeAgreement':
      return decideEdgeAgreement(state, withBody(object, body), now);
    case 'EdgeLimitChange':
      return decideEdgeLimitChange(state, withBody(object, body), now);
    case 'EdgeState':
      return decideEdgeState(state, withBody(object, body), now);
    case 'EdgeDisagreement':
      return decideEdgeDisagreement(state, withBody(object, body), now);
    case 'Reassign':
      return decideReassign(state, withBody(object, body), now);
    case 'SettlementRequest':
      return decideSettlementRequest(state, withBody(object, body), now);
    case 'SettlementReceipt':
      return decideSettlementReceipt(state, withBody(object, body), now);
    case 'BudgetDelegation':
      return decideBudgetDelegation(state, withBody(object, body), now);
    case 'PolicyStatement':
      return decidePolicyStatement(state, withBody(object, body), now);
    case 'TaskBudget':
      return decideTaskBudget(state, withBody(object, body), now);
    case 'NoteKeyCertificate':
      return decideNoteKeyCertificate(state, withBody(object, body), now);
    case 'PairClose':
      return decidePairClose(state, withBody(object, body));
    case 'PeriodClose':
      return decidePeriodClose(state, withBody(object, body), now);
    case 'AttestationSummary':
      return decideAttestation(state, withBody(object, body), now);
    case 'EquivocationProof':
      return decideEquivocationProof(state, withBody(object, body));
    case 'PayloadErasure':
      return decideErasure(state, withBody(object, body), now);
    case 'PartyHosting':
    case 'PaymentOrder':
    case 'RoutingOffer':
    case 'RoutingSignal':
    case 'CommitSignal':
    case 'HopReceipt':
    case 'ClockReading':
    case 'FeeMismatchProof':
      return decideAcrossBooks(state, object, now);
    default:
      return assertNever(body, 'object type');
  }
}

/**
 * Decides what a command does to a book at `now`, ms since the epoch, without changing anything:
 * the caller records the events and hands them to `evolve`. A `now` before the book's last event
 * counts as that event's time. No cryptography happens here: only a `VerifiedObject` gets in. The
 * Poseidon trees of a period close, and the digest of a policy statement, are recomputed.
 * Refusals: `BOOK_REFUSALS`, in their order. The same object again: duplicate, for as long as the
 * book remembers it, and a refusal after that.
 */
export function decide(state: BookState, command: BookCommand, now: UnixMs): Decision {
  if (state.opened === null) return rejected(refuse('book_not_opened'));
  const time = unixMs(Math.max(now, state.at));
  return command.kind === 'lapse'
    ? accepted(...decideLapses(state, time))
    : decideObject(state, command.object, time);
}
