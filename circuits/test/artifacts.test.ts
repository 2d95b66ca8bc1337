// Goal: what the lock pins is what the sources give, and the circuit stays inside its budget.
// Method: regenerate tags and gadget costs; read the counts from the compiled circuits.
import { readFileSync } from 'node:fs';
import { circuitPin, readArtifactLock } from '@atomicity/prover/artifacts/artifact-lock';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { domainLogOf } from '@atomicity/prover/ceremony/quadratic-program';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import { describe, expect, test } from 'vitest';
import { GADGETS, gadgetCount, gadgetLedger } from '../script/gadget-ledger.ts';
import { tagsSource } from '../script/tags-source.ts';

const lock = readArtifactLock();

test('the Poseidon tags of the circuit are those of the kernel', () => {
  expect(readFileSync(`${CIRCUITS_DIRECTORY}/src/tags.circom`, 'utf8')).toBe(tagsSource());
});

describe.each([16, 64] as const)('tier %i', (tier) => {
  const pin = circuitPin(`spend-${tier}`);

  test('compiles to the pinned number of constraints and signals', async () => {
    const { r1cs } = await ensureArtifacts(`spend-${tier}`);
    const circuit = readR1cs(readFileSync(r1cs));
    expect(circuit.constraintCount).toBe(pin.constraints);
    expect(circuit.signalCount).toBe(pin.signals);
    expect(circuit.publicCount).toBe(6);
    expect(domainLogOf(circuit)).toBe(pin.domainLog);
  });

  test('is the sum of its gadgets, but for constants that fold away', () => {
    const each = new Map(lock.ledger.map((row) => [row.gadget, row.constraints]));
    const sum = GADGETS.reduce((s, g) => s + g.count(tier) * (each.get(g.name) ?? 0), 0);
    expect(sum - pin.constraints).toBe({ 16: 4, 64: 76 }[tier]);
  });
});

test('a note costs 609 constraints: within 700', () => {
  const [small, large] = [circuitPin('spend-16'), circuitPin('spend-64')];
  expect((large.constraints - small.constraints) / 48).toBe(609);
});

describe('the circuits of batch notes', () => {
  const pins = { 16: circuitPin('batch-16'), 64: circuitPin('batch-64') };

  test('compile to the pinned number of constraints and signals', async () => {
    const { r1cs } = await ensureArtifacts('batch-16');
    const circuit = readR1cs(readFileSync(r1cs));
    expect(circuit.constraintCount).toBe(pins[16].constraints);
    expect(circuit.signalCount).toBe(pins[16].signals);
    expect(circuit.publicCount).toBe(6);
  });

  test.each([16, 64] as const)('tier %i is the sum of its gadgets', (tier) => {
    const each = new Map(lock.ledger.map((row) => [row.gadget, row.constraints]));
    const sum = GADGETS.reduce(
      (s, g) => s + gadgetCount(g, 'batch', tier) * (each.get(g.name) ?? 0),
      0,
    );
    expect(sum - pins[tier].constraints).toBe({ 16: 4, 64: 76 }[tier]);
  });

  test('cost 2,819 constraints a note and 177 a payment at most: within 200', () => {
    const perNote = (pins[64].constraints - pins[16].constraints) / 48;
    expect(perNote).toBe(2_819);
    expect(Math.ceil(perNote / 16)).toBe(177);
    // With everything that a period has once, spread over its payments.
    expect(Math.ceil(pins[64].constraints / (64 * 16))).toBe(181);
    expect(Math.ceil(pins[16].constraints / (16 * 16))).toBe(195);
  });

  test('fit domains of 2^16 and 2^18', () => {
    expect([pins[16].domainLog, pins[64].domainLog]).toEqual([16, 18]);
  });
});

test('tier 16 fits a domain of 2^14', () => {
  expect(circuitPin('spend-16').domainLog).toBe(14);
});

test('every gadget costs what the ledger says', async () => {
  expect(await gadgetLedger()).toEqual(lock.ledger);
});
