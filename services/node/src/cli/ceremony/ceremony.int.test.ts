// Goal: three people who do not trust one another make keys together, and whatever one of them or the
// coordinator does wrong is refused by the step that it breaks.
// Method: every step through the command line, each contributor in a process of its own; the smallest
// circuit there is; then one change at a time to the files, and the verifier on each.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { amount } from '@atomicity/kernel/units/amount';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { Contribution } from '@atomicity/prover/ceremony/phase-2/contribution';
import { readKeyFile } from '@atomicity/prover/ceremony/phase-2/key-file';
import { parseTranscript, transcriptHash } from '@atomicity/prover/ceremony/phase-2/transcript';
import { snarkjsProver } from '@atomicity/prover/prove/snarkjs-prover';
import {
  lastSecret,
  SAMPLE_BEACON,
  sampleSteps,
  sectionPosition,
  withContributions,
} from '@atomicity/prover/testing/sample-ceremony';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildSpentInput } from '@atomicity/prover/witness/build-bound-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atomicity, workFolder } from '../../testing/cli-run.ts';

const CIRCUIT = 'spent-at-most';
const PUBLIC_SIGNALS = 2;
const RANDOMNESS = '7f'.repeat(32);
const ITERATIONS = '10';
const TYPED = 'a line that only the second contributor knows';
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

const folder = workFolder('ceremony');
afterAll(folder.remove);
const { path } = folder;

const names = ['Alice', 'Bob', 'Çelik & Söhne'];
const keyAt = (step: number) => path(`${CIRCUIT}_000${step}.zkey`);
const FINAL = path('final.zkey');
const PUBLISHED = path('published');
const ARTIFACTS = path('artifacts');

/** Runs a step in this process and gives what it answered in JSON. */
async function step(...argv: readonly string[]) {
  const { code, stdout } = await atomicity(['ceremony', ...argv, '--json']);
  return { code, ...JSON.parse(stdout) };
}

function startProcess(...argv: readonly string[]): ChildProcess {
  const args = ['--conditions=source', MAIN, 'ceremony', ...argv];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function contributor(from: string, out: string, name: string, typed?: string) {
  const argv = ['contribute', '--in', from, '--out', out, '--name', name, '--json'];
  const child = startProcess(...argv, ...(typed === undefined ? [] : ['--typed']));
  let said = '';
  let stdout = '';
  child.stdout?.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr?.on('data', (piece) => {
    said += piece;
  });
  child.stdin?.end(typed === undefined ? '' : `${typed}\n`);
  const [code] = await once(child, 'close');
  expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
  return { ...JSON.parse(stdout), said: said + stdout };
}

const hashOf = (file: string) => createHash('blake2b512').update(readFileSync(file)).digest('hex');

let powers: { out: string; blake2b: string };
/** What every verification is told. */
let known: readonly string[];
let hashes: readonly string[];
let said: string;
let contributions: readonly Contribution[];

const verify = (key: string, ...more: readonly string[]) =>
  step('verify', ...known, '--initial', keyAt(0), '--in', key, ...more);

beforeAll(async () => {
  powers = await step('rehearsal-powers', '--power', '10', '--out', path('phase-1.ptau'));
  known = [
    '--circuit',
    CIRCUIT,
    '--ptau',
    powers.out,
    '--ptau-hash',
    powers.blake2b,
    '--rehearsal',
  ];
  const first = await step('init', ...known, '--out', path('.'));
  expect(first).toMatchObject({ code: 0, circuit: CIRCUIT, powers: { power: 10 } });
  const made = [];
  for (const [i, name] of names.entries()) {
    made.push(await contributor(keyAt(i), keyAt(i + 1), name, i === 1 ? TYPED : undefined));
  }
  hashes = made.map(({ hash }) => hash);
  said = made.map((each) => each.said).join('');
  const source = 'drand quicknet round 20000000';
  const drawn = ['--randomness', RANDOMNESS, '--iterations', ITERATIONS, '--source', source];
  expect(await step('beacon', '--in', keyAt(3), '--out', FINAL, ...drawn)).toMatchObject({
    code: 0,
    position: 4,
  });
  ({ contributions } = await readKeyFile(FINAL));
});

describe('three contributors and a beacon', () => {
  test('make a key that a stranger verifies from the files alone', async () => {
    const announced = ['--randomness', RANDOMNESS, '--iterations', ITERATIONS];
    const mine = hashes.flatMap((hash) => ['--expect', hash]);
    // Without --initial: the verifier makes the first key itself.
    const verified = await step('verify', ...known, '--in', FINAL, ...announced, ...mine);
    expect(verified).toMatchObject({ code: 0, holds: true, unsafe: true, circuit: CIRCUIT });
    expect(verified.contributions.map(({ name }: Contribution) => name)).toEqual([
      ...names,
      'drand quicknet round 20000000',
    ]);
    expect(verified.contributions.slice(0, 3).map(({ hash }: { hash: string }) => hash)).toEqual(
      hashes,
    );
  });

  test('say nothing of their secrets', () => {
    expect(said).not.toContain(TYPED);
    for (const file of readdirSync(path('.'))) {
      if (file.endsWith('.zkey')) expect(readFileSync(path(file)).includes(TYPED)).toBe(false);
    }
  });

  test('each find a key on its way in order before they add to it', async () => {
    for (const at of [0, 1, 2, 3]) {
      const so = await verify(keyAt(at), '--unfinished');
      expect(so).toMatchObject({
        code: 0,
        holds: true,
        unfinished: true,
        verificationKeyHash: null,
      });
      expect(so.contributions).toHaveLength(at);
    }
  });

  test('make other keys when they do it again: secrets are drawn anew', async () => {
    const again = await contributor(keyAt(0), path('again.zkey'), names[0] ?? '');
    expect(again.hash).not.toBe(hashes[0]);
  });
});

/** A copy of a file with a change to its bytes. */
function changed(name: string, from: string, change: (bytes: Buffer) => Uint8Array): string {
  const file = path(name);
  writeFileSync(file, change(readFileSync(from)));
  return file;
}

/** The final key with other steps. */
const withSteps = (
  name: string,
  pick: (steps: readonly Contribution[]) => readonly Contribution[],
) => changed(name, FINAL, (bytes) => withContributions(bytes, pick(contributions)));

function at(steps: readonly Contribution[], index: number): Contribution {
  const found = steps[index];
  if (found === undefined) throw new Error(`no step ${index}`);
  return found;
}

const invalid = (position: number, fault: string) => ({
  code: 'contribution_invalid',
  step: 'contributions',
  facts: { position, fault },
});

/** `step` gives the exit code the name that a refusal's code has: a refusal answers 1 and is told apart here. */
async function refused(...argv: readonly string[]) {
  const { code, stdout, stderr } = await atomicity(['ceremony', ...argv, '--json']);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`atomicity ceremony ${argv[0]}: `)]);
  return JSON.parse(stdout);
}

const refusedKey = (key: string, ...more: readonly string[]) =>
  refused('verify', ...known, '--initial', keyAt(0), '--in', key, ...more);

describe('a verifier refuses', () => {
  test('a contribution that was tampered with', async () => {
    const key = withSteps('tampered.zkey', (steps) =>
      steps.map((each, i) => (i === 1 ? { ...each, deltaAfter: at(steps, 0).deltaAfter } : each)),
    );
    expect(await refusedKey(key)).toMatchObject(invalid(2, 'delta_not_multiplied'));
  });

  test('a contributor taken out of the list', async () => {
    const key = withSteps('dropped.zkey', (steps) => steps.filter((_, i) => i !== 1));
    expect(await refusedKey(key)).toMatchObject(invalid(2, 'challenge_differs'));
  });

  test('contributors in another order', async () => {
    const key = withSteps('swapped.zkey', (steps) => [1, 0, 2, 3].map((i) => at(steps, i)));
    expect(await refusedKey(key)).toMatchObject(invalid(1, 'challenge_differs'));
  });

  test('a chain that was continued without a contributor who has their hash', async () => {
    await step('contribute', '--in', keyAt(1), '--out', path('around.zkey'), '--name', 'Mallory');
    const key = path('around.zkey');
    expect(await verify(key, '--unfinished')).toMatchObject({ code: 0, holds: true });
    const bob = hashes[1] ?? '';
    expect(await refusedKey(key, '--unfinished', '--expect', bob)).toMatchObject({
      step: 'expected-contributions',
      code: 'contribution_missing',
      facts: { hash: bob },
    });
  });

  test('a beacon that does not follow from the randomness that it names', async () => {
    const beacon = { randomness: '80'.repeat(32), iterationsLog: 10 };
    const key = withSteps('relabelled.zkey', (steps) =>
      steps.map((each, i) => (i === 3 ? { ...each, beacon } : each)),
    );
    expect(await refusedKey(key)).toMatchObject(invalid(4, 'beacon_differs'));
  });

  test('a beacon from other randomness than was announced', async () => {
    const announced = ['--randomness', '80'.repeat(32), '--iterations', ITERATIONS];
    expect(await refusedKey(FINAL, ...announced)).toMatchObject({
      step: 'beacon',
      code: 'beacon_differs',
    });
  });

  test('a beacon that passes for a contribution, and a step after a beacon', async () => {
    const key = withSteps('hidden.zkey', (steps) =>
      steps.map(({ beacon: _beacon, ...each }) => each),
    );
    expect(await refusedKey(key)).toMatchObject({ step: 'beacon', code: 'beacon_missing' });
    const more = ['contribute', '--in', FINAL, '--out', path('late.zkey'), '--name', 'late'];
    expect(await refused(...more)).toMatchObject({ step: 'beacon', code: 'beacon_not_last' });
  });

  test('the first key as a final one: its δ is its γ', async () => {
    expect(await refusedKey(keyAt(0))).toMatchObject({ code: 'no_contributions' });
    const drawn = ['--randomness', RANDOMNESS, '--iterations', ITERATIONS, '--source', 'x'];
    const argv = ['beacon', '--in', keyAt(0), '--out', path('lonely.zkey'), ...drawn];
    expect(await refused(...argv)).toMatchObject({ code: 'no_contributions' });
  });

  test('contributors who undo one another up to γ = δ, with every point in order', async () => {
    const { circuitHash } = await readKeyFile(keyAt(0));
    const secrets = [3n, 5n];
    const last = lastSecret(1n, secrets, SAMPLE_BEACON);
    const colluding = [...secrets, last].map((secret, i) => ({ name: `colluder ${i}`, secret }));
    const steps = sampleSteps(circuitHash, colluding, SAMPLE_BEACON);
    const key = changed('undone.zkey', keyAt(0), (bytes) => withContributions(bytes, steps));
    expect(await refusedKey(key)).toMatchObject({
      step: 'verification-key',
      code: 'verification_key_refused',
      facts: { reason: 'key_gamma_equals_delta' },
    });
  });

  test.each([
    ['L', 8, 'L section does not match'],
    ['H', 9, 'H section does not match'],
    ['IC', 3, 'INVALID:  IC section is not identical'],
    ['A', 5, 'A section is not identical'],
  ])('a point of section %s that nobody accounts for', async (name, section, message) => {
    const key = changed(`points-${name}.zkey`, FINAL, (bytes) => {
      const start = sectionPosition(bytes, section);
      bytes.copyWithin(start, start + 64, start + 128);
      return bytes;
    });
    const refusal = { step: 'key-points', code: 'key_points_differ', message };
    expect(await refusedKey(key)).toMatchObject(refusal);
  });

  test('a key from another first key', async () => {
    const initial = changed('other-first.zkey', keyAt(0), (bytes) => {
      const hash = sectionPosition(bytes, 10);
      bytes[hash] = (bytes[hash] ?? 0) ^ 1;
      return bytes;
    });
    expect(await refused('verify', ...known, '--initial', initial, '--in', FINAL)).toMatchObject({
      step: 'initial-key',
      code: 'initial_key_differs',
    });
  });

  test('another compiled circuit', async () => {
    const { r1cs } = await ensureArtifacts('remaining-at-least');
    expect(await refusedKey(FINAL, '--r1cs', r1cs)).toMatchObject({
      step: 'circuit',
      code: 'circuit_differs',
    });
  });

  test('a file that is no key, or half of one', async () => {
    const half = changed('half.zkey', FINAL, (bytes) => bytes.subarray(0, bytes.length / 2));
    for (const file of [half, powers.out]) {
      expect(await refusedKey(file)).toMatchObject({ code: 'key_unreadable' });
    }
  });
});

describe('a phase 1 file is refused', () => {
  const initWith = (file: string, hash: string, ...more: readonly string[]) =>
    refused(
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
    const small = await step('rehearsal-powers', '--power', '9', '--out', path('small.ptau'));
    expect(await initWith(small.out, small.blake2b, '--rehearsal')).toMatchObject({
      code: 'powers_too_small',
      facts: { domainLog: 10, power: 9 },
    });
  });

  test('that is not prepared, or cut short, or missing', async () => {
    const unprepared = changed('unprepared.ptau', powers.out, (bytes) => {
      bytes.writeUInt32LE(99, sectionPosition(bytes, 14) - 12);
      return bytes;
    });
    expect(await initWith(unprepared, hashOf(unprepared), '--rehearsal')).toMatchObject({
      code: 'powers_unprepared',
      facts: { section: 14 },
    });
    const cut = changed('cut.ptau', powers.out, (bytes) => bytes.subarray(0, -1));
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

describe('a contribution', () => {
  test('killed half-way leaves nothing under its name, and a second call works', async () => {
    const out = path('killed.zkey');
    const child = startProcess('contribute', '--in', keyAt(0), '--out', out, '--name', 'killed');
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (piece: Buffer) => {
        // snarkjs is at the points, so the new file is begun.
        if (piece.toString().includes('Section')) resolve();
      });
    });
    expect(readdirSync(path('.')).some((name) => name.startsWith('killed.zkey.'))).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(existsSync(out)).toBe(false);
    await contributor(keyAt(0), out, 'killed and back');
    expect(await verify(out, '--unfinished')).toMatchObject({ code: 0, holds: true });
    expect(readdirSync(path('.')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('is stopped by a signal without leaving anything', async () => {
    const argv = ['--in', keyAt(0), '--out', path('stopped.zkey'), '--name', 'stopped'];
    const { code, stderr } = await atomicity(
      ['ceremony', 'contribute', ...argv],
      Promise.resolve(),
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('interrupted')]);
    expect(readdirSync(path('.')).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  test('never writes over a key, and takes no unusable name', async () => {
    const onto = ['contribute', '--in', keyAt(0), '--out', keyAt(1), '--name', 'x'];
    expect(await refused(...onto)).toMatchObject({ code: 'output_exists' });
    for (const name of ['a\nb', 'x'.repeat(65)]) {
      const named = ['contribute', '--in', keyAt(0), '--out', path('named.zkey'), '--name', name];
      expect(await refused(...named)).toMatchObject({ code: 'name_unusable' });
    }
    const invalidChain = path('dropped.zkey');
    const onInvalid = ['contribute', '--in', invalidChain, '--out', path('y.zkey'), '--name', 'x'];
    expect(await refused(...onInvalid)).toMatchObject(invalid(2, 'challenge_differs'));
  });
});

describe('a published ceremony', () => {
  let transcript: string;
  let hash: string;

  beforeAll(async () => {
    const key = ['--initial', keyAt(0), '--in', FINAL, '--out', PUBLISHED];
    const published = await step('publish', ...known, ...key);
    expect(published).toMatchObject({ code: 0, circuit: CIRCUIT, unsafe: true });
    transcript = readFileSync(path('published', 'transcript.json'), 'utf8');
    hash = published.transcriptHash;
  });

  test('is named by the hash of its transcript, which lists who contributed', () => {
    expect(transcriptHash(transcript.trimEnd())).toBe(hash);
    const parsed = parseTranscript(transcript);
    expect(parsed.kind === 'parsed' && parsed.transcript.contributions).toEqual(contributions);
    expect(readdirSync(PUBLISHED).sort()).toEqual([
      'circuit.r1cs',
      'proving-key.zkey',
      'transcript.json',
      'verification-key.json',
    ]);
  });

  test('is not published twice, and no unfinished key is', async () => {
    const initial = ['--initial', keyAt(0)];
    expect(
      await refused('publish', ...known, ...initial, '--in', FINAL, '--out', PUBLISHED),
    ).toMatchObject({ code: 'output_exists' });
    expect(
      await refused('publish', ...known, ...initial, '--in', keyAt(3), '--out', path('early')),
    ).toMatchObject({ code: 'beacon_missing' });
    expect(existsSync(path('early'))).toBe(false);
  });

  const installFrom = (from: string, ...more: readonly string[]) =>
    ['install', '--from', from, '--artifacts', ARTIFACTS, ...more] as const;

  test('is not installed on the word of nobody, nor its rehearsal by accident', async () => {
    const nobody = await atomicity(['ceremony', ...installFrom(PUBLISHED)]);
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('exactly one')]);
    const known_ = ['--transcript-hash', hash];
    expect(await refused(...installFrom(PUBLISHED, ...known_))).toMatchObject({
      code: 'powers_without_contributions',
    });
    const other = ['--transcript-hash', 'ab'.repeat(32), '--rehearsal'];
    expect(await refused(...installFrom(PUBLISHED, ...other))).toMatchObject({
      code: 'transcript_differs',
    });
  });

  test('is not installed with another proving key', async () => {
    const swapped = workFolder('swapped');
    for (const file of readdirSync(PUBLISHED)) {
      copyFileSync(path('published', file), swapped.path(file));
    }
    copyFileSync(keyAt(3), swapped.path('proving-key.zkey'));
    const argv = installFrom(swapped.path('.'), '--transcript-hash', hash, '--rehearsal');
    expect(await refused(...argv)).toMatchObject({
      step: 'transcript',
      code: 'transcript_differs',
    });
    swapped.remove();
  });

  test('gives keys whose proofs hold, and never development keys instead', async () => {
    const wanted = { directory: ARTIFACTS, keys: 'ceremony' } as const;
    const before = ensureArtifacts(CIRCUIT, wanted);
    await expect(before).rejects.toMatchObject({ code: 'ceremony_keys_missing' });
    const development = await ensureArtifacts(CIRCUIT, { directory: ARTIFACTS, keys: 'installed' });
    expect(development).toMatchObject({ ceremony: 'development', unsafe: true });

    const argv = installFrom(PUBLISHED, '--transcript-hash', hash, '--rehearsal');
    const installed = await step(...argv);
    expect(installed).toMatchObject({
      code: 0,
      ceremony: 'multi-party',
      unsafe: true,
      contributions: 3,
      transcript: hash,
      powersOfTau: powers.blake2b,
    });
    // A second call finds everything in place.
    expect(await step(...argv)).toEqual(installed);
    const artifacts = await ensureArtifacts(CIRCUIT, { directory: ARTIFACTS, keys: 'installed' });
    expect(artifacts.verificationKeyHash).toBe(installed.verificationKeyHash);
    const other = ensureArtifacts('remaining-at-least', {
      directory: ARTIFACTS,
      keys: 'installed',
    });
    await expect(other).rejects.toMatchObject({ code: 'ceremony_keys_missing' });

    const { summary } = computeStatement(samplePeriod());
    const bound = amount(summary.cumulativeTotal);
    const prover = snarkjsProver(async () => artifacts);
    const { proof, publicSignals } = await prover.prove(buildSpentInput({ summary, bound }));
    prover.close();
    const verdictUnder = (file: string) => {
      const key = parseVerificationKeyText(readFileSync(file, 'utf8'), PUBLIC_SIGNALS);
      if (key.kind === 'refused') throw new Error(key.reason);
      return checkSpendProof(key.key, publicSignals, proof).kind;
    };
    expect(verdictUnder(artifacts.verificationKey)).toBe('holds');
    expect(verdictUnder(development.verificationKey)).toBe('fails');

    writeFileSync(artifacts.provingKey, readFileSync(keyAt(3)));
    await expect(ensureArtifacts(CIRCUIT, wanted)).rejects.toMatchObject({
      code: 'artifact_mismatch',
      facts: { file: 'proving-key.zkey' },
    });
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
    [['rehearsal-powers', '--power', '21'], '--power: a whole number from 4 to 20'],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await atomicity(['ceremony', ...argv]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
