import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { poseidonFrom, poseidonTag } from '@atomicity/kernel/codec/poseidon';
import { keccak256, toHex } from 'viem';

const RANDOM_CASES = 24;

/** A reproducible field element. */
function element(seed: string): bigint {
  return BigInt(keccak256(toHex(seed))) % FIELD_ORDER;
}

function casesOf(inputs: number): readonly (readonly bigint[])[] {
  const all = (value: bigint) => new Array<bigint>(inputs).fill(value);
  const random = Array.from({ length: RANDOM_CASES }, (_, i) =>
    all(0n).map((_zero, j) => element(`poseidon ${inputs} ${i} ${j}`)),
  );
  return [all(0n), all(1n), all(FIELD_ORDER - 1n), ...random];
}

function vectorsOf(inputs: number) {
  const tag = poseidonTag('fleet-slots');
  const states = [0n, tag, FIELD_ORDER - 1n];
  const cases = casesOf(inputs).flatMap((words) => states.map((state) => [state, ...words]));
  return {
    // State and inputs of all cases, one after the other; then the hashes.
    words: cases.flat().map(String),
    hashes: cases.map(([state = 0n, ...words]) => `${poseidonFrom(state, words)}`),
  };
}

/** The text of test/vectors/poseidon.json: what the kernel computes. */
export function poseidonVectors(): string {
  const widths = { t3: vectorsOf(2), t4: vectorsOf(3), t5: vectorsOf(4) };
  return `${JSON.stringify(widths, null, 1)}\n`;
}
