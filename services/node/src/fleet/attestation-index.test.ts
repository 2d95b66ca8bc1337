// Goal: one failed read of the log does not end the fleet desk. Method: a store that fails once.
import type { EventStore } from '@atomicity/event-log/port';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { expect, it } from 'vitest';
import { AttestationIndex } from './attestation-index.ts';

const NULLIFIER = '00'.repeat(32) as FieldHex;

it('reads again after the log could not be read', async () => {
  let reads = 0;
  const store: Pick<EventStore, 'readEnvelopes'> = {
    async *readEnvelopes() {
      reads += 1;
      if (reads === 1) throw new Error('the disk does not answer');
      yield [];
    },
  };
  const index = new AttestationIndex(store);
  await expect(index.find(NULLIFIER)).rejects.toThrow('the disk does not answer');
  expect(await index.find(NULLIFIER)).toBeUndefined();
  expect(reads).toBe(2);
});
