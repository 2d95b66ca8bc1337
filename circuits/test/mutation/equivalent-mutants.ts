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
  {
    file: 'opening',
    id: 'Opening: totalBits[k].in <== totals[k]; => totalBits[k].in <== totals[(k + 1) % (8)];',
    because: 'The eight checks are the same checks on the same eight values, in another order.',
  },
  {
    file: 'policy',
    id: 'Policy: ceilingBits[k].in <== ceilings[k]; => ceilingBits[k].in <== ceilings[(k + 1) % (8)];',
    because: 'The eight checks are the same checks on the same eight values, in another order.',
  },
  {
    file: 'policy',
    id: 'Policy: capsBits[k].in <== caps[k]; => capsBits[k].in <== caps[(k + 1) % (8)];',
    because: 'The eight checks are the same checks on the same eight values, in another order.',
  },
  {
    file: 'remaining-at-least',
    id: 'RemainingAtLeast: component floorBits = Bits(63); => component floorBits = Bits(64);',
    because:
      'cap = total + floor + slack with cap, total and slack below 2^63 and floor below 2^64 holds in the integers, so floor is at most cap.',
  },
  {
    file: 'remaining-at-least',
    id: 'RemainingAtLeast: component slack = Bits(63); => component slack = Bits(64);',
    because:
      'The minuend is range-checked below 2^63, the subtrahend is a sum of few range-checked values: the difference is below 2^63 or at least r minus a small number. No value between 2^63 and 2^64 occurs.',
  },
  {
    file: 'spend',
    id: 'Spend: component windowSlack = Bits(48); => component windowSlack = Bits(49);',
    because:
      'The minuend is range-checked below 2^48, the subtrahend is a sum of few range-checked values: the difference is below 2^48 or at least r minus a small number. No value between 2^48 and 2^49 occurs.',
  },
  {
    file: 'spend',
    id: 'Spend: capSlack[k] = Bits(63); => capSlack[k] = Bits(64);',
    because:
      'The minuend is range-checked below 2^63, the subtrahend is a sum of few range-checked values: the difference is below 2^63 or at least r minus a small number. No value between 2^63 and 2^64 occurs.',
  },
  {
    file: 'spend',
    id: 'Spend: component totalSlack = Bits(63); => component totalSlack = Bits(64);',
    because:
      'The minuend is range-checked below 2^63, the subtrahend is a sum of few range-checked values: the difference is below 2^63 or at least r minus a small number. No value between 2^63 and 2^64 occurs.',
  },
  {
    file: 'batch',
    id: 'Batch: component windowSlack = Bits(48); => component windowSlack = Bits(49);',
    because:
      'The minuend is range-checked below 2^48, the subtrahend is a sum of few range-checked values: the difference is below 2^48 or at least r minus a small number. No value between 2^48 and 2^49 occurs.',
  },
  {
    file: 'batch',
    id: 'Batch: capSlack[k] = Bits(63); => capSlack[k] = Bits(64);',
    because:
      'The minuend is range-checked below 2^63, the subtrahend is a sum of few range-checked values: the difference is below 2^63 or at least r minus a small number. No value between 2^63 and 2^64 occurs.',
  },
  {
    file: 'batch',
    id: 'Batch: component totalSlack = Bits(63); => component totalSlack = Bits(64);',
    because:
      'The minuend is range-checked below 2^63, the subtrahend is a sum of few range-checked values: the difference is below 2^63 or at least r minus a small number. No value between 2^63 and 2^64 occurs.',
  },
  {
    file: 'batch',
    id: 'Batch: slots[i].counted <== counted[i]; => slots[i].counted <-- counted[i];',
    because:
      'BatchSlot has used[0] === counted, so the flag of the slot is still an input of the circuit; counted[i], which is private, only loses its effect.',
  },
  {
    file: 'claim-window',
    id: 'ClaimWindow: stepBits[i] = GatedBits(48); => stepBits[i] = GatedBits(49);',
    because:
      'windowStart plus all steps plus the slack is windowEnd in the integers, and windowEnd has 48 bits: no step has more.',
  },
  {
    file: 'claim-window',
    id: 'ClaimWindow: component slack = Bits(48); => component slack = Bits(49);',
    because:
      'windowEnd has 48 bits and what is subtracted is a sum of few range-checked values: the difference is below 2^48 or at least r minus a small number.',
  },
  {
    file: 'claim-ceilings',
    id: 'ClaimCeilings: ceilingBits[k].in <== ceilings[k]; => ceilingBits[k].in <== ceilings[(k + 1) % (8)];',
    because: 'The checks are the same checks on the same values, in another order.',
  },
  {
    file: 'claim-ceilings',
    id: 'ClaimCeilings: spendBits[i] = GatedBits(63); => spendBits[i] = GatedBits(64);',
    because:
      'The ceiling, below 2^63, is the spend plus a slack below 2^63 in the integers: the spend is below 2^63.',
  },
  {
    file: 'claim-ceilings',
    id: 'ClaimCeilings: slack[i] = Bits(63); => slack[i] = Bits(64);',
    because:
      'The ceiling is below 2^63 and the spend is not negative: the difference is below 2^63 or at least r - 2^63.',
  },
  {
    file: 'batch-slot',
    id: 'BatchSlot: itemSlack[i].in <== itemMax - spend[i]; => itemSlack[i].in <== itemMax - spend[(i + 1) % (16)];',
    because:
      'The sixteen slacks have the same gate: they are the same checks on the same values, in another order.',
  },
  {
    file: 'claim-aggregate',
    id: 'ClaimAggregate: spendBits[i] = GatedBits(63); => spendBits[i] = GatedBits(64);',
    because:
      'The cap, below 2^63, is the sum of all spends plus a slack in the integers: no spend is above the cap.',
  },
  {
    file: 'claim-aggregate',
    id: 'ClaimAggregate: component slack = Bits(63); => component slack = Bits(64);',
    because:
      'The cap is below 2^63 and the total is a sum of few range-checked values: the difference is below 2^63 or at least r minus a small number.',
  },
  {
    file: 'batch-slot',
    id: 'BatchSlot: atBits.gate <== counted; => atBits.gate <== 1;',
    because:
      'Where counted is 0 runningAt equals previousAt, so atBits.in is 0 under any gate; where counted is 1 the gate is the same.',
  },
  {
    file: 'fleet',
    id: 'Fleet: component capSlack = Bits(63); => component capSlack = Bits(64);',
    because:
      'The cap is below 2^63 and the granted sum is of few values below 2^64: the difference is below 2^63 or at least r minus a small number.',
  },
];
