// The slots of a fleet, and the fleet.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { Inputs, Value } from '../../witness-program.ts';
import { fits, fitsGate, mod, packed, sum, treeOf, zeros } from '../reference.ts';
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

const MAX_63 = 2n ** 63n - 1n;
const SINGLE = [
  'used',
  'included',
  'policyDigest',
  'nullifier',
  'subCap',
  'periodDigest',
  'periodTotal',
  'cumulativeTotal',
  'counts',
  'salt',
];
const TRIPLE = ['periodWords', 'cumulativeWords'];
const OPENED = ['periodDigest', 'periodTotal', 'counts', 'salt'];

type Slot = { readonly leaf: bigint; readonly summary: bigint; readonly reserved: bigint };

function slotOutputs(inputs: Inputs, index: number, hash: TaggedHash): Slot | undefined {
  const get = (name: string): bigint => one(inputs, name);
  const [used, included, total] = [get('used'), get('included'), get('cumulativeTotal')];
  if (used !== 0n && used !== get('usedBefore')) return undefined;
  if (included !== 0n && included !== used) return undefined;
  if (!fitsGate(total, 63, included) || !fitsGate(get('subCap') - total, 63, used))
    return undefined;
  if (used === 0n && (get('policyDigest') !== 0n || get('nullifier') !== 0n)) return undefined;
  const words = TRIPLE.flatMap((name) => many(inputs, name));
  const opened = [...OPENED.map(get), ...words];
  if (included === 0n && opened.some((value) => value !== 0n)) return undefined;
  const ids = [get('policyDigest'), get('nullifier')];
  const head = [get('policyDigest'), get('periodDigest'), get('nullifier'), get('periodTotal')];
  return {
    leaf: used === 0n ? 0n : hash('fleet-slot', [...ids, get('subCap'), BigInt(index)]),
    summary:
      included === 0n
        ? 0n
        : hash('summary', [...head, total, get('counts'), ...words, get('salt')]),
    reserved: mod((used - included) * get('subCap')),
  };
}

const slotModel: Model = (inputs, hash) => {
  const slot = slotOutputs(inputs, 5, hash);
  return slot && [slot.leaf, slot.summary, slot.reserved];
};

const included: Inputs = {
  usedBefore: 1n,
  used: 1n,
  included: 1n,
  policyDigest: element('policy'),
  nullifier: element('nullifier'),
  subCap: 500n,
  periodDigest: element('period'),
  periodTotal: 100n,
  cumulativeTotal: 500n,
  counts: element('counts') % 2n ** 128n,
  periodWords: [1n, 2n, 3n],
  cumulativeWords: [element('word'), 5n, 6n],
  salt: element('salt'),
};
const closed = {
  periodDigest: 0n,
  periodTotal: 0n,
  cumulativeTotal: 0n,
  counts: 0n,
  periodWords: zeros(3),
  cumulativeWords: zeros(3),
  salt: 0n,
};
const excluded: Inputs = { ...included, ...closed, included: 0n };
const unused: Inputs = { ...excluded, used: 0n, policyDigest: 0n, nullifier: 0n, subCap: 0n };

const carrying = (base: Inputs, names: readonly string[], what: string): Instance['forged'] =>
  names.map((name) => [`${name} in ${what}`, changed(base, { [name]: 1n })]);

const TRIPLES = TRIPLE.flatMap((name) => [0, 1, 2].map((w) => `${name}[${w}]`));

const slot: Instance = {
  component: 'FleetSlot(5)',
  booleanInputs: ['usedBefore'],
  honest: [
    included,
    excluded,
    unused,
    changed(unused, { usedBefore: 0n }),
    changed(included, { subCap: MAX_63, cumulativeTotal: MAX_63 }),
    changed(included, { subCap: MAX_63, cumulativeTotal: 0n }),
    changed(excluded, { subCap: MAX_63 }),
  ],
  forged: [
    ...carrying(excluded, [...OPENED, 'cumulativeTotal', ...TRIPLES], 'an excluded slot'),
    ...carrying(
      unused,
      ['policyDigest', 'nullifier', 'subCap', 'included', ...OPENED, ...TRIPLES],
      'an unused slot',
    ),
    ['used after an unused slot', changed(excluded, { usedBefore: 0n })],
    ['used of 2', changed(excluded, { used: 2n })],
    ['included of 2', changed(included, { included: 2n })],
    ['one above the sub-cap', changed(included, { cumulativeTotal: 501n })],
    ['a negative total', changed(included, { cumulativeTotal: FIELD_ORDER - 1n })],
    ['a total of 2^63', changed(included, { cumulativeTotal: 2n ** 63n, subCap: 2n ** 63n })],
    ['a sub-cap of 2^63 in an excluded slot', changed(excluded, { subCap: 2n ** 63n })],
    ['a negative sub-cap', changed(excluded, { subCap: FIELD_ORDER - 1n })],
  ],
  model: slotModel,
};

function entry(inputs: Inputs, name: string, index: number): Value {
  const column = inputs[name];
  const value = typeof column === 'bigint' ? undefined : column?.[index];
  if (value === undefined) throw new Error(`no ${name}[${index}]`);
  return value;
}

const fleetModel =
  (size: number): Model =>
  (inputs, hash) => {
    const slots: Slot[] = [];
    let usedBefore = 1n;
    for (let i = 0; i < size; i++) {
      const own: Inputs = Object.fromEntries(
        [...SINGLE, ...TRIPLE].map((name) => [name, entry(inputs, name, i)]),
      );
      const outputs = slotOutputs({ ...own, usedBefore }, i, hash);
      if (outputs === undefined) return undefined;
      slots.push(outputs);
      usedBefore = one(own, 'used');
    }
    const cap = one(inputs, 'cap');
    if (!fits(cap, 63) || !fits(cap - sum(many(inputs, 'subCap')), 63)) return undefined;
    const count = sum(many(inputs, 'used'));
    const [leaves, summaries] = [slots.map((s) => s.leaf), slots.map((s) => s.summary)];
    const flags: bigint[] = [];
    for (let i = 0; i < size; i += 128) {
      flags.push(packed(many(inputs, 'included').slice(i, i + 128), 1));
    }
    const consumed = sum(many(inputs, 'cumulativeTotal'));
    const reserved = sum(slots.map((s) => s.reserved));
    return [
      hash('fleet-policy', [
        treeOf(hash, 'fleet-slots', leaves, 4),
        cap + count * 2n ** 64n,
        one(inputs, 'fleetId'),
      ]),
      treeOf(hash, 'fleet-summaries', summaries, 4),
      packed([cap, consumed, reserved, count], 64),
      ...flags,
    ];
  };

function fleetOf(size: number, kinds: readonly Inputs[], cap: bigint): Inputs {
  const slots = Array.from({ length: size }, (_, i) => {
    const kind = kinds[i] ?? unused;
    if (kind === unused) return unused;
    return changed(kind, { policyDigest: element(`policy ${i}`), nullifier: element(`n ${i}`) });
  });
  const columns = [...SINGLE, ...TRIPLE].map((name) => [name, slots.map((s) => s[name] ?? 0n)]);
  return {
    context: element('context'),
    fleetId: element('fleet'),
    cap,
    ...Object.fromEntries(columns),
  };
}

const mixed = fleetOf(4, [included, excluded, included], 1_500n);
const small: Instance = {
  component: 'Fleet(4)',
  publicInputs: ['context'],
  honest: [
    mixed,
    fleetOf(4, [], 5n),
    fleetOf(4, [excluded, excluded, included, excluded], 2_000n),
    fleetOf(4, [included, included, included, included], MAX_63),
    fleetOf(4, [changed(excluded, { subCap: MAX_63 })], MAX_63),
    fleetOf(4, [changed(included, { subCap: MAX_63, cumulativeTotal: MAX_63 })], MAX_63),
  ],
  forged: [
    ['sub-caps of one more than the cap', changed(mixed, { cap: 1_499n })],
    ['a cap of 2^63', changed(mixed, { cap: 2n ** 63n })],
    ['a negative cap', changed(mixed, { cap: FIELD_ORDER - 1n })],
    [
      'sub-caps that wrap around 2^63',
      fleetOf(4, [changed(excluded, { subCap: MAX_63 }), excluded], MAX_63),
    ],
    [
      'a gap in the slots',
      changed(mixed, { 'used[1]': 0n, 'policyDigest[1]': 0n, 'nullifier[1]': 0n, 'subCap[1]': 0n }),
    ],
    ['used of 2 at the first slot', changed(mixed, { 'used[0]': 2n, 'included[0]': 2n })],
    ['included and not used', changed(mixed, { 'included[3]': 1n })],
  ],
  model: fleetModel(4),
};

/** Two words of flags; slow, so only what Fleet(4) cannot tell apart is left to it. */
const large: Instance = {
  component: 'Fleet(256)',
  honest: [
    fleetOf(
      256,
      Array.from({ length: 256 }, (_, i) => (i % 7 === 4 ? excluded : included)),
      1_000_000n,
    ),
  ],
  forged: [],
  model: fleetModel(256),
  perturbations: 0,
};

export const FLEETS: readonly Subject[] = [
  { file: 'fleet-slot', instances: [slot] },
  { file: 'fleet', instances: [small, large] },
];
