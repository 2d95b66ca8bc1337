// Goal: one invalid closure never stops the others. Method: random closures of which some are spoilt.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { balanceAfter, closureOf, unitOf } from '../testing/batch-samples.ts';
import { AMOUNT_MAX, signedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type { Closure } from './closure.ts';
import { unsettledExposure } from './exposure.ts';
import { type EdgeFacts, splitClosures } from './quarantine.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const OPTIONS = { seed: SEED, numRuns: 200 };

const scene = fc
  .array(
    fc.record({
      delta: fc.oneof(fc.bigInt(-1_000n, 1_000n), fc.bigInt(-AMOUNT_MAX, AMOUNT_MAX)),
      denomination: fc.constantFrom(unitOf('USD/6'), unitOf('BTC/8')),
      spoilt: fc.constantFrom('no', 'no', 'no', 'disputed', 'unknown', 'balance'),
    }),
    { maxLength: 12 },
  )
  .map((shapes) => {
    const closures: Closure[] = [];
    const facts = new Map<Hash, EdgeFacts>();
    const spoilt = new Set<Hash>();
    for (const [i, { delta, denomination, spoilt: kind }] of shapes.entries()) {
      const closure = closureOf(i, delta, { denomination });
      const { edge } = closure;
      const balance =
        kind === 'balance'
          ? signedAmount(-delta - 1n > -AMOUNT_MAX ? -delta - 1n : 0n)
          : balanceAfter(closure);
      closures.push(closure);
      if (kind !== 'unknown')
        facts.set(edge, { denomination, balance, disputed: kind === 'disputed' });
      if (kind !== 'no' && !(kind === 'balance' && balance === delta)) spoilt.add(edge);
    }
    return { closures, spoilt, book: { edgeOf: (edge: Hash) => facts.get(edge), railUnit: null } };
  });

test(`every closure is in the batch or quarantined, the spoilt ones exactly (seed ${SEED})`, () => {
  fc.assert(
    fc.property(scene, ({ closures, spoilt, book }) => {
      const { batch, quarantined } = splitClosures(closures, book);
      const edges = [...batch, ...quarantined].map(({ edge }) => edge).sort();
      expect(edges).toEqual(closures.map(({ edge }) => edge).sort());
      const out = quarantined.filter(({ reason }) => reason !== 'sum_out_of_range');
      expect(new Set(out.map(({ edge }) => edge))).toEqual(spoilt);
      for (const { value } of unsettledExposure(batch))
        expect(value).toBeLessThanOrEqual(AMOUNT_MAX);
    }),
    OPTIONS,
  );
});

test(`the order of the closures decides nothing (seed ${SEED})`, () => {
  fc.assert(
    fc.property(scene, ({ closures, book }) => {
      expect(splitClosures(closures.toReversed(), book)).toEqual(splitClosures(closures, book));
    }),
    OPTIONS,
  );
});

test(`without what is quarantined the batch is the same (seed ${SEED})`, () => {
  fc.assert(
    fc.property(scene, ({ closures, book }) => {
      const { batch } = splitClosures(closures, book);
      expect(splitClosures(batch, book)).toEqual({ batch, quarantined: [] });
    }),
    OPTIONS,
  );
});
