// Goal: whatever stage a file is at, ours is the reference library's and its is ours: pending, partly
// upgraded, of several calendars, confirmed. Method: both sides submit, upgrade and verify the same files over
// the rehearsal's calendars and stand-in chain; the library walks our blocks by its own code.
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import {
  type BitcoinRehearsal,
  startBitcoinRehearsal,
} from '@atomicity/rails/opentimestamps/bitcoin-rehearsal';
import { REGTEST_EASIEST_BITS } from '@atomicity/rails/opentimestamps/block-header';
import { httpCalendar } from '@atomicity/rails/opentimestamps/calendar-client';
import { startServer, type TestServer } from '@atomicity/rails/opentimestamps/calendar-server';
import { encodeProof, encodeTimestamp } from '@atomicity/rails/opentimestamps/encode';
import { esploraHeaders } from '@atomicity/rails/opentimestamps/esplora-headers';
import { evaluate } from '@atomicity/rails/opentimestamps/evaluate';
import { LocalBitcoin, type LocalBlock } from '@atomicity/rails/opentimestamps/local-bitcoin';
import {
  REHEARSAL_CALENDAR_LABEL,
  REHEARSAL_CALENDAR_URI,
} from '@atomicity/rails/opentimestamps/local-calendar';
import { chainOf } from '@atomicity/rails/opentimestamps/merkle-steps';
import { publicCalendarDouble } from '@atomicity/rails/opentimestamps/public-calendar-double';
import { openTimestampsRail } from '@atomicity/rails/opentimestamps/rail';
import type { AnchorRail, Upgrade } from '@atomicity/rails/port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fromHex,
  proofIn,
  ReferenceLibrary,
  theirWords,
  toHex,
  words,
} from './reference-library.ts';

const never = new AbortController().signal;
const SECONDS = 1_700_000_000;
const OTHER_URI = 'https://other.example.org';

let library: ReferenceLibrary;
let world: BitcoinRehearsal;
let other: TestServer;
let rail: AnchorRail;

beforeAll(async () => {
  library = new ReferenceLibrary();
  world = await startBitcoinRehearsal();
  const double = publicCalendarDouble(OTHER_URI);
  other = await startServer((request, response) => double.handle(request, response));
  rail = openTimestampsRail({
    label: REHEARSAL_CALENDAR_LABEL,
    calendars: [world.client, httpCalendar({ url: other.url, answersFor: [OTHER_URI] })],
    quorum: 2,
    blockHeaders: esploraHeaders({ urls: [world.chainUrl], easiestBits: REGTEST_EASIEST_BITS }),
  });
});

afterAll(async () => {
  library.close();
  await Promise.all([world.close(), other.close()]);
});

/** The library reads the file as we do, and writes the same bytes. */
async function readsAlike(bytes: Uint8Array): Promise<void> {
  const answer = await library.ask({ do: 'read', hex: toHex(bytes) });
  expect(answer['hex']).toBe(toHex(bytes));
  expect(theirWords(answer['attested'])).toEqual(words(evaluate(proofIn(bytes))));
}

async function verdicts(bytes: Uint8Array, block: LocalBlock) {
  const request = { do: 'verify', hex: toHex(bytes), header: toHex(block.header) };
  const answer = await library.ask(request);
  expect(answer['hash']).toBe(block.hash);
  return answer['verdicts'];
}

const kinds = (bytes: Uint8Array) =>
  evaluate(proofIn(bytes))
    .map(({ attestation }) => attestation.kind)
    .toSorted();

function evidenceIn(upgrade: Upgrade): Uint8Array {
  if (upgrade.kind !== 'confirmed' && upgrade.kind !== 'upgraded') throw new Error(upgrade.kind);
  return upgrade.evidence.bytes;
}

describe('what we write', () => {
  it('is read at every stage, and verified against our header', async () => {
    const submission = { root: fromHex('22'.repeat(32)), idempotencyKey: new Uint8Array(32) };
    const pending = await rail.submit(submission, never);
    expect(kinds(pending.bytes)).toEqual(['pending', 'pending']);
    await readsAlike(pending.bytes);

    const block = world.calendar.confirmInChain(SECONDS);
    const partly = evidenceIn(await rail.upgrade(pending, never));
    expect(kinds(partly)).toEqual(['bitcoin', 'pending', 'pending']);
    await readsAlike(partly);

    world.chain.mineMore(5, SECONDS + 600);
    const confirmed = await rail.upgrade({ bytes: partly }, never);
    expect(confirmed.kind).toBe('confirmed');
    await readsAlike(evidenceIn(confirmed));
    expect(await verdicts(evidenceIn(confirmed), block)).toEqual([SECONDS]);
    const above = world.chain.blockAt(block.height + 1) ?? block;
    expect(await verdicts(evidenceIn(confirmed), above)).toEqual([
      'Digest does not match merkleroot',
    ]);
  });
});

describe('what the library writes', () => {
  it.each([
    ['sha256', 1],
    ['sha1', 2],
    ['ripemd160', 3],
    ['keccak256', 4],
    ['forked', 5],
  ])(
    'as a pending %s file is read, upgraded and confirmed by us, as the library does it',
    async (shape, seed) => {
      const urls = [world.calendarUrl, other.url];
      const stamped = await library.ask({ do: 'stamp', shape, urls, seed });
      const pending = fromHex(stamped['hex']);
      expect(toHex(encodeProof(proofIn(pending)))).toBe(stamped['hex']);
      await readsAlike(pending);
      expect(await rail.upgrade({ bytes: pending }, never)).toEqual({ kind: 'unchanged' });

      const block = world.confirm(SECONDS);
      const ours = await rail.upgrade({ bytes: pending }, never);
      expect(ours).toMatchObject({ kind: 'confirmed', height: block.height });
      const theirs = await library.ask({ do: 'upgrade', hex: stamped['hex'], urls });
      expect(toHex(evidenceIn(ours))).toBe(theirs['hex']);
      await readsAlike(evidenceIn(ours));
      expect(await verdicts(evidenceIn(ours), block)).toEqual([SECONDS]);
      // A file that the library upgraded is as good for us as our own.
      const again = await rail.upgrade({ bytes: fromHex(theirs['hex']) }, never);
      expect(again).toEqual(ours);
    },
  );
});

describe('the stand-in chain', () => {
  it('leads the library, by its own code, along the same path', async () => {
    const chain = new LocalBitcoin();
    for (let count = 1; count <= 6; count += 1) {
      const commitments = Array.from({ length: count }, (_, index) =>
        new Uint8Array(32).fill(16 * count + index),
      );
      const block = chain.mine(SECONDS, commitments);
      const transactions = block.transactions.map(({ bytes }) => bytesToHex(bytes));
      const counted = transactions.length.toString(16).padStart(2, '0');
      const hex = `${bytesToHex(block.header)}${counted}${transactions.join('')}`;
      for (const digest of commitments) {
        const { height, operations } = chain.pathOf(block, digest);
        const path = chainOf(operations, {
          attestations: [{ kind: 'bitcoin', height }],
          branches: [],
        });
        const request = { do: 'block', digest: bytesToHex(digest), block: hex, height };
        expect((await library.ask(request))['hex']).toBe(toHex(encodeTimestamp(path)));
      }
    }
  });

  it('has the calendar’s name in the files of both', async () => {
    const urls = [world.calendarUrl];
    const stamped = await library.ask({ do: 'stamp', shape: 'sha256', urls, seed: 8 });
    expect(JSON.stringify(words(evaluate(proofIn(fromHex(stamped['hex'])))))).toContain(
      REHEARSAL_CALENDAR_URI,
    );
  });
});
