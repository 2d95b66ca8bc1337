// Mutants that no test can find, because they state the same. Each with the argument; a mutant that is
// listed and found nevertheless, or does not exist any more, fails the run.

export type EquivalentMutant = {
  readonly file: string;
  readonly id: string;
  readonly because: string;
};

export const EQUIVALENT_MUTANTS: readonly EquivalentMutant[] = [
  {
    file: 'tagged-poseidon',
    id: 'TaggedPoseidon: component permutation = PoseidonEx(N, 1); => component permutation = PoseidonEx(N, 2);',
    because:
      'out[0] does not depend on how many elements of the state are given out; out[1] is a determined signal that nothing reads.',
  },
  {
    file: 'slot',
    id: 'Slot: stepBits.gate <== counted; => stepBits.gate <== 1;',
    because:
      'Where counted is 0 the line above makes runningAt equal previousAt, so stepBits.in is 0 under any gate; where counted is 1 the gate is the same.',
  },
];
