// Goal: circuit, kernel and circomlibjs state the same signals for any cycle that keeps its policy, every
// constraint holds on its witness, and the circuit costs what its gadgets do.
// Method: random fleets on the circuit with four slots; a few on the one that is shipped.
import { readFileSync } from 'node:fs';
import { FAILURE_CODES, type FailureCode } from '@atomicity/kernel/fleet/failure-codes';
import { circuitPin, readArtifactLock } from '@atomicity/prover/artifacts/artifact-lock';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import { sampleFleet } from '@atomicity/prover/testing/sample-fleet';
import { buildFleetInput } from '@atomicity/prover/witness/build-fleet-input';
import type { FleetWitness } from '@atomicity/prover/witness/fleet-witness';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTEXT_SQUARE, fleetGadgetRows } from '../script/fleet-gadgets.ts';
import { constraintChecker } from './constraint-checker.ts';
import { buildFleetOracle } from './fleet-oracle.ts';
import { compileSmallFleet, SMALL_FLEET_SLOTS, smallFleetInput } from './small-fleet.ts';
import { witnessGenerator } from './witness-generators.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const RUNS = 15;
const RUNS_SHIPPED = 3;

const oracle = await buildFleetOracle();
const CODES = Object.keys(FAILURE_CODES) as FailureCode[];

const slot = fc.record({
  subCap: fc.oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, 2n ** 54n)),
  percent: fc.bigInt(0n, 100n),
  code: fc.option(fc.constantFrom(...CODES), { nil: undefined, freq: 3 }),
});

const fleetOf = (slotCountMax: number): fc.Arbitrary<FleetWitness> =>
  fc
    .record({
      slots: fc.array(slot, { minLength: 1, maxLength: slotCountMax, size: 'max' }),
      spare: fc.bigInt(0n, 2n ** 62n),
      context: fc.bigInt(0n, 2n ** 248n - 1n),
      seed: fc.string({ maxLength: 3 }),
    })
    .map(({ slots, spare, context, seed }) => {
      const granted = slots.reduce((sum, { subCap }) => sum + subCap, 0n);
      const excluded = slots.flatMap(({ code }, i) => (code === undefined ? [] : [[i, code]]));
      return {
        ...sampleFleet({
          seed,
          slotCount: slots.length,
          cap: granted + spare,
          subCapOf: (i) => slots[i]?.subCap ?? 0n,
          spentOf: (i) => ((slots[i]?.subCap ?? 0n) * (slots[i]?.percent ?? 0n)) / 100n,
          excluded: Object.fromEntries(excluded),
        }),
        context,
      };
    });

test(`the small circuit and circomlibjs agree (seed ${SEED}, ${RUNS} fleets)`, async () => {
  const { checker, shipped } = await compileSmallFleet();
  await fc.assert(
    fc.asyncProperty(fleetOf(SMALL_FLEET_SLOTS), async (witness) => {
      const input = smallFleetInput(witness);
      const values = await shipped(input);
      expect(values.slice(1, 6)).toEqual(oracle(input.signals));
      expect(checker.violations(values)).toEqual([]);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

describe('64 slots', () => {
  test(`circuit, kernel and circomlibjs agree (seed ${SEED}, ${RUNS_SHIPPED} fleets)`, async () => {
    const { wasm, r1cs } = await ensureArtifacts('fleet-64');
    const generate = witnessGenerator(wasm);
    const checker = constraintChecker(readR1cs(readFileSync(r1cs)));
    await fc.assert(
      fc.asyncProperty(fleetOf(64), async (witness) => {
        const { input, statement } = buildFleetInput(witness);
        const values = await generate(input);
        const stated = statement.publicSignals.map((signal) => BigInt(`0x${signal}`));
        expect(values.slice(1, 6)).toEqual(stated);
        expect(oracle(input.signals)).toEqual(stated);
        expect(checker.violations(values)).toEqual([]);
      }),
      { seed: SEED, numRuns: RUNS_SHIPPED },
    );
  });

  test('compile to the pinned constraints', async () => {
    const pin = circuitPin('fleet-64');
    const { r1cs } = await ensureArtifacts('fleet-64');
    const circuit = readR1cs(readFileSync(r1cs));
    expect(circuit.constraintCount).toBe(pin.constraints);
    expect(circuit.publicCount).toBe(5);
    expect(pin.domainLog).toBe(17);
  });
});

test.each([64, 256] as const)('%i slots cost the sum of their gadgets', (size) => {
  const rows = fleetGadgetRows(readArtifactLock(), size);
  const sum = rows.reduce((total, { each, count }) => total + each * count, CONTEXT_SQUARE);
  expect(sum).toBe(circuitPin(`fleet-${size}`).constraints);
});
