import type { Decision } from '../book/decision.ts';
import { authorizationId } from '../note/commitment.ts';
import { coreHash } from '../note/note.ts';
import type { Hash } from '../units/id.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { granted, intent, voucher } from './payments.ts';
import type { Fleet } from './test-book.ts';
import { AGENT, type Built, GPU, must, type TestParty } from './world.ts';

export type HoldOptions = Parameters<typeof granted>[5] & {
  /** Amount asked for; 100 unless given. */
  readonly value?: bigint;
  readonly payee?: TestParty;
  /** Changes of the intent. */
  readonly asks?: Parameters<typeof intent>[3];
};

/** Records an intent and gives a granted voucher for it, by default to gpu at the book's time. */
export function hold(fleet: Fleet, options: HoldOptions = {}): Built<'CapacityVoucher'> {
  const { world, book, budget, gpuEdge, cloudEdge } = fleet;
  const { value = 100n, payee = GPU, asks, ...rest } = options;
  const asked = intent(world, payee, value, asks);
  book.accept(asked);
  const edge = payee === GPU ? gpuEdge : cloudEdge;
  return granted(world, book.state, asked, edge, budget, { at: book.now, ...rest });
}

/** Records an intent and gives the agent's own voucher for it, outside any budget. */
export function ownHold(
  fleet: Fleet,
  value: bigint,
  options: Parameters<typeof voucher>[4] = {},
): Built<'CapacityVoucher'> {
  const asked = intent(fleet.world, GPU, value);
  fleet.book.accept(asked);
  return voucher(fleet.world, asked, fleet.gpuEdge, AGENT, { at: fleet.book.now, ...options });
}

/** Places several holds: the given part of a row. */
export function placed(...options: readonly HoldOptions[]): (fleet: Fleet) => void {
  return (fleet) => {
    for (const option of options) fleet.book.accept(hold(fleet, option));
  };
}

export function voucherOf(object: VerifiedObject): Built<'CapacityVoucher'> {
  const { body } = object;
  if (body.type !== 'CapacityVoucher') throw new Error('no voucher');
  return { ...object, body };
}

/** The budget of a granted voucher. */
export function budgetOf(object: VerifiedObject): Hash {
  return must(voucherOf(object).body.grant?.budget, 'budget');
}

/** What a book decides on a voucher that it accepts. */
export function holdPlaced({ delegation }: Fleet, object: VerifiedObject): Decision {
  const { id, body } = voucherOf(object);
  const { grant, v: _v, type: _t, nonce: _n, prevReceipt: _p, route: _r, ...terms } = body;
  const data = { voucher: id, ...terms };
  if (grant === null) {
    return { kind: 'accepted', events: [{ type: 'HoldPlaced', data: { ...data, grant } }] };
  }
  const { core, coreSig, authorizationNonce: nonce, ...opening } = grant;
  const { budget, category, index, period } = grant;
  const { intent: asked, to: payee } = body;
  const authorization = { budget, category, index, intent: asked, nonce, payee, period };
  const { commitment, payer, payee: payeeKey } = core;
  const granted = {
    ...opening,
    agent: delegation.body.agent,
    authorization: authorizationId(authorization),
    commitment,
    core: coreHash(core),
    payer,
    payee: payeeKey,
  };
  return {
    kind: 'accepted',
    events: [
      {
        type: 'HoldPlaced',
        data: { ...data, grant: granted },
        disclosure: { core, sig: coreSig },
      },
    ],
  };
}
