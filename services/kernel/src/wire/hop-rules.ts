import { type Failure, inconsistent, refuseUnsorted } from './codec.ts';
import type { BodyOf, FinalizeReceipt } from './objects.ts';
import { refuseTotal } from './payment-rules.ts';

/** Rules between the members of one body. Each gives the first broken one, or undefined. */
type Rule = Failure | undefined;

export function refuseCommit(body: BodyOf<'CommitSignal'>): Rule {
  return refuseUnsorted(body.parts, (part) => part, 'parts');
}

export function refuseReading(body: BodyOf<'ClockReading'>): Rule {
  return body.party === body.peer
    ? inconsistent('peer', 'party and peer are two parties')
    : undefined;
}

/** The receipt inside says of this intent and part exactly what the hop says. */
function refuseFinalize(body: BodyOf<'HopReceipt'>, receipt: FinalizeReceipt): Rule {
  if (receipt.delivery === null) return inconsistent('delivery', 'a hop is part of a delivery');
  if (receipt.intent !== body.intent) {
    return inconsistent('intent', 'hop and receipt name one intent');
  }
  const named = receipt.delivery.parts.find(({ part }) => part === body.part);
  return named?.amount === body.amount
    ? undefined
    : inconsistent('parts', 'the receipt names the part with exactly its amount').under('delivery');
}

export function refuseHopReceipt(body: BodyOf<'HopReceipt'>): Rule {
  if (body.hop === body.peer) return inconsistent('peer', 'hop and peer are two parties');
  if ((body.reason !== null) !== (body.transition === 'lapsed')) {
    return inconsistent('reason', 'reason is given exactly for lapsed');
  }
  if ((body.finalize !== null) !== (body.transition === 'active')) {
    return inconsistent('finalize', 'finalize is given exactly for active');
  }
  const refusal = body.finalize === null ? undefined : refuseFinalize(body, body.finalize.object);
  return refusal?.under('object').under('finalize') ?? refuseTotal(body);
}
