// Goal: a fee mismatch convicts hops that kept another fee, and no other hop. Method: random honest
// and cheating hops; then every place of a true proof forged in turn, each refused at its place.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyHash, routingFee } from '../routing/fee-policy.ts';
import { delegation } from '../testing/accounts.ts';
import {
  evidenceOf,
  feePolicy,
  hopStatement,
  offerOf,
  routedVoucher,
} from '../testing/hop-statements.ts';
import { testHash } from '../testing/keys.ts';
import { createWorld, HOUR, must, START, testParty } from '../testing/world.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import { unixMs } from '../units/time.ts';
import type { FeeMismatchProof, FeePolicy } from '../wire/objects.ts';
import { encodeObject, parseObject } from '../wire/parse-object.ts';
import { refuseChecks, requiredChecks } from '../wire/signatures.ts';
import { checkFeeMismatch } from './fee-mismatch.ts';

const [ALICE, BOB, CAROL, DAVE] = ['alice', 'bob', 'carol', 'dave'].map(testParty) as [
  ReturnType<typeof testParty>,
  ReturnType<typeof testParty>,
  ReturnType<typeof testParty>,
  ReturnType<typeof testParty>,
];
const INTENT = testHash('intent');
const EUR = must(parseDenomination('EUR/6'), 'denomination');

/** Bob held `amount` + `feeIn` and forwards `amountOut` + `feeOut`; on his own paper throughout. */
function proofOf(
  terms: {
    readonly policy?: Partial<FeePolicy>;
    readonly amount: bigint;
    readonly feeIn: bigint;
    readonly amountOut?: bigint;
    readonly feeOut: bigint;
  },
  crypto: 'real' | 'none' = 'none',
) {
  const world = createWorld({ crypto });
  const policy = feePolicy(BOB, terms.policy);
  const [part, finalizeKey] = [world.nonce(), CAROL.key.id];
  const route = { part, finalizeKey, seenAt: START, probe: false, hops: [] };
  const toCarol = { party: CAROL.id, policyHash: policyHash(policy) };
  const incoming = routedVoucher(world, ALICE, BOB, INTENT, {
    amount: amount(terms.amount),
    fee: amount(terms.feeIn),
    policyHash: policyHash(policy),
    route: { ...route, hops: [toCarol] },
  });
  const held = hopStatement(world, BOB, incoming, 'held');
  const voucher = routedVoucher(world, BOB, CAROL, INTENT, {
    amount: amount(terms.amountOut ?? terms.amount),
    fee: amount(terms.feeOut),
    prevReceipt: held.id,
    route,
  });
  const proof: FeeMismatchProof = {
    v: 1,
    type: 'FeeMismatchProof',
    delegation: evidenceOf(delegation(world, BOB)),
    offer: evidenceOf(offerOf(world, BOB, policy)),
    held: evidenceOf(held),
    voucher: evidenceOf(voucher),
  };
  return { world, incoming, proof };
}

/** 100 units at 1 % + 1: the fee is 2, Bob keeps 3. */
const overcharged = (crypto: 'real' | 'none' = 'none') =>
  proofOf({ amount: 100n, feeIn: 3n, feeOut: 0n }, crypto);

const policies = fc.record({
  feeBps: fc.integer({ min: 0, max: 10_000 }),
  feeFlat: fc.bigInt({ min: 0n, max: 10_000n }).map(amount),
  amountMax: fc.constant(amount(AMOUNT_MAX)),
});
const amounts = fc.bigInt({ min: 1n, max: 10n ** 15n });
const fees = fc.bigInt({ min: 0n, max: 10n ** 6n });

describe('Whitepaper §5.2: a fee mismatch', () => {
  it('never convicts a hop that keeps what its policy says', () => {
    fc.assert(
      fc.property(policies, amounts, fees, (policy, value, feeOut) => {
        const own = routingFee(feePolicy(BOB, policy), amount(value));
        const feeIn = must(own, 'fee') + feeOut;
        const { proof } = proofOf({ policy, amount: value, feeIn, feeOut });
        expect(checkFeeMismatch(proof)).toMatchObject({
          reason: 'not_fee_mismatch',
          rule: 'the hop kept another fee than its policy says',
        });
      }),
    );
  });

  it('convicts every other fee, by one unit more or less', () => {
    const other = fc.bigInt({ min: -3n, max: 1_000n }).filter((more) => more !== 0n);
    fc.assert(
      fc.property(policies, amounts, fees, other, (policy, value, feeOut, more) => {
        const expectedFee = must(routingFee(feePolicy(BOB, policy), amount(value)), 'fee');
        const keptFee = expectedFee + more;
        fc.pre(keptFee + feeOut >= 0n);
        const { proof } = proofOf({ policy, amount: value, feeIn: keptFee + feeOut, feeOut });
        expect(checkFeeMismatch(proof)).toEqual({ kind: 'fee', hop: BOB.id, expectedFee, keptFee });
      }),
    );
  });

  it('says when it is the amount that the hop changed, though the fee adds up', () => {
    const { proof } = proofOf({ amount: 100n, feeIn: 2n, amountOut: 90n, feeOut: 10n });
    expect(checkFeeMismatch(proof)).toEqual({
      kind: 'amount',
      hop: BOB.id,
      expectedFee: 2n,
      keptFee: 2n,
    });
  });

  it('is a wire object of its own, which a stranger parses and verifies from its text', () => {
    const { proof } = overcharged('real');
    const parsed = parseObject(encodeObject(proof, []));
    if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.refusal));
    const checks = requiredChecks(parsed.object);
    expect(checks.map(({ field }) => field)).toEqual([
      '/body/delegation/sig',
      '/body/offer/sig',
      '/body/held/sig',
      '/body/voucher/sig',
    ]);
    expect(refuseChecks(checks)).toBeUndefined();
    for (const [i, { field }] of checks.entries()) {
      const forged = checks.map((check, j) =>
        i === j ? { ...check, publicKey: new Uint8Array(32).fill(3) } : check,
      );
      expect(refuseChecks(forged)?.field).toBe(field);
    }
  });
});

type Forge = (proof: FeeMismatchProof, made: ReturnType<typeof overcharged>) => FeeMismatchProof;
const at = (ms: number) => unixMs(START + ms);
const change = <Name extends 'delegation' | 'offer' | 'held' | 'voucher'>(
  proof: FeeMismatchProof,
  name: Name,
  members: Partial<FeeMismatchProof[Name]['object']>,
): FeeMismatchProof => ({
  ...proof,
  [name]: { ...proof[name], object: { ...proof[name].object, ...members } },
});

const forgeries: readonly (readonly [string, string, Forge])[] = [
  [
    'the offer of another hop',
    'the offer is the hop’s',
    (proof, { world }) => ({
      ...proof,
      offer: evidenceOf(offerOf(world, CAROL, feePolicy(CAROL))),
    }),
  ],
  [
    'another party’s delegation',
    'the offer is the hop’s',
    (proof, { world }) => ({
      ...proof,
      delegation: evidenceOf(delegation(world, CAROL)),
    }),
  ],
  [
    'a policy under the hash of another',
    'policyHash is the hash of policy',
    (proof) => change(proof, 'offer', { policy: feePolicy(BOB, { feeBps: 0 }) }),
  ],
  [
    'another policy of the hop',
    'the receipt names the policy of the offer',
    (proof, { world }) => ({
      ...proof,
      offer: evidenceOf(offerOf(world, BOB, feePolicy(BOB, { feeBps: 0 }))),
    }),
  ],
  [
    'an offer from before the key',
    'the key was delegated as party when it signed',
    (proof) => change(proof, 'offer', { at: at(-2 * HOUR) }),
  ],
  [
    'a receipt from after the key',
    'the key was delegated as party when it signed',
    (proof) => change(proof, 'held', { at: at(1000 * HOUR) }),
  ],
  [
    'a key that was delegated to operate only',
    'the key was delegated as party when it signed',
    (proof) => change(proof, 'delegation', { roles: ['operator'] }),
  ],
  [
    'the receipt of another hop',
    'the receipt is the hop’s',
    (proof, { world, incoming }) => ({
      ...proof,
      held: evidenceOf(hopStatement(world, ALICE, incoming, 'held')),
    }),
  ],
  [
    'a receipt that the hop let go',
    'the receipt says held',
    (proof, { world, incoming }) => ({
      ...proof,
      held: evidenceOf(hopStatement(world, BOB, incoming, 'lapsed')),
    }),
  ],
  [
    'the receipt of another hold',
    'the voucher forwards what the receipt holds',
    (proof, { world, incoming }) => ({
      ...proof,
      held: evidenceOf(hopStatement(world, BOB, incoming, 'held')),
    }),
  ],
  [
    'a receipt of another intent',
    'receipt and voucher are of one intent and part',
    (proof) => change(proof, 'held', { intent: testHash('other') }),
  ],
  [
    'a receipt of another part',
    'receipt and voucher are of one intent and part',
    (proof, { world }) => change(proof, 'held', { part: world.nonce() }),
  ],
  [
    'a receipt with another fee',
    'the voucher forwards what the receipt holds',
    (proof) => change(proof, 'held', { fee: amount(9n) }),
  ],
  [
    'somebody else’s voucher',
    'the voucher is the hop’s',
    (proof) => change(proof, 'voucher', { from: DAVE.id }),
  ],
  [
    'a voucher without a route',
    'receipt and voucher are of one intent and part',
    (proof) => change(proof, 'voucher', { route: null }),
  ],
  [
    'a voucher that forwards nothing',
    'the voucher forwards what the receipt holds',
    (proof) => change(proof, 'voucher', { prevReceipt: null }),
  ],
  [
    'a voucher in another denomination',
    'offer and voucher have one denomination',
    (proof) => change(proof, 'voucher', { denomination: EUR }),
  ],
  [
    'a voucher from after the key',
    'the key was delegated as party when it signed',
    (proof) => change(proof, 'voucher', { at: at(1000 * HOUR), expiresAt: at(1001 * HOUR) }),
  ],
  [
    'an amount that the policy does not price',
    'the policy prices the amount',
    () =>
      proofOf({ policy: { amountMax: amount(99n) }, amount: 100n, feeIn: 9n, feeOut: 0n }).proof,
  ],
];

describe('a forged fee mismatch is refused by name', () => {
  it.each(forgeries)('%s', (_, rule, forge) => {
    const made = overcharged();
    expect(checkFeeMismatch(made.proof)).toMatchObject({ kind: 'fee', keptFee: 3n });
    expect(checkFeeMismatch(forge(made.proof, made))).toMatchObject({
      reason: 'not_fee_mismatch',
      rule,
    });
  });
});
