// Goal: each verdict has its row, and so has each way in which an honest hop could look guilty. Method:
// a calm payment from the model, of which only some statements are shown; and statements made by hand.
import { describe, expect, it } from 'vitest';
import { type Lie, type ModelRun, type PartyPlan, runModel } from '../testing/hop-model.ts';
import { hopStatement, routedVoucher } from '../testing/hop-statements.ts';
import { testHash, testKey, testNonce } from '../testing/keys.ts';
import { createWorld, must, START, testParty, through, USD } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import type { HopTransition } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { describeVerdict } from './describe-verdict.ts';
import { type MissedWindowVerdict, nameMissedWindow } from './missed-window.ts';

const calm: PartyPlan = { offsetMs: 0, marginMs: 1_000, lie: 'none', crash: null };
const fourParties = (lie: Lie | 'none' = 'none', who = 3) =>
  [0, 1, 2, 3].map((i) => (i === who ? { ...calm, lie } : calm));

const paid = runModel({ parties: fourParties(), ttlMs: 60_000, fates: [20] });
/** Dave holds and never finalizes; nobody else is at fault. */
const stuck = runModel({ parties: fourParties('ignore'), ttlMs: 60_000, fates: [20] });

/** `1 active 2`: party 1's receipt about the voucher from party 1 to 2 is shown; `1 voucher` its own. */
type Shown = {
  readonly by: number;
  readonly what: HopTransition | 'voucher';
  readonly edge: number;
};

function shows(run: ModelRun, { body }: VerifiedObject, one: Shown): boolean {
  const [by, payer] = [run.parties[one.by]?.id, run.parties[one.edge]?.id];
  const payee = run.parties[one.edge + 1]?.id;
  if (body.type === 'CapacityVoucher') return one.what === 'voucher' && body.from === payer;
  const ends = body.type === 'HopReceipt' ? [body.hop, body.peer].sort() : [];
  return (
    body.type === 'HopReceipt' &&
    body.hop === by &&
    body.transition === one.what &&
    ends.join() === [payer, payee].sort().join()
  );
}

const at = (by: number, what: Shown['what'], edge: number): Shown => ({ by, what, edge });
const vouchers = [at(0, 'voucher', 0), at(1, 'voucher', 1), at(2, 'voucher', 2)];
const helds = [at(1, 'held', 0), at(2, 'held', 1), at(3, 'held', 2)];

function verdict(run: ModelRun, shown: readonly Shown[]): MissedWindowVerdict {
  const objects = run.signed.filter((object) => shown.some((one) => shows(run, object, one)));
  return nameMissedWindow({ intent: run.intent.id, part: run.part, objects });
}

const names = ['Alice', 'Bob', 'Carol', 'Dave'];
const told = (run: ModelRun, shown: readonly Shown[]) =>
  describeVerdict(
    verdict(run, shown),
    (party) => names[run.parties.findIndex(({ id }) => id === party)] ?? '?',
  );

describe('a part that is shown piece by piece', () => {
  const claims = [at(3, 'active', 2), at(2, 'active', 1), at(1, 'active', 0)];
  const answers = [at(2, 'active', 2), at(1, 'active', 1), at(0, 'active', 0)];
  const forward = [...vouchers, ...helds];

  it.each<readonly [string, readonly Shown[], string]>([
    ['nothing', [], 'No voucher of this part is shown.'],
    ['receipts without their voucher', helds, 'No voucher of this part is shown.'],
    [
      'one voucher',
      vouchers.slice(0, 1),
      'The next word is Bob’s: ask it whether it held the voucher that it was sent.',
    ],
    [
      'a hold at the first hop',
      [...vouchers.slice(0, 1), ...helds],
      'The next word is Bob’s: ask it for the voucher with which it forwarded what it held, or why it lapsed.',
    ],
    [
      'all vouchers',
      vouchers,
      'The next word is Dave’s: ask it whether it held the voucher that it was sent.',
    ],
    [
      'all holds',
      forward,
      'The next word is Dave’s: ask it whether it finalized what it held, or why it lapsed.',
    ],
    [
      'the receiver’s claim',
      [...forward, ...claims.slice(0, 1)],
      'The next word is Carol’s: ask it for its answer to the claim.',
    ],
    [
      'its answer',
      [...forward, ...claims.slice(0, 1), ...answers.slice(0, 1)],
      'The next word is Carol’s: ask it for its own claim of what it owes onward.',
    ],
    [
      'the next claim without that answer',
      [...forward, ...claims.slice(0, 2)],
      'The next word is Bob’s: ask it for its answer to the claim.',
    ],
    [
      'all claims',
      [...forward, ...claims],
      'The next word is Alice’s: ask it for its answer to the claim.',
    ],
    [
      'everything',
      [...forward, ...claims, ...answers],
      'Finalized: the sender’s book says that 100 are paid.',
    ],
    [
      'the sender’s voucher and answer alone',
      [...vouchers.slice(0, 1), ...answers.slice(2)],
      'Finalized: the sender’s book says that 100 are paid.',
    ],
  ])('%s', (_, shown, words) => {
    expect(told(paid, shown)).toEqual([words]);
  });

  it('a receipt alone: the receiver is asked for its claim', () => {
    const objects = paid.signed.filter(
      ({ body }) =>
        body.type === 'FinalizeReceipt' ||
        (body.type === 'CapacityVoucher' && body.route?.hops.length === 0),
    );
    expect(nameMissedWindow({ intent: paid.intent.id, part: paid.part, objects })).toMatchObject({
      kind: 'unanswered',
      hop: paid.parties[3]?.id,
      asked: 'claim',
    });
  });
});

describe('a part that nobody finalized', () => {
  const lapsed = at(3, 'lapsed', 2);

  it('ended at the receiver by its own word, while nobody shows what it asked for', () => {
    expect(told(stuck, [...vouchers, ...helds, lapsed])).toEqual([
      'Ended at Dave, by its own word: expired. Nobody is to blame for that alone.',
    ]);
  });

  it('names the receiver once its intent shows that this was all it asked for', () => {
    const objects = stuck.signed;
    const { intent, part, parties } = stuck;
    expect(nameMissedWindow({ intent: intent.id, part, objects })).toMatchObject({
      kind: 'named',
      named: [{ hop: parties[3]?.id, fault: 'window_let_pass' }],
    });
  });

  it('a lapse before the deadline needs the release that it follows', () => {
    const denied = runModel({ parties: fourParties('deny', 1), ttlMs: 60_000, fates: [20] });
    expect(told(denied, [...vouchers, at(2, 'active', 1), at(1, 'lapsed', 1)])).toEqual([
      'The next word is Bob’s: ask it for the release on which it let go before its deadline.',
    ]);
  });

  it('claimed in time and lapsed in time: between the two', () => {
    const lost = runModel({
      parties: fourParties(),
      ttlMs: 20_000,
      // Nothing of what Carol says to Bob after holding arrives.
      fates: [20, 20, 20, 20, 20, 20, ...Array.from({ length: 60 }, () => 'lost' as const)],
    });
    const all = nameMissedWindow({ intent: lost.intent.id, part: lost.part, objects: lost.signed });
    expect(all).toMatchObject({ kind: 'between' });
    expect(describeVerdict(all)).toHaveLength(2);
  });
});

const world = createWorld({ crypto: 'none' });
const [ALICE, BOB, CAROL] = [testParty('alice'), testParty('bob'), testParty('carol')];
const INTENT = testHash('by hand');
const PART = testNonce('by hand');
const route = (hops: readonly { readonly party: typeof CAROL.id }[] = []) => ({
  part: PART,
  finalizeKey: testKey('by hand').id,
  seenAt: START,
  probe: false,
  hops: hops.map(({ party }) => ({ party, policyHash: testHash('policy') })),
});
const toCarol = { policyHash: testHash('policy'), route: route([{ party: CAROL.id }]) };
const kindOf = (objects: readonly VerifiedObject[], intent = INTENT) =>
  nameMissedWindow({ intent, part: PART, objects }).kind;

describe('an honest hop is not named', () => {
  it('for a lapse on one way and a claim on another that a sender sent under one part', () => {
    // Alice reused a part: Bob let the first go, unforwarded to Carol in time, and forwarded the second.
    const [first, second] = [1, 2].map(() => routedVoucher(world, ALICE, BOB, INTENT, toCarol));
    const helds = [must(first, 'first'), must(second, 'second')].map((voucher) =>
      hopStatement(world, BOB, voucher, 'held'),
    );
    const out = routedVoucher(world, BOB, CAROL, INTENT, {
      prevReceipt: must(helds[0], 'held').id,
      route: route(),
    });
    const lapsedOut = hopStatement(world, BOB, out, 'lapsed');
    const receipt = world.object(
      {
        v: 1,
        type: 'FinalizeReceipt',
        intent: INTENT,
        voucher: null,
        amount: amount(100n),
        fee: amount(0n),
        at: START,
        notes: [],
        delivery: {
          finalizeKey: testKey('by hand').id,
          parts: [{ part: PART, amount: amount(100n) }],
        },
        nonce: world.nonce(),
      },
      { by: testKey('by hand'), key: testKey('by hand') },
    );
    const finalize = { object: receipt.body, sig: must(receipt.signatures[0], 'signature').sig };
    const claim = hopStatement(world, BOB, must(second, 'second'), 'active', {
      prev: must(helds[1], 'held').id,
      finalize,
    });
    const objects = [must(first, 'first'), must(second, 'second'), ...helds, out, lapsedOut, claim];
    expect(kindOf(objects)).not.toBe('named');
    // The same claim for the hold that the lapsed voucher forwards is what no book signs.
    const twisted = hopStatement(world, BOB, must(first, 'first'), 'active', {
      prev: must(helds[0], 'held').id,
      finalize,
    });
    expect(kindOf([...objects, twisted])).toBe('named');
  });

  it('for refusing a voucher and then, told again, refusing it for another reason', () => {
    const voucher = routedVoucher(world, ALICE, CAROL, INTENT, { route: route() });
    const refusals = ['edge_limit_exceeded', 'voucher_stale'].map((reason) =>
      hopStatement(world, CAROL, voucher, 'lapsed', { reason, prev: null }),
    );
    expect(kindOf([voucher, ...refusals])).toBe('ended_at');
  });

  it('for letting one of several parts expire, though it alone would have been enough', () => {
    const intentOf = (partsMax: number) =>
      world.object(
        {
          v: 1,
          type: 'PaymentIntent',
          receiver: CAROL.id,
          denomination: USD,
          amount: amount(200n),
          expiresAt: unixMs(START + 10_000_000),
          description: '',
          policyHash: null,
          constraints: { maxFeeBps: 0, latencyMs: 0 },
          delivery: {
            finalizeKey: testKey('by hand').id,
            minDeliverable: amount(100n),
            partsMax,
          },
          nonce: world.nonce(),
        },
        through(CAROL),
      );
    for (const [partsMax, kind] of [[2, 'ended_at'] as const, [1, 'named'] as const]) {
      const intent = intentOf(partsMax);
      const voucher = routedVoucher(world, ALICE, CAROL, intent.id, { route: route() });
      const held = hopStatement(world, CAROL, voucher, 'held');
      const lapsed = hopStatement(world, CAROL, voucher, 'lapsed', {
        at: held.body.deadline,
        prev: held.id,
      });
      expect(kindOf([intent, voucher, held, lapsed], intent.id)).toBe(kind);
      // Released in time, or with no time to spare: nobody is named either way.
      const released = hopStatement(world, CAROL, voucher, 'lapsed', { prev: held.id });
      expect(kindOf([intent, voucher, held, released], intent.id)).toBe('ended_at');
    }
  });
});
