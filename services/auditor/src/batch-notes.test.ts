// Goal: a log of batch notes audits as one of single notes does. Method: two worlds that differ only in
// the notes of their first period; every claim of both bundles compared, and an attestation by the wrong circuit.

import { CLOUD, GPU, HOUR } from '@atomicity/kernel/testing/world';
import { beforeAll, describe, expect, it } from 'vitest';
import { verdictsOf } from './testing/audit-text.ts';
import { FleetWorld } from './testing/fleet-world.ts';

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
