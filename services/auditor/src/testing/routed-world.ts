/** Logs of nodes that paid one another: every way in which a hop and an edge can move. */
import { proposeEdgeState } from '@atomicity/kernel/credit/edge-state';
import { policyHash } from '@atomicity/kernel/routing/fee-policy';
import { delegation } from '@atomicity/kernel/testing/accounts';
import {
  evidenceOf,
  feePolicy,
  hopStatement,
  offerOf,
  routedVoucher,
} from '@atomicity/kernel/testing/hop-statements';
import { testHash } from '@atomicity/kernel/testing/keys';
import { advance, pump, settle } from '@atomicity/kernel/testing/network';
import {
  createNetwork,
  edgeBetween,
  type Network,
  nodeOf,
} from '@atomicity/kernel/testing/network-core';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import { START, testParty, through, USD, type World } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { FeeMismatchProof } from '@atomicity/kernel/wire/objects';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { AuditWorld } from './audit-world.ts';

/** A hop that kept 3 of 100 where its policy says 2, by everything that it signed itself. */
export function overcharge(world: World): VerifiedObject<FeeMismatchProof> {
  const [payer, hop, payee] = [testParty('alice'), testParty('bob'), testParty('dave')];
  const policy = feePolicy(hop);
  const [part, intent] = [world.nonce(), testHash('overcharged intent')];
  const route = { part, finalizeKey: payee.key.id, seenAt: START, probe: false, hops: [] };
  const incoming = routedVoucher(world, payer, hop, intent, {
    amount: amount(100n),
    fee: amount(3n),
    policyHash: policyHash(policy),
    route: { ...route, hops: [{ party: payee.id, policyHash: policyHash(policy) }] },
  });
  const held = hopStatement(world, hop, incoming, 'held');
  const voucher = routedVoucher(world, hop, payee, intent, {
    fee: amount(0n),
    prevReceipt: held.id,
    route,
  });
  return world.object({
    v: 1,
    type: 'FeeMismatchProof',
    delegation: evidenceOf(delegation(world, hop)),
    offer: evidenceOf(offerOf(world, hop, policy)),
    held: evidenceOf(held),
    voucher: evidenceOf(voucher),
  });
}

/** Both ends sign where their edge stands. */
function agree(network: Network, one: string, other: string): void {
  const edge = edgeBetween(network, one, other);
  const ends = [nodeOf(network, one), nodeOf(network, other)] as const;
  const body = proposeEdgeState(ends[0].book.state, edge, ends[0].book.now);
  if ('reason' in body) throw new Error(JSON.stringify(body));
  const [a, b] = body.a === ends[0].party.id ? ends : [ends[1], ends[0]];
  const object = network.world.object(body, through(a.party), through(b.party));
  for (const { book } of ends) book.accept(object);
}

/** The creditor states that it was paid outside. */
function settleOutside(network: Network, creditor: string, debtor: string, value: bigint): void {
  const [own, other] = [nodeOf(network, creditor), nodeOf(network, debtor)];
  const edge = edgeBetween(network, creditor, debtor);
  const nonce = network.world.nonce();
  const expiresAt = unixMs(own.book.now + 1_000_000);
  const request = network.world.object(
    {
      v: 1,
      type: 'SettlementRequest',
      edge,
      creditor: own.party.id,
      amount: amount(value),
      endpoints: [{ rail: 'test', target: 'somewhere' }],
      expiresAt,
      nonce,
    },
    through(own.party),
  );
  const receipt = network.world.object(
    {
      v: 1,
      type: 'SettlementReceipt',
      edge,
      creditor: own.party.id,
      request: request.id,
      amount: amount(value),
      rail: 'test',
      evidence: testHash('paid outside'),
      at: own.book.now,
      nonce: network.world.nonce(),
    },
    through(own.party),
  );
  for (const { book } of [own, other]) book.accept(request, receipt);
}

function pay(network: Network, parts: readonly (readonly string[])[], probe = false): void {
  const asked = ask(network, 'dave', 100n * BigInt(parts.length));
  order(network, 'alice', asked, { maxProbeSpend: amount(50n) });
  if (probe) sendPart(network, asked, ['alice', 'bob', 'dave'], 1n, { probe: true });
  for (const route of parts) sendPart(network, asked, route, 100n);
  pump(network);
}

/**
 * The logs of four nodes after a payment over three hops, one in parts over two ways with a probe, one
 * that lapses because its receiver is silent, an agreed edge state with interest, a settlement, and a
 * recorded proof of an overcharge. By name.
 */
export function routedWorlds(): ReadonlyMap<string, AuditWorld> {
  const network = createNetwork({
    names: ['alice', 'bob', 'carol', 'dave'],
    edges: [
      ['alice', 'bob', { rateBps: 1_000, denomination: USD }],
      ['alice', 'carol'],
      ['bob', 'carol'],
      ['bob', 'dave'],
      ['carol', 'dave'],
    ],
    crypto: 'real',
  });
  pay(network, [['alice', 'bob', 'carol', 'dave']]);
  pay(
    network,
    [
      ['alice', 'bob', 'dave'],
      ['alice', 'carol', 'dave'],
    ],
    true,
  );
  nodeOf(network, 'dave').mode = 'silent';
  pay(network, [['alice', 'bob', 'dave']]);
  advance(network, 90_000);
  nodeOf(network, 'dave').mode = 'works';
  settle(network);
  agree(network, 'alice', 'bob');
  advance(network, 90_000_000);
  agree(network, 'alice', 'bob');
  settleOutside(network, 'bob', 'alice', 40n);
  nodeOf(network, 'alice').book.accept(overcharge(network.world));
  return new Map(
    network.nodes.map(({ name, book }) => [name, new AuditWorld(name, undefined, book)]),
  );
}

/** The trust file of somebody who knows the log's key. */
export function trustIn(world: AuditWorld): string {
  return JSON.stringify({
    v: 1,
    logs: [{ origin: world.source().origin, key: world.logKey }],
    principals: [],
    verificationKeys: [],
    bitcoin: { blocks: world.blocks },
  });
}
