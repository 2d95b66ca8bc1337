// Goal: what goes into a batch, and what waits. Method: each reason beside closures that have none.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { balanceAfter, closureOf, edgeOf, minute, unitOf } from '../testing/batch-samples.ts';
import { AMOUNT_MAX, amount, signedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type { Closure } from './closure.ts';
import { unsettledExposure } from './exposure.ts';
import {
  type BookFacts,
  convertExactly,
  type EdgeFacts,
  isSayable,
  splitClosures,
} from './quarantine.ts';
import {
  BATCH_REASONS,
  DENOMINATIONS_MAX,
  QUARANTINE_REASONS,
  QUARANTINED_MAX,
} from './reasons.ts';

const LIGHTNING = { code: 'BTC', decimals: 11, min: 1n, max: 2n ** 63n - 1n };

/** A book that says of each closure's edge what the closure says, but for the changes. */
function bookOf(
  closures: readonly Closure[],
  changes: ReadonlyMap<Hash, Partial<EdgeFacts> | null> = new Map(),
): BookFacts {
  const facts = new Map<Hash, EdgeFacts>();
  for (const closure of closures) {
    const change = changes.get(closure.edge);
    if (change === null) continue;
    const { denomination, edge } = closure;
    facts.set(edge, { denomination, balance: balanceAfter(closure), disputed: false, ...change });
  }
  return { edgeOf: (edge) => facts.get(edge), railUnit: LIGHTNING };
}

const good = [closureOf(1, 5n), closureOf(3, -7n)];

describe('a closure is left out', () => {
  const bad = closureOf(2, 11n, { denomination: unitOf('BTC/8'), before: signedAmount(4n) });
  test.each<[string, string, Closure, Partial<EdgeFacts> | null]>([
    ['disputed', 'of an edge whose ends disagree', bad, { disputed: true }],
    [
      'disputed',
      'of one that contradicts the book too',
      bad,
      { disputed: true, balance: signedAmount(0n) },
    ],
    ['invalid_closure', 'of an edge that the book does not know', bad, null],
    ['invalid_closure', 'in another denomination', bad, { denomination: unitOf('BTC/9') }],
    ['invalid_closure', 'with another balance', bad, { balance: signedAmount(14n) }],
    ['invalid_closure', 'that never moved', { ...bad, moves: 0 }, {}],
    ['amount_not_payable', 'that pays nothing', { ...bad, pays: amount(0n) }, {}],
    [
      'amount_not_payable',
      'that pays a currency which the rail does not',
      { ...bad, denomination: unitOf('USD/6'), pays: amount(1n) },
      {},
    ],
  ])('as %s: %s', (reason, _, closure, change) => {
    const all = [good[1], closure, good[0]].filter((it) => it !== undefined);
    const book = bookOf(all, new Map([[closure.edge, change]]));
    expect(splitClosures(all, book)).toEqual({
      batch: good,
      quarantined: [{ edge: closure.edge, reason }],
    });
  });

  test('as amount_not_payable where no rail of the batch pays', () => {
    const paying = { ...bad, pays: amount(1n) };
    const all = [...good, paying];
    const book = { ...bookOf(all), railUnit: null };
    expect(splitClosures(all, book).quarantined).toEqual([
      { edge: paying.edge, reason: 'amount_not_payable' },
    ]);
    expect(splitClosures(all, bookOf(all)).quarantined).toEqual([]);
  });

  test('with its twin: of two for one edge neither is believed', () => {
    const all = [closureOf(2, 1n), ...good, closureOf(2, 1n)];
    expect(splitClosures(all, bookOf(all))).toEqual({
      batch: good,
      quarantined: [{ edge: edgeOf(2), reason: 'invalid_closure' }],
    });
  });

  test('as sum_out_of_range where the movements of its denomination pass 2^63−1', () => {
    const most = closureOf(2, -AMOUNT_MAX + 5n);
    const euro = closureOf(4, AMOUNT_MAX, { denomination: unitOf('EUR/6') });
    const all = [closureOf(3, 1n), most, closureOf(1, 5n), euro];
    expect(splitClosures(all, bookOf(all))).toEqual({
      batch: [closureOf(1, 5n), closureOf(3, 1n), euro],
      quarantined: [{ edge: edgeOf(2), reason: 'sum_out_of_range' }],
    });
  });

  test('as sum_out_of_range where its denomination is one too many, and others wait longer', () => {
    const unit = (number: number) => unitOf(`U${number}/2`);
    const late = closureOf(0, 1n, { denomination: unit(0), since: minute(1) });
    const others = Array.from({ length: DENOMINATIONS_MAX }, (_, i) =>
      closureOf(i + 1, 1n, { denomination: unit(i + 1) }),
    );
    const all = [late, ...others];
    expect(splitClosures(all, bookOf(all))).toEqual({
      batch: others,
      quarantined: [{ edge: late.edge, reason: 'sum_out_of_range' }],
    });
  });

  test('up to 1,024 of them: what can’t be added up waits before what is disputed', () => {
    const disputed = Array.from({ length: QUARANTINED_MAX + 3 }, (_, i) => closureOf(i, 1n));
    const whole = closureOf(5_000, 2n * AMOUNT_MAX, { before: signedAmount(-AMOUNT_MAX) });
    const all = [...disputed, whole];
    const changes = new Map(disputed.map(({ edge }) => [edge, { disputed: true }]));
    const { batch, quarantined } = splitClosures(all, bookOf(all, changes));
    expect(batch).toEqual(disputed.slice(QUARANTINED_MAX - 1));
    expect(quarantined).toHaveLength(QUARANTINED_MAX);
    expect(quarantined.at(-1)).toEqual({ edge: whole.edge, reason: 'sum_out_of_range' });
  });

  test('and not more, though the batch cannot say then what it moves', () => {
    const all = Array.from({ length: QUARANTINED_MAX + 2 }, (_, i) => closureOf(i, AMOUNT_MAX));
    const { batch, quarantined } = splitClosures(all, bookOf(all));
    expect(batch).toHaveLength(2);
    expect(quarantined).toHaveLength(QUARANTINED_MAX);
    expect(isSayable(unsettledExposure(batch))).toBe(false);
    expect(isSayable(unsettledExposure(batch.slice(0, 1)))).toBe(true);
  });

  test('as sum_out_of_range where it alone passes it', () => {
    const whole = closureOf(2, 2n * AMOUNT_MAX, { before: signedAmount(-AMOUNT_MAX) });
    const all = [...good, whole];
    expect(splitClosures(all, bookOf(all))).toEqual({
      batch: good,
      quarantined: [{ edge: whole.edge, reason: 'sum_out_of_range' }],
    });
  });

  test('for one of the documented reasons', () => {
    const page = readFileSync(
      new URL('../../../../docs/reference/batches.md', import.meta.url),
      'utf8',
    );
    const rows = (reasons: readonly string[]) =>
      reasons.map((reason) => page.indexOf(`| \`${reason}\` |`));
    for (const reasons of [QUARANTINE_REASONS, BATCH_REASONS]) {
      const places = rows(reasons);
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((left, right) => left - right));
    }
  });
});

describe('an amount on a rail', () => {
  const sat = { ...LIGHTNING, decimals: 8, min: 10n, max: 20n };
  test.each([
    ['BTC/8 in millisatoshi', 3n, 'BTC/8', LIGHTNING, 3_000n],
    ['BTC/9 in millisatoshi', 3n, 'BTC/9', LIGHTNING, 300n],
    ['whole satoshi of BTC/9', 100n, 'BTC/9', sat, 10n],
    ['a part of a satoshi', 101n, 'BTC/9', sat, undefined],
    ['the least', 10n, 'BTC/8', sat, 10n],
    ['less than the least', 9n, 'BTC/8', sat, undefined],
    ['the most', 20n, 'BTC/8', sat, 20n],
    ['more than the most', 21n, 'BTC/8', sat, undefined],
    ['another currency', 10n, 'USD/8', sat, undefined],
    ['another currency that begins alike', 10n, 'BTCX/8', sat, undefined],
  ] as const)('%s', (_, value, denomination, unit, expected) => {
    expect(convertExactly(amount(value), unitOf(denomination), unit)).toBe(expected);
  });
});
