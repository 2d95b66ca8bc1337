// Goal: what two parties gathered becomes a proof that stands, and only where a hop did keep another
// fee. Method: honest and cheating statements, whole and with each piece missing; then examine the text.
import { policyHash } from '@atomicity/kernel/routing/fee-policy';
import { delegation } from '@atomicity/kernel/testing/accounts';
import {
  feePolicy,
  hopStatement,
  offerOf,
  routedVoucher,
} from '@atomicity/kernel/testing/hop-statements';
import { testHash } from '@atomicity/kernel/testing/keys';
import { createWorld, START, testParty } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { describe, expect, it } from 'vitest';
import { examine } from '../cli/network/verify-evidence.ts';
import {
  certificatesOf,
  feeMismatchProofsOf,
  type Gathered,
  together,
} from './assemble-evidence.ts';

const ALICE = testParty('alice');
const BOB = testParty('bob');
const CAROL = testParty('carol');
const INTENT = testHash('intent');

/** Bob held 100 + `feeIn` of Alice and passed 100 + 0 on to Carol. Alice and Carol each know a half. */
function bobKeeps(feeIn: bigint) {
  const world = createWorld({ crypto: 'real' });
  const policy = feePolicy(BOB);
  const route = { part: world.nonce(), finalizeKey: CAROL.key.id, seenAt: START, probe: false };
  const named = policyHash(policy);
  const incoming = routedVoucher(world, ALICE, BOB, INTENT, {
    amount: amount(100n),
    fee: amount(feeIn),
    policyHash: named,
    route: { ...route, hops: [{ party: CAROL.id, policyHash: named }] },
  });
  const held = hopStatement(world, BOB, incoming, 'held');
  const onward = routedVoucher(world, BOB, CAROL, INTENT, {
    amount: amount(100n),
    fee: amount(0n),
    prevReceipt: held.id,
    route: { ...route, hops: [] },
  });
  const delegations = [ALICE, BOB, CAROL].map((party) => delegation(world, party).text);
  const offers = [offerOf(world, BOB, policy).text];
  const alices: Gathered = { receipts: [incoming.text, held.text], delegations, offers };
  const carols: Gathered = { receipts: [onward.text], delegations, offers: [] };
  return { alices, carols, part: route.part };
}

describe('a proof of a fee mismatch', () => {
  // 100 units at 1 % + 1: the fee is 2.
  it('takes what both know, and stands before anybody', () => {
    const { alices, carols } = bobKeeps(3n);
    const [text = '', ...more] = feeMismatchProofsOf(together([alices, carols]));
    expect(more).toEqual([]);
    const { stands, kind, lines } = examine(text);
    expect([stands, kind, lines[0]]).toEqual([true, 'FeeMismatchProof', BOB.id]);
  });

  it('is not made of what one of them knows, nor of the fee that was published', () => {
    const { alices, carols } = bobKeeps(3n);
    expect(feeMismatchProofsOf(alices)).toEqual([]);
    expect(feeMismatchProofsOf(carols)).toEqual([]);
    const honest = bobKeeps(2n);
    expect(feeMismatchProofsOf(together([honest.alices, honest.carols]))).toEqual([]);
  });

  it.each(['delegations', 'offers'] as const)('is not made without %s', (piece) => {
    const { alices, carols } = bobKeeps(3n);
    expect(feeMismatchProofsOf({ ...together([alices, carols]), [piece]: [] })).toEqual([]);
  });

  it('is not made of texts that are none', () => {
    const garbage = { receipts: ['{', ''], delegations: ['x'], offers: ['[]'] };
    expect(feeMismatchProofsOf(garbage)).toEqual([]);
    expect(certificatesOf(INTENT, garbage)).toEqual([]);
  });
});

describe('a certificate', () => {
  it('is made for each part, with the delegations, and read back', () => {
    const { alices, carols, part } = bobKeeps(2n);
    const all = together([alices, carols]);
    const [certificate, ...more] = certificatesOf(INTENT, all);
    expect([certificate?.part, more]).toEqual([part, []]);
    const { stands, kind, facts } = examine(certificate?.text ?? '');
    expect([stands, kind, facts['objects']]).toEqual([true, 'certificate', 3]);
    expect(certificatesOf(testHash('another'), all)).toEqual([]);
  });
});
