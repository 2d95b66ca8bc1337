// Goal: our OpenTimestamps files are everybody's. Method: Debian's python3-opentimestamps reads what
// we write and we read what it writes; its client talks to our local calendar. Without the library
// this fails: install it with `apt-get install python3-opentimestamps`.
import { verifyBitcoin } from '@atomicity/rails/opentimestamps/bitcoin';
import { httpCalendar } from '@atomicity/rails/opentimestamps/calendar-client';
import { startServer } from '@atomicity/rails/opentimestamps/calendar-server';
import { decodeProof } from '@atomicity/rails/opentimestamps/decode';
import { encodeProof } from '@atomicity/rails/opentimestamps/encode';
import { evaluate } from '@atomicity/rails/opentimestamps/evaluate';
import { LOCAL_CALENDAR_URI, localCalendar } from '@atomicity/rails/opentimestamps/local-calendar';
import { proofArbitrary } from '@atomicity/rails/opentimestamps/proof-arbitrary';
import { openTimestampsRail } from '@atomicity/rails/opentimestamps/rail';
import {
  HELLO_WORLD_HEIGHT,
  HELLO_WORLD_MERKLE_ROOT,
  HELLO_WORLD_PROOF,
  UNKNOWN_NOTARY_PROOF,
} from '@atomicity/rails/opentimestamps/reference-proofs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fromHex,
  proofIn,
  ReferenceLibrary,
  theirWords,
  toHex,
  words,
} from './reference-library.ts';

const SEED = 20261121;
const RUNS = 300;
console.log(`opentimestamps.oracle: seed ${SEED}, ${RUNS} proofs each way`);

let library: ReferenceLibrary;
const ask = (request: Record<string, unknown>) => library.ask(request);

beforeAll(() => {
  library = new ReferenceLibrary();
});
afterAll(() => library.close());

describe('the reference library', () => {
  it('reads what we write, as we mean it, and writes the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(proofArbitrary, async (proof) => {
        const bytes = encodeProof(proof);
        const answer = await ask({ do: 'read', hex: toHex(bytes) });
        expect(answer.refused).toBeUndefined();
        expect(answer.hex).toBe(toHex(bytes));
        expect(theirWords(answer.attested)).toEqual(words(evaluate(proofIn(bytes))));
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('writes what we read, as it means it, and we write the same bytes', async () => {
    for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
      const answer = await ask({ do: 'write', seed });
      const proof = proofIn(fromHex(answer.hex));
      expect(words(evaluate(proof)), `seed ${seed}`).toEqual(theirWords(answer.attested));
      expect(toHex(encodeProof(proof)), `seed ${seed}`).toBe(answer.hex);
    }
  });

  it('accepts every damaged file that we accept, and sees the same in it', async () => {
    const damage = fc.record({
      file: fc.constantFrom(HELLO_WORLD_PROOF, UNKNOWN_NOTARY_PROOF),
      at: fc.nat(),
      flip: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, at, flip }) => {
        const index = at % file.length;
        const bytes = file.map((byte, i) => (i === index ? byte ^ flip : byte));
        const decoded = decodeProof(bytes);
        if (decoded.kind === 'refused') return; // We may be stricter, never laxer.
        const answer = await ask({ do: 'read', hex: toHex(bytes) });
        expect(theirWords(answer.attested)).toEqual(words(evaluate(decoded.proof)));
      }),
      { seed: SEED, numRuns: RUNS * 3 },
    );
  });

  it('agrees on a proof that Bitcoin confirmed in 2015', async () => {
    const answer = await ask({ do: 'read', hex: toHex(HELLO_WORLD_PROOF) });
    const attested = evaluate(proofIn(HELLO_WORLD_PROOF));
    expect(theirWords(answer.attested)).toEqual(words(attested));
    expect(verifyBitcoin(attested, { [HELLO_WORLD_HEIGHT]: HELLO_WORLD_MERKLE_ROOT })).toEqual([
      { kind: 'matches', height: HELLO_WORLD_HEIGHT },
    ]);
  });
});

describe('our local calendar', () => {
  it('serves the reference client, and our rail’s proofs from it are read', async () => {
    const calendar = localCalendar({ basePath: '/local-calendar' });
    const server = await startServer((request, response) => calendar.handle(request, response));
    try {
      const url = `${server.url}/local-calendar/`;
      const digest = '5a'.repeat(32);
      const submitted = await ask({ do: 'submit', url, digest });
      const [first] = submitted.attested as { message: string; attestation: unknown }[];
      expect(first?.attestation).toEqual({ kind: 'pending', uri: LOCAL_CALENDAR_URI });
      const commitment = first?.message ?? '';
      const before = await ask({ do: 'timestamp', url, commitment });
      expect(before.not_found).toContain('proves nothing to outsiders');

      const rail = openTimestampsRail({
        label: 'test',
        calendars: [httpCalendar({ url, answersFor: [LOCAL_CALENDAR_URI] })],
      });
      const submission = { root: fromHex('11'.repeat(32)), idempotencyKey: new Uint8Array(32) };
      const never = new AbortController().signal;
      const pending = await rail.submit(submission, never);
      calendar.confirmForTests(9);
      const after = await ask({ do: 'timestamp', url, commitment });
      expect(JSON.stringify(after.attested)).toContain('"height":9');
      const upgraded = await rail.upgrade(pending, never);
      if (upgraded.kind !== 'upgraded') throw new Error(upgraded.kind);
      const answer = await ask({ do: 'read', hex: toHex(upgraded.evidence.bytes) });
      expect(answer.digest).toBe('11'.repeat(32));
      expect(answer.hex).toBe(toHex(upgraded.evidence.bytes));
    } finally {
      await server.close();
    }
  });
});
