// Goal: no debt without the receiver's receipt, and none for anything but what it names. Method: hops
// that collude, receipts of other payments, parts, amounts and keys, forged signatures, and everything
// that was ever said before the receipt, told to every book in any order.
import { refuse } from '@atomicity/kernel/book/refusals';
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { testKey } from '@atomicity/kernel/testing/keys';
import { pump, settle } from '@atomicity/kernel/testing/network';
import { type Network, nodeOf, record, signed } from '@atomicity/kernel/testing/network-core';
import { receiptFor } from '@atomicity/kernel/testing/network-node';
import { ask, finalizeKeyOf, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import { must, own } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import type { FinalizeReceipt } from '@atomicity/kernel/wire/objects';
import { encodeObject, parseObject } from '@atomicity/kernel/wire/parse-object';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import { comeBack, hopsOf, LINE, line, statuses, windUp } from './scenes.ts';

/** A hundred held from Alice to Dave, who says nothing more. */
function heldByDave(crypto: 'real' | 'none' = 'none') {
  const network = line({ crypto });
  const intent = ask(network, 'dave', 100n);
  order(network, 'alice', intent);
  nodeOf(network, 'dave').mode = 'silent';
  const voucher = sendPart(network, intent, LINE, 100n);
  const said: VerifiedObject[] = [intent];
  pump(network, ({ object }) => {
    said.push(object);
    return 'deliver';
  });
  return { network, intent, part: must(voucher.body.route, 'route').part, said };
}

type Held = ReturnType<typeof heldByDave>;

/** Carol's claim towards Bob, with whatever receipt somebody gave her. */
function claimOf({ network }: Held, receipt: VerifiedObject<FinalizeReceipt>) {
  const carol = nodeOf(network, 'carol');
  const [, incoming] = hopsOf(network, 'carol');
  const held = hopReceiptOf(must(incoming, 'hop'), 'held');
  const { heldReceipt } = must(nodeOf(network, 'bob').book.state.hops.get(held.voucher), 'hop');
  const finalize = { object: receipt.body, sig: must(receipt.signatures[0], 'signature').sig };
  const body = { ...held, transition: 'active' as const, prev: heldReceipt, finalize };
  return { carol, body, object: () => signed(network, carol, body) };
}

/** A receipt for the part, under any key. */
function receiptBy({ network, intent, part }: Held, label: string) {
  const key = testKey(label);
  const { body } = receiptFor(network, nodeOf(network, 'dave'), intent.id, [
    { part, amount: 100n },
  ]);
  return network.world.object(
    { ...body, delivery: { ...must(body.delivery, 'delivery'), finalizeKey: key.id } },
    own(key),
  );
}

function movesNothing(network: Network): void {
  checkNetworkLaws(network);
  for (const node of network.nodes) {
    expect(countEvents(node, 'HopActivated')).toBe(0);
    expect(countEvents(node, 'DeliveryFinalized')).toBe(0);
  }
}

describe('P2: no debt without the receiver’s receipt', () => {
  it('Bob and Carol together cannot make one: a key of their own is not the receiver’s', () => {
    const held = heldByDave();
    const { network } = held;
    const { object } = claimOf(held, receiptBy(held, 'bob and carol'));
    expect(record(nodeOf(network, 'bob'), object())).toEqual({
      kind: 'rejected',
      refusal: refuse('finalize_key_mismatch', '/body/finalize/object/delivery/finalizeKey'),
    });
    movesNothing(network);
    windUp(network);
    checkSettled(network);
    expect(ownBalances(network, 'alice')).toEqual({ bob: 0n });
  });

  it('a receipt of another payment, part or amount is none', () => {
    const held = heldByDave();
    const { network, intent, part } = held;
    const dave = nodeOf(network, 'dave');
    const other = ask(network, 'dave', 100n);
    const receipts = {
      otherIntent: receiptFor(network, dave, other.id, [{ part, amount: 100n }]),
      otherPart: receiptFor(network, dave, intent.id, [
        { part: network.world.nonce(), amount: 100n },
      ]),
      less: receiptFor(network, dave, intent.id, [{ part, amount: 99n }]),
      more: receiptFor(network, dave, intent.id, [{ part, amount: 101n }]),
    };
    for (const receipt of Object.values(receipts)) {
      // The text of such a claim is no wire object, so no book ever sees it.
      const { object } = claimOf(held, receipt);
      expect(object).toThrow(/inconsistent_fields/);
    }
    // Carol states other terms, so that the text is consistent: then they are not those of the hop.
    const { carol, body } = claimOf(held, receipts.less);
    const lying = signed(network, carol, { ...body, amount: amount(99n) });
    expect(record(nodeOf(network, 'bob'), lying)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'receipt_terms_mismatch', field: '/body/amount' },
    });
    movesNothing(network);
  });

  it('a receipt of this payment does not pay another one, nor this one twice', () => {
    const network = line();
    const pay = () => {
      const intent = ask(network, 'dave', 100n);
      order(network, 'alice', intent);
      sendPart(network, intent, LINE, 100n);
      return intent;
    };
    pay();
    const heard: VerifiedObject[] = [];
    pump(network, ({ object }) => {
      heard.push(object);
      return 'deliver';
    });
    nodeOf(network, 'dave').mode = 'silent';
    const second = pay();
    pump(network);
    const before = ownBalances(network, 'alice');
    expect(before).toEqual({ bob: -104n });
    for (const object of [...heard, ...heard]) {
      for (const node of network.nodes) record(node, object);
    }
    checkNetworkLaws(network);
    expect(ownBalances(network, 'alice')).toEqual(before);
    const open = hopsOf(network, 'bob').filter(({ terms }) => terms.intent === second.id);
    expect(open.map(({ status }) => status)).toEqual(['held', 'held']);
  });

  it('a signature that is not the finalize key’s never gets into a book', () => {
    const held = heldByDave('real');
    const { network, intent, part } = held;
    const honest = receiptFor(network, nodeOf(network, 'dave'), intent.id, [
      { part, amount: 100n },
    ]);
    const forger = testKey('forger');
    const sig = network.world.sign(forger, honest.id);
    const gate = (text: string) => {
      const parsed = parseObject(text);
      return parsed.kind === 'refused'
        ? parsed.refusal
        : refuseChecks(requiredChecks(parsed.object));
    };
    const key = finalizeKeyOf(intent.id, network).id;
    expect(gate(encodeObject(honest.body, [{ by: key, key, sig }]))).toMatchObject({
      reason: 'signature_invalid',
      field: '/signatures/0/sig',
    });
    expect(gate(encodeObject(honest.body, [{ by: key, key: forger.id, sig }]))).toMatchObject({
      reason: 'unexpected_signature',
    });
    expect(gate(encodeObject(honest.body, []))).toMatchObject({ reason: 'missing_signature' });
    const { body } = claimOf(held, honest);
    const forged = { ...body, finalize: { object: honest.body, sig } };
    expect(gate(signed(network, nodeOf(network, 'carol'), forged).text)).toMatchObject({
      reason: 'signature_invalid',
      field: '/body/finalize/sig',
    });
    expect(gate(signed(network, nodeOf(network, 'carol'), body).text)).toBeUndefined();
  });

  it('all that is said before the receipt, in any order, to any book, makes no debt', () => {
    const { network, said } = heldByDave();
    const told = fc.record({ object: fc.nat(), node: fc.nat() });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 40 }), (tells) => {
        for (const { object, node } of tells) {
          const to = must(network.nodes[node % network.nodes.length], 'node');
          record(to, must(said[object % said.length], 'object'));
        }
        movesNothing(network);
      }),
      { numRuns: 60 },
    );
    comeBack(network);
    checkSettled(network);
  });

  it('a CommitSignal is no receipt: active* is reserved and nothing more', () => {
    const { network, intent, part } = heldByDave();
    const key = finalizeKeyOf(intent.id, network);
    const signal = network.world.object(
      {
        v: 1,
        type: 'CommitSignal',
        intent: intent.id as Hash,
        finalizeKey: key.id,
        parts: [part],
        windowMs: 1_000,
        nonce: network.world.nonce(),
      },
      own(key),
    );
    for (const node of network.nodes) record(node, signal);
    expect(statuses(network)).toEqual([
      'alice payer active*',
      'bob payer active*',
      'bob payee active*',
      'carol payer active*',
      'carol payee active*',
      'dave payee active*',
    ]);
    movesNothing(network);
    windUp(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual({ carol: 0n });
  });

  it('with it, the same hops pay: the tests above do not refuse everything', () => {
    const { network } = heldByDave();
    nodeOf(network, 'dave').mode = 'works';
    settle(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual({ carol: 100n });
  });
});
