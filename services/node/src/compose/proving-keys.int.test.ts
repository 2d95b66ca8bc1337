// Goal: a node proves with the keys that it was told to, or says why not; never silently with others.
// Method: artifacts directories with and without a ceremony.lock.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readArtifactLock } from '@atomicity/prover/artifacts/artifact-lock';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { afterAll, describe, expect, test } from 'vitest';
import { workFolder } from '../testing/cli-run.ts';
import { provingKeys } from './proving-keys.ts';

const folder = workFolder('keys');
afterAll(folder.remove);

/** A directory whose ceremony.lock has keys of spend-16, of a rehearsal or not, for a circuit's files. */
function withLock(
  name: string,
  unsafe: boolean,
  files: 'spend-16' | 'spend-64' = 'spend-16',
): string {
  const directory = folder.path(name);
  mkdirSync(directory);
  const provenance = { ceremony: 'multi-party', unsafe, transcript: '', contributions: 3 };
  const pin = { ...readArtifactLock().circuits[files], provenance };
  const lock = { v: 1, circuits: { 'spend-16': pin } };
  writeFileSync(folder.path(name, 'ceremony.lock'), JSON.stringify(lock));
  return directory;
}

const none = folder.path('none');
const held = withLock('held', false);
const rehearsed = withLock('rehearsed', true);

describe('keys', () => {
  test.each([
    ['development', none, { keys: 'development', unsafe: true, circuits: [] }],
    ['development', held, { keys: 'development', unsafe: true, circuits: [] }],
    ['installed', none, { keys: 'development', unsafe: true, circuits: [] }],
    ['installed', held, { keys: 'ceremony', unsafe: false, circuits: ['spend-16'] }],
    ['installed', rehearsed, { keys: 'ceremony', unsafe: true, circuits: ['spend-16'] }],
    ['ceremony', held, { keys: 'ceremony', unsafe: false, circuits: ['spend-16'] }],
  ] as const)('%s in %s', (choice, directory, keys) => {
    expect(provingKeys(choice, directory)).toEqual(keys);
  });

  test('of a ceremony are not replaced by development keys', async () => {
    const missing = { code: 'ceremony_keys_missing' };
    expect(() => provingKeys('ceremony', none)).toThrow(expect.objectContaining(missing));
    for (const keys of ['ceremony', 'installed'] as const) {
      const other = ensureArtifacts('spend-64', { directory: held, keys });
      await expect(other).rejects.toMatchObject(missing);
    }
  });

  test('of a ceremony for another version of the circuit are refused', async () => {
    const directory = withLock('outdated', false, 'spend-64');
    await expect(
      ensureArtifacts('spend-16', { directory, keys: 'ceremony' }),
    ).rejects.toMatchObject({ code: 'ceremony_keys_outdated', facts: { file: 'circuit.r1cs' } });
  });

  test('under a lock that cannot be read are refused', () => {
    const directory = withLock('broken', false);
    for (const text of ['{', '{"v":2}']) {
      writeFileSync(folder.path('broken', 'ceremony.lock'), text);
      expect(() => provingKeys('installed', directory)).toThrow(
        expect.objectContaining({ code: 'lock_unreadable' }),
      );
    }
  });
});
