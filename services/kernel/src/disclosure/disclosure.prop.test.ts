// Goal: opening one note weakens no other. Method: for random periods and tiers, the text of a disclosure
// holds nothing private of any other slot, and every sibling of its path follows from public commitments.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fieldToHex } from '../codec/field.ts';
import { merkleRoot16, type Tier } from '../codec/merkle-16.ts';
import { merklePath16, rootOfPath16 } from '../codec/merkle-path-16.ts';
import { tokenOf } from '../note/commitment.ts';
import { isCounted, noteLeaves } from '../note/roots.ts';
import { disclosedWorld, openableSlot } from '../testing/disclosures.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { encodeDisclosure, refuseDisclosure } from './disclosure-file.ts';
import { discloseNote } from './note-opening.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);

const shape = fc.record({
  isVoid: fc.boolean(),
  // Long enough that its digits are found by chance nowhere else.
  spend: fc.bigInt({ min: 10n ** 17n, max: 9n * 10n ** 18n }),
});
const tiers = fc.constantFrom<Tier>(16, 64);

it(`holds for every note of any period (seed ${SEED})`, () => {
  fc.assert(
    fc.property(
      tiers,
      fc.array(shape, { minLength: 1, maxLength: 16 }),
      fc.nat(),
      (tier, shapes, pick) => {
        const world = disclosedWorld(
          shapes.map(({ isVoid, spend }, i) =>
            openableSlot(
              `slot ${i}`,
              {
                kind: 'single',
                spend: amount(spend),
                at: unixMs(1_700_000_000_000 + i),
                category: 1,
                regime: 0,
              },
              isVoid ? 'void' : 'spent',
            ),
          ),
          tier,
        );
        const index = pick % world.slots.length;
        const own = world.slots[index];
        if (own === undefined) throw new Error('no slot');
        const made = discloseNote(world.attested, world.slots, index, own);
        if (made.kind === 'refused') {
          expect(isCounted(own.status)).toBe(false);
          return;
        }
        const { disclosure } = made;
        const { origin } = world.attested;
        expect(refuseDisclosure(disclosure, origin, world.attested, world.logged(index))).toBe(
          undefined,
        );

        const text = encodeDisclosure(disclosure);
        for (const [i, other] of world.slots.entries()) {
          if (i === index || other.note.kind !== 'single') continue;
          const hidden = [other.salt, other.authorization, `${other.note.spend}`];
          hidden.push(fieldToHex(tokenOf(other.authorization)), `${other.note.at}`);
          for (const secret of hidden) expect(text.includes(secret)).toBe(false);
        }
        // Whoever has only the log computes the same siblings.
        const fromTheLog = merklePath16('leaves', noteLeaves(world.slots), tier, index);
        expect(disclosure.path).toEqual(fromTheLog.map((level) => level.map(fieldToHex)));
        const published = new Set(world.slots.map(({ commitment }) => commitment));
        for (const sibling of disclosure.path[0] ?? []) {
          expect(published.has(sibling) || sibling === fieldToHex(0n)).toBe(true);
        }
      },
    ),
    { seed: SEED, numRuns: 40 },
  );
});

it.each<[Tier, number, readonly number[]]>([
  [16, 1, [0, 7, 15]],
  [64, 2, [0, 16, 63]],
  [256, 2, [0, 17, 255]],
  [1024, 3, [0, 256, 1023]],
])(
  'a path of tier %i has %i levels and leads to the root from every place',
  (tier, levels, places) => {
    const leaves = Array.from({ length: Math.min(20, tier) }, (_, i) => BigInt(i + 1));
    const root = merkleRoot16('leaves', leaves, tier);
    for (const index of places) {
      const path = merklePath16('leaves', leaves, tier, index);
      expect(path.map(({ length }) => length)).toEqual(new Array(levels).fill(15));
      expect(rootOfPath16('leaves', leaves[index] ?? 0n, { index, tier }, path)).toBe(root);
      expect(rootOfPath16('leaves', 999n, { index, tier }, path)).not.toBe(root);
    }
    expect(() => merklePath16('leaves', leaves, tier, tier)).toThrow(RangeError);
    expect(() => rootOfPath16('leaves', 0n, { index: 0, tier }, [])).toThrow(RangeError);
  },
);
