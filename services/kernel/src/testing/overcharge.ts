/** A hop that keeps another fee than it published. */
import { amount } from '../units/amount.ts';
import { delegation } from './accounts.ts';
import { evidenceOf, offerOf } from './hop-statements.ts';
import { heldByBob, hopAt, type Line, said } from './hop-table.ts';
import { edgeBetween, signed } from './network-core.ts';
import { must } from './world.ts';

/** Bob keeps 7 where his policy gives him 11: his statements, and the proof that they make. */
export function overcharged(line: Line) {
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
