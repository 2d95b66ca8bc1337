// Goal: what a node has seen of an intent is there for whoever has to show it: its own statements, its
// neighbours', and what they relayed. Method: payments that end well and badly, and what each node holds.
import type { Hash } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { describe, expect, it } from 'vitest';
import { Neighbourhood } from './testing/neighbourhood.ts';
import { street } from './testing/streets.ts';

/** Type, or hop and transition, of every text that a node has of an intent, sorted. */
function seen(nodes: Neighbourhood, name: string, intent: Hash): readonly string[] {
  const names = new Map(nodes.nodes().map(({ party }) => [party.id, party.name]));
  const said = nodes
    .node(name)
    .agent.evidenceOf(intent)
    .map((text) => {
      const parsed = parseObject(text);
      if (parsed.kind === 'refused') return 'unreadable';
      const { body } = parsed.object;
      if (body.type === 'HopReceipt') return `${names.get(body.hop)} ${body.transition}`;
      return body.type === 'CapacityVoucher' ? `voucher of ${names.get(body.from)}` : body.type;
    });
  return said.sort();
}

describe('the evidence of an intent', () => {
  it('is what each hop said and heard of a payment that became final', async () => {
    const nodes = street();
    const { id } = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', nodes.intent('dave', 500n)));
    const intent = nodes.intent('dave', 1_000n);
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(2_000);

    const edge = (payee: string, payer: string) => [
      `${payee} active`,
      `${payee} held`,
      `${payer} active`,
      `voucher of ${payer}`,
    ];
    expect(seen(nodes, 'alice', intent.id)).toEqual(edge('bob', 'alice').sort());
    expect(seen(nodes, 'carol', intent.id)).toEqual(
      [...edge('carol', 'bob'), ...edge('dave', 'carol')].sort(),
    );
    expect(seen(nodes, 'dave', intent.id)).toEqual(
      ['FinalizeReceipt', ...edge('dave', 'carol')].sort(),
    );
    expect(seen(nodes, 'alice', id)).toEqual([]);
  });

  it('reaches the sender from the hop that could not go on', async () => {
    const nodes = new Neighbourhood([
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'dave', 100n],
    ]);
    nodes.offer('bob', { carol: 1_000_000n });
    nodes.offer('carol', { dave: 1_000_000n });
    const intent = nodes.intent('dave', 1_000n, { partsMax: 1 });
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(5_000);
    expect(seen(nodes, 'alice', intent.id)).toEqual([
      'bob held',
      'bob lapsed',
      'carol lapsed',
      'voucher of alice',
    ]);
  });
});
