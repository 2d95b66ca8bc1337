/**
 * A Groth16 setup whose trapdoor is known: it "proves" any public signals, true or false. The forged
 * world is attested with it; and worlds under test use it as their setup, because the real verifier
 * then runs on proofs that cost nothing to make.
 */

import { integerFromBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import type { JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { FIELD_ORDER, fieldFromHex } from '@atomicity/kernel/codec/field';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import type { FieldHex, Hash } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { parseVerificationKey } from '@atomicity/prover/verify/verification-key';
import { bn254 } from '@noble/curves/bn254.js';

const SIGNALS = 6;
const { Fr } = bn254.fields;

export type ForgedSetup = {
  readonly key: JsonObject;
  readonly hash: Hash;
  /** The secret that a ceremony is about. */
  readonly delta: bigint;
  readonly prove: (publicSignals: readonly FieldHex[]) => Groth16Proof;
};

function g1(scalar: bigint): readonly [string, string] {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return [x.toString(), y.toString()];
}

type Pair = readonly [string, string];

function g2(scalar: bigint): readonly [Pair, Pair] {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return [
    [x.c0.toString(), x.c1.toString()],
    [y.c0.toString(), y.c1.toString()],
  ];
}

/**
 * The setup of a seed, for proofs with `signals` public signals; the same seed always gives the same key and
 * the same proofs.
 */
export function forgedSetup(seed: string, signals = SIGNALS): ForgedSetup {
  const scalar = (name: string) =>
    (integerFromBytes(taggedHash('ForgedSetup', utf8(`${seed}/${name}`))) % (FIELD_ORDER - 1n)) +
    1n;
  const [alpha, beta, gamma, delta] = ['alpha', 'beta', 'gamma', 'delta'].map(scalar);
  if (!alpha || !beta || !gamma || !delta) throw new Error('unreachable: scalars are not 0');
  const ic = Array.from({ length: signals + 1 }, (_, i) => scalar(`ic ${i}`));
  const key: JsonObject = {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: signals,
    vk_alpha_1: [...g1(alpha), '1'],
    vk_beta_2: [...g2(beta), ['1', '0']],
    vk_gamma_2: [...g2(gamma), ['1', '0']],
    vk_delta_2: [...g2(delta), ['1', '0']],
    IC: ic.map((value) => [...g1(value), '1']),
  };
  const parsed = parseVerificationKey(key, signals);
  if (parsed.kind === 'refused') throw new Error(parsed.reason);
  return {
    key,
    hash: parsed.key.hash,
    delta,
    prove(publicSignals) {
      const [a, b] = [scalar('a'), scalar('b')];
      const input = ic.reduce((sum, value, i) => {
        const signal = publicSignals[i - 1];
        return sum + value * (signal === undefined ? 1n : fieldFromHex(signal));
      }, 0n);
      // The equation that a verifier checks, solved for C in the exponent.
      const c = Fr.div(Fr.create(a * b - alpha * beta - input * gamma), delta);
      return { a: g1(a), b: g2(b), c: g1(c) };
    },
  };
}
