// Goal: every event is documented with its fields, and its text is read back. Method: one run that
// makes every event type, compared with the sections of the reference page.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ANCHOR_EVENT_TYPES } from '../anchor/event-codec.ts';
import { canonicalJson, isJsonObject, parseAnyJson } from '../codec/canonical-json.ts';
import { hopEventCodecs } from '../hop/event-codecs.ts';
import { limitChange, revocation, task } from '../testing/accounts.ts';
import { attestation, equivocation, erasure, pairClose, periodClose } from '../testing/closes.ts';
import {
  disagreement,
  edgeState,
  proposal,
  reassign,
  settlementReceipt,
  settlementRequest,
} from '../testing/edges.ts';
import { hold } from '../testing/holds.ts';
import { everyHopEvent } from '../testing/hop-events.ts';
import { receipt, voidReceipt } from '../testing/payments.ts';
import { createFleet, type Fleet } from '../testing/test-book.ts';
import { AGENT, CLOUD, GPU, must, START } from '../testing/world.ts';
import { amount, signedAmount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { BOOK_EVENT_TYPES, decodeEvent, encodeEvent } from './event-codec.ts';

const page = readFileSync(
  fileURLToPath(new URL('../../../../docs/reference/events.md', import.meta.url)),
  'utf8',
);
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => [section.slice(0, section.indexOf('\n')), section]),
);

/** The events of an edge beside payments. */
function everyEdgeEvent({ world, book, gpuEdge, cloudEdge }: Fleet) {
  const one = proposal(book.state, gpuEdge, book.now);
  book.accept(disagreement(world, one, { ...one, balance: signedAmount(1n) }));
  book.accept(edgeState(world, book, gpuEdge));
  const of = { debtor: AGENT, from: GPU, to: CLOUD, fromEdge: gpuEdge, toEdge: cloudEdge };
  book.accept(reassign(world, of, 4n));
  const asked = settlementRequest(world, GPU, gpuEdge, 5n);
  book.accept(asked, settlementReceipt(world, GPU, gpuEdge, 3n, { request: asked.id }));
}

/** A log with every event type in it. */
function everyEvent() {
  const fleet = createFleet();
  const { world, book, budget, period, gpuEdge } = fleet;
  book.accept(limitChange(world, GPU, gpuEdge, amount(900n), 1));
  book.accept(task(world, budget, 'render', amount(50n)));
  const paid = hold(fleet, { value: 9n, grants: { task: 'render' } });
  book.accept(paid);
  book.accept(receipt(world, book.state, paid));
  const given = hold(fleet);
  book.accept(given, voidReceipt(world, given));
  book.accept(hold(fleet, { expiresAt: unixMs(START + 5) }));
  book.now = unixMs(START + 5);
  book.lapse();
  book.accept(pairClose(world, book.state, period, GPU));
  const { core } = must(paid.body.grant, 'grant');
  book.accept(equivocation(world, core, AGENT.noteKey(GPU.id, period)));
  everyEdgeEvent(fleet);
  book.accept(periodClose(world, book.state, budget, { final: true }));
  book.accept(attestation(world, book.state, budget, 0));
  book.accept(erasure(world, must(book.events[9]?.eventId, 'event')), revocation(world, CLOUD));
  return book.events;
}

const ofHops: ReadonlySet<string> = new Set(Object.keys(hopEventCodecs));
const events = [...everyEvent(), ...everyHopEvent().filter(({ type }) => ofHops.has(type))];

test('the page has a section for each event type, in the order of the code, and no other', () => {
  expect([...sections.keys()]).toEqual([...BOOK_EVENT_TYPES, ...ANCHOR_EVENT_TYPES]);
});

test('the run has every event type', () => {
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(BOOK_EVENT_TYPES));
});

describe.each(events.map((event) => [event.type, event] as const))('%s', (type, event) => {
  const data = encodeEvent(event);

  test('each field is on the page', () => {
    const fields = isJsonObject(data) ? Object.keys(data) : [];
    expect(fields.filter((field) => !sections.get(type)?.includes(`\`${field}\``))).toEqual([]);
  });

  test('what is public is said to be', () => {
    const none = sections.get(type)?.includes('Disclosure: none') ?? false;
    expect(event.disclosure === undefined).toBe(none);
  });

  test('its text is read back', () => {
    const json = parseAnyJson(canonicalJson(data))?.value ?? null;
    expect(decodeEvent(type, json, event.disclosure)).toEqual(
      event.disclosure === undefined
        ? { type, data: event.data }
        : { type, data: event.data, disclosure: event.disclosure },
    );
    expect(() => decodeEvent(type, { ...(json as object), refund: '1' })).toThrow('unknown_field');
  });
});
