/** A fleet world of a given number of notes, in attested periods of tier 256. */
import { CLOUD, GPU } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { FleetWorld } from './fleet-world.ts';

const TIER = 256;

/** `notes` spent notes; the periods before the last are full. */
export async function benchWorld(notes: number, seed: string): Promise<FleetWorld> {
  const large = amount(1_000_000_000n);
  const world = new FleetWorld({
    seed,
    limit: large,
    budget: {
      tier: TIER,
      cap: large,
      categories: [
        { name: 'compute', ceiling: large, cap: large },
        { name: 'storage', ceiling: large, cap: large },
      ],
    },
  });
  const periods = Math.ceil(notes / TIER);
  for (let period = 0; period < periods; period++) {
    if (period > 0) world.certify(period);
    const count = Math.min(TIER, notes - period * TIER);
    for (let i = 0; i < count; i++) {
      world.advance(1);
      world.pay(i % 3 === 0 ? CLOUD : GPU, BigInt(10 + (i % 50)));
    }
    world.close(period === periods - 1);
    await world.attest(period);
  }
  await world.checkpoint();
  world.anchor();
  return world;
}
