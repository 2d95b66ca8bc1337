// Goal: our reading of circom's wasm is snarkjs' reading. Method: byte-equal .wtns files for sample periods, and
// a refusal by name for every kind of bad input.
import { readFileSync } from 'node:fs';
import { amount } from '@atomicity/kernel/units/amount';
import { type MemoryFile, wtns } from 'snarkjs';
import { describe, expect, test } from 'vitest';
import { ensureArtifacts } from '../artifacts/ensure-artifacts.ts';
import { samplePeriod } from '../testing/sample-period.ts';
import { buildSpendInput, uncheckedSpendInput } from '../witness/build-spend-input.ts';
import { compileProgram } from './wasm-runtime.ts';
import { computeWitness, WitnessRefused } from './witness-program.ts';

const { wasm } = await ensureArtifacts('spend-16');
const program = await compileProgram(readFileSync(wasm));
const { signals } = buildSpendInput(samplePeriod());

describe('a witness', () => {
  test.each(['first', 'second', 'third'])('is what snarkjs computes (%s)', async (seed) => {
    const input = buildSpendInput(samplePeriod({ seed })).signals;
    const theirs: MemoryFile = { type: 'mem' };
    await wtns.calculate({ ...input }, wasm, theirs);
    const ours = await computeWitness(program, input);
    expect(Buffer.compare(ours, (theirs.data ?? new Uint8Array()).subarray(0, ours.length))).toBe(
      0,
    );
  });

  test('takes inputs modulo the field, as circom does', async () => {
    const r = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
    const shifted = Object.fromEntries(
      Object.entries(signals).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? value - r : value.map((each) => each + r),
      ]),
    );
    expect(await computeWitness(program, shifted)).toEqual(await computeWitness(program, signals));
  });

  test.each([
    ['a signal too many', { ...signals, nothing: 1n }, 'signal nothing is no input'],
    ['a signal too few', { ...signals, cap: [] }, 'signal cap takes 1 values, given 0'],
    ['a list too long', { ...signals, cap: [1n, 2n] }, 'signal cap takes 1 values, given 2'],
    ['no inputs', {}, 'not all inputs'],
    [
      'a false statement',
      uncheckedSpendInput(
        { ...samplePeriod(), policy: { ...samplePeriod().policy, cap: amount(1n) } },
        16,
      ).signals,
      'assert failed',
    ],
  ])('is refused for %s', async (_, given, message) => {
    const refusal = await computeWitness(program, given).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(WitnessRefused);
    expect(String(refusal)).toContain(message);
  });
});
