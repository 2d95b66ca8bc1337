// Policies, summaries and the opening of a period.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { Inputs } from '../../witness-program.ts';
import { fits, fitsGate, packed, sum, wordsOf, zeros } from '../reference.ts';
import {
  changed,
  element,
  type Instance,
  type Model,
  many,
  one,
  type Subject,
} from '../subject.ts';

const MAX_63 = 2n ** 63n - 1n;
const MAX_48 = 2n ** 48n - 1n;

export const amounts = (name: string): readonly bigint[] =>
  Array.from({ length: 8 }, (_, i) => element(`${name} ${i}`) % 2n ** 63n);

export const elements = (name: string, count: number): readonly bigint[] =>
  Array.from({ length: count }, (_, i) => element(`${name} ${i}`));

const boundsOf = (inputs: Inputs): bigint | undefined => {
  const get = (name: string): bigint => one(inputs, name);
  const isInRange =
    fits(get('cap'), 63) && fits(get('windowStart'), 48) && fits(get('windowEnd'), 48);
  return isInRange
    ? get('cap') + get('windowStart') * 2n ** 64n + get('windowEnd') * 2n ** 112n
    : undefined;
};

export const policyModel: Model = (inputs, hash) => {
  const bounds = boundsOf(inputs);
  const [ceilings, caps] = [many(inputs, 'ceilings'), many(inputs, 'caps')];
  if (bounds === undefined || ![...ceilings, ...caps].every((x) => fits(x, 63))) return undefined;
  const [budget, denomination, salt] = ['budgetId', 'denomId', 'salt'].map((n) => one(inputs, n));
  return [
    hash('policy', [
      budget ?? 0n,
      denomination ?? 0n,
      bounds,
      ...wordsOf(ceilings),
      ...wordsOf(caps),
      salt ?? 0n,
    ]),
  ];
};

const policyInputs: Inputs = {
  budgetId: element('budget'),
  denomId: element('denomination'),
  cap: element('cap') % 2n ** 63n,
  windowStart: element('start') % 2n ** 48n,
  windowEnd: element('end') % 2n ** 48n,
  ceilings: amounts('ceiling'),
  caps: amounts('category cap'),
  salt: element('salt'),
};

const largestPolicy: Inputs = {
  ...policyInputs,
  cap: MAX_63,
  windowStart: MAX_48,
  windowEnd: MAX_48,
  ceilings: new Array<bigint>(8).fill(MAX_63),
  caps: new Array<bigint>(8).fill(MAX_63),
};

const outOfRange = (inputs: Inputs, places: Readonly<Record<string, number>>): Instance['forged'] =>
  Object.entries(places).flatMap(([place, bits]): Instance['forged'] => [
    [`${place} of 2^${bits}`, changed(inputs, { [place]: 2n ** BigInt(bits) })],
    [`${place} of -1`, changed(inputs, { [place]: FIELD_ORDER - 1n })],
  ]);

const eight = (name: string): Readonly<Record<string, number>> =>
  Object.fromEntries(Array.from({ length: 8 }, (_, k) => [`${name}[${k}]`, 63]));

const policy: Instance = {
  component: 'Policy()',
  honest: [policyInputs, largestPolicy],
  forged: outOfRange(policyInputs, {
    cap: 63,
    windowStart: 48,
    windowEnd: 48,
    ...eight('ceilings'),
    ...eight('caps'),
  }),
  model: policyModel,
};

const { ceilings: _ceilings, caps: _caps, ...rest } = policyInputs;
export const policyBoundsInputs: Inputs = {
  ...rest,
  ceilingWords: elements('ceiling word', 3),
  capWords: elements('cap word', 3),
};

export const policyBoundsModel: Model = (inputs, hash) => {
  const bounds = boundsOf(inputs);
  if (bounds === undefined) return undefined;
  return [
    hash('policy', [
      one(inputs, 'budgetId'),
      one(inputs, 'denomId'),
      bounds,
      ...many(inputs, 'ceilingWords'),
      ...many(inputs, 'capWords'),
      one(inputs, 'salt'),
    ]),
  ];
};

const policyBounds: Instance = {
  component: 'PolicyBounds()',
  honest: [
    policyBoundsInputs,
    { ...policyBoundsInputs, cap: MAX_63, windowStart: MAX_48, windowEnd: MAX_48 },
  ],
  forged: outOfRange(policyBoundsInputs, { cap: 63, windowStart: 48, windowEnd: 48 }),
  model: policyBoundsModel,
};

const summaryInputs: Inputs = {
  policyDigest: element('policy'),
  periodDigest: element('period'),
  nullifier: element('nullifier'),
  periodTotal: element('period total') % 2n ** 63n,
  cumulativeTotal: element('cumulative total') % 2n ** 63n,
  counts: element('counts') % 2n ** 128n,
  periodWords: elements('period word', 3),
  cumulative: amounts('cumulative'),
  salt: element('summary salt'),
};

const HEAD = [
  'policyDigest',
  'periodDigest',
  'nullifier',
  'periodTotal',
  'cumulativeTotal',
  'counts',
];

export const summaryModel: Model = (inputs, hash) => [
  hash('summary', [
    ...HEAD.map((name) => one(inputs, name)),
    ...many(inputs, 'periodWords'),
    ...wordsOf(many(inputs, 'cumulative')),
    one(inputs, 'salt'),
  ]),
];

const summary: Instance = {
  component: 'Summary()',
  honest: [summaryInputs],
  forged: [],
  model: summaryModel,
};

const { cumulative: _cumulative, ...summaryRest } = summaryInputs;
export const summaryTotalInputs: Inputs = {
  ...summaryRest,
  cumulativeWords: elements('cumulative word', 3),
};

export const summaryTotalModel: Model = (inputs, hash) =>
  fits(one(inputs, 'cumulativeTotal'), 63)
    ? [
        hash('summary', [
          ...HEAD.map((name) => one(inputs, name)),
          ...many(inputs, 'periodWords'),
          ...many(inputs, 'cumulativeWords'),
          one(inputs, 'salt'),
        ]),
      ]
    : undefined;

const summaryTotal: Instance = {
  component: 'SummaryTotal()',
  honest: [summaryTotalInputs, { ...summaryTotalInputs, cumulativeTotal: MAX_63 }],
  forged: outOfRange(summaryTotalInputs, { cumulativeTotal: 63 }),
  model: summaryTotalModel,
};

const laterOpening: Inputs = {
  budgetId: element('budget'),
  policyDigest: element('policy'),
  periodIndex: 3n,
  windowStart: 1_000n,
  periodDigest: element('period before'),
  periodTotal: 77n,
  countAndFirst: 5n + 2_000n * 2n ** 32n,
  lastAt: 3_000n,
  periodWords: elements('period word', 3),
  totals: amounts('total'),
  salt: element('opening salt'),
};
const firstOpening: Inputs = {
  ...laterOpening,
  periodIndex: 0n,
  periodDigest: 0n,
  periodTotal: 0n,
  countAndFirst: 0n,
  lastAt: 0n,
  periodWords: zeros(3),
  totals: zeros(8),
  salt: 0n,
};

export const openingModel: Model = (inputs, hash) => {
  const get = (name: string): bigint => one(inputs, name);
  const totals = many(inputs, 'totals');
  const later = get('periodIndex') === 0n ? 0n : 1n;
  const isInRange =
    totals.every((x) => fitsGate(x, 63, later)) &&
    fits(get('countAndFirst'), 80) &&
    fits(get('lastAt'), 48);
  if (!isInRange) return undefined;
  if (later === 0n) return [get('windowStart'), 0n];
  return [
    get('lastAt'),
    hash('summary', [
      get('policyDigest'),
      get('periodDigest'),
      hash('nullifier', [get('budgetId'), get('periodIndex') - 1n]),
      get('periodTotal'),
      sum(totals),
      packed([get('countAndFirst'), get('lastAt')], 80),
      ...many(inputs, 'periodWords'),
      ...wordsOf(totals),
      get('salt'),
    ]),
  ];
};

const opening: Instance = {
  component: 'Opening()',
  hints: ['isFirst.inv'],
  honest: [
    laterOpening,
    firstOpening,
    {
      ...laterOpening,
      countAndFirst: 2n ** 80n - 1n,
      lastAt: MAX_48,
      totals: new Array<bigint>(8).fill(MAX_63),
    },
  ],
  forged: [
    ...outOfRange(laterOpening, { countAndFirst: 80, lastAt: 48, ...eight('totals') }),
    ...Array.from({ length: 8 }, (_, k): Instance['forged'][number] => [
      `an opening total ${k} in period 0`,
      changed(firstOpening, { [`totals[${k}]`]: 1n }),
    ]),
    [
      'a last time shifted into the count and first time',
      changed(laterOpening, { lastAt: 0n, countAndFirst: 3_000n * 2n ** 80n }),
    ],
  ],
  model: openingModel,
};

export const POLICIES: readonly Subject[] = [
  { file: 'policy', instances: [policy] },
  { file: 'policy-bounds', instances: [policyBounds] },
  { file: 'summary', instances: [summary] },
  { file: 'summary-total', instances: [summaryTotal] },
  { file: 'opening', instances: [opening] },
];
