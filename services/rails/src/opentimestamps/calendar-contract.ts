/**
 * What every calendar must do for us, whichever server is behind the client.
 * The local calendar and a double of the public server pass the same suite.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Calendar } from './calendar.ts';
import { evaluateTimestamp } from './evaluate.ts';

export type CalendarUnderTest = {
  readonly calendar: Calendar;
  /** Puts what is pending into a block whose Merkle root comes back, in header byte order. */
  readonly confirm: () => Uint8Array;
  readonly stop: () => Promise<void>;
};

const signal = new AbortController().signal;
const digestOf = (text: string) => sha256(new TextEncoder().encode(text));

/** Runs the suite over a calendar that `start` brings up. */
export function describeCalendarContract(
  name: string,
  start: () => Promise<CalendarUnderTest>,
): void {
  describe(`calendar contract: ${name}`, () => {
    let world: CalendarUnderTest;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world.stop());

    const pendingOf = async (digest: Uint8Array) => {
      const attested = evaluateTimestamp(await world.calendar.submit(digest, signal), digest);
      const [first] = attested;
      if (attested.length !== 1 || first?.attestation.kind !== 'pending') {
        throw new Error('a fresh promise is one pending attestation');
      }
      return { commitment: first.message, uri: first.attestation.uri };
    };

    it('promises with a pending attestation that it answers for', async () => {
      const { uri } = await pendingOf(digestOf('one'));
      expect(world.calendar.answersFor(uri)).toBe(true);
    });

    it('knows the commitment afterwards, as pending', async () => {
      const { commitment } = await pendingOf(digestOf('two'));
      expect(await world.calendar.timestampOf(commitment, signal)).toEqual({ kind: 'pending' });
    });

    it('says that it does not know other commitments', async () => {
      const answer = await world.calendar.timestampOf(digestOf('never submitted'), signal);
      expect(answer).toEqual({ kind: 'not_found' });
    });

    it('never says that a submitted digest was not', async () => {
      const digest = digestOf('three');
      await pendingOf(digest);
      const { kind } = await world.calendar.lookUp(digest, signal);
      expect(['found', 'unknown']).toContain(kind);
    });

    it('never says that it has a digest which was not submitted', async () => {
      const { kind } = await world.calendar.lookUp(digestOf('four'), signal);
      expect(['not_found', 'unknown']).toContain(kind);
    });

    it('takes a digest again, and both promises are kept', async () => {
      const digest = digestOf('five');
      const promises = [await pendingOf(digest), await pendingOf(digest)];
      for (const { commitment } of promises) {
        expect((await world.calendar.timestampOf(commitment, signal)).kind).toBe('pending');
      }
    });

    it('upgrades every commitment of a block to one and the same Merkle root', async () => {
      const promises = [];
      for (const text of ['six', 'seven', 'eight']) promises.push(await pendingOf(digestOf(text)));
      const root = world.confirm();
      for (const { commitment } of promises) {
        const answer = await world.calendar.timestampOf(commitment, signal);
        if (answer.kind !== 'found') throw new Error(answer.kind);
        const attested = evaluateTimestamp(answer.timestamp, commitment);
        expect(attested.map(({ attestation }) => attestation.kind)).toEqual(['bitcoin']);
        expect(attested[0]?.message).toEqual(root);
      }
    });
  });
}
