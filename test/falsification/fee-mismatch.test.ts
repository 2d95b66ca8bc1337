// Goal: a hop keeps what its policy says, or whoever holds its own statements convicts it. Method: a
// hop that overcharges in every way it can, with real signatures; a proof that a stranger's book takes;
// and the same attempt at an honest hop, which gives no proof.
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { delegation } from '@atomicity/kernel/testing/accounts';
import { evidenceOf, feePolicy, offerOf } from '@atomicity/kernel/testing/hop-statements';
import { advance, pump, settle } from '@atomicity/kernel/testing/network';
import {
  createNetwork,
  edgeBetween,
  type Network,
  nodeOf,
  policyOf,
  record,
  send,
  signed,
} from '@atomicity/kernel/testing/network-core';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import { createTestBook } from '@atomicity/kernel/testing/test-book';
import { must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { BodyOf, FeeMismatchProof } from '@atomicity/kernel/wire/objects';
import { encodeObject, parseObject } from '@atomicity/kernel/wire/parse-object';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import { hopsOf, LINE, line, windUp } from './scenes.ts';

type Voucher = VerifiedObject<BodyOf<'CapacityVoucher'>>;

/** Bob holds Alice's hundred and 4 of fees, 2 his own, and has not forwarded it. */
function heldByBob(network = line({ crypto: 'real' }), route: readonly string[] = LINE) {
  const intent = ask(network, 'dave', 100n);
  order(network, 'alice', intent);
  nodeOf(network, 'bob').mode = 'silent';
  const offer = offerOf(network.world, nodeOf(network, 'bob').party, nodeOf(network, 'bob').policy);
  sendPart(network, intent, route, 100n);
  pump(network);
  const [incoming] = hopsOf(network, 'bob');
  return { network, intent, offer, incoming: must(incoming, 'hop') };
}

/** What Bob forwards, with what he likes in it. */
function forwardOf(
  { network, incoming }: ReturnType<typeof heldByBob>,
  to: string,
  change: Partial<BodyOf<'CapacityVoucher'>>,
): { readonly voucher: Voucher; readonly held: VerifiedObject<BodyOf<'HopReceipt'>> } {
  const [bob, next] = [nodeOf(network, 'bob'), nodeOf(network, to)];
  const { terms } = incoming;
  const held = signed(network, bob, hopReceiptOf(incoming, 'held'));
  const [, ...hops] = terms.hops;
  const voucher = signed(network, bob, {
    v: 1,
    type: 'CapacityVoucher',
    intent: terms.intent,
    edge: edgeBetween(network, 'bob', to),
    from: bob.party.id,
    to: next.party.id,
    denomination: terms.denomination,
    amount: terms.amount,
    fee: amount(terms.fee - 2n),
    at: bob.book.now,
    expiresAt: terms.deadline,
    policyHash: hops[0]?.policyHash ?? null,
    prevReceipt: held.id,
    grant: null,
    route: {
      part: terms.part,
      finalizeKey: terms.finalizeKey,
      seenAt: next.book.now,
      probe: false,
      hops,
    },
    nonce: network.world.nonce(),
    ...change,
  });
  return { voucher, held };
}

/** What anybody makes of Bob's statements, as text. */
function proofText(
  network: Network,
  offer: VerifiedObject<BodyOf<'RoutingOffer'>>,
  { voucher, held }: ReturnType<typeof forwardOf>,
): string {
  const proof: FeeMismatchProof = {
    v: 1,
    type: 'FeeMismatchProof',
    delegation: evidenceOf(delegation(network.world, nodeOf(network, 'bob').party)),
    offer: evidenceOf(offer),
    held: evidenceOf(held),
    voucher: evidenceOf(voucher),
  };
  return encodeObject(proof, []);
}

/** A stranger, who knows none of the parties, reads, verifies and records the proof. */
function stranger(text: string) {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused') return parsed;
  const refusal = refuseChecks(requiredChecks(parsed.object));
  if (refusal !== undefined) return { kind: 'refused' as const, refusal };
  const book = createTestBook();
  return book.submit(verified(parsed.object, { signatures: 'all_verified', opening: 'checked' }));
}

describe('Design report §5.3, Whitepaper §7.2, P5: a hop that overcharges', () => {
  it('is refused by its own book, by one unit more or less', () => {
    const scene = heldByBob();
    for (const fee of [0n, 1n, 3n, 4n]) {
      const { voucher } = forwardOf(scene, 'carol', { fee: amount(fee) });
      expect(record(nodeOf(scene.network, 'bob'), voucher)).toMatchObject({
        kind: 'rejected',
        refusal: { reason: 'fee_mismatch', facts: { expected: '2', kept: `${4n - fee}` } },
      });
    }
  });

  it('without a book of its own is refused by the next hop, and costs the sender nothing', () => {
    const scene = heldByBob();
    const { network } = scene;
    const { voucher } = forwardOf(scene, 'carol', { fee: amount(1n) });
    send(network, nodeOf(network, 'bob'), nodeOf(network, 'carol'), voucher);
    pump(network);
    expect(countEvents(nodeOf(network, 'carol'), 'HopHeld')).toBe(0);
    expect(nodeOf(network, 'carol').book.state.declined.get(voucher.id)).toMatchObject({
      reason: 'fee_mismatch',
    });
    windUp(network);
    checkNetworkLaws(network);
    expect(ownBalances(network, 'alice')).toEqual({ bob: 0n });
  });

  it('is convicted by its own statements, before a stranger', () => {
    const scene = heldByBob();
    const { network, offer } = scene;
    const text = proofText(network, offer, forwardOf(scene, 'carol', { fee: amount(1n) }));
    expect(stranger(text)).toMatchObject({
      kind: 'accepted',
      events: [
        {
          type: 'FeeMismatchRecorded',
          data: { hop: nodeOf(network, 'bob').party.id, expectedFee: 2n, keptFee: 3n },
        },
      ],
    });
  });

  it('cannot be framed: of what an honest hop signs, no proof is one', () => {
    const scene = heldByBob();
    const { network, offer } = scene;
    const honest = forwardOf(scene, 'carol', {});
    const refused = { kind: 'refused', refusal: { reason: 'not_fee_mismatch' } };
    expect(stranger(proofText(network, offer, honest))).toMatchObject(refused);
    // Alice signs another offer in Bob's name, or Bob's cheaper one of before.
    const cheap = feePolicy(nodeOf(network, 'bob').party, { feeBps: 0, marginMs: 1_000 });
    const older = offerOf(network.world, nodeOf(network, 'bob').party, cheap);
    expect(stranger(proofText(network, older, honest))).toMatchObject(refused);
    const { world } = network;
    const alice = nodeOf(network, 'alice').party;
    const forged = world.object(offer.body, {
      by: nodeOf(network, 'bob').party.identity,
      key: alice.key,
    });
    expect(
      stranger(proofText(network, forged, forwardOf(scene, 'carol', { fee: amount(1n) }))),
    ).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'signature_invalid', field: '/body/offer/sig' },
    });
  });

  it('by delivering less than it was given is convicted too, though the fees add up', () => {
    const network = createNetwork({
      names: ['alice', 'bob', 'dave'],
      edges: [
        ['alice', 'bob'],
        ['bob', 'dave'],
      ],
      crypto: 'real',
    });
    const scene = heldByBob(network, ['alice', 'bob', 'dave']);
    const forward = forwardOf(scene, 'dave', { amount: amount(90n), fee: amount(0n) });
    expect(record(nodeOf(network, 'bob'), forward.voucher)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'amount_mismatch' },
    });
    expect(stranger(proofText(network, scene.offer, forward))).toMatchObject({
      kind: 'accepted',
      events: [{ data: { expectedFee: 2n, keptFee: 12n } }],
    });
    // Dave, told to take 90 for his hundred, finalizes nothing.
    nodeOf(network, 'dave').mode = 'works';
    send(network, nodeOf(network, 'bob'), nodeOf(network, 'dave'), forward.voucher);
    pump(network);
    windUp(network);
    expect(ownBalances(network, 'dave')).toEqual({ bob: 0n });
    expect(countEvents(nodeOf(network, 'dave'), 'HopClaimed')).toBe(0);
  });
});

describe('Whitepaper §5.2, P5: a policy', () => {
  it('that changes under way binds the hop to the one that the sender chose', () => {
    const scene = heldByBob();
    const { network } = scene;
    const bob = nodeOf(network, 'bob');
    const dearer = feePolicy(bob.party, { feeBps: 300, marginMs: 1_000 });
    bob.book.accept(offerOf(network.world, bob.party, dearer, { sequence: 2, at: bob.book.now }));
    // 1 + 3 % would be 4: nothing would be left for Carol.
    const { voucher } = forwardOf(scene, 'carol', { fee: amount(0n) });
    expect(record(bob, voucher)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'fee_mismatch', facts: { expected: '2' } },
    });
    bob.mode = 'works';
    settle(network);
    checkSettled(network);
    expect(ownBalances(network, 'bob')).toEqual({ alice: 104n, carol: -102n });
  });

  it('of before binds it no longer than offers may live', () => {
    const network = line();
    const bob = nodeOf(network, 'bob');
    const dearer = feePolicy(bob.party, { feeBps: 300, marginMs: 1_000 });
    bob.book.accept(offerOf(network.world, bob.party, dearer, { sequence: 2, at: bob.book.now }));
    for (const [wait, held] of [[299_999, 1] as const, [1, 1] as const]) {
      advance(network, wait);
      const intent = ask(network, 'dave', 100n);
      order(network, 'alice', intent);
      sendPart(network, intent, LINE, 100n);
      settle(network);
      // In time it is taken at the old price; a millisecond later it is not taken at all.
      expect(countEvents(bob, 'HopDeclined')).toBe(wait === 1 ? 1 : 0);
      expect(ownBalances(network, 'dave')).toEqual({ carol: 100n * BigInt(held) });
    }
    expect(policyOf(bob)).toBeDefined();
  });
});
