// Goal: a nonce is one batch's at a time, also after a restart. Method: the journal on disk, opened again after
// every change.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testHash } from '@atomicity/kernel/testing/keys';
import { afterAll, expect, it } from 'vitest';
import { type NonceHold, NonceJournal } from './nonce-journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-nonces-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const fresh = () => join(folder, 'deep', `${files++}.json`);

function holdOf(nonce: number, change: Partial<NonceHold> = {}): NonceHold {
  return {
    nonce,
    batch: testHash(`batch ${nonce}`),
    form: 'blob',
    offer: { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 2n },
    isSent: false,
    sends: 0,
    touchedAt: 100,
    ...change,
  };
}

it('keeps holds over a restart, and forgets those that no reorganisation frees', async () => {
  const file = fresh();
  const journal = await NonceJournal.open(file);
  expect(journal.from(0)).toEqual([]);
  await journal.hold(holdOf(4));
  await journal.hold(holdOf(3));
  expect((await NonceJournal.open(file)).from(0)).toEqual([holdOf(3), holdOf(4)]);
  expect(journal.from(4)).toEqual([holdOf(4)]);
  await journal.hold(holdOf(68));
  expect((await NonceJournal.open(file)).from(0)).toEqual([holdOf(4), holdOf(68)]);
  expect(readdirSync(join(folder, 'deep')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('gives a nonce to the last batch that took it, and a batch its lowest', async () => {
  const journal = await NonceJournal.open(fresh());
  await journal.hold(holdOf(7));
  const taken = holdOf(7, { batch: testHash('other') });
  await journal.hold(taken);
  expect(journal.from(0)).toEqual([taken]);
  const lower = holdOf(6, { batch: testHash('other') });
  await journal.hold(lower);
  expect(journal.from(0)).toEqual([lower]);
});

it('notes what may be out, and when a batch was last asked about', async () => {
  const file = fresh();
  const journal = await NonceJournal.open(file);
  const { nonce, batch } = holdOf(9);
  await journal.hold(holdOf(9));
  await journal.sending(nonce, batch);
  await journal.sending(nonce, batch);
  await journal.sending(nonce, testHash('other'));
  await journal.touch(nonce, batch, 104, 5);
  expect(journal.from(0)).toEqual([holdOf(9, { isSent: true, sends: 2 })]);
  expect([journal.sends(nonce, batch), journal.sends(nonce, testHash('other'))]).toEqual([2, 0]);
  await journal.touch(nonce, batch, 105, 5);
  const noted = holdOf(9, { isSent: true, sends: 2, touchedAt: 105 });
  expect((await NonceJournal.open(file)).from(0)).toEqual([noted]);
});

it.each(['', '{}', '{"holds":[],"v":2}', '{"holds":[{}],"v":1}', '{"v":1,"holds":[]}'])(
  'refuses a file that it did not write: %s',
  async (text) => {
    const file = fresh();
    await NonceJournal.open(file);
    writeFileSync(file, text);
    await expect(NonceJournal.open(file)).rejects.toThrow('is no journal of nonces');
  },
);
