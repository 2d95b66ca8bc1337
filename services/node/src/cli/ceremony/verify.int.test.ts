// Goal: whatever a contributor or the coordinator of a ceremony does wrong is refused by the step that it
// breaks. Method: one ceremony of three processes; one change at a time to its files, and the verifier on each.
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { Contribution } from '@atomicity/prover/ceremony/phase-2/contribution';
import { readKeyFile } from '@atomicity/prover/ceremony/phase-2/key-file';
import {
  lastSecret,
  SAMPLE_BEACON,
  sampleSteps,
  sectionPosition,
  withContributions,
} from '@atomicity/prover/testing/sample-ceremony';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ceremonyStep,
  changedCopy,
  DRAWN,
  type HeldCeremony,
  holdCeremony,
  ITERATIONS,
  refusedStep,
} from '../../testing/ceremony-run.ts';
import { workFolder } from '../../testing/cli-run.ts';

const folder = workFolder('verify');
afterAll(folder.remove);
const { path } = folder;

let held: HeldCeremony;
let contributions: readonly Contribution[];

beforeAll(async () => {
  held = await holdCeremony(path);
  ({ contributions } = await readKeyFile(held.final));
});

const verify = (key: string, ...more: readonly string[]) =>
  ceremonyStep('verify', ...held.known, '--initial', held.keyAt(0), '--in', key, ...more);

/** The final key with other steps. */
const withSteps = (
  name: string,
  pick: (steps: readonly Contribution[]) => readonly Contribution[],
) => changedCopy(path(name), held.final, (bytes) => withContributions(bytes, pick(contributions)));

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

const refusedKey = (key: string, ...more: readonly string[]) =>
  refusedStep('verify', ...held.known, '--initial', held.keyAt(0), '--in', key, ...more);

describe('a verifier refuses', () => {
  test('a contribution that was tampered with', async () => {
    const key = withSteps('tampered.zkey', (steps) =>
      steps.map((each, i) => (i === 1 ? { ...each, deltaAfter: at(steps, 0).deltaAfter } : each)),
    );
    expect(await refusedKey(key)).toMatchObject(invalid(2, 'delta_not_multiplied'));
  });

  test.each([
    ['none', ''],
    ['one that writes to the terminal of who reads it', '\u001b[2K\u001b[1Gbeacon: drand'],
  ])('a contribution whose name is %s', async (_, name) => {
    const key = withSteps('named.zkey', (steps) => [{ ...at(steps, 0), name }, ...steps.slice(1)]);
    const step = ['contribute', '--in', key, '--out', path('upon.zkey'), '--name', 'next'];
    for (const refusal of [await refusedKey(key), await refusedStep(...step)]) {
      expect(refusal).toMatchObject({ step: 'contributions', code: 'key_unreadable' });
    }
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
    const key = path('around.zkey');
    await ceremonyStep('contribute', '--in', held.keyAt(1), '--out', key, '--name', 'Mallory');
    expect(await verify(key, '--unfinished')).toMatchObject({ holds: true });
    const bob = held.hashes[1] ?? '';
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
    expect(await refusedKey(held.final, ...announced)).toMatchObject({
      step: 'beacon',
      code: 'beacon_differs',
    });
  });

  test('a beacon that passes for a contribution, and a step after a beacon', async () => {
    const key = withSteps('hidden.zkey', (steps) =>
      steps.map(({ beacon: _beacon, ...each }) => each),
    );
    expect(await refusedKey(key)).toMatchObject({ step: 'beacon', code: 'beacon_missing' });
    const more = ['contribute', '--in', held.final, '--out', path('late.zkey'), '--name', 'late'];
    expect(await refusedStep(...more)).toMatchObject({ step: 'beacon', code: 'beacon_not_last' });
  });

  test('the first key as a final one: its δ is its γ', async () => {
    expect(await refusedKey(held.keyAt(0))).toMatchObject({ code: 'no_contributions' });
    const drawn = [...DRAWN, '--source', 'x'];
    const argv = ['beacon', '--in', held.keyAt(0), '--out', path('lonely.zkey'), ...drawn];
    expect(await refusedStep(...argv)).toMatchObject({ code: 'no_contributions' });
  });

  test('contributors who undo one another up to γ = δ, with every point in order', async () => {
    const { circuitHash } = await readKeyFile(held.keyAt(0));
    const secrets = [3n, 5n];
    const last = lastSecret(1n, secrets, SAMPLE_BEACON);
    const colluding = [...secrets, last].map((secret, i) => ({ name: `colluder ${i}`, secret }));
    const steps = sampleSteps(circuitHash, colluding, SAMPLE_BEACON);
    const key = changedCopy(path('undone.zkey'), held.keyAt(0), (bytes) =>
      withContributions(bytes, steps),
    );
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
    const key = changedCopy(path(`points-${name}.zkey`), held.final, (bytes) => {
      const start = sectionPosition(bytes, section);
      bytes.copyWithin(start, start + 64, start + 128);
      return bytes;
    });
    const refusal = { step: 'key-points', code: 'key_points_differ', message };
    expect(await refusedKey(key)).toMatchObject(refusal);
  });

  test('a key from another first key', async () => {
    const initial = changedCopy(path('other-first.zkey'), held.keyAt(0), (bytes) => {
      const hash = sectionPosition(bytes, 10);
      bytes[hash] = (bytes[hash] ?? 0) ^ 1;
      return bytes;
    });
    expect(
      await refusedStep('verify', ...held.known, '--initial', initial, '--in', held.final),
    ).toMatchObject({
      step: 'initial-key',
      code: 'initial_key_differs',
    });
  });

  test('another compiled circuit', async () => {
    const { r1cs } = await ensureArtifacts('remaining-at-least');
    expect(await refusedKey(held.final, '--r1cs', r1cs)).toMatchObject({
      step: 'circuit',
      code: 'circuit_differs',
    });
  });

  test('a file that is no key, or half of one', async () => {
    const half = changedCopy(path('half.zkey'), held.final, (bytes) =>
      bytes.subarray(0, bytes.length / 2),
    );
    for (const file of [half, held.powers.out]) {
      expect(await refusedKey(file)).toMatchObject({ code: 'key_unreadable' });
    }
  });
});
