// One index of a period: single notes and batch notes.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { Inputs } from '../../witness-program.ts';
import { fits, fitsGate, mod, packed, sum, zeros } from '../reference.ts';
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

const MAX_48 = 2n ** 48n - 1n;
const MAX_63 = 2n ** 63n - 1n;

export type SlotOutputs = {
  readonly runningAt: bigint;
  readonly first: bigint;
  readonly leaf: bigint;
  readonly categorySpend: readonly bigint[];
};

/** What single and batch slots share: flags, category, regime, running time, zeros; undefined if refused. */
function slotFrame(inputs: Inputs, spend: bigint, ceilingOf: bigint): SlotOutputs | undefined {
  const get = (name: string): bigint => one(inputs, name);
  const [active, counted, at] = [get('active'), get('counted'), get('at')];
  if (active !== 0n && active !== get('activeBefore')) return undefined;
  if (counted !== 0n && counted !== active) return undefined;
  if (!fitsGate(get('regime'), 5, counted)) return undefined;
  const category = get('category');
  if (active === 0n ? category !== 0n : category > 7n) return undefined;
  const runningAt = counted === 0n ? get('previousAt') : at;
  if (counted === 0n && (at !== 0n || get('salt') !== 0n)) return undefined;
  if (!fitsGate(runningAt - get('previousAt'), 48, counted)) return undefined;
  if (active === 0n && get('token') !== 0n) return undefined;
  const ceiling = active === 0n ? 0n : (many(inputs, 'ceilings')[Number(category)] ?? 0n);
  if (!fits(ceiling - ceilingOf, 63)) return undefined;
  return {
    runningAt,
    first: mod(counted * (1n - get('seenBefore'))),
    leaf: 0n,
    categorySpend: zeros(8).map((_, k) => (active === 1n && BigInt(k) === category ? spend : 0n)),
  };
}

export function slotOutputs(inputs: Inputs, hash: TaggedHash): SlotOutputs | undefined {
  const get = (name: string): bigint => one(inputs, name);
  const spend = get('spend');
  if (!fitsGate(spend, 63, get('counted'))) return undefined;
  const frame = slotFrame(inputs, spend, spend);
  if (frame === undefined || get('counted') === 0n) return frame;
  const header =
    spend + get('at') * 2n ** 64n + get('category') * 2n ** 112n + get('regime') * 2n ** 115n;
  const rest = ['periodId', 'token', 'salt'].map((name) => get(name));
  return { ...frame, leaf: hash('commitment', [mod(header), ...rest]) };
}

export function batchSlotOutputs(inputs: Inputs, hash: TaggedHash): SlotOutputs | undefined {
  const get = (name: string): bigint => one(inputs, name);
  const [used, spend, step] = ['used', 'spend', 'step'].map((name) => many(inputs, name));
  if (used === undefined || spend === undefined || step === undefined) return undefined;
  const counted = get('counted');
  for (let i = 0; i < 16; i++) {
    const [u, s, t] = [used[i] ?? 0n, spend[i] ?? 0n, step[i] ?? 0n];
    if (i === 0 ? u !== counted : u !== 0n && u !== used[i - 1]) return undefined;
    if (!fitsGate(s, 48, u) || !fitsGate(t, 32, u)) return undefined;
    if (!fitsGate(get('itemMax') - s, 48, counted)) return undefined;
  }
  const frame = slotFrame(inputs, sum(spend), get('itemMax'));
  if (frame === undefined) return undefined;
  if (!fits(get('windowEnd') - get('at') - sum(step), 48)) return undefined;
  if (counted === 0n) return frame;
  const items = spend.map((s, i) => s + (step[i] ?? 0n) * 2n ** 48n);
  const words = [0, 3, 6, 9, 12, 15].map((from) => packed(items.slice(from, from + 3), 80));
  const header =
    get('at') + get('category') * 2n ** 48n + get('regime') * 2n ** 51n + sum(used) * 2n ** 56n;
  const rest = ['periodId', 'token', 'salt'].map((name) => get(name));
  return { ...frame, leaf: hash('batch', [...words, mod(header), ...rest]) };
}

const listed = (slot: SlotOutputs | undefined): readonly bigint[] | undefined =>
  slot && [slot.runningAt, slot.first, slot.leaf, ...slot.categorySpend];

const slotModel: Model = (inputs, hash) => listed(slotOutputs(inputs, hash));
const batchSlotModel: Model = (inputs, hash) => listed(batchSlotOutputs(inputs, hash));

const ceilings = Array.from({ length: 8 }, (_, k) => BigInt(100 * (k + 1)));

const counted: Inputs = {
  activeBefore: 1n,
  seenBefore: 0n,
  previousAt: 5_000n,
  periodId: element('period id'),
  ceilings,
  active: 1n,
  counted: 1n,
  spend: 400n,
  at: 6_000n,
  category: 3n,
  regime: 21n,
  token: element('token'),
  salt: element('note salt'),
};
const voided: Inputs = { ...counted, counted: 0n, spend: 0n, at: 0n, regime: 0n, salt: 0n };
const padding: Inputs = { ...voided, activeBefore: 0n, active: 0n, category: 0n, token: 0n };

const FRAME_FORGERIES: Instance['forged'] = [
  ['active after padding', changed(counted, { activeBefore: 0n })],
  ['active of 2', changed(voided, { active: 2n, activeBefore: 1n })],
  ['counted without being active', changed(padding, { counted: 1n, at: 6_000n })],
  ['counted of 2', changed(counted, { counted: 2n })],
  ['a category in padding', changed(padding, { category: 1n })],
  ['a token in padding', changed(padding, { token: 1n })],
  ['a regime in a void slot', changed(voided, { regime: 1n })],
  ['a salt in a void slot', changed(voided, { salt: 1n })],
  ['a time in a void slot', changed(voided, { at: 6_000n })],
  ['the running time in a void slot', changed(voided, { at: 5_000n })],
  ['category 8', changed(counted, { category: 8n })],
  ['regime 32', changed(counted, { regime: 32n })],
  ['regime -1', changed(counted, { regime: FIELD_ORDER - 1n })],
  ['time going back', changed(counted, { at: 4_999n })],
  ['a step of 2^48', changed(counted, { at: 5_000n + 2n ** 48n })],
];

const slot: Instance = {
  component: 'Slot()',
  booleanInputs: ['activeBefore', 'seenBefore'],
  honest: [
    counted,
    voided,
    padding,
    changed(padding, { activeBefore: 1n }),
    ...ceilings.map((ceiling, k) =>
      changed(counted, { category: BigInt(k), spend: ceiling, regime: 31n }),
    ),
    changed(counted, { at: 5_000n, seenBefore: 1n }),
    changed(counted, { at: 5_000n + MAX_48 }),
    changed(counted, { spend: MAX_63, 'ceilings[3]': MAX_63 }),
    changed(counted, { spend: 0n, 'ceilings[3]': MAX_63 }),
  ],
  forged: [
    ...FRAME_FORGERIES,
    ['spend in a void slot', changed(voided, { spend: 1n })],
    ['spend in padding', changed(padding, { spend: 1n })],
    ...ceilings.map((ceiling, k): Instance['forged'][number] => [
      `category ${k}: ceiling + 1`,
      changed(counted, { category: BigInt(k), spend: ceiling + 1n }),
    ]),
    ['a negative spend', changed(counted, { spend: FIELD_ORDER - 1n })],
    ['spend 2^63', changed(counted, { spend: 2n ** 63n, 'ceilings[3]': 2n ** 63n })],
  ],
  model: slotModel,
};

const six = (values: readonly bigint[]): readonly bigint[] => [
  ...values,
  ...zeros(16 - values.length),
];
const batched: Inputs = {
  ...counted,
  windowEnd: 9_000n,
  used: six([1n, 1n, 1n]),
  spend: six([400n, 7n, 250n]),
  step: six([0n, 1_000n, 2_000n]),
  itemMax: 400n,
};
const noItems = { used: zeros(16), spend: zeros(16), step: zeros(16), itemMax: 0n };
const voidedBatch: Inputs = { ...voided, windowEnd: 9_000n, ...noItems };
const paddingBatch: Inputs = { ...padding, windowEnd: 9_000n, ...noItems };
const fullBatch: Inputs = {
  ...batched,
  used: new Array<bigint>(16).fill(1n),
  spend: Array.from({ length: 16 }, (_, i) => BigInt(i + 1)),
  step: Array.from({ length: 16 }, (_, i) => BigInt(10 * i)),
};

const batchForgeries: Instance['forged'] = [
  ...FRAME_FORGERIES.map(([reason, inputs]): Instance['forged'][number] => {
    const base = one(inputs, 'counted') === 0n ? noItems : batched;
    const { spend, used, step, itemMax } = base as typeof noItems;
    return [reason, { ...inputs, windowEnd: 2n ** 48n - 1n, spend, used, step, itemMax }];
  }),
  ['an item above the ceiling', changed(batched, { 'spend[1]': 401n, itemMax: 401n })],
  ['an item above the largest', changed(batched, { 'spend[1]': 401n })],
  ['the largest item above the ceiling', changed(batched, { itemMax: 401n })],
  ['a batch without items', { ...batched, ...noItems }],
  ['a gap in the items', changed(batched, { 'used[4]': 1n })],
  ['an item flag of 2', changed(batched, { 'used[2]': 2n })],
  ['an item in a void slot', changed(voidedBatch, { 'used[0]': 1n })],
  ['a largest item in a void slot', changed(voidedBatch, { itemMax: 1n })],
  ['a largest item in padding', changed(paddingBatch, { itemMax: 1n })],
  ['spend in an unused item', changed(batched, { 'spend[3]': 1n })],
  ['a step in an unused item', changed(batched, { 'step[3]': 1n, windowEnd: MAX_48 })],
  ['a negative item', changed(batched, { 'spend[1]': FIELD_ORDER - 1n })],
  ['a negative step', changed(batched, { 'step[1]': FIELD_ORDER - 1n })],
  ['the last payment after the window', changed(batched, { 'step[2]': 2_001n })],
  // Only with a policy that Policy() refuses; the slot does not rely on that.
  [
    'a step of 2^48 in a window that is too wide',
    changed(batched, { at: 5_000n + 2n ** 48n, windowEnd: 2n ** 48n + 9_000n }),
  ],
  ['a window that is too wide', changed(batched, { windowEnd: 9_000n + 2n ** 48n })],
  ['a ceiling of 2^63 too much', changed(batched, { 'ceilings[3]': 2n ** 63n + 400n })],
  // In a full batch no other item is too far below the largest.
  [
    'an item of 2^48',
    changed(fullBatch, { 'spend[0]': 2n ** 48n, itemMax: 2n ** 48n, 'ceilings[3]': MAX_63 }),
  ],
  [
    'a batch of nothing without being active',
    changed({ ...paddingBatch, used: fullBatch['used'] ?? [] }, { counted: 1n, at: 6_000n }),
  ],
  ['a step of 2^32', changed(batched, { 'step[1]': 2n ** 32n, windowEnd: MAX_48 })],
  ['a slack of 2^48', changed(batched, { itemMax: 2n ** 48n + 7n, 'ceilings[3]': MAX_63 })],
];

const batchSlot: Instance = {
  component: 'BatchSlot()',
  booleanInputs: ['activeBefore', 'seenBefore'],
  honest: [
    batched,
    voidedBatch,
    paddingBatch,
    changed(paddingBatch, { activeBefore: 1n }),
    fullBatch,
    ...ceilings.map((ceiling, k) =>
      changed(batched, {
        category: BigInt(k),
        'spend[0]': ceiling,
        'spend[1]': 0n,
        'spend[2]': 0n,
        itemMax: ceiling,
      }),
    ),
    changed(batched, { at: 5_000n, seenBefore: 1n, regime: 31n }),
    changed(batched, { windowEnd: MAX_48, 'step[1]': 2n ** 32n - 1n }),
    changed(batched, { windowEnd: MAX_48, 'step[0]': 5n }),
    changed(batched, { windowEnd: MAX_48, previousAt: 0n, at: MAX_48 - 3_000n }),
    changed(batched, {
      'spend[0]': MAX_48,
      'spend[1]': MAX_48,
      'spend[2]': MAX_48,
      itemMax: MAX_48,
      'ceilings[3]': MAX_63,
    }),
    changed(batched, {
      'spend[0]': 0n,
      'spend[1]': 0n,
      'spend[2]': 0n,
      itemMax: 0n,
      'ceilings[3]': MAX_63,
    }),
    changed(batched, { windowEnd: 9_000n + MAX_48 - 1n }),
  ],
  forged: batchForgeries,
  model: batchSlotModel,
  perturbations: 800,
};

export const SLOTS: readonly Subject[] = [
  { file: 'slot', instances: [slot] },
  { file: 'batch-slot', instances: [batchSlot] },
];
