// Claims about one period, and bounds on what a budget spent or has left.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { Inputs } from '../../witness-program.ts';
import { fits, fitsGate, mod, sum, treeOf, wordsOf, zeros } from '../reference.ts';
import {
  changed,
  element,
  type Instance,
  type Model,
  many,
  one,
  type Subject,
  type TaggedHash,
} from '../subject.ts';
import {
  policyBoundsInputs,
  policyBoundsModel,
  summaryTotalInputs,
  summaryTotalModel,
} from './policies.ts';

const MAX_63 = 2n ** 63n - 1n;
const MAX_48 = 2n ** 48n - 1n;
const TIER = 3;
const P = FIELD_ORDER;

const leafOf = (inputs: Inputs, i: number, packed: bigint, hash: TaggedHash): bigint => {
  if (many(inputs, 'counted')[i] === 0n) return 0n;
  const [token, salt] = [many(inputs, 'token')[i] ?? 0n, many(inputs, 'salt')[i] ?? 0n];
  return hash('commitment', [mod(packed), one(inputs, 'periodId'), token, salt]);
};

const renamed = (inputs: Inputs): Inputs => ({ ...inputs, salt: inputs['policySalt'] ?? 0n });

const column = (inputs: Inputs, name: string, i: number): bigint => many(inputs, name)[i] ?? 0n;

const indexes = Array.from({ length: TIER }, (_, i) => i);
const areFlags = (inputs: Inputs): boolean => many(inputs, 'counted').every((c) => c <= 1n);
const allFit = (inputs: Inputs, widths: Readonly<Record<string, number>>): boolean =>
  Object.entries(widths).every(([name, bits]) =>
    indexes.every((i) => fitsGate(column(inputs, name, i), bits, column(inputs, 'counted', i))),
  );

const aggregateModel: Model = (inputs, hash) => {
  const policy = policyBoundsModel(renamed(inputs), hash);
  const spend = many(inputs, 'spend');
  if (policy === undefined || !areFlags(inputs)) return undefined;
  if (!allFit(inputs, { spend: 63, fields: 56 })) return undefined;
  if (!fits(one(inputs, 'cap') - sum(spend), 63)) return undefined;
  const leaves = indexes.map((i) =>
    leafOf(inputs, i, (spend[i] ?? 0n) + column(inputs, 'fields', i) * 2n ** 64n, hash),
  );
  return [treeOf(hash, 'leaves', leaves, 16), ...policy];
};

const windowModel: Model = (inputs, hash) => {
  const policy = policyBoundsModel(renamed(inputs), hash);
  if (policy === undefined || !areFlags(inputs)) return undefined;
  if (!allFit(inputs, { step: 48, low: 63, high: 8 })) return undefined;
  let at = one(inputs, 'windowStart');
  const leaves = indexes.map((i) => {
    at += column(inputs, 'step', i);
    const high = column(inputs, 'high', i) * 2n ** 112n;
    return leafOf(inputs, i, column(inputs, 'low', i) + at * 2n ** 64n + high, hash);
  });
  if (!fits(one(inputs, 'windowEnd') - at, 48)) return undefined;
  return [treeOf(hash, 'leaves', leaves, 16), ...policy];
};

const ceilingsModel: Model = (inputs, hash) => {
  const ceilings = many(inputs, 'ceilings');
  if (!ceilings.every((c) => fits(c, 63)) || !areFlags(inputs)) return undefined;
  if (!allFit(inputs, { spend: 63, at: 48, category: 3, regime: 5 })) return undefined;
  const isBelow = (i: number): boolean =>
    fits((ceilings[Number(column(inputs, 'category', i))] ?? 0n) - column(inputs, 'spend', i), 63);
  if (!indexes.every(isBelow)) return undefined;
  const leaves = indexes.map((i) => {
    const shifts: Readonly<Record<string, bigint>> = {
      spend: 0n,
      at: 64n,
      category: 112n,
      regime: 115n,
    };
    const parts = Object.entries(shifts).map(([n, shift]) => column(inputs, n, i) * 2n ** shift);
    return leafOf(inputs, i, sum(parts), hash);
  });
  const head = ['budgetId', 'denomId', 'capAndWindow'].map((name) => one(inputs, name));
  return [
    treeOf(hash, 'leaves', leaves, 16),
    hash('policy', [
      ...head,
      ...wordsOf(ceilings),
      ...many(inputs, 'capWords'),
      one(inputs, 'policySalt'),
    ]),
  ];
};

const { salt: policySalt = 0n, ...policy } = policyBoundsInputs;
const notes: Inputs = {
  periodId: element('period id'),
  counted: [1n, 0n, 1n],
  token: [element('token 0'), element('token 1'), element('token 2')],
  salt: [element('salt 0'), 0n, element('salt 2')],
};
const small = { cap: 700n, windowStart: 1_000n, windowEnd: 9_000n };
const base: Inputs = { ...policy, ...small, policySalt, ...notes };
const uncounted = { counted: zeros(3), token: zeros(3), salt: zeros(3) };

/** Each of a note's parts one above its range, and behind a closed flag. */
const partForgeries = (
  honest: Inputs,
  widths: Readonly<Record<string, number>>,
): Instance['forged'] =>
  Object.entries(widths).flatMap(([name, bits]): Instance['forged'] => [
    [`${name} of 2^${bits}`, changed(honest, { [`${name}[0]`]: 2n ** BigInt(bits) })],
    [`${name} of -1`, changed(honest, { [`${name}[2]`]: P - 1n })],
    [`${name} in an uncounted slot`, changed(honest, { [`${name}[1]`]: 1n })],
  ]);

const aggregated: Inputs = { ...base, spend: [400n, 0n, 300n], fields: [5n, 0n, 2n ** 56n - 1n] };
const aggregate: Instance = {
  component: `ClaimAggregate(${TIER})`,
  publicInputs: ['periodId'],
  honest: [
    aggregated,
    { ...aggregated, ...uncounted, spend: zeros(3), fields: zeros(3) },
    {
      ...aggregated,
      cap: MAX_63,
      counted: [1n, 0n, 0n],
      spend: [MAX_63, 0n, 0n],
      fields: zeros(3),
    },
    { ...aggregated, cap: MAX_63 },
  ],
  forged: [
    ...partForgeries({ ...aggregated, cap: MAX_63 }, { spend: 63, fields: 56 }),
    ['one above the cap', changed(aggregated, { cap: 699n })],
    ['counted of 2', changed(aggregated, { 'counted[0]': 2n })],
    ['a cap of 2^63', changed(aggregated, { cap: 2n ** 63n })],
    ['counted without a spend, not a flag', changed(aggregated, { 'counted[1]': P - 1n })],
  ],
  model: aggregateModel,
};

const windowed: Inputs = {
  ...base,
  step: [0n, 0n, 8_000n],
  low: [400n, 0n, MAX_63],
  high: [255n, 0n, 7n],
};
const window: Instance = {
  component: `ClaimWindow(${TIER})`,
  publicInputs: ['periodId'],
  honest: [
    windowed,
    { ...windowed, ...uncounted, step: zeros(3), low: zeros(3), high: zeros(3) },
    { ...windowed, windowStart: 0n, windowEnd: MAX_48, step: [MAX_48, 0n, 0n] },
    { ...windowed, windowStart: 0n, windowEnd: MAX_48 },
  ],
  forged: [
    ...partForgeries({ ...windowed, windowEnd: MAX_48 }, { step: 48, low: 63, high: 8 }),
    ['one after the window', changed(windowed, { windowEnd: 8_999n })],
    ['an empty window', changed(windowed, { windowStart: 9_001n })],
    ['a time going back', changed(windowed, { 'step[0]': 10n, 'step[2]': P - 5n })],
    ['counted of 2', changed(windowed, { 'counted[0]': 2n })],
    [
      'steps that wrap',
      changed({ ...windowed, windowEnd: MAX_48 }, { 'step[0]': MAX_48, 'step[2]': MAX_48 }),
    ],
  ],
  model: windowModel,
};

const ceilings = Array.from({ length: 8 }, (_, k) => BigInt(100 * (k + 1)));
const { cap: _cap, windowStart: _start, windowEnd: _end, ceilingWords: _words, ...opaque } = base;
const topped: Inputs = {
  ...opaque,
  capAndWindow: element('cap and window'),
  ceilings,
  spend: [400n, 0n, 800n],
  at: [1_000n, 0n, MAX_48],
  category: [3n, 0n, 7n],
  regime: [31n, 0n, 5n],
};
const ceilingClaim: Instance = {
  component: `ClaimCeilings(${TIER})`,
  publicInputs: ['periodId'],
  honest: [
    topped,
    ...ceilings.map((c, k) => changed(topped, { 'category[0]': BigInt(k), 'spend[0]': c })),
    { ...topped, ceilings: ceilings.map(() => MAX_63) },
    { ...topped, ceilings: ceilings.map(() => MAX_63), spend: [MAX_63, 0n, 0n] },
    {
      ...topped,
      ...uncounted,
      spend: zeros(3),
      at: zeros(3),
      category: zeros(3),
      regime: zeros(3),
    },
  ],
  forged: [
    ...partForgeries(
      { ...topped, ceilings: ceilings.map(() => MAX_63) },
      { spend: 63, at: 48, category: 3, regime: 5 },
    ),
    ...ceilings.map((c, k): Instance['forged'][number] => [
      `category ${k}: ceiling + 1`,
      changed(topped, { 'category[0]': BigInt(k), 'spend[0]': c + 1n }),
    ]),
    ...ceilings.map((_, k): Instance['forged'][number] => [
      `ceiling ${k} of 2^63`,
      changed(topped, { [`ceilings[${k}]`]: 2n ** 63n }),
    ]),
    ['counted of 2', changed(topped, { 'counted[0]': 2n })],
  ],
  model: ceilingsModel,
};

const chosen: Instance = {
  component: 'CategoryCeiling()',
  booleanInputs: ['gate'],
  honest: [
    ...ceilings.map((_, k) => ({ category: BigInt(k), gate: 1n, ceilings })),
    { category: 0n, gate: 0n, ceilings },
  ],
  forged: [
    ['category 8', { category: 8n, gate: 1n, ceilings }],
    ['category -1', { category: P - 1n, gate: 1n, ceilings }],
    ['a category behind a closed gate', { category: 1n, gate: 0n, ceilings }],
  ],
  model: (inputs) =>
    fitsGate(one(inputs, 'category'), 3, one(inputs, 'gate'))
      ? [many(inputs, 'ceilings')[Number(one(inputs, 'category'))] ?? 0n]
      : undefined,
};

const leaf: Inputs = {
  counted: 1n,
  packed: element('packed') % 2n ** 120n,
  periodId: element('period id'),
  token: element('token'),
  salt: element('salt'),
};
const claimLeaf: Instance = {
  component: 'ClaimLeaf()',
  honest: [leaf, { ...leaf, counted: 0n }],
  forged: [
    ['counted of 2', { ...leaf, counted: 2n }],
    ['counted of -1', { ...leaf, counted: P - 1n }],
  ],
  model: (inputs, hash) => {
    const get = (name: string): bigint => one(inputs, name);
    if (get('counted') > 1n) return undefined;
    const parts = ['packed', 'periodId', 'token', 'salt'].map(get);
    return [get('counted') === 0n ? 0n : hash('commitment', parts)];
  },
};

const { salt: summarySalt = 0n, ...summary } = summaryTotalInputs;
const spent: Inputs = { ...summary, summarySalt, cumulativeTotal: 500n, bound: 500n };
const spentAtMost: Instance = {
  component: 'SpentAtMost()',
  publicInputs: ['bound'],
  honest: [
    spent,
    { ...spent, bound: MAX_63, cumulativeTotal: MAX_63 },
    { ...spent, bound: MAX_63, cumulativeTotal: 0n },
    { ...spent, bound: 2n * MAX_63, cumulativeTotal: MAX_63 },
  ],
  forged: [
    ['one below the total', { ...spent, bound: 499n }],
    ['a bound of -1', { ...spent, bound: P - 1n }],
    ['a negative total', { ...spent, cumulativeTotal: P - 1n }],
    ['a total of 2^63', { ...spent, cumulativeTotal: 2n ** 63n, bound: 2n ** 63n }],
    ['a slack of 2^63', { ...spent, cumulativeTotal: 0n, bound: 2n ** 63n }],
  ],
  model: (inputs, hash) => {
    const outputs = summaryTotalModel({ ...inputs, salt: one(inputs, 'summarySalt') }, hash);
    const slack = one(inputs, 'bound') - one(inputs, 'cumulativeTotal');
    return fits(slack, 63) ? outputs : undefined;
  },
};

const { policyDigest: _digest, ...foreign } = summary;
const remaining: Inputs = {
  ...policy,
  ...small,
  policySalt,
  ...foreign,
  summarySalt,
  cumulativeTotal: 500n,
  floor: 200n,
};
const remainingAtLeast: Instance = {
  component: 'RemainingAtLeast()',
  publicInputs: ['floor'],
  honest: [
    remaining,
    { ...remaining, floor: 0n },
    { ...remaining, cap: MAX_63, cumulativeTotal: 0n, floor: 0n },
    { ...remaining, cap: MAX_63, cumulativeTotal: 0n, floor: MAX_63 },
    { ...remaining, cap: MAX_63, cumulativeTotal: MAX_63, floor: 0n },
  ],
  forged: [
    ['a floor of one more', { ...remaining, floor: 201n }],
    ['a negative floor that makes room', { ...remaining, cumulativeTotal: 701n, floor: P - 1n }],
    ['a floor of -1', { ...remaining, floor: P - 1n }],
    ['a negative total', { ...remaining, cumulativeTotal: P - 1n, floor: 701n }],
    ['a cap of 2^63', { ...remaining, cap: 2n ** 63n }],
  ],
  model: (inputs, hash) => {
    const digest = policyBoundsModel(renamed(inputs), hash);
    const [cap, total, floor] = ['cap', 'cumulativeTotal', 'floor'].map((n) => one(inputs, n));
    if (digest === undefined || cap === undefined || total === undefined || floor === undefined) {
      return undefined;
    }
    if (!fits(floor, 63) || !fits(cap - total - floor, 63)) return undefined;
    const own = { ...inputs, policyDigest: digest[0] ?? 0n, salt: one(inputs, 'summarySalt') };
    const commitment = summaryTotalModel(own, hash);
    return commitment && [...commitment, ...digest];
  },
};

export const CLAIMS: readonly Subject[] = [
  { file: 'claim-leaf', instances: [claimLeaf] },
  { file: 'claim-aggregate', instances: [aggregate] },
  { file: 'claim-window', instances: [window] },
  { file: 'claim-ceilings', instances: [chosen, ceilingClaim] },
  { file: 'spent-at-most', instances: [spentAtMost] },
  { file: 'remaining-at-least', instances: [remainingAtLeast] },
];
