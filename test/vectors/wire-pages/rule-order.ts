import { parseObject } from '@atomicity/kernel/wire/parse-object';
import {
  type RefusalRow,
  refusalRows,
  wireRefusalCases,
  withMembers,
} from '../wire-refusal-cases.ts';

/** A rule between members: the reason for which a text that breaks it is refused, and where. */
export type Rule = { readonly reason: string; readonly place: string; readonly rule: string };

/** Reasons whose rule differs from place to place: the pages list each. */
export const BY_PLACE: readonly string[] = [
  'not_sorted',
  'inconsistent_fields',
  'items_sum_mismatch',
  'items_outlive_hold',
  'not_equivocation',
  'not_edge_disagreement',
  'not_fee_mismatch',
];

const keyOf = ({ reason, place, rule }: Rule) => `${reason} ${place} ${rule}`;

/** The rule that the wire layer names for a text. */
function ruleOf(text: string): Rule | undefined {
  const result = parseObject(text);
  if (result.kind !== 'refused' || !BY_PLACE.includes(result.refusal.reason)) return undefined;
  const { reason, field = '', rule = '' } = result.refusal;
  const place = field
    .replaceAll(/\/\d+/g, '')
    .replace(/^\/body\//, '')
    .replaceAll('/', '.');
  return { reason, place, rule };
}

type Broken = { readonly row: RefusalRow; readonly key: string };

function areApart(one: string, other: string): boolean {
  return !`${one}/`.startsWith(`${other}/`) && !`${other}/`.startsWith(`${one}/`);
}

/** Which of two rules comes first, as the wire layer shows when one text breaks both. */
function firstOf(one: Broken, other: Broken): string | undefined {
  const [[sample, pointer, value], [second, place, changed]] = [one.row, other.row];
  if (sample !== second || one.key === other.key || !areApart(pointer, place)) return undefined;
  const rule = ruleOf(withMembers(sample, [pointer, value], [place, changed]));
  const key = rule === undefined ? undefined : keyOf(rule);
  return key === one.key || key === other.key ? key : undefined;
}

/** The keys that must stand before each key. */
function precedence(broken: readonly Broken[]): ReadonlyMap<string, ReadonlySet<string>> {
  const before = new Map<string, Set<string>>();
  for (const [i, one] of broken.entries()) {
    for (const other of broken.slice(i + 1)) {
      const first = firstOf(one, other);
      if (first === undefined) continue;
      const later = first === one.key ? other.key : one.key;
      before.set(later, (before.get(later) ?? new Set()).add(first));
    }
  }
  return before;
}

/** Rules as they were found, moved behind those that come first. @throws if none can come next. */
function inOrder(rules: readonly Rule[], broken: readonly Broken[]): readonly Rule[] {
  const before = precedence(broken);
  const sorted: Rule[] = [];
  let left = [...rules];
  while (left.length > 0) {
    const waiting = new Set(left.map(keyOf));
    const next = left.find((rule) =>
      [...(before.get(keyOf(rule)) ?? [])].every((key) => !waiting.has(key)),
    );
    if (next === undefined) throw new Error(`no order of ${[...waiting].join('; ')}`);
    sorted.push(next);
    left = left.filter((rule) => rule !== next);
  }
  return sorted;
}

/**
 * The rules between the members of a type, each broken by some refused text, in the order of
 * precedence: that in which texts that break two of them are refused.
 */
export function rulesInOrder(type: string): readonly Rule[] {
  const rules = new Map<string, Rule>();
  for (const { type: of, text } of wireRefusalCases()) {
    const rule = of === type ? ruleOf(text) : undefined;
    if (rule !== undefined) rules.set(keyOf(rule), rule);
  }
  const broken = refusalRows().flatMap((row): Broken[] => {
    const [sample, pointer, value] = row;
    if (sample.split('/')[0] !== type) return [];
    const rule = ruleOf(withMembers(sample, [pointer, value]));
    return rule === undefined ? [] : [{ row, key: keyOf(rule) }];
  });
  return inOrder([...rules.values()], broken);
}
