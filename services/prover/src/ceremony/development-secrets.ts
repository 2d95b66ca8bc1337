import { integerFromBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import { reduce } from './field-arithmetic.ts';

/** The toxic waste of a Groth16 setup: whoever knows it can prove anything. γ is 1, as in snarkjs. */
export type SetupSecrets = {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
};

/**
 * The PUBLISHED secrets of the development ceremony of one circuit. They are a hash of its name, so
 * that every machine makes byte-equal keys, and so that nobody can mistake them for safe ones.
 * Source: ADR-0006.
 */
export function developmentSecrets(circuit: string): SetupSecrets {
  const secret = (name: string): bigint => {
    const half = (part: number): Uint8Array =>
      taggedHash('DevelopmentCeremony', utf8(`${circuit}/${name}/${part}`));
    // 512 bits mod r: the bias is below 2^-250.
    return reduce((integerFromBytes(half(0)) << 256n) | integerFromBytes(half(1)));
  };
  return {
    tau: secret('tau'),
    alpha: secret('alpha'),
    beta: secret('beta'),
    delta: secret('delta'),
  };
}
