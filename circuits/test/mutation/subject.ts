// What the mutation tool and the differential tests know about a template: how to instantiate it, true
// inputs, false inputs, and what TypeScript says that it computes.
import { createHash } from 'node:crypto';
import type { Inputs } from '../witness-program.ts';

/** A hash under a domain tag, by the name of the domain: circomlib's Poseidon, or the stand-in. */
export type TaggedHash = (domain: string, inputs: readonly bigint[]) => bigint;

/** The outputs in the order of the circuit, or undefined for inputs that the circuit must refuse. */
export type Model = (inputs: Inputs, hash: TaggedHash) => readonly bigint[] | undefined;

export type Instance = {
  readonly component: string;
  readonly publicInputs?: readonly string[];
  /** Inputs that the caller of the template keeps at 0 or 1. */
  readonly booleanInputs?: readonly string[];
  /** Signals that the inputs need not determine: hints, with a reason in docs/reference/circuit-assurance.md. */
  readonly hints?: readonly string[];
  /** Accepted by the template; the perturbations start here. */
  readonly honest: readonly Inputs[];
  /** Each false for one reason: refused by the template. */
  readonly forged: readonly (readonly [reason: string, inputs: Inputs])[];
  readonly model?: Model;
  /** Compiled with circomlib's Poseidon instead of the stand-in. */
  readonly isRealHash?: boolean;
  /** How many perturbed inputs are tried; fewer for a large instance. Default 400. */
  readonly perturbations?: number;
};

export type Subject = {
  /** The file of circuits/src, without its ending. */
  readonly file: string;
  readonly instances: readonly Instance[];
  /** Components that must not compile: parameters outside their range. */
  readonly refused?: readonly string[];
};

/** A field element below 2^248 that nobody chose. */
export function element(seed: string): bigint {
  return BigInt(`0x${createHash('sha256').update(seed).digest('hex').slice(0, 62)}`);
}

/** Inputs with some signals, or entries of signals, replaced: `{ cap: 5n, 'spend[2]': 1n }`. */
export function changed(inputs: Inputs, changes: Readonly<Record<string, bigint>>): Inputs {
  const result: Record<string, Inputs[string]> = { ...inputs };
  for (const [place, value] of Object.entries(changes)) {
    const [, name = '', path = ''] = /^(\w+)((?:\[\d+\])*)$/.exec(place) ?? [];
    const indexes = [...path.matchAll(/\d+/g)].map(Number);
    if (result[name] === undefined) throw new Error(`no input ${place}`);
    result[name] = replaced(result[name], indexes, value);
  }
  return result;
}

function replaced(current: Inputs[string], path: readonly number[], value: bigint): Inputs[string] {
  const [index, ...rest] = path;
  if (index === undefined) return value;
  if (typeof current === 'bigint' || current[index] === undefined) throw new Error('no such entry');
  return current.map((entry, i) => (i === index ? replaced(entry, rest, value) : entry));
}

export function one(inputs: Inputs, name: string): bigint {
  const value = inputs[name];
  if (typeof value !== 'bigint') throw new Error(`${name} is not one value`);
  return value;
}

export function many(inputs: Inputs, name: string): readonly bigint[] {
  const value = inputs[name];
  if (value === undefined || typeof value === 'bigint') throw new Error(`${name} is not a list`);
  return value.map((entry) => {
    if (typeof entry !== 'bigint') throw new Error(`${name} is not a list of values`);
    return entry;
  });
}
