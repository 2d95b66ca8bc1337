/** Statements of hops as their ends would sign them, for tests of evidence. */
import { policyHash } from '../routing/fee-policy.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { CapacityVoucher, FeePolicy, HopTransition, SignedEvidence } from '../wire/objects.ts';
import {
  type Built,
  type Change,
  HOUR,
  must,
  START,
  type TestParty,
  through,
  USD,
  type World,
} from './world.ts';

/** An object with its only signature, as evidence carries it. */
export function evidenceOf<Body>(object: {
  readonly body: Body;
  readonly signatures: readonly { readonly sig: SignedEvidence<Body>['sig'] }[];
}): SignedEvidence<Body> {
  return { object: object.body, sig: must(object.signatures[0], 'signature').sig };
}

export function feePolicy(party: TestParty, change: Partial<FeePolicy> = {}): FeePolicy {
  return {
    hop: party.id,
    denomination: USD,
    feeBps: 100,
    feeFlat: amount(1n),
    amountMin: amount(1n),
    amountMax: amount(1_000_000_000n),
    marginMs: 1_000,
    ...change,
  };
}

export function offerOf(
  world: World,
  party: TestParty,
  policy: FeePolicy,
  change: Change<'RoutingOffer'> = {},
): Built<'RoutingOffer'> {
  return world.object(
    {
      v: 1,
      type: 'RoutingOffer',
      policy,
      policyHash: policyHash(policy),
      sequence: 1,
      at: START,
      ttlMs: 60_000,
      edges: [],
      nonce: world.nonce(),
      ...change,
    },
    through(party),
  );
}

/** One hop's hold: `change` says what matters, the rest is 100 units for an hour. */
export function routedVoucher(
  world: World,
  from: TestParty,
  to: TestParty,
  intent: Hash,
  change: Change<'CapacityVoucher'>,
): Built<'CapacityVoucher'> {
  return world.object(
    {
      v: 1,
      type: 'CapacityVoucher',
      intent,
      edge: intent,
      from: from.id,
      to: to.id,
      denomination: USD,
      amount: amount(100n),
      fee: amount(0n),
      at: START,
      expiresAt: unixMs(START + HOUR),
      policyHash: null,
      prevReceipt: null,
      grant: null,
      route: null,
      nonce: world.nonce(),
      ...change,
    },
    through(from),
  );
}

/** What one end of a voucher's edge says of it. */
export function hopStatement(
  world: World,
  hop: TestParty,
  voucher: { readonly id: Hash; readonly body: CapacityVoucher },
  transition: HopTransition,
  change: Change<'HopReceipt'> = {},
): Built<'HopReceipt'> {
  const { body } = voucher;
  return world.object(
    {
      v: 1,
      type: 'HopReceipt',
      hop: hop.id,
      peer: hop.id === body.to ? body.from : body.to,
      voucher: voucher.id,
      intent: body.intent,
      part: must(body.route, 'route').part,
      transition,
      amount: body.amount,
      fee: body.fee,
      policyHash: body.policyHash,
      at: body.at,
      deadline: body.expiresAt,
      reason: transition === 'lapsed' ? 'expired' : null,
      prev: transition === 'held' ? body.prevReceipt : null,
      finalize: null,
      nonce: world.nonce(),
      ...change,
    },
    through(hop),
  );
}
