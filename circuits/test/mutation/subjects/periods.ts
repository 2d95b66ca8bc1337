// Whole periods: the spend circuit and the one of batch notes, with three indexes.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { Inputs, Value } from '../../witness-program.ts';
import { fits, mod, packed, sum, treeOf, wordsOf, zeros } from '../reference.ts';
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
import { openingModel, policyModel } from './policies.ts';
import { batchSlotOutputs, type SlotOutputs, slotOutputs } from './slots.ts';

const TIER = 3;
const MAX_63 = 2n ** 63n - 1n;
const MAX_48 = 2n ** 48n - 1n;
const PARTS = ['principal', 'agent', 'origin', 'treeSizes', 'lastRoot', 'chainId', 'registry'];

type Kind = {
  readonly circuit: bigint;
  /** Inputs with one entry an index. */
  readonly columns: readonly string[];
  readonly slot: (inputs: Inputs, hash: TaggedHash) => SlotOutputs | undefined;
};

const COLUMNS = ['active', 'counted', 'spend', 'at', 'category', 'regime', 'token', 'salt'];
const SINGLE: Kind = { circuit: 1n, columns: COLUMNS, slot: slotOutputs };
const BATCH: Kind = {
  circuit: 2n,
  columns: [...COLUMNS, 'used', 'step', 'itemMax'],
  slot: batchSlotOutputs,
};

function entry(inputs: Inputs, name: string, index: number): Value {
  const column = inputs[name];
  const value = typeof column === 'bigint' ? undefined : column?.[index];
  if (value === undefined) throw new Error(`no ${name}[${index}]`);
  return value;
}

/** The outputs of every slot in order, each fed with what the one before left. */
function slotsOf(
  kind: Kind,
  inputs: Inputs,
  openingAt: bigint,
  hash: TaggedHash,
): readonly SlotOutputs[] | undefined {
  const slots: SlotOutputs[] = [];
  let [activeBefore, seenBefore, previousAt] = [1n, 0n, openingAt];
  for (let i = 0; i < TIER; i++) {
    const own = Object.fromEntries(kind.columns.map((name) => [name, entry(inputs, name, i)]));
    const { periodId, ceilings, windowEnd } = inputs;
    const shared = { periodId, ceilings, windowEnd } as Inputs;
    const slot = kind.slot({ ...own, ...shared, activeBefore, seenBefore, previousAt }, hash);
    if (slot === undefined) return undefined;
    slots.push(slot);
    activeBefore = one(own, 'active');
    seenBefore = mod(seenBefore + slot.first);
    previousAt = slot.runningAt;
  }
  return slots;
}

function digestOfPeriod(kind: Kind, inputs: Inputs, previous: bigint, hash: TaggedHash): bigint {
  const get = (name: string): bigint => one(inputs, name);
  const [principal, agent, origin, treeSizes, lastRoot, chainId, registry] = PARTS.map(get);
  return hash('period', [
    ...[get('periodId'), get('budgetId'), get('periodIndex')],
    ...[principal ?? 0n, agent ?? 0n, origin ?? 0n, treeSizes ?? 0n, lastRoot ?? 0n],
    ...[previous, chainId ?? 0n, registry ?? 0n, kind.circuit * 2n ** 32n + BigInt(TIER)],
  ]);
}

function openingOf(inputs: Inputs, policyDigest: bigint, hash: TaggedHash) {
  const named = Object.fromEntries(
    Object.entries(inputs).flatMap(([name, value]) => {
      const own = /^opening([A-Z])(\w*)$/.exec(name);
      return own ? [[`${own[1]?.toLowerCase()}${own[2]}`, value]] : [];
    }),
  );
  const { budgetId, periodIndex, windowStart } = inputs;
  return openingModel(
    { ...named, budgetId, periodIndex, windowStart, policyDigest } as Inputs,
    hash,
  );
}

const periodModel =
  (kind: Kind): Model =>
  (inputs, hash) => {
    const get = (name: string): bigint => one(inputs, name);
    const [policyDigest] = policyModel({ ...inputs, salt: get('policySalt') }, hash) ?? [];
    if (policyDigest === undefined) return undefined;
    const [openingAt, previous] = openingOf(inputs, policyDigest, hash) ?? [];
    if (openingAt === undefined || previous === undefined) return undefined;
    const slots = slotsOf(kind, inputs, openingAt, hash);
    if (slots === undefined) return undefined;
    const lastAt = slots.at(-1)?.runningAt ?? 0n;
    const totals = zeros(8).map((_, k) => sum(slots.map((s) => s.categorySpend[k] ?? 0n)));
    const before = many(inputs, 'openingTotals');
    const cumulative = totals.map((total, k) => total + (before[k] ?? 0n));
    const caps = many(inputs, 'caps');
    if (!fits(get('windowEnd') - lastAt, 48) || !fits(get('cap') - sum(cumulative), 63))
      return undefined;
    if (!cumulative.every((total, k) => fits((caps[k] ?? 0n) - total, 63))) return undefined;
    const periodDigest = digestOfPeriod(kind, inputs, previous, hash);
    const nullifier = hash('nullifier', [get('budgetId'), get('periodIndex')]);
    const firstAt = sum(slots.map((s, i) => s.first * (many(inputs, 'at')[i] ?? 0n)));
    const count = sum(many(inputs, 'active'));
    const [tokens, categories] = [many(inputs, 'token'), many(inputs, 'category')];
    return [
      treeOf(
        hash,
        'leaves',
        slots.map((s) => s.leaf),
        16,
      ),
      hash('tokens', [treeOf(hash, 'tokens', tokens, 16), packed(categories, 3)]),
      hash('summary', [
        ...[policyDigest, periodDigest, nullifier, mod(sum(totals)), mod(sum(cumulative))],
        mod(count + firstAt * 2n ** 32n + lastAt * 2n ** 80n),
        ...wordsOf(totals),
        ...wordsOf(cumulative),
        get('summarySalt'),
      ]),
      policyDigest,
      periodDigest,
      nullifier,
    ];
  };

const budget: Inputs = {
  budgetId: element('budget'),
  denomId: element('denomination'),
  cap: 1_000n,
  windowStart: 1_000n,
  windowEnd: 9_000n,
  ceilings: [400n, 300n, 10n, 20n, 30n, 40n, 50n, 60n],
  caps: [600n, 500n, 100n, 100n, 100n, 100n, 100n, 100n],
  policySalt: element('policy salt'),
  ...Object.fromEntries(PARTS.map((name) => [name, element(name)])),
  periodId: element('period id'),
  periodIndex: 0n,
  summarySalt: element('summary salt'),
};
const noOpening: Inputs = {
  openingPeriodDigest: 0n,
  openingPeriodTotal: 0n,
  openingCountAndFirst: 0n,
  openingLastAt: 0n,
  openingPeriodWords: zeros(3),
  openingTotals: zeros(8),
  openingSalt: 0n,
};
const laterOpening: Inputs = {
  periodIndex: 4n,
  openingPeriodDigest: element('digest of the period before'),
  openingPeriodTotal: 200n,
  openingCountAndFirst: 2n + 1_000n * 2n ** 32n,
  openingLastAt: 2_000n,
  openingPeriodWords: [11n, 12n, 13n],
  openingTotals: [100n, 90n, 1n, 2n, 3n, 4n, 5n, 6n],
  openingSalt: element('opening salt'),
};
const flags: Inputs = {
  active: [1n, 1n, 1n],
  counted: [1n, 0n, 1n],
  category: [0n, 2n, 1n],
  regime: [3n, 0n, 7n],
  token: [element('token 0'), element('token 1'), element('token 2')],
  salt: [element('salt 0'), 0n, element('salt 2')],
  at: [2_000n, 0n, 9_000n],
};
const singles: Inputs = { ...budget, ...noOpening, ...flags, spend: [400n, 0n, 300n] };
const later: Inputs = { ...singles, ...laterOpening };

const row = (...values: readonly bigint[]): readonly bigint[] => [
  ...values,
  ...zeros(16 - values.length),
];
const batches: Inputs = {
  ...singles,
  cap: 1_500n,
  at: [2_000n, 0n, 6_000n],
  used: [row(1n, 1n), row(), row(1n)],
  spend: [row(400n, 100n), row(), row(300n)],
  step: [row(0n, 500n), row(), row(3_000n)],
  itemMax: [400n, 0n, 300n],
};
const laterBatches: Inputs = { ...batches, ...laterOpening };

const empty = { active: zeros(3), counted: zeros(3), category: zeros(3), regime: zeros(3) };
const without = { ...empty, token: zeros(3), salt: zeros(3), at: zeros(3) };
const largest = {
  cap: MAX_63,
  windowEnd: MAX_48,
  ceilings: new Array<bigint>(8).fill(MAX_63),
  caps: new Array<bigint>(8).fill(MAX_63),
};

const P = FIELD_ORDER;

/** False in the same way for both kinds; `spent` is what the honest period spends. */
function forgeries(honest: Inputs, second: Inputs, spent: readonly bigint[]): Instance['forged'] {
  const total = sum(spent);
  return [
    ['one above the cap', changed(honest, { cap: total - 1n })],
    ['one above the cap with earlier periods', changed(second, { cap: total + 210n })],
    ['one above a category cap', changed(honest, { 'caps[0]': (spent[0] ?? 0n) - 1n })],
    ['one above the other category cap', changed(honest, { 'caps[1]': (spent[1] ?? 0n) - 1n })],
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((k): Instance['forged'][number] => {
      const before = many(second, 'openingTotals')[k] ?? 0n;
      const limit = before + (spent[k] ?? 0n) - 1n;
      return [
        `category ${k}: one above its cap with earlier periods`,
        changed(second, { [`caps[${k}]`]: limit }),
      ];
    }),
    ['a payment above the ceiling of its category', changed(honest, { 'ceilings[0]': 399n })],
    [
      'one above the cap of the last category',
      changed(honest, { 'category[2]': 7n, 'ceilings[7]': 300n, 'caps[7]': 299n }),
    ],
    ['after the window', changed(honest, { windowEnd: 8_999n })],
    ['before the window', changed(honest, { windowStart: 2_001n })],
    ['before the last note of the period before', changed(second, { openingLastAt: 2_001n })],
    ['an opening total in period 0', changed(honest, { 'openingTotals[7]': 1n })],
    ['a negative opening total', changed(second, { 'openingTotals[5]': P - 1n })],
    ['an empty window', changed({ ...honest }, { windowStart: 9_001n })],
    ['a cap of 2^63', changed(honest, { cap: 2n ** 63n })],
    [
      'a gap in the active indexes',
      changed(honest, { 'active[1]': 0n, 'category[1]': 0n, 'token[1]': 0n }),
    ],
    ['active of 2 at the first index', changed(honest, { 'active[0]': 2n, 'counted[0]': 2n })],
  ];
}

function bounds(honest: Inputs, second: Inputs, spent: readonly bigint[]): readonly Inputs[] {
  const total = sum(spent);
  const before = many(second, 'openingTotals');
  const tight = Object.fromEntries(
    before.map((b, k) => [`caps[${k}]`, b + (spent[k] ?? 0n)] as const),
  );
  return [
    honest,
    second,
    changed(honest, { cap: total, 'caps[0]': spent[0] ?? 0n, 'caps[1]': spent[1] ?? 0n }),
    changed(second, { cap: total + 211n, ...tight }),
    changed(honest, { 'category[2]': 7n, 'ceilings[7]': 300n, 'caps[7]': 300n }),
    changed(honest, { windowStart: 2_000n }),
    changed(second, { windowStart: 5_000n }),
    { ...honest, ...largest },
    { ...second, ...largest, cap: MAX_63 },
  ];
}

function instance(
  kind: Kind,
  name: string,
  honest: Inputs,
  second: Inputs,
  none: Inputs,
  spent: readonly bigint[],
): Instance {
  return {
    component: `${name}(${TIER})`,
    hints: ['opening.isFirst.inv'],
    honest: [
      ...bounds(honest, second, spent),
      { ...honest, ...without, ...none },
      { ...second, ...without, ...none },
      { ...honest, ...without, ...none, active: [1n, 0n, 0n], token: [5n, 0n, 0n] },
      { ...honest, ...without, ...none, windowEnd: 1_000n },
    ],
    forged: [
      ...forgeries(honest, second, spent),
      ['an empty window without notes', { ...honest, ...without, ...none, windowEnd: 999n }],
    ],
    model: periodModel(kind),
    perturbations: 250,
  };
}

export const PERIODS: readonly Subject[] = [
  {
    file: 'spend',
    instances: [instance(SINGLE, 'Spend', singles, later, { spend: zeros(3) }, [400n, 300n])],
  },
  {
    file: 'batch',
    instances: [
      instance(
        BATCH,
        'Batch',
        batches,
        laterBatches,
        {
          used: [row(), row(), row()],
          spend: [row(), row(), row()],
          step: [row(), row(), row()],
          itemMax: zeros(3),
        },
        [500n, 300n],
      ),
    ],
  },
];
