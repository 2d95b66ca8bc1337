/** The bundle vectors: two small bundles of one log, the trust file, and what an auditor must say. */
import { CLOUD, GPU } from '@atomicity/kernel/testing/world';
import { CLAIMS } from '../claims/names.ts';
import { verdictsOf } from './audit-text.ts';
import { FleetWorld } from './fleet-world.ts';

async function vectorWorld(): Promise<FleetWorld> {
  const world = new FleetWorld({ seed: 'bundle vectors' });
  world.pay(GPU, 25n, 'spent', 1n);
  world.pay(CLOUD, 40n, 'void');
  world.close(true);
  await world.attest(0);
  await world.checkpoint();
  world.anchor();
  return world;
}

/** File name → content. Deterministic: what the files in test/vectors must be. */
export async function bundleVectors(): Promise<Readonly<Record<string, string>>> {
  const world = await vectorWorld();
  const full = await world.bundle('full');
  const sealed = await world.bundle('sealed');
  const trust = world.trustFile();
  const verdicts = { full: await verdictsOf(full, trust), sealed: await verdictsOf(sealed, trust) };
  const rows = CLAIMS.map((claim) => ({
    claim,
    full: verdicts.full[claim],
    sealed: verdicts.sealed[claim],
  }));
  return {
    'bundle-full.ndjson': full,
    'bundle-sealed.ndjson': sealed,
    'bundle-trust.json': `${JSON.stringify(JSON.parse(trust), null, 2)}\n`,
    'bundle-verdicts.json': `${JSON.stringify(rows, null, 2)}\n`,
  };
}
