// Range checks, packing, hashing, trees.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { poseidonFrom } from '@atomicity/kernel/codec/poseidon';
import { fits, fitsGate, packed, standInFrom, treeOf, wordsOf, zeros } from '../reference.ts';
import { element, type Instance, many, one, type Subject, type TaggedHash } from '../subject.ts';

const P = FIELD_ORDER;

function gatedBits(bits: number): Instance {
  const above = 2n ** BigInt(bits);
  return {
    component: `GatedBits(${bits})`,
    booleanInputs: ['gate'],
    honest: [
      { in: above - 1n, gate: 1n },
      { in: 0n, gate: 0n },
      { in: element('in') % above, gate: 1n },
      { in: 0n, gate: 1n },
    ],
    forged: [
      ['one above the range', { in: above, gate: 1n }],
      ['minus one', { in: P - 1n, gate: 1n }],
      ['a value behind a closed gate', { in: 1n, gate: 0n }],
      ['the largest value behind a closed gate', { in: above - 1n, gate: 0n }],
    ],
    model: (inputs) => (fitsGate(one(inputs, 'in'), bits, one(inputs, 'gate')) ? [] : undefined),
  };
}

const bits: Instance = {
  component: 'Bits(48)',
  honest: [{ in: 0n }, { in: 2n ** 48n - 1n }, { in: 5n }],
  forged: [
    ['one above the range', { in: 2n ** 48n }],
    ['minus one', { in: P - 1n }],
  ],
  model: (inputs) => (fits(one(inputs, 'in'), 48) ? [] : undefined),
};

const values = Array.from({ length: 8 }, (_, i) => element(`value ${i}`) % 2n ** 63n);

const words: Instance = {
  component: 'Words()',
  honest: [{ values }, { values: zeros(8) }],
  forged: [],
  model: (inputs) => wordsOf(many(inputs, 'values')),
};

function tagged(count: number): Instance {
  const inputs = Array.from({ length: count }, (_, i) => element(`input ${i}`));
  return {
    component: `TaggedPoseidon(${count}, 12345)`,
    isRealHash: true,
    honest: [{ inputs }, { inputs: zeros(count) }],
    forged: [],
    perturbations: 40,
    model: (given) => [poseidonFrom(12345n, many(given, 'inputs'))],
  };
}

const leavesOf = (count: number): readonly bigint[] =>
  Array.from({ length: count }, (_, i) => element(`leaf ${i}`));

/** A tag that is none of the project's: the tree takes it as it comes. */
const TAG = 777n;
const tagged777: TaggedHash = (_, inputs) => standInFrom(TAG, inputs);

function tree16(count: number): Instance {
  return {
    component: `Tree16(${count}, ${TAG})`,
    honest: [{ leaves: leavesOf(count) }, { leaves: zeros(count) }],
    forged: [],
    perturbations: 60,
    model: (inputs) => [treeOf(tagged777, '', many(inputs, 'leaves'), 16)],
  };
}

function tree4(count: number): Instance {
  return {
    component: `Tree4(${count}, ${TAG})`,
    honest: [{ leaves: leavesOf(count) }, { leaves: zeros(count) }],
    forged: [],
    perturbations: 60,
    model: (inputs) => [treeOf(tagged777, '', many(inputs, 'leaves'), 4)],
  };
}

function tokens(count: number): Instance {
  return {
    component: `TokensRoot(${count})`,
    honest: [
      {
        tokens: leavesOf(count),
        categories: Array.from({ length: count }, (_, i) => BigInt((i * 5 + 3) % 8)),
      },
    ],
    forged: [],
    perturbations: 60,
    model: (inputs, hash) => {
      const categories = many(inputs, 'categories');
      const packs: bigint[] = [];
      for (let i = 0; i < count; i += 80) packs.push(packed(categories.slice(i, i + 80), 3));
      return [hash('tokens', [treeOf(hash, 'tokens', many(inputs, 'tokens'), 16), ...packs])];
    },
  };
}

export const PRIMITIVES: readonly Subject[] = [
  {
    file: 'gated-bits',
    instances: [gatedBits(5), gatedBits(252), bits],
    // 2^253 is above half of r: a recomposition of so many bits comes near to wrapping.
    refused: ['GatedBits(253)', 'Bits(253)'],
  },
  { file: 'words', instances: [words] },
  { file: 'tagged-poseidon', instances: [tagged(2), tagged(3)] },
  { file: 'tree-16', instances: [tree16(3), tree16(16), tree16(17)] },
  {
    file: 'tree-4',
    instances: [tree4(4), tree4(16)],
    refused: ['Tree4(2, 777)', 'Tree4(6, 777)'],
  },
  { file: 'tokens', instances: [tokens(2), tokens(16), tokens(81)] },
];
