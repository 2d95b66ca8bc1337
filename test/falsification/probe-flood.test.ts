// Goal: probing costs at most maxProbeSpend. Method: floods over one way and many, all at once or after
// each lapse, doubled, replayed, over orders again; a receiver that takes probes for payments; and a
// flood of parts that are no probes.
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { pump, settle } from '@atomicity/kernel/testing/network';
import { type Network, nodeOf, record, send, signed } from '@atomicity/kernel/testing/network-core';
import { receiptFor } from '@atomicity/kernel/testing/network-node';
import { ask, order, partOver, sendVoucher } from '@atomicity/kernel/testing/network-payment';
import { type Built, must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { HopReceipt } from '@atomicity/kernel/wire/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import { diamond, hopsOf, OVER_BOB, OVER_CAROL, windUp } from './scenes.ts';

const BUDGET = 50n;

function ordered(network: Network, maxProbeSpend = BUDGET) {
  const intent = ask(network, 'dave', 100n);
  order(network, 'alice', intent, { maxProbeSpend: amount(maxProbeSpend) });
  return intent;
}

/** One probe of `value`: its decision in Alice's book, which is made before it leaves. */
function probe(
  network: Network,
  intent: Built<'PaymentIntent'>,
  value: bigint,
  route: readonly string[] = OVER_BOB,
) {
  const voucher = partOver(network, intent, route, value, { probe: true, ttlMs: 5_000 });
  const to = nodeOf(network, must(route[1], 'hop'));
  return { voucher, decision: sendVoucher(network, nodeOf(network, 'alice'), to, voucher) };
}

/** Amounts and fees of all probes that Alice's book ever held. */
function probeSpend(network: Network): bigint {
  return nodeOf(network, 'alice').book.events.reduce(
    (sum, { type, data }) =>
      type === 'HopHeld' && data.probe ? sum + data.amount + data.fee : sum,
    0n,
  );
}

describe('Design report §5.4, Whitepaper §7.4, P4: a flood of probes', () => {
  it('is stopped by the sender’s own book before the probe leaves, however long it goes on', () => {
    const network = diamond();
    const intent = ordered(network);
    const decisions: string[] = [];
    for (let i = 0; i < 300; i += 1) {
      const { decision } = probe(network, intent, 3n, i % 2 === 0 ? OVER_BOB : OVER_CAROL);
      decisions.push(decision.kind === 'rejected' ? decision.refusal.reason : decision.kind);
      if (i % 7 === 0) settle(network);
      if (i % 50 === 0) windUp(network);
    }
    // 3 and a fee of 2 each: ten probes, and never another one, though all of them lapsed.
    expect(decisions.filter((kind) => kind === 'accepted')).toHaveLength(10);
    expect(new Set(decisions)).toEqual(new Set(['accepted', 'probe_spend_exceeded']));
    expect(probeSpend(network)).toBe(BUDGET);
    windUp(network);
    checkSettled(network);
    expect(ownBalances(network, 'alice')).toEqual({ bob: 0n, carol: 0n });
  });

  it('of any shape stays within the budget to the unit', () => {
    const shape = fc.record({
      value: fc.bigInt({ min: 1n, max: 60n }),
      over: fc.constantFrom(OVER_BOB, OVER_CAROL),
      next: fc.constantFrom('nothing', 'settle', 'lapse', 'again'),
    });
    fc.assert(
      fc.property(
        fc.array(shape, { maxLength: 40 }),
        fc.bigInt({ min: 0n, max: 80n }),
        (shapes, max) => {
          const network = diamond();
          const intent = ordered(network, max);
          for (const { value, over, next } of shapes) {
            const before = probeSpend(network);
            const { voucher, decision } = probe(network, intent, value, over);
            const spend = value + voucher.body.fee;
            expect(decision.kind).toBe(before + spend <= max ? 'accepted' : 'rejected');
            if (next === 'settle') settle(network);
            if (next === 'lapse') windUp(network);
            if (next === 'again') {
              const twice = record(nodeOf(network, 'alice'), voucher).kind;
              expect(twice).toBe(decision.kind === 'accepted' ? 'duplicate' : 'rejected');
            }
            expect(probeSpend(network)).toBeLessThanOrEqual(max);
            checkNetworkLaws(network);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gets no new budget by ordering again', () => {
    const network = diamond();
    const intent = ordered(network);
    expect(() => order(network, 'alice', intent, { maxProbeSpend: amount(1_000n) })).toThrow(
      /exists_with_different_terms/,
    );
  });

  it('is released by the receiver at once: a probe holds credit for no longer than it travels', () => {
    const network = diamond();
    probe(network, ordered(network), 10n);
    settle(network);
    for (const name of ['alice', 'bob', 'dave']) {
      expect(hopsOf(network, name).map(({ status, lapse }) => [status, lapse?.reason])).toEqual(
        hopsOf(network, name).map(() => ['lapsed', 'probe']),
      );
    }
    expect(network.elapsedMs).toBe(0);
  });

  it('taken for payments by a receiver that lies to its own book costs the budget and no more', () => {
    const network = diamond();
    const intent = ordered(network);
    const dave = nodeOf(network, 'dave');
    dave.mode = 'silent';
    for (let i = 0; i < 20; i += 1) {
      const { voucher, decision } = probe(network, intent, 3n);
      pump(network);
      if (decision.kind !== 'accepted') continue;
      const part = must(voucher.body.route, 'route').part;
      const [held] = hopsOf(network, 'dave').filter(({ terms }) => terms.part === part);
      const { body, signatures } = receiptFor(network, dave, intent.id, [{ part, amount: 3n }]);
      // Dave's own book would not take this receipt: a probe is no part of a delivery.
      expect(
        record(dave, receiptFor(network, dave, intent.id, [{ part, amount: 3n }])),
      ).toMatchObject({
        refusal: { reason: 'part_not_held' },
      });
      const claim: HopReceipt = {
        ...hopReceiptOf(must(held, 'hop'), 'held'),
        transition: 'active',
        prev: must(
          nodeOf(network, 'bob').book.state.hops.get(must(held, 'hop').terms.voucher),
          'hop',
        ).heldReceipt,
        finalize: { object: body, sig: must(signatures[0], 'signature').sig },
      };
      send(network, dave, nodeOf(network, 'bob'), signed(network, dave, claim));
      pump(network);
      checkNetworkLaws(network);
    }
    const lost = -(ownBalances(network, 'alice')['bob'] ?? 0n);
    expect(lost).toBeLessThanOrEqual(BUDGET);
  });

  it('is not to be had as parts either: open and paid parts stay within the order', () => {
    const network = diamond();
    const intent = ordered(network);
    nodeOf(network, 'dave').mode = 'silent';
    const decisions = Array.from({ length: 30 }, (_, i) => {
      const voucher = partOver(network, intent, i % 2 === 0 ? OVER_BOB : OVER_CAROL, 30n);
      const decision = record(nodeOf(network, 'alice'), voucher);
      return decision.kind === 'rejected' ? decision.refusal.reason : decision.kind;
    });
    expect(decisions.filter((kind) => kind === 'accepted')).toHaveLength(3);
    expect(decisions.at(-1)).toBe('order_amount_exceeded');
    expect(countEvents(nodeOf(network, 'alice'), 'HopActivated')).toBe(0);
  });
});
