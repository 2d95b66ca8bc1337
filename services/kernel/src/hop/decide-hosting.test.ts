// Goal: who may be hosted, what a sender may order, which policies count. Method: decide tables with
// exact outcomes, and what the book knows afterwards.
import { describe, expect, test } from 'vitest';
import { policyHash } from '../routing/fee-policy.ts';
import { feePolicy, offerOf } from '../testing/hop-statements.ts';
import { createLine, decideAt, type Line } from '../testing/hop-table.ts';
import { hostOf, nodeOf, signed } from '../testing/network-core.ts';
import { refused } from '../testing/table.ts';
import { type Change, must, OPERATOR, testParty, through } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { OFFER_TTL_MAX } from '../wire/value-codecs.ts';
import { policyInForce } from './find-hop.ts';

const STRANGER = testParty('stranger');

function hosting({ network }: Line, party = STRANGER, marginMs = 500, by = OPERATOR) {
  const nonce = network.world.nonce();
  const body = { v: 1, type: 'PartyHosting', party: party.id, marginMs, nonce } as const;
  return network.world.object(body, through(by));
}

describe('a party is hosted', () => {
  test('by the operator, with its margin', () => {
    const line = createLine();
    const object = hosting(line);
    expect(decideAt(line.alice, object)).toEqual({
      kind: 'accepted',
      events: [
        {
          type: 'PartyHosted',
          data: { hosting: object.id, party: STRANGER.id, marginMs: 500 },
        },
      ],
    });
    line.alice.book.accept(object);
    expect(decideAt(line.alice, object)).toEqual({ kind: 'duplicate' });
  });

  test('by nobody else, and once', () => {
    const line = createLine();
    const byBob = hosting(line, STRANGER, 500, line.bob.party);
    expect(decideAt(line.alice, byBob)).toEqual(refused('not_the_operator', '/signatures'));
    expect(decideAt(line.alice, hosting(line, line.alice.party))).toEqual(
      refused('exists_with_different_terms', '/body/party'),
    );
  });
});

describe('a sender orders', () => {
  const ordered = (line: Line, change: Change<'PaymentOrder'> = {}) =>
    signed(line.network, must(hostOf(line.network, line.alice.party.id), 'alice'), {
      ...line.order.body,
      nonce: line.network.world.nonce(),
      ...change,
    });

  test('what its node may spend on an intent, once for each', () => {
    const line = createLine();
    const { v: _v, type: _type, nonce: _nonce, ...terms } = line.order.body;
    const intent = line.network.world.nonce().repeat(2) as typeof terms.intent;
    const object = ordered(line, { intent });
    expect(decideAt(line.alice, object)).toEqual({
      kind: 'accepted',
      events: [{ type: 'PaymentOrdered', data: { ...terms, intent, order: object.id } }],
    });
    expect(decideAt(line.alice, line.order)).toEqual({ kind: 'duplicate' });
    expect(decideAt(line.alice, ordered(line))).toEqual(
      refused('exists_with_different_terms', '/body/intent'),
    );
  });

  test('something, before it expires, in the book that hosts it', () => {
    const line = createLine();
    const { now } = line.alice.book;
    const intent = line.network.world.nonce().repeat(2) as typeof line.asked.id;
    expect(decideAt(line.alice, ordered(line, { intent, amount: amount(0n) }))).toEqual(
      refused('amount_zero', '/body/amount'),
    );
    expect(decideAt(line.alice, ordered(line, { intent, expiresAt: now }))).toEqual(
      refused('expired', '/body/expiresAt', { now, expiresAt: now }),
    );
    expect(decideAt(line.bob, line.order)).toEqual(refused('party_not_hosted', '/body/payer'));
  });

  test('only for itself', () => {
    const line = createLine();
    const body = { ...line.order.body, payer: line.bob.party.id };
    const by = { ...through(line.alice.party), by: line.bob.party.identity };
    const forged = line.network.world.object(body, by);
    expect(decideAt(line.bob, forged)).toEqual(
      refused('key_unknown', '/signatures', {
        party: line.bob.party.id,
        key: line.alice.party.key.id,
      }),
    );
  });
});

describe('a hop publishes its policy', () => {
  function published(sequence: number, feeBps: number, change: Change<'RoutingOffer'> = {}) {
    return (line: Line) => {
      const { network, bob } = line;
      const policy = feePolicy(bob.party, { feeBps });
      return offerOf(network.world, bob.party, policy, { at: bob.book.now, sequence, ...change });
    };
  }

  test('with an offer that names it first; offers that repeat it change nothing', () => {
    const line = createLine();
    const { bob } = line;
    const object = published(2, 50)(line);
    const { policy, policyHash: hash, sequence } = object.body;
    expect(decideAt(bob, object)).toEqual({
      kind: 'accepted',
      events: [
        {
          type: 'FeePolicyPublished',
          data: { offer: object.id, policyHash: hash, policy, sequence },
        },
      ],
    });
    bob.book.accept(object);
    expect(decideAt(bob, object)).toEqual({ kind: 'duplicate' });
    expect(decideAt(bob, published(3, 50)(line))).toEqual({ kind: 'duplicate' });
  });

  test('and the one before counts as long as offers with it may be around', () => {
    const line = createLine();
    const { bob } = line;
    const before = policyHash(bob.policy);
    bob.book.accept(published(2, 50)(line));
    const { now } = bob.book;
    const inForce = (ms: number, hash = before) =>
      policyInForce(bob.book.state, hash, bob.party.id, unixMs(now + ms)) !== undefined;
    expect([inForce(0), inForce(OFFER_TTL_MAX - 1), inForce(OFFER_TTL_MAX)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(inForce(10 * OFFER_TTL_MAX, published(2, 50)(line).body.policyHash)).toBe(true);
  });

  test('and may take an old policy up again, but nobody else brings it back with an old offer', () => {
    const line = createLine();
    const { bob } = line;
    const old = published(2, 50)(line);
    bob.book.accept(old, published(3, 60)(line));
    expect(decideAt(bob, old)).toEqual(
      refused('offer_superseded', '/body/sequence', { newest: 3 }),
    );
    bob.book.accept(published(4, 50)(line));
    const hash = old.body.policyHash;
    expect(bob.book.state.policies.get(hash)).toMatchObject({ replacedAt: null });
  });

  test('with the margin that its book applies', () => {
    const line = createLine();
    const { network, bob } = line;
    const policy = feePolicy(bob.party, { marginMs: 999 });
    const object = offerOf(network.world, bob.party, policy, { at: bob.book.now, sequence: 2 });
    expect(decideAt(bob, object)).toEqual(
      refused('margin_mismatch', '/body/policy/marginMs', { marginMs: 1_000 }),
    );
  });

  test('of its own, in time, in the book that hosts it', () => {
    const line = createLine();
    const { bob, alice, network } = line;
    const { now } = bob.book;
    expect(decideAt(alice, published(2, 50, { at: alice.book.now })(line))).toEqual(
      refused('party_not_hosted', '/body/policy/hop'),
    );
    const at = unixMs(now - 60_000);
    expect(decideAt(bob, published(2, 50, { at, ttlMs: 60_000 })(line))).toEqual(
      refused('expired', '/body/ttlMs', { now, expiresAt: now }),
    );
    const ahead = unixMs(now + 60_001);
    expect(decideAt(bob, published(2, 50, { at: ahead })(line))).toEqual(
      refused('at_skewed', '/body/at', { at: ahead, now, skewMs: 60_000 }),
    );
    const carol = nodeOf(network, 'carol').party;
    const forged = network.world.object(published(2, 50)(line).body, {
      ...through(carol),
      by: bob.party.identity,
    });
    expect(decideAt(bob, forged)).toEqual(
      refused('key_unknown', '/signatures', { party: bob.party.id, key: carol.key.id }),
    );
  });
});
