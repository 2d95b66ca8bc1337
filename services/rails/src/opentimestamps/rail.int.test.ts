// Goal: submissions, look-ups and upgrades over several calendars. Method: servers on the loopback.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { Submission } from '../port.ts';
import { fixedBlockHeaders } from './block-headers.ts';
import type { Calendar } from './calendar.ts';
import { httpCalendar } from './calendar-client.ts';
import { startServer, type TestServer } from './calendar-server.ts';
import { decodeProof } from './decode.ts';
import { evaluate } from './evaluate.ts';
import { LOCAL_CALENDAR_LABEL, LOCAL_CALENDAR_URI, localCalendar } from './local-calendar.ts';
import type { Timestamp } from './proof.ts';
import { publicCalendarDouble } from './public-calendar-double.ts';
import { openTimestampsRail, submittedDigest } from './rail.ts';

const never = new AbortController().signal;
const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const submission: Submission = {
  root: sha256(new TextEncoder().encode('root')),
  idempotencyKey: sha256(new TextEncoder().encode('key')),
};

function kindsIn(bytes: Uint8Array): readonly string[] {
  const decoded = decodeProof(bytes);
  if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
  expect(decoded.proof.digest).toEqual(submission.root);
  return evaluate(decoded.proof).map(({ attestation }) => attestation.kind);
}

async function local() {
  const calendar = localCalendar({});
  const server = await startServer((request, response) => calendar.handle(request, response));
  servers.push(server);
  return {
    calendar,
    client: httpCalendar({
      url: server.url,
      answersFor: [LOCAL_CALENDAR_URI],
      looksUpDigests: true,
    }),
  };
}

async function remote(uri: string) {
  const double = publicCalendarDouble(uri);
  const server = await startServer((request, response) => double.handle(request, response));
  servers.push(server);
  return { double, client: httpCalendar({ url: server.url, answersFor: [uri] }) };
}

async function missing() {
  const server = await startServer(() => undefined);
  await server.close();
  return httpCalendar({ url: server.url });
}

describe('submit', () => {
  it('sends a digest that hides the root, the same one again', async () => {
    const { double, client } = await remote('https://one.example.org');
    const rail = openTimestampsRail({ label: 'test', calendars: [client] });
    await rail.submit(submission, never);
    await rail.submit(submission, never);
    expect(double.posted).toEqual(Array(2).fill(bytesToHex(submittedDigest(submission))));
    expect(double.posted).not.toContain(bytesToHex(submission.root));
  });

  it('is counted once by the local calendar and gives the same bytes', async () => {
    const { calendar, client } = await local();
    const rail = openTimestampsRail({ label: LOCAL_CALENDAR_LABEL, calendars: [client] });
    const first = await rail.submit(submission, never);
    expect(await rail.submit(submission, never)).toEqual(first);
    expect(calendar.countOfDigests()).toBe(1);
    await rail.submit({ ...submission, idempotencyKey: new Uint8Array(32) }, never);
    expect(calendar.countOfDigests()).toBe(2);
  });

  it('joins the calendars’ promises in one proof', async () => {
    const one = await remote('https://one.example.org');
    const two = await remote('https://two.example.org');
    const rail = openTimestampsRail({
      label: 'test',
      calendars: [one.client, two.client],
      quorum: 2,
    });
    const { bytes } = await rail.submit(submission, never);
    expect(kindsIn(bytes)).toEqual(['pending', 'pending']);
  });

  it('is done with the quorum, whoever is missing', async () => {
    const one = await remote('https://one.example.org');
    const rail = openTimestampsRail({ label: 'test', calendars: [await missing(), one.client] });
    expect(kindsIn((await rail.submit(submission, never)).bytes)).toEqual(['pending']);
  });

  it('is unknown when some promised and the quorum was missed', async () => {
    const one = await remote('https://one.example.org');
    const calendars = [await missing(), one.client];
    const rail = openTimestampsRail({ label: 'test', calendars, quorum: 2 });
    await expect(rail.submit(submission, never)).rejects.toMatchObject({
      code: 'quorum_missed',
      outcome: 'unknown',
      facts: { answered: 1, quorum: 2, asked: 2 },
    });
  });

  it('surely did not happen when no calendar was reached', async () => {
    const calendars = [await missing(), await missing()];
    const rail = openTimestampsRail({ label: 'test', calendars });
    await expect(rail.submit(submission, never)).rejects.toMatchObject({
      outcome: 'not_applied',
    });
  });
});

describe('calendars whose answers do not fit into one proof', () => {
  const bulky = (byte: number): Calendar => {
    const payload = new Uint8Array(8000).fill(byte);
    const unknown = { kind: 'unknown', tag: new Uint8Array(8).fill(byte), payload } as const;
    const timestamp: Timestamp = { attestations: [unknown], branches: [] };
    return {
      url: `http://bulky-${byte}`,
      submit: () => Promise.resolve(timestamp),
      lookUp: () => Promise.resolve({ kind: 'found', timestamp }),
      timestampOf: () => Promise.resolve({ kind: 'found', timestamp }),
      answersFor: () => false,
    };
  };

  it('are an error of the rail with an unknown outcome, never one of this process', async () => {
    const calendars = Array.from({ length: 9 }, (_, i) => bulky(i + 1));
    const rail = openTimestampsRail({ label: 'bulky', calendars });
    await expect(rail.submit(submission, never)).rejects.toMatchObject({
      name: 'RailError',
      code: 'rail_answer_unusable',
      outcome: 'unknown',
    });
  });
});

describe('look-up', () => {
  it('knows with the local calendar', async () => {
    const { client } = await local();
    const rail = openTimestampsRail({ label: LOCAL_CALENDAR_LABEL, calendars: [client] });
    expect(await rail.lookUp(submission, never)).toEqual({ kind: 'not_applied' });
    const evidence = await rail.submit(submission, never);
    expect(await rail.lookUp(submission, never)).toEqual({ kind: 'applied', evidence });
  });

  it('cannot know with public calendars, which have no such question', async () => {
    const { client } = await remote('https://one.example.org');
    const rail = openTimestampsRail({ label: 'test', calendars: [client] });
    expect(await rail.lookUp(submission, never)).toEqual({ kind: 'unknown' });
  });
});

describe('upgrade', () => {
  it('stays pending until the calendar knows more, then carries the Bitcoin attestation', async () => {
    const { double, client } = await remote('https://one.example.org');
    const rail = openTimestampsRail({ label: 'test', calendars: [client] });
    const pending = await rail.submit(submission, never);
    expect(await rail.upgrade(pending, never)).toEqual({ kind: 'unchanged' });
    double.confirm(800_000);
    const upgraded = await rail.upgrade(pending, never);
    // Without block headers of its own this node confirms nothing.
    if (upgraded.kind !== 'upgraded') throw new Error(upgraded.kind);
    expect(kindsIn(upgraded.evidence.bytes).toSorted()).toEqual(['bitcoin', 'pending']);
    expect(await rail.upgrade(upgraded.evidence, never)).toEqual({ kind: 'unchanged' });
  });

  it('is confirmed only by block headers that this node brings along', async () => {
    const { calendar, client } = await local();
    const pending = await openTimestampsRail({ label: 'x', calendars: [client] }).submit(
      submission,
      never,
    );
    const { height, merkleRoot } = calendar.confirmForTests(42);
    const withHeaders = (root: string) =>
      openTimestampsRail({
        label: 'x',
        calendars: [client],
        blockHeaders: fixedBlockHeaders({ [height]: root }),
      });
    expect(await withHeaders(merkleRoot).upgrade(pending, never)).toMatchObject({
      kind: 'confirmed',
      height: 42,
    });
    // A block that is another one by these headers is not better evidence.
    await expect(withHeaders('00'.repeat(32)).upgrade(pending, never)).rejects.toMatchObject({
      code: 'rail_answer_unusable',
      outcome: 'not_applied',
      facts: { height: 42 },
    });
  });

  it('visits no calendar that only the proof names', async () => {
    const { client } = await local();
    const stranger = await remote('http://127.0.0.1:1');
    const evidence = await openTimestampsRail({
      label: 'x',
      calendars: [stranger.client],
    }).submit(submission, never);
    const rail = openTimestampsRail({ label: 'x', calendars: [client] });
    expect(await rail.upgrade(evidence, never)).toEqual({ kind: 'unchanged' });
  });

  it('throws when no calendar answers, and the outcome is certain', async () => {
    const { client } = await local();
    const rail = openTimestampsRail({ label: 'x', calendars: [client] });
    const evidence = await rail.submit(submission, never);
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await expect(rail.upgrade(evidence, never)).rejects.toMatchObject({ outcome: 'not_applied' });
  });

  it('refuses evidence that is no proof', async () => {
    const rail = openTimestampsRail({ label: 'x', calendars: [await missing()] });
    await expect(rail.upgrade({ bytes: new Uint8Array(3) }, never)).rejects.toMatchObject({
      code: 'rail_answer_unusable',
    });
  });
});

it('the rail refuses a quorum that cannot be met', async () => {
  const calendars = [await missing()];
  for (const quorum of [0, 2, 1.5]) {
    expect(() => openTimestampsRail({ label: 'x', calendars, quorum })).toThrow(RangeError);
  }
  expect(() => openTimestampsRail({ label: 'x', calendars: [] })).toThrow(RangeError);
});
