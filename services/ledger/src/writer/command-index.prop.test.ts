// Goal: the index answers as a Map would, across growth. Method: random ids, some inserted twice.
import type { Hash } from '@atomicity/kernel/units/id';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CommandIndex, type KnownCommand } from './command-index.ts';
import { textFingerprint } from './command-key.ts';

const SEED = 20261121;

it('finds exactly what was set last', () => {
  const entry = fc.record({
    id: fc.stringMatching(/^[0-9a-f]{64}$/),
    fingerprint: fc.bigInt(0n, 2n ** 64n - 1n),
    firstRevision: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    eventCount: fc.integer({ min: 1, max: 4096 }),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const index = new CommandIndex();
      const model = new Map<string, KnownCommand>();
      for (const { id, ...command } of [...entries, ...entries.toReversed()]) {
        index.set(id as Hash, command);
        model.set(id, command);
      }
      expect(index.size).toBe(model.size);
      for (const [id, command] of model) expect(index.find(id as Hash)).toEqual(command);
      expect(index.find('f'.repeat(64) as Hash)).toEqual(model.get('f'.repeat(64)));
    }),
    { seed: SEED, numRuns: 200 },
  );
});

it('keeps every entry when it grows', () => {
  const index = new CommandIndex();
  const idOf = (n: number) => (n * 2654435761).toString(16).padStart(64, '0') as Hash;
  // All ids share the first word, so that every one collides with every other.
  for (let n = 0; n < 3000; n++) {
    index.set(`${'0'.repeat(16)}${idOf(n).slice(-16)}${'0'.repeat(32)}` as Hash, {
      fingerprint: textFingerprint(String(n)),
      firstRevision: n,
      eventCount: 1,
    });
  }
  expect(index.size).toBe(3000);
  for (let n = 0; n < 3000; n += 97) {
    const found = index.find(`${'0'.repeat(16)}${idOf(n).slice(-16)}${'0'.repeat(32)}` as Hash);
    expect(found?.firstRevision).toBe(n);
  }
});
