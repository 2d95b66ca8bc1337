// Goal: three people who do not trust one another make keys together, a stranger verifies them, a node proves
// with them. Method: every step through the command line, each contributor in a process of its own; the
// smallest circuit there is; processes killed half-way; proofs under the keys that come out.
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { amount } from '@atomicity/kernel/units/amount';
import { type Artifacts, ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { Contribution } from '@atomicity/prover/ceremony/phase-2/contribution';
import { readKeyFile } from '@atomicity/prover/ceremony/phase-2/key-file';
import { parseTranscript, transcriptHash } from '@atomicity/prover/ceremony/phase-2/transcript';
import { snarkjsProver } from '@atomicity/prover/prove/snarkjs-prover';
import { withContributions } from '@atomicity/prover/testing/sample-ceremony';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildSpentInput } from '@atomicity/prover/witness/build-bound-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BEACON_SOURCE,
  CEREMONY_CIRCUIT,
  CONTRIBUTORS,
  ceremonyStep,
  changedCopy,
  contributeInProcess,
  DRAWN,
  type HeldCeremony,
  holdCeremony,
  refusedStep,
  startCeremonyProcess,
  TYPED,
} from '../../testing/ceremony-run.ts';
import { atomicity, workFolder } from '../../testing/cli-run.ts';

const folder = workFolder('ceremony');
afterAll(folder.remove);
const { path } = folder;
const PUBLISHED = path('published');
const ARTIFACTS = path('artifacts');

let held: HeldCeremony;

beforeAll(async () => {
  held = await holdCeremony(path);
});

const verify = (key: string, ...more: readonly string[]) =>
  ceremonyStep('verify', ...held.known, '--initial', held.keyAt(0), '--in', key, ...more);

describe('three contributors and a beacon', () => {
  test('make a key that a stranger verifies from the files alone', async () => {
    const mine = held.hashes.flatMap((hash) => ['--expect', hash]);
    // Without --initial: the verifier makes the first key itself.
    const verified = await ceremonyStep(
      'verify',
      ...held.known,
      '--in',
      held.final,
      ...DRAWN,
      ...mine,
    );
    expect(verified).toMatchObject({ holds: true, unsafe: true, circuit: CEREMONY_CIRCUIT });
    expect(verified.contributions.map(({ name }: Contribution) => name)).toEqual([
      ...CONTRIBUTORS,
      BEACON_SOURCE,
    ]);
    expect(verified.contributions.slice(0, 3).map(({ hash }: { hash: string }) => hash)).toEqual(
      held.hashes,
    );
  });

  test('say nothing of their secrets', () => {
    expect(held.said).not.toContain(TYPED);
    for (const file of readdirSync(path('.'))) {
      if (file.endsWith('.zkey')) expect(readFileSync(path(file)).includes(TYPED)).toBe(false);
    }
  });

  test('each find a key on its way in order before they add to it', async () => {
    for (const at of [0, 1, 2, 3]) {
      const so = await verify(held.keyAt(at), '--unfinished');
      expect(so).toMatchObject({
        holds: true,
        unfinished: true,
        verificationKeyHash: null,
      });
      expect(so.contributions).toHaveLength(at);
    }
  });

  test('make other keys when they do it again: secrets are drawn anew', async () => {
    const again = await contributeInProcess(
      held.keyAt(0),
      path('again.zkey'),
      CONTRIBUTORS[0] ?? '',
    );
    expect(again.hash).not.toBe(held.hashes[0]);
  });
});

describe('a contribution', () => {
  test('killed half-way leaves nothing under its name, and a second call works', async () => {
    const out = path('killed.zkey');
    const child = startCeremonyProcess(
      'contribute',
      '--in',
      held.keyAt(0),
      '--out',
      out,
      '--name',
      'killed',
    );
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
    await contributeInProcess(held.keyAt(0), out, 'killed and back');
    expect(await verify(out, '--unfinished')).toMatchObject({ holds: true });
    expect(readdirSync(path('.')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('is stopped by a signal without leaving anything', async () => {
    const argv = ['--in', held.keyAt(0), '--out', path('stopped.zkey'), '--name', 'stopped'];
    const { code, stderr } = await atomicity(
      ['ceremony', 'contribute', ...argv],
      Promise.resolve(),
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('interrupted')]);
    expect(readdirSync(path('.')).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  test('never writes over a key, and adds nothing to a broken chain', async () => {
    const onto = ['contribute', '--in', held.keyAt(0), '--out', held.keyAt(1), '--name', 'x'];
    expect(await refusedStep(...onto)).toMatchObject({ code: 'output_exists' });
    const { contributions } = await readKeyFile(held.keyAt(2));
    const invalidChain = changedCopy(path('dropped.zkey'), held.keyAt(2), (bytes) =>
      withContributions(bytes, contributions.slice(1)),
    );
    const onInvalid = ['contribute', '--in', invalidChain, '--out', path('y.zkey'), '--name', 'x'];
    expect(await refusedStep(...onInvalid)).toMatchObject({
      code: 'contribution_invalid',
      facts: { position: 1, fault: 'challenge_differs' },
    });
  });
});

/** Makes a proof with the artifacts, and gives what verification keys say of it. */
async function provedWith(artifacts: Artifacts) {
  const { summary } = computeStatement(samplePeriod());
  const bound = amount(summary.cumulativeTotal);
  const prover = snarkjsProver(async () => artifacts);
  const { proof, publicSignals } = await prover.prove(buildSpentInput({ summary, bound }));
  prover.close();
  return (file: string) => {
    const key = parseVerificationKeyText(readFileSync(file, 'utf8'), publicSignals.length);
    if (key.kind === 'refused') throw new Error(key.reason);
    return checkSpendProof(key.key, publicSignals, proof).kind;
  };
}

describe('a published ceremony', () => {
  let transcript: string;
  let hash: string;

  beforeAll(async () => {
    const key = ['--initial', held.keyAt(0), '--in', held.final, '--out', PUBLISHED];
    const published = await ceremonyStep('publish', ...held.known, ...key);
    expect(published).toMatchObject({ circuit: CEREMONY_CIRCUIT, unsafe: true });
    transcript = readFileSync(path('published', 'transcript.json'), 'utf8');
    hash = published.transcriptHash;
  });

  test('is named by the hash of its transcript, which lists who contributed', async () => {
    expect(transcriptHash(transcript.trimEnd())).toBe(hash);
    const parsed = parseTranscript(transcript);
    const { contributions } = await readKeyFile(held.final);
    expect(parsed.kind === 'parsed' && parsed.transcript.contributions).toEqual(contributions);
    expect(readdirSync(PUBLISHED).sort()).toEqual([
      'circuit.r1cs',
      'proving-key.zkey',
      'transcript.json',
      'verification-key.json',
    ]);
  });

  test('is not published twice, and no unfinished key is', async () => {
    const initial = ['--initial', held.keyAt(0)];
    expect(
      await refusedStep(
        'publish',
        ...held.known,
        ...initial,
        '--in',
        held.final,
        '--out',
        PUBLISHED,
      ),
    ).toMatchObject({ code: 'output_exists' });
    expect(
      await refusedStep(
        'publish',
        ...held.known,
        ...initial,
        '--in',
        held.keyAt(3),
        '--out',
        path('early'),
      ),
    ).toMatchObject({ code: 'beacon_missing' });
    expect(existsSync(path('early'))).toBe(false);
  });

  const installFrom = (from: string, ...more: readonly string[]) =>
    ['install', '--from', from, '--artifacts', ARTIFACTS, ...more] as const;

  test('is not installed on the word of nobody, nor its rehearsal by accident', async () => {
    const nobody = await atomicity(['ceremony', ...installFrom(PUBLISHED)]);
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('exactly one')]);
    const known_ = ['--transcript-hash', hash];
    expect(await refusedStep(...installFrom(PUBLISHED, ...known_))).toMatchObject({
      code: 'powers_without_contributions',
    });
    const other = ['--transcript-hash', 'ab'.repeat(32), '--rehearsal'];
    expect(await refusedStep(...installFrom(PUBLISHED, ...other))).toMatchObject({
      code: 'transcript_differs',
    });
  });

  test('is not installed with another proving key', async () => {
    const swapped = workFolder('swapped');
    for (const file of readdirSync(PUBLISHED)) {
      copyFileSync(path('published', file), swapped.path(file));
    }
    copyFileSync(held.keyAt(3), swapped.path('proving-key.zkey'));
    const argv = installFrom(swapped.path('.'), '--transcript-hash', hash, '--rehearsal');
    expect(await refusedStep(...argv)).toMatchObject({
      step: 'transcript',
      code: 'transcript_differs',
    });
    swapped.remove();
  });

  test('gives keys whose proofs hold, and never development keys instead', async () => {
    const wanted = { directory: ARTIFACTS, keys: 'ceremony' } as const;
    const before = ensureArtifacts(CEREMONY_CIRCUIT, wanted);
    await expect(before).rejects.toMatchObject({ code: 'ceremony_keys_missing' });
    const development = await ensureArtifacts(CEREMONY_CIRCUIT, {
      directory: ARTIFACTS,
      keys: 'installed',
    });
    expect(development).toMatchObject({ ceremony: 'development', unsafe: true });

    const argv = installFrom(PUBLISHED, '--transcript-hash', hash, '--rehearsal');
    const installed = await ceremonyStep(...argv);
    expect(installed).toMatchObject({
      ceremony: 'multi-party',
      unsafe: true,
      contributions: 3,
      transcript: hash,
      powersOfTau: held.powers.blake2b,
    });
    // A second call, by somebody who verifies all of it first, finds everything in place.
    const { out, blake2b } = held.powers;
    const files = ['--ptau', out, '--ptau-hash', blake2b, '--rehearsal'];
    expect(await ceremonyStep(...installFrom(PUBLISHED, ...files))).toEqual(installed);
    const artifacts = await ensureArtifacts(CEREMONY_CIRCUIT, {
      directory: ARTIFACTS,
      keys: 'installed',
    });
    expect(artifacts.verificationKeyHash).toBe(installed.verificationKeyHash);
    const other = ensureArtifacts('remaining-at-least', {
      directory: ARTIFACTS,
      keys: 'installed',
    });
    await expect(other).rejects.toMatchObject({ code: 'ceremony_keys_missing' });

    const verdictUnder = await provedWith(artifacts);
    expect(verdictUnder(artifacts.verificationKey)).toBe('holds');
    expect(verdictUnder(development.verificationKey)).toBe('fails');

    writeFileSync(artifacts.provingKey, readFileSync(held.keyAt(3)));
    await expect(ensureArtifacts(CEREMONY_CIRCUIT, wanted)).rejects.toMatchObject({
      code: 'artifact_mismatch',
      facts: { file: 'proving-key.zkey' },
    });
  });
});
