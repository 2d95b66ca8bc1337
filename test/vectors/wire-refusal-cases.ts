import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import { signerCount } from '@atomicity/kernel/wire/signers';
import { networkRefusals } from './network-refusal-cases.ts';
import { honestProof, unpricedProof } from './network-samples.ts';
import { sampleObjects } from './sample-objects.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type RefusalCase = {
  readonly name: string;
  /** The type whose sample was changed. */
  readonly type: string;
  readonly text: string;
  readonly reason: string;
  readonly field: string | null;
};

/** JSON.stringify of keys in order: the samples are ASCII where cases change them. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}

const samples = sampleObjects();

/** The text of a sample: `Type`, or `Type/2` for the second of the type. */
function textOf(sample: string): string {
  const [type, count = '1'] = sample.split('/');
  const found = samples.filter(({ body }) => body.type === type)[Number(count) - 1];
  if (found === undefined) throw new Error(`no sample ${sample}`);
  return found.text;
}

type Change = readonly [pointer: string, value: Json | undefined];

/** A sample with members replaced, added or (with `undefined`) removed. */
export function withMembers(sample: string, ...changes: readonly Change[]): string {
  const object = JSON.parse(textOf(sample));
  for (const [pointer, value] of changes) {
    const path = pointer.split('/').slice(1);
    const last = path.pop() ?? '';
    const holder = path.reduce((at, name) => at[name], object);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return canonical(object);
}

const zeros = '0'.repeat(64);

/** Well-formed, and sorted after any other. */
const LAST_SIGNATURE = {
  by: `pk:${'z'.repeat(51)}y`,
  key: `pk:${'z'.repeat(51)}y`,
  sig: zeros + zeros,
};

/** A payment of a batch. */
const ITEM = { spend: '1', stepMs: 0 };

/** Sample, pointer, value, expected reason, and the field where it is not the pointer. */
export type RefusalRow = readonly [string, string, Json | undefined, string, string?];

const changes: readonly RefusalRow[] = [
  ['TaskBudget', '/body', 'x', 'wrong_type'],
  ['TaskBudget', '/extra', 1, 'unknown_field'],
  ['TaskBudget', '/signatures', undefined, 'missing_field'],
  ['TaskBudget', '/body', undefined, 'missing_field'],
  ['TaskBudget', '/body/type', undefined, 'missing_field'],
  ['TaskBudget', '/body/type', 7, 'wrong_type'],
  ['TaskBudget', '/body/type', 'TaskBudgets', 'unknown_type'],
  ['TaskBudget', '/body/type', '__proto__', 'unknown_type'],
  ['TaskBudget', '/body/type', 'NettingSet', 'type_not_enabled'],
  ['TaskBudget', '/body/type', 'FinalizePreauth', 'type_not_enabled'],
  ['TaskBudget', '/body/v', 2, 'unknown_version'],
  ['TaskBudget', '/body/v', '1', 'wrong_type'],
  ['TaskBudget', '/body/extra', 1, 'unknown_field'],
  ['TaskBudget', '/body/a~1b', 1, 'unknown_field', '/body/a~01b'],
  ['TaskBudget', '/body/cap', undefined, 'missing_field'],
  ['TaskBudget', '/body/nonce', undefined, 'missing_field'],
  ['TaskBudget', '/body/cap', 5, 'wrong_type'],
  ['TaskBudget', '/body/cap', '-5', 'out_of_range'],
  ['TaskBudget', '/body/cap', '+5', 'out_of_range'],
  ['TaskBudget', '/body/cap', '05', 'out_of_range'],
  ['TaskBudget', '/body/cap', '5.0', 'out_of_range'],
  ['TaskBudget', '/body/cap', '5e3', 'out_of_range'],
  ['TaskBudget', '/body/cap', '', 'out_of_range'],
  ['TaskBudget', '/body/cap', ' 5', 'out_of_range'],
  ['TaskBudget', '/body/cap', '0x5', 'out_of_range'],
  ['TaskBudget', '/body/cap', '9223372036854775808', 'out_of_range'],
  ['TaskBudget', '/body/cap', '18446744073709551616', 'out_of_range'],
  ['TaskBudget', '/body/task', 'Nightly', 'out_of_range'],
  ['TaskBudget', '/body/task', '', 'out_of_range'],
  ['TaskBudget', '/body/budget', 'AB'.repeat(32), 'out_of_range'],
  ['TaskBudget', '/body/budget', 'ab'.repeat(31), 'out_of_range'],
  ['TaskBudget', '/body/nonce', 'ab'.repeat(32), 'out_of_range'],
  ['TaskBudget', '/signatures', [], 'missing_signature'],
  ['TaskBudget', '/signatures', {}, 'wrong_type'],
  ['TaskBudget', '/signatures/0/extra', 1, 'unknown_field'],
  ['TaskBudget', '/signatures/0/sig', 'ab', 'out_of_range'],
  ['TaskBudget', '/signatures/0/by', `pk:${'y'.repeat(51)}b`, 'out_of_range'],
  ['TaskBudget', '/signatures/0/by', `PK:${'y'.repeat(52)}`, 'out_of_range'],
  ['TaskBudget', '/signatures/0/by', `pk:${'y'.repeat(51)}l`, 'out_of_range'],
  ['KeyDelegation', '/body/roles', [], 'out_of_range'],
  ['KeyDelegation', '/body/roles', ['party', 'auditor'], 'not_sorted', '/body/roles/1'],
  ['KeyDelegation', '/body/roles', ['party', 'party'], 'not_sorted', '/body/roles/1'],
  ['KeyDelegation', '/body/roles', ['root'], 'out_of_range', '/body/roles/0'],
  ['KeyDelegation', '/body/expiresAt', 1, 'inconsistent_fields'],
  ['KeyDelegation', '/body/expiresAt', 281_474_976_710_656, 'out_of_range'],
  ['KeyDelegation', '/body/expiresAt', -1, 'out_of_range'],
  [
    'KeyDelegation',
    '/signatures/0/key',
    `pk:${'y'.repeat(52)}`,
    'unexpected_signature',
    '/signatures/0',
  ],
  [
    'KeyRevocation',
    '/signatures/0/by',
    `pk:${'y'.repeat(52)}`,
    'unexpected_signature',
    '/signatures/0',
  ],
  ['EdgeAgreement', '/body/a', `pk:${'y'.repeat(52)}`, 'inconsistent_fields', '/body/b'],
  ['EdgeAgreement', '/body/rateBps', 100_001, 'out_of_range'],
  ['EdgeAgreement', '/body/haircutBps', 10_001, 'out_of_range'],
  ['EdgeAgreement', '/body/denomination', 'usd/6', 'out_of_range'],
  ['EdgeAgreement', '/body/denomination', 'USD/10', 'out_of_range'],
  ['EdgeAgreement', '/body/denomination', 'U/6', 'out_of_range'],
  ['EdgeLimitChange', '/body/sequence', 0, 'out_of_range'],
  ['BudgetDelegation', '/body/budget', zeros, 'inconsistent_fields'],
  ['BudgetDelegation', '/body/windowEnd', 1, 'inconsistent_fields'],
  ['BudgetDelegation', '/body/tier', 32, 'out_of_range'],
  ['BudgetDelegation', '/body/categories', [], 'out_of_range'],
  [
    'BudgetDelegation',
    '/body/categories/1/name',
    'inference',
    'inconsistent_fields',
    '/body/categories',
  ],
  ['BudgetDelegation', '/body/payees/0/category', 2, 'inconsistent_fields'],
  ['BudgetDelegation', '/body/payees/0/category', 8, 'out_of_range'],
  ['BudgetDelegation', '/body/defaultCategory', 2, 'inconsistent_fields'],
  ['PaymentIntent', '/body/description', 'x'.repeat(257), 'out_of_range'],
  ['PaymentIntent', '/body/constraints/maxFeeBps', 10_001, 'out_of_range'],
  ['PaymentIntent', '/body/constraints/extra', 1, 'unknown_field'],
  ['CapacityVoucher', '/body/grant/regime', 32, 'out_of_range'],
  ['CapacityVoucher', '/body/grant/category', 8, 'out_of_range'],
  ['CapacityVoucher', '/body/grant/core/kind', 'batch', 'inconsistent_fields', '/body/grant/items'],
  [
    'CapacityVoucher/3',
    '/body/grant/core/kind',
    'single',
    'inconsistent_fields',
    '/body/grant/items',
  ],
  ['CapacityVoucher/3', '/body/grant/items', null, 'inconsistent_fields'],
  ['CapacityVoucher', '/body/grant/items', undefined, 'missing_field'],
  ['CapacityVoucher/3', '/body/grant/items', 3, 'wrong_type'],
  ['CapacityVoucher/3', '/body/grant/items', [], 'batch_empty'],
  ['CapacityVoucher/3', '/body/grant/items', new Array(17).fill(ITEM), 'batch_too_long'],
  ['CapacityVoucher/3', '/body/grant/items/0/spend', '281474976710656', 'item_too_large'],
  ['CapacityVoucher/3', '/body/grant/items/0/spend', '-1', 'out_of_range'],
  ['CapacityVoucher/3', '/body/grant/items/0/stepMs', -1, 'out_of_range'],
  ['CapacityVoucher/3', '/body/grant/items/0/stepMs', 4_294_967_296, 'out_of_range'],
  ['CapacityVoucher/3', '/body/grant/items/0/memo', 'x', 'unknown_field'],
  ['CapacityVoucher/3', '/body/grant/items/0', ITEM, 'items_sum_mismatch', '/body/grant/items'],
  ['CapacityVoucher/3', '/body/fee', '251', 'items_sum_mismatch', '/body/grant/items'],
  ['CapacityVoucher/3', '/body/grant/items/0/stepMs', 1, 'items_outlive_hold', '/body/grant/items'],
  ['CapacityVoucher', '/body/grant/core/kind', 'double', 'out_of_range'],
  ['CapacityVoucher', '/body/grant/core/v', 2, 'unknown_version'],
  ['CapacityVoucher', '/body/grant/core/index', 1, 'inconsistent_fields'],
  ['CapacityVoucher', '/body/grant/core/period', zeros, 'inconsistent_fields'],
  ['CapacityVoucher', '/body/grant/core/intent', zeros, 'inconsistent_fields'],
  ['CapacityVoucher', '/body/grant/core/commitment', 'f'.repeat(64), 'out_of_range'],
  ['CapacityVoucher', '/body/fee', '9223372036854775807', 'inconsistent_fields'],
  ['CapacityVoucher', '/body/expiresAt', 1, 'inconsistent_fields'],
  ['CapacityVoucher', '/body/grant', null, 'unexpected_signature', '/signatures/0'],
  ['FinalizeReceipt', '/body/notes/0/seq', 2, 'inconsistent_fields', '/body/notes/0/prev'],
  ['FinalizeReceipt', '/body/notes/0/seq', 0, 'out_of_range'],
  ['FinalizeReceipt', '/body/notes', [1, 2], 'out_of_range'],
  ['PairClose', '/body/lastSeq', 0, 'inconsistent_fields', '/body/prev'],
  ['PeriodClose', '/body/periodIndex', 1, 'inconsistent_fields', '/body/period'],
  ['PeriodClose', '/body/final', 1, 'wrong_type'],
  ['AttestationSummary', '/body/parts/tier', 64, 'inconsistent_fields'],
  ['AttestationSummary', '/body/parts/circuit', 'batch', 'inconsistent_fields'],
  ['AttestationSummary', '/body/circuit/name', 'fleet', 'out_of_range'],
  ['AttestationSummary', '/body/parts/budget', zeros, 'inconsistent_fields'],
  ['AttestationSummary', '/body/parts/lastTreeSize', 1, 'inconsistent_fields'],
  ['AttestationSummary', '/body/proof/a/0', '01', 'out_of_range'],
  ['AttestationSummary', '/body/proof/c', ['1'], 'out_of_range'],
  ['AttestationSummary', '/body/publicSignals', [zeros], 'out_of_range'],
  ['EquivocationProof', '/body/kind', 'note', 'out_of_range'],
  ['EquivocationProof', '/body/second/object/index', 1, 'not_equivocation', '/body/second'],
  ['EquivocationProof/2', '/body/second/object/period', zeros, 'not_equivocation', '/body/second'],
  ['PayloadErasure', '/body/reason', '', 'out_of_range'],
];

function textCases(): RefusalCase[] {
  const text = textOf('TaskBudget');
  const twice = text.replace('"cap":', '"cap":"1","cap":');
  const escaped = text.replace('"cap":', '"cap":"1","\\u0063ap":');
  const v = (form: string) => text.replace('"v":1', `"v":${form}`);
  const task = (form: string) => text.replace('"nightly-run"', form);
  const rows: readonly (readonly [string, string, string])[] = [
    ['empty text', '', 'not_json'],
    ['cut off', text.slice(0, -1), 'not_json'],
    ['trailing text', `${text}x`, 'not_json'],
    ['leading zero number', v('01'), 'not_json'],
    ['NaN', v('NaN'), 'not_json'],
    ['a key twice', twice, 'duplicate_key'],
    ['a key twice, once escaped', escaped, 'duplicate_key'],
    ['exponent form', v('1e0'), 'not_canonical'],
    ['fraction of zero', v('1.0'), 'not_canonical'],
    ['minus zero', v('-0'), 'not_canonical'],
    ['a fraction', v('1.5'), 'unsupported_number'],
    ['above 2^53', v('9007199254740993'), 'unsupported_number'],
    ['a lone surrogate', task('"\\ud800"'), 'unsupported_text'],
    ['a space', text.replace(':', ': '), 'not_canonical'],
    ['a newline at the end', `${text}\n`, 'not_canonical'],
    ['a needless escape', task('"nightly\\u002drun"'), 'not_canonical'],
    ['a byte order mark', `\ufeff${text}`, 'not_json'],
    [
      'members in another order',
      text.replace(/^\{("body":.*),("signatures":.*)\}$/, '{$2,$1}'),
      'not_canonical',
    ],
    ['nesting', `${'['.repeat(33)}${']'.repeat(33)}`, 'too_deep'],
    ['deep nesting', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'too_deep'],
    ['an array', '[]', 'wrong_type'],
    ['a text', '"x"', 'wrong_type'],
    ['null', 'null', 'wrong_type'],
    ['65,537 bytes', `"${'x'.repeat(65_535)}"`, 'object_too_large'],
    ['21,846 characters of 3 bytes', `"${'\u20ac'.repeat(21_846)}"`, 'object_too_large'],
  ];
  return rows.map(([name, changed, reason]) => ({
    name,
    type: 'TaskBudget',
    text: changed,
    reason,
    field: reason === 'wrong_type' ? '' : null,
  }));
}

/** Rows whose value is found in a sample: two names for one party, key or edge; another object. */
function borrowedRows(): RefusalRow[] {
  const twice: readonly (readonly [string, string, string])[] = [
    ['NoteKeyCertificate', 'party', 'counterparty'],
    ['NoteKeyCertificate', 'party', 'noteKey'],
    ['CapacityVoucher', 'from', 'to'],
    ['CapacityVoucher', 'grant/core/payer', 'grant/core/payee'],
    ['EquivocationProof', 'first/object/payer', 'first/object/payee'],
    ['EquivocationProof/2', 'first/object/core', 'first/object/prev'],
    ['PairClose', 'payer', 'payee'],
    ['PaymentOrder', 'payer', 'receiver'],
    ['HopReceipt', 'hop', 'peer'],
    ['ClockReading', 'party', 'peer'],
    ['Reassign', 'to', 'debtor'],
    ['Reassign', 'from', 'to'],
    ['Reassign', 'fromEdge', 'toEdge'],
  ];
  const receipt = JSON.parse(textOf('FinalizeReceipt')).body;
  const { hop } = JSON.parse(textOf('RoutingOffer')).body.policy;
  return [
    ...twice.map(([type, from, to]): RefusalRow => {
      const { body } = JSON.parse(textOf(type));
      const value = from.split('/').reduce((at, name) => at[name], body);
      return [type, `/body/${to}`, value, 'inconsistent_fields'];
    }),
    [
      'HopReceipt/2',
      '/body/finalize/object',
      receipt,
      'inconsistent_fields',
      '/body/finalize/object/delivery',
    ],
    [
      'RoutingOffer',
      '/body/edges',
      [{ to: hop, capacity: '1' }],
      'inconsistent_fields',
      '/body/edges/0/to',
    ],
  ];
}

/** What every type refuses: another version, an unknown or a missing member, the wrong signers. */
function rowsOfEveryType(): RefusalRow[] {
  return WIRE_TYPES.flatMap((type): RefusalRow[] => {
    const { signatures } = JSON.parse(textOf(type));
    const [some] = JSON.parse(textOf('TaskBudget')).signatures;
    const tooMany = signatures.length === 0 ? [some] : signatures.concat(LAST_SIGNATURE);
    return [
      [type, '/body/v', 2, 'unknown_version'],
      [type, '/body/extra', 1, 'unknown_field'],
      [type, '/body/v', undefined, 'missing_field'],
      ...(signerCount(type) === 0
        ? []
        : [[type, '/signatures', signatures.slice(1), 'missing_signature'] as const]),
      [type, '/signatures', tooMany, 'unexpected_signature', `/signatures/${signatures.length}`],
    ];
  });
}

function changedSample([sample, pointer, value, reason, field]: RefusalRow): RefusalCase {
  const [type = ''] = sample.split('/');
  const shown = value === undefined ? 'absent' : JSON.stringify(value).slice(0, 40);
  return {
    name: `${sample} ${pointer} := ${shown}`,
    type,
    text: withMembers(sample, [pointer, value]),
    reason,
    field: field ?? (reason === 'missing_signature' ? '/signatures' : pointer),
  };
}

/** Every change of one member of a sample; of one type in the order of precedence. */
export function refusalRows(): readonly RefusalRow[] {
  return [...rowsOfEveryType(), ...borrowedRows(), ...changes, ...networkRefusals];
}

/** Refused texts that take more than one change of a sample. */
function composedCases(): RefusalCase[] {
  const proof = { type: 'FeeMismatchProof', reason: 'not_fee_mismatch' };
  const [pointer, inside] = ['/body/periodIndex', '/body/parts/periodIndex'];
  return [
    {
      name: 'AttestationSummary of another period throughout',
      type: 'AttestationSummary',
      text: withMembers('AttestationSummary', [pointer, 1], [inside, 1]),
      reason: 'inconsistent_fields',
      field: '/body/period',
    },
    {
      name: 'AttestationSummary by a batch circuit of a tier that has none',
      type: 'AttestationSummary',
      text: withMembers(
        'AttestationSummary',
        ['/body/circuit', { name: 'batch', tier: 256 }],
        ['/body/parts/circuit', 'batch'],
        ['/body/parts/tier', 256],
      ),
      reason: 'inconsistent_fields',
      field: '/body/circuit/tier',
    },
    {
      ...proof,
      name: 'FeeMismatchProof with an amount that the policy does not price',
      text: unpricedProof().text,
      field: '/body/held',
    },
    {
      ...proof,
      name: 'FeeMismatchProof of a hop that kept its fee',
      text: honestProof().text,
      field: '/body/voucher',
    },
  ];
}

/** Texts that are refused, with reason and place, as the documents promise them. */
export function wireRefusalCases(): readonly RefusalCase[] {
  return [...textCases(), ...refusalRows().map(changedSample), ...composedCases()];
}
