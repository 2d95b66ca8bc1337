// Goal: the outbox discipline. Method: a scripted rail and the event store in memory; each row names
// what happened to the attempts and what the settler must have done and recorded.
import { randomBytes } from 'node:crypto';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { EventStore } from '@atomicity/event-log/port';
import type { AnchorSubject } from '@atomicity/kernel/anchor/events';
import { parseCanonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { type Hash, parseHash, parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { describe, expect, it } from 'vitest';
import { type Fault, ScriptedRail, type ScriptedRailOptions } from './scripted-rail.ts';
import { openSettler, type Settler } from './settler.ts';

const never = new AbortController().signal;

function hashOf(digits: string): Hash {
  const hash = parseHash(digits.repeat(64 / digits.length));
  if (hash === undefined) throw new Error(digits);
  return hash;
}

function streamOf(digits: string): StreamId {
  const stream = parseStreamId(digits.repeat(32 / digits.length));
  if (stream === undefined) throw new Error(digits);
  return stream;
}

const STREAM = streamOf('5a');
const subject: AnchorSubject = { origin: 'example.org/log', size: 7, root: hashOf('ab') };

const NOW = unixMs(1_795_251_960_000);

function settlerOn(store: EventStore, rail: ScriptedRail, now = () => NOW): Promise<Settler> {
  return openSettler({ store, stream: STREAM, rails: [rail], now, randomBytes });
}

async function world(options: ScriptedRailOptions = {}) {
  const store = new MemoryEventStore();
  const rail = new ScriptedRail(options);
  return { store, rail, settler: await settlerOn(store, rail) };
}

async function eventsIn(store: EventStore) {
  const events = [];
  for await (const { envelope, payload } of store.readStream(STREAM, 0, 1000)) {
    const head = parseCanonicalJson(new TextDecoder().decode(envelope));
    if (!head.ok) throw new Error(head.reason);
    events.push({ head: head.value as { type: string; at: number }, payload: payload ?? '' });
  }
  return events;
}

const typesIn = async (store: EventStore) => (await eventsIn(store)).map(({ head }) => head.type);

describe('plan', () => {
  it('records the intent and sends nothing; again, it changes nothing', async () => {
    const { store, rail, settler } = await world();
    const first = await settler.plan(subject);
    expect(await settler.plan({ ...subject })).toEqual(first);
    expect(first).toMatchObject({ status: 'planned', proof: null, calendar: null });
    expect(await typesIn(store)).toEqual(['AnchorPlanned']);
    expect(rail.calls).toEqual([]);
    expect(settler.evidence(subject.root)).toBeUndefined();
  });

  it('never records a time before the last one, though the clock goes back', async () => {
    const { store, rail, settler } = await world();
    await settler.plan(subject);
    const behind = await settlerOn(store, rail, () => unixMs(NOW - 3_600_000));
    await behind.plan({ ...subject, size: 8, root: hashOf('cd') });
    expect((await eventsIn(store)).map(({ head }) => head.at)).toEqual([NOW, NOW]);
  });

  it('keeps the key of whoever came first', async () => {
    const { store, rail, settler } = await world();
    const other = await settlerOn(store, rail);
    const [mine, theirs] = await Promise.all([settler.plan(subject), other.plan(subject)]);
    expect(theirs).toEqual(mine);
    expect(await typesIn(store)).toEqual(['AnchorPlanned']);
  });

  it.each([
    { ...subject, origin: '' },
    { ...subject, origin: 'x'.repeat(129) },
    { ...subject, size: 0 },
    { ...subject, size: 1.5 },
  ])('refuses %o', async (bad) => {
    const { settler } = await world();
    await expect(settler.plan(bad)).rejects.toThrow(RangeError);
  });
});

describe('runOnce, then a run after a restart', () => {
  type Row = {
    readonly name: string;
    readonly faults: readonly Fault[];
    readonly options?: ScriptedRailOptions;
    readonly restart?: boolean;
    readonly calls: readonly string[];
    readonly types: readonly string[];
    readonly status: string;
    readonly counted: number;
  };
  const blind = { knows: false };
  const careful = { knows: false, repeatIsSameSubmission: false };
  const rows: readonly Row[] = [
    {
      name: 'fine: one submission, nothing more to do',
      faults: ['fine'],
      calls: ['submit fine'],
      types: ['AnchorPlanned', 'AnchorSubmitted'],
      status: 'pending',
      counted: 1,
    },
    {
      name: 'refused: surely not counted, so it is sent again without a look-up',
      faults: ['refused', 'fine'],
      calls: ['submit refused', 'submit fine'],
      types: ['AnchorPlanned', 'AnchorAttempted', 'AnchorSubmitted'],
      status: 'pending',
      counted: 1,
    },
    {
      name: 'refused, then a restart: looked up, for the new process knows nothing',
      faults: ['refused', 'fine'],
      restart: true,
      calls: ['submit refused', 'lookUp', 'submit fine'],
      types: ['AnchorPlanned', 'AnchorAttempted', 'AnchorSubmitted'],
      status: 'pending',
      counted: 1,
    },
    {
      name: 'lost answer: looked up and found, not sent again',
      faults: ['lost'],
      calls: ['submit lost', 'lookUp'],
      types: ['AnchorPlanned', 'AnchorAttempted', 'AnchorSubmitted'],
      status: 'pending',
      counted: 1,
    },
    {
      name: 'away: looked up, not there, sent again',
      faults: ['away', 'fine'],
      calls: ['submit away', 'lookUp', 'submit fine'],
      types: ['AnchorPlanned', 'AnchorAttempted', 'AnchorSubmitted'],
      status: 'pending',
      counted: 1,
    },
    {
      name: 'lost answer on a rail that cannot look up but counts a key once: the same sent again',
      faults: ['lost', 'fine'],
      options: blind,
      calls: ['submit lost', 'lookUp', 'submit fine'],
      types: ['AnchorPlanned', 'AnchorAttempted', 'AnchorSubmitted'],
      status: 'pending',
      counted: 1,
    },
    {
      name: 'refused after an unknown attempt on such a rail: still unknown',
      faults: ['lost', 'refused'],
      options: blind,
      calls: ['submit lost', 'lookUp', 'submit refused'],
      types: ['AnchorPlanned', 'AnchorAttempted'],
      status: 'submitted',
      counted: 1,
    },
    {
      name: 'lost answer on a rail that must not be repeated: never sent again',
      faults: ['lost'],
      options: careful,
      restart: true,
      calls: ['submit lost', 'lookUp'],
      types: ['AnchorPlanned', 'AnchorAttempted', 'AnchorAttempted'],
      status: 'submitted',
      counted: 1,
    },
    {
      name: 'the same failure twice is recorded once',
      faults: ['refused', 'refused'],
      calls: ['submit refused', 'submit refused'],
      types: ['AnchorPlanned', 'AnchorAttempted'],
      status: 'planned',
      counted: 0,
    },
  ];

  it.each(rows)('$name', async (row) => {
    const { store, rail, settler } = await world(row.options);
    rail.faults.push(...row.faults);
    await settler.plan(subject);
    await settler.runOnce(never);
    const second = row.restart ? await settlerOn(store, rail) : settler;
    await second.runOnce(never);
    expect(rail.calls).toEqual(row.calls);
    expect(await typesIn(store)).toEqual(row.types);
    expect(second.status().map(({ status }) => status)).toEqual([row.status]);
    expect(rail.counted.size).toBe(row.counted);
    // Replay equals live.
    expect((await settlerOn(store, rail)).status()).toEqual(second.status());
  });

  it('takes a failed look-up for no answer', async () => {
    const { store, rail, settler } = await world();
    await settler.plan(subject);
    const restarted = await settlerOn(store, rail);
    rail.lookUpFails = true;
    const run = await restarted.runOnce(never);
    expect(run.failures).toEqual([
      {
        anchor: restarted.status()[0]?.anchor,
        rail: 'scripted',
        code: 'rail_unreachable',
        reason: null,
        message: 'scripted',
      },
    ]);
    expect(restarted.status()[0]?.status).toBe('submitted');
    await restarted.runOnce(never);
    expect(rail.calls).toEqual(['lookUp', 'lookUp', 'submit fine']);
  });

  it('attempts nothing once stopped', async () => {
    const { rail, settler } = await world();
    await settler.plan(subject);
    await settler.runOnce(AbortSignal.abort());
    expect(rail.calls).toEqual([]);
  });

  it('gives the evidence of a root', async () => {
    const { settler } = await world();
    await settler.plan(subject);
    await settler.runOnce(never);
    expect(settler.evidence(subject.root)?.[0]).toBe(1);
    expect(settler.evidence(hashOf('cd'))).toBeUndefined();
    expect(settler.status()[0]).toMatchObject({ calendar: 'scripted rail', reason: null });
  });

  it('two runs at once attempt an anchor once', async () => {
    const { rail, settler } = await world();
    await settler.plan(subject);
    await Promise.all([settler.runOnce(never), settler.runOnce(never)]);
    expect(rail.calls).toEqual(['submit fine']);
  });
});

describe('upgradeOnce', () => {
  async function pendingWorld() {
    const made = await world();
    await made.settler.plan(subject);
    await made.settler.runOnce(never);
    return made;
  }
  const better = { bytes: Uint8Array.of(9) };

  it('leaves pending what has no news', async () => {
    const { store, settler } = await pendingWorld();
    expect(await settler.upgradeOnce(never)).toMatchObject({ upgraded: 0, confirmed: 0 });
    expect(await typesIn(store)).toEqual(['AnchorPlanned', 'AnchorSubmitted']);
  });

  it('records better evidence that this node cannot check, and stays pending', async () => {
    const { rail, settler } = await pendingWorld();
    rail.nextUpgrade = { kind: 'upgraded', evidence: better };
    expect(await settler.upgradeOnce(never)).toMatchObject({ upgraded: 1, confirmed: 0 });
    expect(settler.status()[0]).toMatchObject({ status: 'pending', proof: '09' });
  });

  it('confirms, and asks no more', async () => {
    const { store, rail, settler } = await pendingWorld();
    rail.nextUpgrade = { kind: 'confirmed', evidence: better, height: 42 };
    expect(await settler.upgradeOnce(never)).toMatchObject({ confirmed: 1 });
    expect(settler.status()[0]).toMatchObject({ status: 'confirmed', height: 42, proof: '09' });
    await settler.upgradeOnce(never);
    expect(rail.calls).toEqual(['submit fine', 'upgrade']);
    expect((await settlerOn(store, rail)).status()).toEqual(settler.status());
  });
});

describe('abandon', () => {
  it('ends an anchor for good', async () => {
    const { store, rail, settler } = await world();
    const { anchor } = await settler.plan(subject);
    await settler.abandon(anchor, 'calendar closed down');
    await settler.abandon(anchor, 'again');
    await settler.runOnce(never);
    expect(rail.calls).toEqual([]);
    expect(settler.status()[0]).toMatchObject({ status: 'failed', reason: 'calendar closed down' });
    expect(await typesIn(store)).toEqual(['AnchorPlanned', 'AnchorFailed']);
  });
});

it('an unreadable event stops the stream', async () => {
  const { store, rail, settler } = await world();
  await settler.plan(subject);
  await store.append(STREAM, 0, [
    {
      eventId: hashOf('ee'),
      type: 'AnchorMoved',
      at: unixMs(1),
      payload: `{"cause":{"none":true},"data":{"anchor":"${'00'.repeat(32)}"}}`,
      disclosure: null,
    },
  ]);
  await expect(settlerOn(store, rail)).rejects.toThrow('unknown event AnchorMoved');
});

it('an erased plan leaves the other anchors alone', async () => {
  const { store, rail, settler } = await world();
  await settler.plan(subject);
  await settler.plan({ ...subject, size: 8 });
  await settler.runOnce(never);
  for await (const { eventId } of store.readStream(STREAM, 0, 1)) await store.erasePayload(eventId);
  const restarted = await settlerOn(store, rail);
  expect(restarted.status().map(({ subject: { size } }) => size)).toEqual([8]);
});

it('goes on after an erased attempt', async () => {
  const { store, rail, settler } = await world();
  await settler.plan(subject);
  rail.faults.push('away');
  await settler.runOnce(never);
  for await (const { eventId } of store.readStream(STREAM, 1, 1)) await store.erasePayload(eventId);
  const restarted = await settlerOn(store, rail);
  expect(restarted.status()[0]?.status).toBe('planned');
  await restarted.runOnce(never);
  expect(rail.calls).toEqual(['submit away', 'lookUp', 'submit fine']);
  expect(await typesIn(store)).toEqual(['AnchorPlanned', 'AnchorAttempted', 'AnchorSubmitted']);
});

it('plans anew what has lost its plan', async () => {
  const { store, rail, settler } = await world();
  await settler.plan(subject);
  for await (const { eventId } of store.readStream(STREAM, 0, 1)) await store.erasePayload(eventId);
  const restarted = await settlerOn(store, rail);
  expect(await restarted.plan(subject)).toMatchObject({ subject, status: 'planned' });
});
