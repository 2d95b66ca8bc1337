// Goal: a period proved by the circuit passes the whole audit. Method: the fleet's world, one period of
// tier 16 with every ending of a note, proved with the development keys; the trust file lists their hash
// once as what it is, and once, as no auditor should, as a production key.
import { readFileSync } from 'node:fs';
import type { PeriodParts } from '@atomicity/kernel/period/period-digest';
import { GPU, HOUR } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { BudgetDelegation } from '@atomicity/kernel/wire/objects';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { snarkjsProver } from '@atomicity/prover/prove/snarkjs-prover';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import type { PeriodWitness, WitnessSlot } from '@atomicity/prover/witness/period-witness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditText, verdictsOf } from './testing/audit-text.ts';
import { FleetWorld } from './testing/fleet-world.ts';

const artifacts = await ensureArtifacts('spend-16');
const prover = snarkjsProver(async () => artifacts);
afterAll(() => prover.close());

/** The witness of the world's first period, from its events alone. */
function witnessOf(world: FleetWorld, parts: PeriodParts): PeriodWitness {
  const { events } = world.book;
  const delegated = events.find((event) => event.type === 'BudgetDelegated');
  const closed = events.find((event) => event.type === 'PeriodClosed');
  if (delegated?.type !== 'BudgetDelegated' || closed?.type !== 'PeriodClosed') {
    throw new Error('not closed');
  }
  const policy: Pick<BudgetDelegation, 'budget'> & typeof delegated.data = delegated.data;
  const slots = events.flatMap((event): WitnessSlot[] => {
    if (event.type !== 'HoldPlaced' || event.data.grant === null) return [];
    const { amount: value, fee, at, grant } = event.data;
    const { authorization, category, regime, noteSalt: salt, index } = grant;
    const status = closed.data.statuses[index];
    return status === 'spent' || status === 'lapsed'
      ? [
          {
            status: 'counted',
            authorization,
            category,
            spend: amount(value + fee),
            at,
            regime,
            salt,
          },
        ]
      : [{ status: 'void', authorization, category }];
  });
  return { policy, parts, previous: null, slots, summarySalt: world.world.nonce() };
}

let world: FleetWorld;

beforeAll(async () => {
  world = new FleetWorld({ seed: 'real proof' });
  world.pay(GPU, 11n, 'spent', 1n);
  world.pay(GPU, 13n, 'void');
  world.pay(GPU, 14n, 'open');
  world.pay(GPU, 15n);
  world.advance(HOUR);
  world.lapse();
  world.close(true);
  await world.attest(0, {
    hash: artifacts.verificationKeyHash,
    key: JSON.parse(readFileSync(artifacts.verificationKey, 'utf8')),
    prove: async (parts) => {
      const witness = witnessOf(world, parts);
      const { proof } = await prover.prove(buildSpendInput(witness));
      return { publicSignals: computeStatement(witness).publicSignals, proof };
    },
  });
  await world.checkpoint();
  world.anchor();
});

const listed = (ceremony: string) =>
  world.trustFile({ verificationKeys: [{ hash: artifacts.verificationKeyHash, ceremony }] });

describe.each(['full', 'sealed'] as const)('a %s bundle with a proof of the circuit', (kind) => {
  it('does not show the budget under a development key, and nothing fails', async () => {
    const rows = await auditText(await world.bundle(kind), listed('development'));
    if (typeof rows === 'string') throw new Error(rows);
    expect(rows.get('spend-proof')?.verdict).toBe('not shown');
    expect(rows.get('spend-proof')?.reason).toContain('development key');
    expect(rows.get('within-budget')?.verdict).toBe('not shown');
    expect([...rows.values()].filter(({ verdict }) => verdict === 'fails')).toEqual([]);
  });

  it('would hold, were the key of a production ceremony', async () => {
    const verdicts = await verdictsOf(await world.bundle(kind), listed('production'));
    expect(verdicts['spend-proof']).toBe('holds');
    expect(verdicts['within-budget']).toBe('holds');
  });
});
