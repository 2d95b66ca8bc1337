// Goal: RLP has one encoding for each value, and nothing else is read. Method: laws, and viem as the oracle.
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import fc from 'fast-check';
import { fromRlp, toRlp } from 'viem';
import { describe, expect, it } from 'vitest';
import { decodeRlp, encodeRlp, integerBytes, isText, type RlpItem } from './rlp.ts';

const text = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.uint8Array({ minLength: 54, maxLength: 58 }),
  fc.uint8Array({ minLength: 250, maxLength: 260 }),
);
const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, text, fc.array(tie('item'), { maxLength: 5 })),
}));

/** The same value as viem takes it. */
type Plain = Uint8Array | Plain[];
const plain = (value: RlpItem): Plain => (isText(value) ? value : value.map(plain));

describe('RLP', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(decodeRlp(encodeRlp(value))).toEqual(value);
      }),
    );
  });

  it('writes what viem writes, and reads what viem reads', () => {
    fc.assert(
      fc.property(item, (value) => {
        const encoded = encodeRlp(value);
        expect(bytesToHex(encoded)).toBe(toRlp(plain(value)).slice(2));
        expect(decodeRlp(encoded)).toEqual(fromRlp(encoded, 'bytes'));
      }),
    );
  });

  it('reads nothing that it would write otherwise', () => {
    const nearly = fc.tuple(item, fc.nat(), fc.nat(255)).map(([value, at, by]) => {
      const bytes = encodeRlp(value);
      bytes[at % bytes.length] = by;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 70 })), (bytes) => {
        const value = decodeRlp(bytes);
        if (value !== undefined) expect(encodeRlp(value)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['nothing', []],
    ['a byte too many', [0x01, 0x02]],
    ['a text cut short', [0x82, 0x01]],
    ['a list cut short', [0xc2, 0x01]],
    ['a small byte with a head', [0x81, 0x7f]],
    ['a long head for a short text', [0xb8, 0x01, 0xff]],
    ['a long head for a short list', [0xf8, 0x01, 0x80]],
    ['a size with a leading zero', [0xb9, 0x00, 0x38, ...new Array(56).fill(1)]],
    ['a size beyond every number', [0xbf, 255, 255, 255, 255, 255, 255, 255, 255]],
    ['an item that ends after its list', [0xc1, 0x82, 0x01, 0x01]],
    ['lists nine deep', [0xc9, 0xc8, 0xc7, 0xc6, 0xc5, 0xc4, 0xc3, 0xc2, 0xc1, 0xc0]],
  ])('refuses %s', (_, bytes) => {
    expect(decodeRlp(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('has no leading zeros in numbers, and no negative ones', () => {
    expect([0n, 1n, 255n, 256n].map((value) => bytesToHex(integerBytes(value)))).toEqual([
      '',
      '01',
      'ff',
      '0100',
    ]);
    expect(() => integerBytes(-1)).toThrow(RangeError);
  });
});
