// Goal: what is kept of an event until a batch ends does not grow with the event. Method: real payments of the
// book, cut down; the collector gives the same diffs for both.
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import { isJsonObject, parseCanonicalJson } from '@atomicity/kernel/codec/canonical-json';
import {
  collectStateDiffs,
  type DiffEvent,
  isDiffEventType,
  type LoggedDiffEvent,
  type LoggedDiffFacts,
} from '@atomicity/kernel/state-diff/collect-diffs';
import { CLOUD, GPU } from '@atomicity/kernel/testing/world';
import type { StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { expect, it } from 'vitest';
import { FleetWorld } from '../testing/fleet-world.ts';
import { FactKeeper } from './diff-facts.ts';

const STREAM = 'ab'.repeat(16) as StreamId;

function diffEvents(): readonly DiffEvent[] {
  const world = new FleetWorld();
  for (const payee of [GPU, CLOUD, GPU]) world.pay(payee, 11n);
  return world.records.flatMap(({ envelope, payload }) => {
    const { type } = JSON.parse(Buffer.from(envelope).toString()) as { readonly type: string };
    const read = parseCanonicalJson(payload ?? '');
    if (!isDiffEventType(type) || !read.ok || !isJsonObject(read.value)) return [];
    return [decodeEvent(type, read.value['data'] ?? null) as DiffEvent];
  });
}

it('keeps of a payment its edge and its legs, and gives the same diffs', () => {
  const events = diffEvents();
  const keeper = new FactKeeper();
  const facts = events.map((event) => keeper.factsOf(event));
  const payment = facts.find(({ type }) => type === 'PaymentFinalized');
  expect(Object.keys(payment?.data ?? {})).toEqual(['edge', 'legs']);
  const logged = <T extends (LoggedDiffEvent | LoggedDiffFacts)['event']>(list: readonly T[]) =>
    list.map((event, index) => ({
      index,
      stream: STREAM,
      at: unixMs(index),
      type: event?.type ?? '',
      event,
    }));
  const span = { from: 0, size: events.length };
  const whole = collectStateDiffs(logged(events), span);
  expect(whole).toMatchObject({ kind: 'collected', diffs: [{ moves: 2 }, { moves: 1 }] });
  expect(collectStateDiffs(logged(facts), span)).toEqual(whole);
});
