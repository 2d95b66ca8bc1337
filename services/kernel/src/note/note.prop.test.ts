// Goal: a note binds everything it says. Method: random notes; each member changed in turn.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../codec/field.ts';
import { amount } from '../units/amount.ts';
import { type Hash, type Nonce, parseHash, parseNonce } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { commitment } from './commitment.ts';
import { pack, unpack } from './packed.ts';
import { tokensRoot } from './roots.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const hash = hex(64).map((text) => parseHash(text) ?? ('' as Hash));
const nonce = hex(32).map((text) => parseNonce(text) ?? ('' as Nonce));
const note = fc.record({
  spend: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(amount),
  at: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(unixMs),
  category: fc.integer({ min: 0, max: 7 }),
  regime: fc.integer({ min: 0, max: 31 }),
});

describe('packed', () => {
  it('is a bijection', () => {
    fc.assert(
      fc.property(note, (value) => {
        const packed = pack(value);
        expect(packed).toBeLessThan(2n ** 120n);
        expect(unpack(packed)).toEqual(value);
      }),
    );
  });

  it('is read only where pack could have made it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 124n }), (value) => {
        const legal = value < 2n ** 120n && BigInt.asUintN(64, value) < 2n ** 63n;
        if (legal) expect(pack(unpack(value))).toBe(value);
        else expect(() => unpack(value)).toThrow(RangeError);
      }),
    );
  });

  it('refuses members that do not fit', () => {
    const zero = unpack(0n);
    expect(() => pack({ ...zero, category: 8 })).toThrow(RangeError);
    expect(() => pack({ ...zero, regime: 32 })).toThrow(RangeError);
    expect(() => pack({ ...zero, regime: -1 })).toThrow(RangeError);
    expect(() => unpack(-1n)).toThrow(RangeError);
  });
});

describe('a commitment', () => {
  it('changes with every member', () => {
    const opening = fc.record({
      packed: note,
      period: hash,
      token: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
      salt: nonce,
    });
    fc.assert(
      fc.property(opening, opening, (first, second) => {
        const value = commitment(first);
        expect(value).toBeLessThan(FIELD_ORDER);
        for (const name of ['packed', 'period', 'token', 'salt'] as const) {
          const mixed = { ...first, [name]: second[name] };
          const same =
            name === 'packed'
              ? pack(first.packed) === pack(second.packed)
              : name === 'period'
                ? first.period.slice(0, 62) === second.period.slice(0, 62)
                : first[name] === second[name];
          expect(commitment(mixed) === value).toBe(same);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('the root over the authorizations', () => {
  const slot = (authorization: string, category: number) => ({
    authorization: authorization.repeat(64) as Hash,
    category,
  });

  it('binds each token, each category and their order', () => {
    const root = tokensRoot([slot('1', 0), slot('2', 1)], 16);
    const others = [
      [slot('1', 0), slot('2', 2)],
      [slot('1', 1), slot('2', 0)],
      [slot('2', 1), slot('1', 0)],
      [slot('1', 0)],
    ];
    for (const other of others) expect(tokensRoot(other, 16)).not.toBe(root);
  });

  it('refuses a category outside 0 … 7', () => {
    expect(() => tokensRoot([slot('1', 8)], 16)).toThrow(RangeError);
    expect(() => tokensRoot([slot('1', -1)], 16)).toThrow(RangeError);
  });
});
