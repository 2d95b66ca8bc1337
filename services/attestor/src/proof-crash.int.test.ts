// Goal: a proof that dies with its process leads to exactly one attestation. Method: the real attestor and
// journal over a prover of which the process kills itself in the middle, then a new attestor on the same journal,
// as after a restart of the node.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { nativeProver } from '@atomicity/prover/prove/native-prover';
import { afterAll, afterEach, expect, it } from 'vitest';
import { AttestationWorld } from './testing/attestation-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-crash-'));
afterAll(() => rmSync(folder, { recursive: true }));
let world: AttestationWorld;
afterEach(() => world.close());

const POINTS = '{"kind":"progress","phase":"points","fraction":0.5}';

it('a proof whose process is killed half-way is made again after a restart, for the same statement', async () => {
  world = new AttestationWorld(1);
  const [place] = world.places();
  if (place === undefined) throw new Error('no period');
  const artifacts = await ensureArtifacts('spend-16');
  const binary = join(folder, 'killed-half-way');
  writeFileSync(binary, `#!/bin/sh\ncat > /dev/null\necho '${POINTS}'\nkill -9 $$\n`);
  chmodSync(binary, 0o755);
  const dying = nativeProver(async () => artifacts, { binary });

  const crashed = world.start({ prover: dying }).attestPending();
  await expect(crashed).rejects.toMatchObject({ code: 'prover_failed', outcome: 'not_applied' });
  dying.close();
  expect(world.progress.some(({ step, fraction }) => step === 'proving' && fraction > 0.5)).toBe(
    true,
  );
  const planned = world.journal.find(place);
  expect([planned?.stage, world.recorded, world.submitted]).toEqual(['planned', [], []]);

  await world.start().attestPending();
  await world.start().attestPending();
  expect(world.recorded).toHaveLength(1);
  expect(world.submitted).toHaveLength(1);
  expect(world.recorded[0]?.publicSignals).toEqual(planned?.publicSignals);
});
