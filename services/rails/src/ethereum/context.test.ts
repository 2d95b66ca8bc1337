// Goal: a fleet proof is bound to its place as the contract and the circuit have it. Method: the shared
// vectors, and one change of each part of a place.
import { readFileSync } from 'node:fs';
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
import { type FleetPlace, fleetContext, fleetIdOf } from './context.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/fleet-proofs.json', import.meta.url), 'utf8'),
);
const place: FleetPlace = {
  chainId: vectors.place.chainId,
  registry: vectors.place.registry,
  fleet: vectors.place.fleet,
  cycle: vectors.place.cycle,
  revision: vectors.place.revision,
};

describe('the context of a fleet proof', () => {
  it('is the one of the vectors, for each revision', () => {
    const contexts = [0, 1].map((revision) => `${fleetContext({ ...place, revision })}`);
    expect(contexts).toEqual(vectors.place.contexts);
    expect(BigInt(fleetIdOf(place.fleet))).toBe(BigInt(vectors.place.fleetId));
  });

  it.each([
    { chainId: 1 },
    { registry: `0x${'12'.repeat(20)}` },
    { fleet: 'b7'.repeat(32) as Hash },
    { cycle: 2 },
    { revision: 7 },
  ] as readonly Partial<FleetPlace>[])('is another with %j', (change) => {
    const context = fleetContext({ ...place, ...change });
    expect(context).not.toBe(fleetContext(place));
    expect(context < 1n << 248n).toBe(true);
  });
});
