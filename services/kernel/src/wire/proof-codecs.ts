import { type Codec, list } from './codec.ts';
import { edgeState } from './credit-codecs.ts';
import { body, evidence } from './head-codecs.ts';
import { hopReceipt } from './hop-codecs.ts';
import { keyDelegation } from './key-codecs.ts';
import type { BodyOf } from './objects.ts';
import { capacityVoucher } from './payment-codecs.ts';
import { routingOffer } from './routing-codecs.ts';

const delegationEvidence = evidence(keyDelegation);

export const edgeDisagreement = body('EdgeDisagreement', {
  first: evidence(edgeState),
  second: evidence(edgeState),
  /** A list of fixed length; its codec's type is the tuple's. */
  delegations: list(delegationEvidence, 2, 2) as unknown as Codec<
    BodyOf<'EdgeDisagreement'>['delegations']
  >,
});

export const feeMismatchProof = body('FeeMismatchProof', {
  delegation: evidence(keyDelegation),
  offer: evidence(routingOffer),
  held: evidence(hopReceipt),
  voucher: evidence(capacityVoucher),
});
