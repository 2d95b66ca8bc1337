import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { ProverError } from './groth16-prover.ts';

/** A line that the native prover prints. */
export type NativeLine =
  | { readonly kind: 'ready'; readonly name: string; readonly version: string }
  | {
      readonly kind: 'progress';
      readonly phase: 'polynomials' | 'points';
      /** Of the phase, 0 … 1. */
      readonly fraction: number;
    }
  | ({ readonly kind: 'proved'; readonly publicSignals: readonly string[] } & Groth16Proof);

const DECIMAL = /^(0|[1-9][0-9]{0,77})$/;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function decimals(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((item) => typeof item === 'string' && DECIMAL.test(item));
  return texts.length === value.length ? texts : undefined;
}

function pair(value: unknown): readonly [string, string] | undefined {
  const [first, second, ...rest] = decimals(value) ?? [];
  return first === undefined || second === undefined || rest.length > 0
    ? undefined
    : [first, second];
}

function proved(value: Record<string, unknown>): NativeLine | undefined {
  const [b0, b1] = Array.isArray(value['b']) ? value['b'].map(pair) : [];
  const [a, c] = [pair(value['a']), pair(value['c'])];
  const publicSignals = decimals(value['publicSignals']);
  if (!a || !b0 || !b1 || !c || !publicSignals) return undefined;
  return { kind: 'proved', a, b: [b0, b1], c, publicSignals };
}

function lineOf(value: unknown): NativeLine | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, phase, fraction, name, version } = value;
  if (kind === 'ready' && typeof name === 'string' && typeof version === 'string') {
    return { kind, name, version };
  }
  const known = phase === 'polynomials' || phase === 'points' ? phase : undefined;
  if (kind === 'progress' && known && typeof fraction === 'number') {
    return { kind, phase: known, fraction };
  }
  return kind === 'proved' ? proved(value) : undefined;
}

/** Parses a line of the native prover. @throws ProverError `prover_failed` for anything else. */
export function parseNativeLine(text: string): NativeLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const line = lineOf(value);
  if (line === undefined)
    throw new ProverError('prover_failed', 'the prover printed no known line');
  return line;
}
