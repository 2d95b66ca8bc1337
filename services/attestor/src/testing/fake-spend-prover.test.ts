// Goal: the fake keeps the contract of a prover, and says that it is a fake.
import { expect, it } from 'vitest';
import { FakeSpendProver } from './fake-spend-prover.ts';
import { describeSpendProver } from './spend-prover-contract.ts';

describeSpendProver('the fake', async () => {
  const prover = new FakeSpendProver();
  return { prover, holds: (signals, proof) => prover.holds(signals, proof) };
});

it('says that it is a fake', () => {
  expect(new FakeSpendProver().isFake).toBe(true);
});
