import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { groth16 } from 'snarkjs';

/** Whether snarkjs takes a proof of the wire: the second opinion of tests and benchmarks. */
export async function snarkjsHolds(
  verificationKeyText: string,
  publicSignals: readonly FieldHex[],
  { a, b, c }: Groth16Proof,
): Promise<boolean> {
  return await groth16.verify(
    JSON.parse(verificationKeyText),
    publicSignals.map((signal) => `${BigInt(`0x${signal}`)}`),
    {
      pi_a: [...a, '1'],
      pi_b: [[...b[0]], [...b[1]], ['1', '0']],
      pi_c: [...c, '1'],
      protocol: 'groth16',
      curve: 'bn128',
    },
  );
}
