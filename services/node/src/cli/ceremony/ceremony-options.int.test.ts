// Goal: a phase 1 file that does not fit is refused by name, and so is a command line that can't be used.
// Method: rehearsal files with one change each; nothing gets as far as making a key.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sectionPosition } from '@atomicity/prover/testing/sample-ceremony';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ceremonyStep, changedCopy, refusedStep } from '../../testing/ceremony-run.ts';
import { atomicity, workFolder } from '../../testing/cli-run.ts';

const CIRCUIT = 'spent-at-most';

const folder = workFolder('phase-1');
afterAll(folder.remove);
const { path } = folder;

const hashOf = (file: string) => createHash('blake2b512').update(readFileSync(file)).digest('hex');

let powers: { out: string; blake2b: string };

beforeAll(async () => {
  powers = await ceremonyStep('rehearsal-powers', '--power', '10', '--out', path('phase-1.ptau'));
});

test('a rehearsal file says its own hash', () => {
  expect(hashOf(powers.out)).toBe(powers.blake2b);
});

describe('a phase 1 file is refused', () => {
  const initWith = (file: string, hash: string, ...more: readonly string[]) =>
    refusedStep(
      'init',
      ...['--circuit', CIRCUIT, '--ptau', file, '--ptau-hash', hash, '--out', path('elsewhere')],
      ...more,
    );

  test('of another hash', async () => {
    expect(await initWith(powers.out, '00'.repeat(64), '--rehearsal')).toMatchObject({
      step: 'powers-of-tau',
      code: 'powers_hash_differs',
    });
  });

  test('to which nobody contributed, unless it is a rehearsal', async () => {
    expect(await initWith(powers.out, powers.blake2b)).toMatchObject({
      code: 'powers_without_contributions',
    });
  });

  test('that is too small', async () => {
    const small = await ceremonyStep(
      'rehearsal-powers',
      '--power',
      '9',
      '--out',
      path('small.ptau'),
    );
    expect(await initWith(small.out, small.blake2b, '--rehearsal')).toMatchObject({
      code: 'powers_too_small',
      facts: { domainLog: 10, power: 9 },
    });
  });

  test('that is not prepared, or cut short, or missing', async () => {
    const unprepared = changedCopy(path('unprepared.ptau'), powers.out, (bytes) => {
      bytes.writeUInt32LE(99, sectionPosition(bytes, 14) - 12);
      return bytes;
    });
    expect(await initWith(unprepared, hashOf(unprepared), '--rehearsal')).toMatchObject({
      code: 'powers_unprepared',
      facts: { section: 14 },
    });
    const cut = changedCopy(path('cut.ptau'), powers.out, (bytes) => bytes.subarray(0, -1));
    for (const [file, hash] of [
      [cut, hashOf(cut)],
      [path('absent.ptau'), powers.blake2b],
    ] as const) {
      expect(await initWith(file, hash, '--rehearsal')).toMatchObject({
        code: 'powers_unreadable',
      });
    }
    expect(existsSync(path('elsewhere'))).toBe(false);
  });
});

describe('a command line that can not be used', () => {
  test.each([
    [[], 'which step? init, contribute, verify'],
    [['merge'], 'no step merge'],
    [['init', '--circuit', 'spend-17'], '--circuit: spend-16'],
    [['init', '--circuit', CIRCUIT, '--ptau', 'x'], '--ptau-hash is required'],
    [
      ['init', '--circuit', CIRCUIT, '--ptau', 'x', '--ptau-hash', 'AB'],
      '--ptau-hash: 128 lower-case hex digits',
    ],
    [['contribute', '--in', 'x', '--out', 'y'], '--name is required'],
    [['contribute', '--entropy', 'x'], "Unknown option '--entropy'"],
    [
      ['beacon', '--in', 'x', '--source', 'y', '--randomness', 'aa', '--iterations', '9'],
      '--iterations: a whole number from 10 to 24',
    ],
    [['contribute', '--in', 'x', '--out', 'y', '--name', 'n'.repeat(65)], '--name: 1 to 64'],
    [['contribute', '--in', 'x', '--out', 'y', '--name', 'a\nb'], '--name: 1 to 64'],
    [
      ['beacon', '--in', 'x', '--source', 'y', '--randomness', 'zz'],
      '--randomness: 1 to 255 bytes',
    ],
    [['beacon', '--in', 'x', '--source', '\u001b[2J'], '--source: 1 to 64 characters'],
    [['rehearsal-powers', '--power', '21'], '--power: a whole number from 4 to 20'],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await atomicity(['ceremony', ...argv]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

test('an output below a file is not written, and the path is named', async () => {
  const out = join(powers.out, 'below.ptau');
  const argv = ['ceremony', 'rehearsal-powers', '--power', '4', '--out', out];
  const { code, stdout, stderr } = await atomicity(argv);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^atomicity ceremony: E[A-Z]+: .*phase-1\.ptau'\n$/);
});
