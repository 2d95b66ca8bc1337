/** Books in which every event of payments across books occurs. */
import type { RecordedEvent } from '../book/events.ts';
import { amount } from '../units/amount.ts';
import { limitChange } from './accounts.ts';
import { createLine } from './hop-table.ts';
import { advance, payOver, pump } from './network.ts';
import { edgeBetween } from './network-core.ts';
import { ask, order, sendPart } from './network-payment.ts';
import { overcharged } from './overcharge.ts';

/** Two parts paid, one declined, one lapsed and an overcharge proven: the events of all three books. */
export function everyHopEvent(): readonly RecordedEvent[] {
  const line = createLine();
  const { network, carol, bob } = line;
  const route = ['alice', 'bob', 'carol'];
  payOver(network, [
    { route, value: 400n },
    { route, value: 600n },
  ]);
  const late = ask(network, 'carol', 50n);
  order(network, 'alice', late);
  carol.mode = 'silent';
  sendPart(network, late, route, 50n);
  pump(network);
  advance(network, 60_000);
  const edge = edgeBetween(network, 'alice', 'bob');
  bob.book.accept(limitChange(network.world, bob.party, edge, amount(1n), 1));
  sendPart(network, late, route, 50n);
  pump(network);
  carol.book.accept(overcharged(createLine()).proof);
  return network.nodes.flatMap(({ book }) => book.events);
}
