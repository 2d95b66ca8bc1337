// Goal: the tables of a node say of payments across books what its book says, and add up.
// Method: networks in memory with lost, late and repeated messages, silent and absent nodes; each book
// has a projection of its own, restarted on the way, compared with the kernel's state and a replay.
import { positionsOf } from '@atomicity/kernel/credit/positions';
import { advance, type Fate, pump, settle } from '@atomicity/kernel/testing/network';
import {
  createNetwork,
  type Network,
  type NetworkNode,
  nodeOf,
} from '@atomicity/kernel/testing/network-core';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import { ORIGIN, USD } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { dumpRows } from './reconcile/dump.ts';
import { eraseRows } from './rows/erase-rows.ts';
import { readBalances, readEdge, readHop, readHopsOf, readHopsOfIntent } from './rows/read-rows.ts';
import { accountStatement } from './statement/account-statement.ts';
import { FedProjection } from './testing/fed-projection.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave'];
const ROUTES = [
  ['alice', 'bob', 'dave'],
  ['alice', 'carol', 'dave'],
  ['alice', 'bob', 'carol', 'dave'],
] as const;

const network = (): Network =>
  createNetwork({
    names: NAMES,
    edges: [
      ['alice', 'bob'],
      ['alice', 'carol'],
      ['bob', 'carol'],
      ['bob', 'dave'],
      ['carol', 'dave'],
    ],
    offsetsMs: { alice: 3_600_000, carol: -86_400_000 },
  });

type Fed = { readonly node: NetworkNode; readonly fed: FedProjection };

let open: FedProjection[] = [];
afterEach(() => {
  for (const fed of open) fed.close();
  open = [];
});

function feed({ nodes }: Network): readonly Fed[] {
  return nodes.map((node) => {
    const fed = new FedProjection(ORIGIN, node.book.events);
    open.push(fed);
    return { node, fed };
  });
}

/** Rows against the state of the book that they come from. */
function checkRows({ node: { book, party }, fed }: Fed): void {
  fed.catchUp();
  const { file } = fed.projection;
  for (const [voucher, hop] of book.state.hops.entries()) {
    expect(readHop(file, voucher)).toMatchObject({
      intent: hop.terms.intent,
      side: hop.terms.side,
      status: hop.status,
      outgoing: hop.outgoing,
      amount: hop.terms.amount.toString(),
      at: hop.at,
      reason: hop.lapse?.reason ?? null,
    });
  }
  for (const [id, edge] of book.state.edges.entries()) {
    const { balance, heldFromA, heldFromB } = edge;
    expect(readEdge(file, id)).toMatchObject({
      balanceA: balance.toString(),
      heldByA: heldFromA.toString(),
      heldByB: heldFromB.toString(),
    });
  }
  const net = file.all('SELECT net FROM balances').map((row) => BigInt(row['net'] ?? 0));
  expect(net.reduce((sum, one) => sum + one, 0n)).toBe(0n);
  const [own] = readBalances(file, party.id) ?? [];
  expect(own?.net ?? '0').toBe((positionsOf(book.state, party.id).get(USD) ?? 0n).toString());
  const query = { party: party.id, from: 0, to: Number.MAX_SAFE_INTEGER };
  const { lines } = accountStatement(file, fed.projection.asOf.logIndex, query);
  expect(lines.at(-1)?.balance.toString()).toBe(own?.net ?? '0');
  expect(lines.filter(({ kind }) => kind === 'erased')).toEqual([]);
}

/** A replay of everything gives the same rows and states. */
function checkReplay({ fed }: Fed): void {
  fed.catchUp();
  const live = [...dumpRows(fed.projection.file)];
  const states = fed.projection.encodeStates();
  fed.projection.reset();
  fed.catchUp();
  expect([...dumpRows(fed.projection.file)]).toEqual(live);
  expect(fed.projection.encodeStates()).toEqual(states);
}

const fates = fc.array(
  fc.constantFrom<Fate>('deliver', 'deliver', 'deliver', 'drop', 'duplicate', 'delay'),
  {
    minLength: 1,
    maxLength: 12,
  },
);

const payments = fc.record({
  parts: fc.array(fc.record({ route: fc.nat(2), of: fc.integer({ min: 1, max: 400 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  probe: fc.boolean(),
  fates,
  mode: fc.constantFrom('works' as const, 'works' as const, 'silent' as const, 'down' as const),
  who: fc.constantFrom('bob', 'dave'),
  waitMs: fc.constantFrom(0, 5_000, 90_000),
});

describe('payments across books', () => {
  it('leave rows that say what the books say, add up, and come back by replay', () => {
    fc.assert(
      fc.property(fc.array(payments, { minLength: 1, maxLength: 3 }), (list) => {
        const net = network();
        const fed = feed(net);
        try {
          for (const { parts, probe, fates: given, mode, who, waitMs } of list) {
            const total = BigInt(parts.reduce((sum, { of }) => sum + of, 0));
            const asked = ask(net, 'dave', total);
            order(net, 'alice', asked, { maxProbeSpend: amount(100n), maxFee: amount(1_000n) });
            const odd = nodeOf(net, who);
            odd.mode = mode;
            if (probe) sendPart(net, asked, ROUTES[0], 1n, { probe: true });
            for (const { route, of } of parts) {
              sendPart(net, asked, ROUTES[route] ?? ROUTES[0], BigInt(of));
            }
            let turn = 0;
            pump(net, () => given[turn++ % given.length] ?? 'deliver');
            for (const each of fed) checkRows(each);
            advance(net, waitMs);
            odd.mode = 'works';
            settle(net);
            for (const each of fed) {
              checkRows(each);
              each.fed.restart();
            }
          }
          for (const each of fed) checkReplay(each);
        } finally {
          for (const each of open) each.close();
          open = [];
        }
      }),
      { numRuns: 12, verbose: 1 },
    );
  });

  it('are seen hop by hop: by intent, by party, by voucher', () => {
    const net = network();
    const asked = ask(net, 'dave', 1_000n);
    order(net, 'alice', asked);
    sendPart(net, asked, ['alice', 'bob', 'carol', 'dave'], 1_000n);
    pump(net);
    const views = feed(net).map(({ node, fed }) => {
      fed.catchUp();
      const { file } = fed.projection;
      const hops = readHopsOfIntent(file, asked.id);
      expect(new Set(readHopsOf(file, node.party.id, 10))).toEqual(new Set(hops));
      return hops.map(({ side, status, fee, acknowledged, incoming, outgoing }) => [
        side,
        status,
        fee,
        acknowledged,
        incoming !== null,
        outgoing !== null,
      ]);
    });
    // Bob and Carol keep 11 each; every one of them is payee of one voucher and payer of the next.
    expect(views.map((hops) => new Set(hops))).toEqual([
      new Set([['payer', 'active', '22', true, false, false]]),
      new Set([
        ['payee', 'active', '22', true, false, true],
        ['payer', 'active', '11', true, true, false],
      ]),
      new Set([
        ['payee', 'active', '11', true, false, true],
        ['payer', 'active', '0', true, true, false],
      ]),
      new Set([['payee', 'active', '0', true, false, false]]),
    ]);
    const bob = nodeOf(net, 'bob');
    const [, fed] = open;
    if (fed === undefined) throw new Error('no projection');
    const query = { party: bob.party.id, from: 0, to: Number.MAX_SAFE_INTEGER };
    const { lines } = accountStatement(fed.projection.file, 0, query);
    // The fee is the difference of two hops, not a movement of its own.
    expect(lines.map(({ kind, debit, credit }) => [kind, debit, credit])).toEqual([
      ['opening', 0n, 0n],
      ['hop', 1_011n, 0n],
      ['hop', 0n, 1_022n],
      ['closing', 0n, 0n],
    ]);
    expect(readHop(fed.projection.file, '00')).toBeUndefined();
    expect(readHopsOfIntent(fed.projection.file, '00')).toEqual([]);
  });

  it('are forgotten with their payloads: the hop, its entries, the reason of its lapse', () => {
    const net = network();
    const asked = ask(net, 'dave', 10n);
    order(net, 'alice', asked);
    nodeOf(net, 'dave').mode = 'silent';
    sendPart(net, asked, ['alice', 'bob', 'dave'], 10n);
    pump(net);
    advance(net, 90_000);
    const [alice] = feed(net);
    if (alice === undefined) throw new Error('no node');
    alice.fed.catchUp();
    const { file } = alice.fed.projection;
    const [hop] = readHopsOfIntent(file, asked.id);
    expect(hop).toMatchObject({ status: 'lapsed', reason: 'expired' });
    const eventOf = (type: string) => {
      const event = alice.node.book.events.find((one) => one.type === type);
      if (event === undefined) throw new Error(`no ${type}`);
      return event.eventId;
    };
    eraseRows(file, eventOf('HopLapsed'));
    expect(readHopsOfIntent(file, asked.id)).toEqual([{ ...hop, reason: null }]);
    eraseRows(file, eventOf('HopHeld'));
    expect(readHopsOfIntent(file, asked.id)).toEqual([]);
  });
});
