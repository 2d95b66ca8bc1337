import { refuseSigner as refuseByBook } from '@atomicity/kernel/keys/signers';
import { refuseSigner } from '@atomicity/kernel/routing/delegated-signer';
import type { BodyOf, Delivery, WireType } from '@atomicity/kernel/wire/objects';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { AgentCore } from '../agent-core.ts';
import { isRefusal, verifyText } from '../signed-text.ts';
import type { PaymentRequest } from './payment.ts';

/** A request whose signatures and terms fit together. */
export type CheckedRequest = {
  readonly order: VerifiedObject<BodyOf<'PaymentOrder'>>;
  readonly intent: BodyOf<'PaymentIntent'>;
  readonly delivery: Delivery;
};

const refusal = (reason: string, rule: string): Refusal => ({ reason, rule });

async function readAs<Type extends WireType>(
  core: AgentCore,
  text: string,
  type: Type,
): Promise<VerifiedObject<BodyOf<Type>> | Refusal> {
  const object = await verifyText(core.ports, text);
  if (isRefusal(object)) return object;
  return object.body.type === type
    ? (object as VerifiedObject<BodyOf<Type>>)
    : refusal('unexpected_type', `a ${type} belongs here`);
}

/** The receiver itself has to have asked: whoever could change the intent could take the money. */
async function refuseIntentSigner(
  core: AgentCore,
  intent: VerifiedObject<BodyOf<'PaymentIntent'>>,
  text: string | null,
): Promise<Refusal | undefined> {
  const { receiver } = intent.body;
  const now = core.now();
  if (text === null) return refuseByBook(core.state(), intent, receiver, now);
  const delegation = await readAs(core, text, 'KeyDelegation');
  if (isRefusal(delegation)) return delegation;
  return refuseSigner(intent, receiver, delegation, now);
}

function refuseTerms(
  core: AgentCore,
  order: VerifiedObject<BodyOf<'PaymentOrder'>>,
  intent: VerifiedObject<BodyOf<'PaymentIntent'>>,
): Refusal | undefined {
  const { delivery, receiver, denomination, amount } = intent.body;
  const { body } = order;
  if (body.payer !== core.party) return refusal('payer_mismatch', 'the order is of this party');
  if (body.intent !== intent.id) return refusal('intent_mismatch', 'the order names the intent');
  if (delivery === null) return refusal('delivery_not_offered', 'the intent says how to deliver');
  if (body.receiver !== receiver) return refusal('receiver_mismatch', 'of order and intent');
  if (body.denomination !== denomination) return refusal('denomination_mismatch', 'one for both');
  if (body.finalizeKey !== delivery.finalizeKey) {
    return refusal('finalize_key_mismatch', 'the order has the finalize key of the intent');
  }
  if (body.amount > amount) return refusal('delivery_exceeds_amount', 'no more than was asked for');
  return body.amount < delivery.minDeliverable
    ? refusal('below_min_deliverable', 'at least what the receiver finalizes')
    : undefined;
}

/**
 * Checks that order, intent and delegation are genuine and fit together. The order's own signature
 * is for the book to judge.
 * Refusals, in order: those of `verify` for each text, unexpected_type, those of the intent's signer,
 * payer_mismatch, intent_mismatch, delivery_not_offered, receiver_mismatch, denomination_mismatch,
 * finalize_key_mismatch, delivery_exceeds_amount, below_min_deliverable.
 */
export async function checkRequest(
  core: AgentCore,
  request: PaymentRequest,
): Promise<CheckedRequest | Refusal> {
  const order = await readAs(core, request.order, 'PaymentOrder');
  if (isRefusal(order)) return order;
  const intent = await readAs(core, request.intent, 'PaymentIntent');
  if (isRefusal(intent)) return intent;
  const refused =
    (await refuseIntentSigner(core, intent, request.delegation)) ??
    refuseTerms(core, order, intent);
  const { delivery } = intent.body;
  if (refused !== undefined) return refused;
  if (delivery === null) return refusal('delivery_not_offered', 'the intent says how to deliver');
  return { order, intent: intent.body, delivery };
}
