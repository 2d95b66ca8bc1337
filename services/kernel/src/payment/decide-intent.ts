import { type Decision, DUPLICATE, unlessRefused } from '../book/decision.ts';
import { refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, PaymentIntent } from '../wire/objects.ts';

/**
 * A receiver asks to be paid; the intent is remembered until it expires.
 * Refusals, in order: signer_mismatch and key refusals, amount_zero, expired. Again: duplicate.
 */
export function decideIntent(
  state: BookState,
  object: ParsedObject<PaymentIntent>,
  now: UnixMs,
): Decision {
  if (state.intents.has(object.id)) return DUPLICATE;
  const { receiver, denomination, amount, expiresAt, policyHash, constraints, delivery } =
    object.body;
  const refusal =
    refuseSigner(state, object, receiver, now) ??
    (amount === 0n ? refuse('amount_zero', '/body/amount') : undefined) ??
    (now >= expiresAt ? refuse('expired', '/body/expiresAt', { now, expiresAt }) : undefined);
  return unlessRefused(refusal, () => ({
    type: 'IntentRecorded',
    data: {
      intent: object.id,
      receiver,
      denomination,
      amount,
      expiresAt,
      policyHash,
      maxFeeBps: constraints.maxFeeBps,
      latencyMs: constraints.latencyMs,
      delivery,
    },
  }));
}
