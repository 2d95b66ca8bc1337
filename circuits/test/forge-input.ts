// Circuit inputs changed past every check of their builder.
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';

export type Changes = Readonly<Record<string, bigint | Readonly<Record<number, bigint>>>>;

/** The input with some entries of some signals replaced: `{ spend: { 2: 601n }, cap: 5n }`. */
export function forgeInput(input: CircuitInput, changes: Changes): CircuitInput {
  const signals: Record<string, bigint | readonly bigint[]> = { ...input.signals };
  for (const [name, change] of Object.entries(changes)) {
    const current = signals[name];
    if (current === undefined) throw new Error(`no signal ${name}`);
    const isList = typeof change !== 'bigint' && typeof current !== 'bigint';
    if (!isList && typeof change !== typeof current) throw new Error(`${name}: another shape`);
    signals[name] = isList ? current.map((value, i) => change[i] ?? value) : (change as bigint);
  }
  return { ...input, signals };
}
