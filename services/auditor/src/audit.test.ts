import { it } from 'vitest';
import { auditText } from './testing/audit-text.ts';
import { fleetWorld } from './testing/fleet-world.ts';

it('prints', async () => {
  const world = await fleetWorld();
  const full = await world.bundle('full');
  console.log(full.length, world.size);
  for (const kind of ['full', 'sealed'] as const) {
    const rows = await auditText(await world.bundle(kind), world.trustFile());
    if (typeof rows === 'string') {
      console.log(rows);
      continue;
    }
    for (const r of rows.values())
      console.log(r.claim.padEnd(18), r.verdict.padEnd(10), r.reason, r.where ?? '');
  }
});
