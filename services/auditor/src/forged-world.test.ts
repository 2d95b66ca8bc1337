// Goal: a world that is consistent in itself and forged from end to end never gets `holds` for what rests
// on roots that the trust file lacks. Method: the forger invents every key, runs a setup of which it knows
// the trapdoor, and "proves" what it likes; the auditor brings the trust file of the real world.
import { beforeAll, expect, it } from 'vitest';
import { CLAIMS, type ClaimName } from './claims/names.ts';
import { auditText, verdictsOf } from './testing/audit-text.ts';
import { type FleetWorld, fleetWorld } from './testing/fleet-world.ts';
import { forgedSetup } from './testing/forged-setup.ts';

let real: FleetWorld;
let forged: FleetWorld;

beforeAll(async () => {
  real = await fleetWorld({ seed: 'real', setup: forgedSetup('the real ceremony') });
  forged = await fleetWorld({ seed: 'forged', setup: forgedSetup('the forger’s own') });
});

const REST_ON_NOTHING: ReadonlySet<ClaimName> = new Set(['bundle']);

const onlyBundleHolds = Object.fromEntries(
  CLAIMS.map((claim) => [claim, REST_ON_NOTHING.has(claim) ? 'holds' : 'not shown']),
);

it('shows nothing but a whole file, although every signature, sum and proof in it is right', async () => {
  const own = await verdictsOf(await forged.bundle('full'), forged.trustFile());
  expect(new Set(Object.values(own))).toEqual(new Set(['holds']));
  // The real world's parties have the same test keys: the forger's must not be listed.
  const trust = real.trustFile({ principals: [], bitcoin: { blocks: {} } });
  expect(await verdictsOf(await forged.bundle('full'), trust)).toEqual(onlyBundleHolds);
  const sealed = await verdictsOf(await forged.bundle('sealed'), trust);
  expect(sealed).toEqual(onlyBundleHolds);
});

it('an anchor in a block that the auditor knows fails where the block does not hold it', async () => {
  const verdicts = await verdictsOf(await forged.bundle('full'), real.trustFile());
  expect(verdicts['anchors']).toBe('fails');
});

it('a forger with the real log key is still not a principal, nor the ceremony', async () => {
  const trust = forged.trustFile({ principals: [], verificationKeys: [] });
  const verdicts = await verdictsOf(await forged.bundle('full'), trust);
  const conclusions = ['policy', 'tokens-root', 'spend-proof', 'within-budget'] as const;
  expect(conclusions.map((claim) => verdicts[claim])).toEqual(conclusions.map(() => 'not shown'));
  expect(verdicts['log-signature']).toBe('holds');
});

it('a proof under a key with a known trapdoor says who could have forged it', async () => {
  const rows = await auditText(
    await forged.bundle('full'),
    forged.trustFile({ verificationKeys: [] }),
  );
  if (typeof rows === 'string') throw new Error(rows);
  expect(rows.get('spend-proof')).toMatchObject({ verdict: 'not shown' });
  expect(rows.get('spend-proof')?.reason).toContain('whoever ran that setup could have forged it');
  expect(rows.get('within-budget')?.verdict).toBe('not shown');
});

it('a forger who claims the origin of a trusted log under another key shows nothing', async () => {
  const rows = await auditText(await forged.bundle('full'), real.trustFile());
  if (typeof rows === 'string') throw new Error(rows);
  expect(forged.logKey).not.toBe(real.logKey);
  expect(rows.get('log-signature')?.verdict).toBe('not shown');
});
