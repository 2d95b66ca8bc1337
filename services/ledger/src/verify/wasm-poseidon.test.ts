// Goal: the fast hash is the kernel's hash. Method: both over random inputs under two domains.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { poseidon } from '@atomicity/kernel/codec/poseidon';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildWasmPoseidon } from './wasm-poseidon.ts';

const SEED = 20261121;

const inputsOf = (element: fc.Arbitrary<bigint>) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.array(element, { minLength: 4, maxLength: 4 }) },
    { weight: 4, arbitrary: fc.array(element, { minLength: 10, maxLength: 10 }) },
    { weight: 1, arbitrary: fc.array(element, { minLength: 1, maxLength: 16 }) },
  );

it('gives the kernel’s value for 1 to 16 field elements, four and ten of them in WebAssembly', () => {
  const fast = buildWasmPoseidon();
  const element = fc.oneof(
    fc.bigInt(0n, FIELD_ORDER - 1n),
    fc.constantFrom(0n, 1n, FIELD_ORDER - 1n, 2n ** 248n - 1n),
  );
  fc.assert(
    fc.property(inputsOf(element), (inputs) => {
      expect(fast('commitment', inputs)).toBe(poseidon('commitment', inputs));
      expect(fast('leaves', inputs)).toBe(poseidon('leaves', inputs));
    }),
    { seed: SEED, numRuns: 250 },
  );
});

it('refuses what is no field element, as the kernel does', () => {
  const fast = buildWasmPoseidon();
  expect(() => fast('commitment', [FIELD_ORDER, 0n, 0n, 0n])).toThrow(RangeError);
  expect(() => fast('commitment', [-1n, 0n, 0n, 0n])).toThrow(RangeError);
  const nine = new Array<bigint>(9).fill(0n);
  expect(() => fast('batch', [...nine, FIELD_ORDER])).toThrow(RangeError);
});
