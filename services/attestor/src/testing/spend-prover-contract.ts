import { amount } from '@atomicity/kernel/units/amount';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { buildSpendInput, uncheckedSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { describe, expect, it } from 'vitest';

export type ProverUnderTest = {
  readonly prover: Groth16Prover;
  readonly holds: (signals: readonly FieldHex[], proof: Groth16Proof) => Promise<boolean> | boolean;
};

/** What the attestor relies on, for every prover and for the fake. */
export function describeSpendProver(name: string, open: () => Promise<ProverUnderTest>): void {
  describe(`${name} as a spend prover`, () => {
    it('proves what TypeScript computes, each time with another proof', async () => {
      const { prover, holds } = await open();
      const period = samplePeriod();
      const { publicSignals } = computeStatement(period);
      const first = await prover.prove(buildSpendInput(period));
      const second = await prover.prove(buildSpendInput(period));
      expect([first.publicSignals, second.publicSignals]).toEqual([publicSignals, publicSignals]);
      expect(second.proof).not.toEqual(first.proof);
      expect(await holds(publicSignals, first.proof)).toBe(true);
      expect(await holds(publicSignals, second.proof)).toBe(true);
      prover.close();
    });

    it('continues a chain of periods, and its proofs hold for their own period only', async () => {
      const { prover, holds } = await open();
      const first = computeStatement(samplePeriod());
      const period = samplePeriod({ periodIndex: 1, previous: first.summary });
      const made = await prover.prove(buildSpendInput(period));
      expect(made.publicSignals).toEqual(computeStatement(period).publicSignals);
      expect(await holds(made.publicSignals, made.proof)).toBe(true);
      expect(await holds(first.publicSignals, made.proof)).toBe(false);
      prover.close();
    });

    it('refuses a period that breaks its cap, and proves the next one', async () => {
      const { prover } = await open();
      const period = samplePeriod();
      const overspent = { ...period, policy: { ...period.policy, cap: amount(1n) } };
      await expect(prover.prove(uncheckedSpendInput(overspent, 16))).rejects.toMatchObject({
        code: 'witness_rejected',
        outcome: 'not_applied',
      });
      await prover.prove(buildSpendInput(period));
      prover.close();
    });

    it('reports progress that never goes back and ends at 1', async () => {
      const { prover } = await open();
      const fractions: number[] = [];
      await prover.prove(buildSpendInput(samplePeriod()), {
        onProgress: ({ fraction }) => fractions.push(fraction),
      });
      expect(fractions).toEqual([...fractions].sort((x, y) => x - y));
      expect(fractions.at(-1)).toBe(1);
      prover.close();
    });

    it('stops when aborted and refuses after close', async () => {
      const { prover } = await open();
      const input = buildSpendInput(samplePeriod());
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(prover.prove(input, { signal })).rejects.toThrow('stop');
      prover.close();
      prover.close();
      await expect(prover.prove(input)).rejects.toMatchObject({ code: 'prover_closed' });
    });
  });
}
