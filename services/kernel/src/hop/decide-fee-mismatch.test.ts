// Goal: a proof of another fee is recorded once, for good, and stops nobody. Method: decide tables over
// a proof made of a hop's own statements.
import { expect, test } from 'vitest';
import { delegation } from '../testing/accounts.ts';
import { evidenceOf, offerOf } from '../testing/hop-statements.ts';
import {
  createLine,
  decideAt,
  first,
  heldByBob,
  hopAt,
  type Line,
  said,
} from '../testing/hop-table.ts';
import { edgeBetween, signed } from '../testing/network-core.ts';
import { refused, shown } from '../testing/table.ts';
import { must } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { objectId } from '../wire/object-id.ts';

/** Bob keeps 15 of what his policy gives 11 for. */
function overcharged(line: Line) {
  const { network, bob, carol } = line;
  const incoming = heldByBob(line);
  const hop = hopAt(bob, incoming.id);
  const held = said(line, bob, incoming.id, 'held');
  const { hops: _hops, ...route } = must(incoming.body.route, 'route');
  const voucher = signed(network, bob, {
    ...incoming.body,
    edge: edgeBetween(network, 'bob', 'carol'),
    from: bob.party.id,
    to: carol.party.id,
    amount: amount(1_000n),
    fee: amount(4n),
    at: bob.book.now,
    expiresAt: hop.terms.deadline,
    policyHash: null,
    prevReceipt: held.id,
    route: { ...route, hops: [] },
  });
  const offer = offerOf(network.world, bob.party, bob.policy, { at: bob.book.now });
  const proof = network.world.object({
    v: 1,
    type: 'FeeMismatchProof',
    delegation: evidenceOf(delegation(network.world, bob.party)),
    offer: evidenceOf(offer),
    held: evidenceOf(held),
    voucher: evidenceOf(voucher),
  });
  return { proof, voucher };
}

test('anybody’s book records what a hop kept, in public', () => {
  const line = createLine();
  const { proof, voucher } = overcharged(line);
  expect(decideAt(line.carol, proof)).toEqual({
    kind: 'accepted',
    events: [
      {
        type: 'FeeMismatchRecorded',
        data: {
          proof: proof.id,
          voucher: objectId(voucher.body),
          hop: line.bob.party.id,
          kind: 'fee',
          expectedFee: 11n,
          keptFee: 7n,
        },
        disclosure: shown(proof),
      },
    ],
  });
  line.carol.book.accept(proof);
  expect(decideAt(line.carol, proof)).toEqual({ kind: 'duplicate' });
});

test('it is recorded once for each voucher', () => {
  const line = createLine();
  const { proof } = overcharged(line);
  line.carol.book.accept(proof);
  const { world } = line.network;
  const offer = offerOf(world, line.bob.party, line.bob.policy, { at: line.bob.book.now });
  const again = world.object({ ...proof.body, offer: evidenceOf(offer) });
  expect(decideAt(line.carol, again)).toEqual(
    refused('exists_with_different_terms', '/body/voucher'),
  );
});

test('it is reputation: the hop’s next vouchers are judged as before', () => {
  const line = createLine();
  const { proof } = overcharged(line);
  line.bob.book.accept(proof);
  expect(decideAt(line.bob, first(line))).toMatchObject({ kind: 'accepted' });
});
