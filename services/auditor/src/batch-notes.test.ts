// Goal: a log of batch notes audits as one of single notes does. Method: two worlds that differ only in
// the notes of their first period; every claim of both bundles compared, and an attestation by the wrong circuit.

import { fieldToHex } from '@atomicity/kernel/codec/field';
import { type PeriodParts, periodDigest } from '@atomicity/kernel/period/period-digest';
import { CLOUD, GPU, HOUR } from '@atomicity/kernel/testing/world';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditText, verdictsOf } from './testing/audit-text.ts';
import { freshWorld, inBody, object } from './testing/claim-cases.ts';
import { FleetWorld } from './testing/fleet-world.ts';
import { disclosing, rewritten } from './testing/rewritten-log.ts';

/** A first period with every ending of a note, a second of single notes; both attested. */
async function auditedWorld(batches: boolean): Promise<FleetWorld> {
  const world = new FleetWorld({ seed: `batches ${batches}` });
  const pay = (...[payee, spends, ending]: Parameters<FleetWorld['payBatch']>) =>
    batches
      ? world.payBatch(payee, spends, ending)
      : world.pay(
          payee,
          spends.reduce((sum, spend) => sum + spend, 0n),
          ending,
        );
  pay(GPU, [1n, 2n, 8n]);
  pay(CLOUD, [12n]);
  world.advance(1_000);
  pay(GPU, [6n, 7n], 'void');
  pay(GPU, [7n, 7n], 'open');
  pay(GPU, new Array<bigint>(16).fill(1n));
  world.advance(HOUR);
  world.lapse();
  world.closePair(GPU, 0);
  world.close();
  await world.attest(0);
  world.certify(1);
  world.pay(CLOUD, 17n);
  world.close(true);
  await world.attest(1);
  await world.checkpoint();
  world.anchor();
  return world;
}

let singles: FleetWorld;
let batches: FleetWorld;

beforeAll(async () => {
  singles = await auditedWorld(false);
  batches = await auditedWorld(true);
});

describe.each(['full', 'sealed'] as const)('a %s bundle with a period of batch notes', (kind) => {
  it('gets the verdicts of one without, and nothing fails', async () => {
    const verdicts = await verdictsOf(await batches.bundle(kind), batches.trustFile());
    expect(verdicts).toEqual(await verdictsOf(await singles.bundle(kind), singles.trustFile()));
    expect(Object.values(verdicts)).not.toContain('fails');
    for (const claim of ['leaves-root', 'spend-proof', 'within-budget', 'summary-chain']) {
      expect([claim, verdicts[claim]]).toEqual([claim, 'holds']);
    }
  });

  it('shows that notes are batches; only a full one shows their payments', async () => {
    const text = String(await batches.bundle(kind));
    expect(/"kind":"batch"/.test(text)).toBe(true);
    expect(/stepMs/.test(text)).toBe(kind === 'full');
  });
});

/** An attestation that names the other circuit, in its parts and its digest alike. */
const byOtherCircuit = (name: 'spend' | 'batch') =>
  disclosing(
    'PeriodAttested',
    inBody((body) => {
      const parts = { ...object(body['parts']), circuit: name } as unknown as PeriodParts;
      const digest = fieldToHex(periodDigest(parts));
      const publicSignals = (body['publicSignals'] as string[]).with(4, digest);
      return { ...body, circuit: { name, tier: parts.tier }, parts, publicSignals };
    }),
  );

/** An attestation that names a batch circuit of a tier that has none, consistent in itself. */
const byAbsentCircuit = disclosing(
  'PeriodAttested',
  inBody((body) => {
    const circuit = { name: 'batch', tier: 256 } as const;
    const parts = {
      ...object(body['parts']),
      circuit: 'batch',
      tier: 256,
    } as unknown as PeriodParts;
    const digest = fieldToHex(periodDigest(parts));
    const publicSignals = (body['publicSignals'] as string[]).with(4, digest);
    return { ...body, circuit, parts, publicSignals };
  }),
);

/** One attested period, so that no later proof rests on the root that a change makes another. */
async function onePeriod(act: (world: FleetWorld) => void): Promise<FleetWorld> {
  return await freshWorld(async (world) => {
    act(world);
    world.close(true);
    await world.attest(0);
  });
}

it.each([
  ['batch notes', 'spend', (world: FleetWorld) => world.payBatch(GPU, [1n, 2n])],
  ['single notes', 'batch', (world: FleetWorld) => world.pay(GPU, 3n)],
] as const)('a period of %s is not attested by the circuit %s', async (_, name, act) => {
  const world = await onePeriod(act);
  const honest = await auditText(await world.bundle('sealed'), world.trustFile());
  const forged = await auditText(await rewritten(world, byOtherCircuit(name)), world.trustFile());
  if (typeof honest === 'string' || typeof forged === 'string') throw new Error('unusable');
  expect(honest.get('period-digest')?.verdict).toBe('holds');
  expect(forged.get('period-digest')).toMatchObject({
    verdict: 'fails',
    reason: 'the proof is of a circuit for notes of another kind',
  });
});

it.each(['full', 'sealed'] as const)(
  'an attestation by a circuit that does not exist is judged, not thrown: %s',
  async (kind) => {
    const world = await onePeriod((fresh) => fresh.payBatch(GPU, [1n, 2n]));
    const forged = await auditText(
      await rewritten(world, byAbsentCircuit, kind),
      world.trustFile(),
    );
    if (typeof forged === 'string') throw new Error(forged);
    expect(forged.get('disclosures')?.verdict).toBe('fails');
  },
);
