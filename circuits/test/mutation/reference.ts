// The parts of a TypeScript account of the templates, written from their headers: plain arithmetic on
// field elements and a hash that is given. Shares no code with the kernel or the prover.
import { createHash } from 'node:crypto';
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { type TaggedHash } from './subject.ts';

export function mod(x: bigint): bigint {
  const rest = x % FIELD_ORDER;
  return rest < 0n ? rest + FIELD_ORDER : rest;
}

/** True if the field element is below 2^bits. */
export function fits(x: bigint, bits: number): boolean {
  return mod(x) < 2n ** BigInt(bits);
}

/** `fits`, and zero where the gate is closed. */
export function fitsGate(x: bigint, bits: number, gate: bigint): boolean {
  return gate === 0n ? mod(x) === 0n : fits(x, bits);
}

export const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

/** Σ values[i] · 2^(width · i). */
export function packed(values: readonly bigint[], width: number): bigint {
  return mod(sum(values.map((value, i) => value * 2n ** BigInt(width * i))));
}

/** Eight amounts in three words of 64 bits each. */
export function wordsOf(values: readonly bigint[]): readonly bigint[] {
  return [0, 3, 6].map((from) => packed(values.slice(from, from + 3), 64));
}

/** The root of a tree of some arity, padded with zeros on every level. */
export function treeOf(
  hash: TaggedHash,
  domain: string,
  leaves: readonly bigint[],
  arity: number,
): bigint {
  let level = leaves;
  do {
    const next: bigint[] = [];
    for (let i = 0; i < level.length; i += arity) {
      const children = level.slice(i, i + arity);
      next.push(hash(domain, [...children, ...zeros(arity - children.length)]));
    }
    level = next;
  } while (level.length > 1);
  return level[0] ?? 0n;
}

export function zeros(length: number): readonly bigint[] {
  return new Array<bigint>(length).fill(0n);
}

/** The initial state of a domain. Source: encodings.md, "Poseidon". */
export function tagOf(domain: string): bigint {
  const digest = createHash('sha256').update(`atomicity/poseidon/${domain}/v1`).digest('hex');
  return BigInt(`0x${digest.slice(0, 62)}`);
}

/** The stand-in of model-library/ from an initial state. */
export function standInFrom(state: bigint, inputs: readonly bigint[]): bigint {
  return inputs.reduce((s, x, i) => mod((s + x) * (s + x + BigInt(i) + 1n)), state);
}

export const standIn: TaggedHash = (domain, inputs) => standInFrom(tagOf(domain), inputs);
