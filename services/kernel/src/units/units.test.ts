// Goal: units and ids accept exactly their documented forms. Method: tables of both sides of each edge.
import { describe, expect, it } from 'vitest';
import {
  AMOUNT_MAX,
  addAmount,
  addSignedAmount,
  amount,
  formatAmount,
  formatSignedAmount,
  negateSignedAmount,
  parseAmount,
  parseSignedAmount,
  signedAmount,
  subtractAmount,
} from './amount.ts';
import { parseDenomination, scaleOf } from './denomination.ts';
import {
  hashFromBytes,
  hashToBytes,
  keyOfPartyId,
  nonceFromBytes,
  nonceToInteger,
  parseFieldHex,
  parseHash,
  parseNonce,
  parsePartyId,
  parseSignature,
  parseStreamId,
  partyIdFromKey,
  signatureFromBytes,
} from './id.ts';
import { isUnixMs, UNIX_MS_MAX, unixMs } from './time.ts';

describe('amounts', () => {
  it.each(['0', '1', '10', '9223372036854775807'])('reads and writes %s', (text) => {
    const value = parseAmount(text);
    expect(value).toBe(BigInt(text));
    expect(value === undefined ? '' : formatAmount(value)).toBe(text);
  });

  it.each([
    '',
    ' 1',
    '-1',
    '-0',
    '+1',
    '01',
    '1.0',
    '1e3',
    '0x1',
    '1n',
    '٣',
    '1\n',
    '9223372036854775808',
    '10000000000000000000',
  ])('refuses %j', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  it('stays inside its range', () => {
    expect(() => amount(-1n)).toThrow(RangeError);
    expect(() => amount(AMOUNT_MAX + 1n)).toThrow(RangeError);
    expect(addAmount(amount(AMOUNT_MAX), amount(1n))).toBeUndefined();
    expect(addAmount(amount(AMOUNT_MAX), amount(0n))).toBe(AMOUNT_MAX);
    expect(subtractAmount(amount(1n), amount(2n))).toBeUndefined();
    expect(subtractAmount(amount(2n), amount(2n))).toBe(0n);
  });

  it('have a signed form for positions', () => {
    expect(parseSignedAmount('-9223372036854775807')).toBe(-AMOUNT_MAX);
    for (const text of ['-0', '--1', '-', '-9223372036854775808', '-01']) {
      expect(parseSignedAmount(text)).toBeUndefined();
    }
    expect(addSignedAmount(signedAmount(AMOUNT_MAX), signedAmount(1n))).toBeUndefined();
    expect(addSignedAmount(signedAmount(-AMOUNT_MAX), signedAmount(-1n))).toBeUndefined();
    expect(addSignedAmount(signedAmount(5n), signedAmount(-7n))).toBe(-2n);
    expect(formatSignedAmount(negateSignedAmount(signedAmount(5n)))).toBe('-5');
    expect(() => signedAmount(-AMOUNT_MAX - 1n)).toThrow(RangeError);
  });
});

describe('times', () => {
  it('are whole milliseconds below 2^48', () => {
    expect(unixMs(UNIX_MS_MAX)).toBe(2 ** 48 - 1);
    for (const value of [-1, 0.5, Number.NaN, UNIX_MS_MAX + 1]) {
      expect(isUnixMs(value)).toBe(false);
      expect(() => unixMs(value)).toThrow(RangeError);
    }
  });
});

describe('denominations', () => {
  it('are a code and a scale', () => {
    const usd = parseDenomination('USD/6');
    expect(usd === undefined ? -1 : scaleOf(usd)).toBe(6);
    expect(parseDenomination('A1BCDEFGHIJK/0')).toBeDefined();
    for (const text of ['USD', 'USD/', 'USD/10', 'usd/6', 'U/6', '1SD/6', 'A1BCDEFGHIJKL/0']) {
      expect(parseDenomination(text)).toBeUndefined();
    }
  });
});

describe('ids', () => {
  it('have one text form for their bytes', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
    expect(hashToBytes(hashFromBytes(bytes))).toEqual(bytes);
    expect(keyOfPartyId(partyIdFromKey(bytes))).toEqual(bytes);
    expect(parsePartyId(partyIdFromKey(bytes))).toBe(partyIdFromKey(bytes));
    expect(nonceToInteger(nonceFromBytes(new Uint8Array(16).fill(255)))).toBe(2n ** 128n - 1n);
    expect(parseSignature(signatureFromBytes(new Uint8Array(64)))).toBe('0'.repeat(128));
    for (const make of [hashFromBytes, partyIdFromKey, nonceFromBytes, signatureFromBytes]) {
      expect(() => make(new Uint8Array(31))).toThrow(RangeError);
    }
  });

  it('are refused in any other form', () => {
    for (const text of ['', 'AB'.repeat(32), 'ab'.repeat(31), 'zz'.repeat(32)]) {
      expect(parseHash(text)).toBeUndefined();
      expect(parseNonce(text)).toBeUndefined();
      expect(parseStreamId(text)).toBeUndefined();
      expect(parseFieldHex(text)).toBeUndefined();
    }
    for (const text of ['y'.repeat(52), `pk:${'y'.repeat(51)}`, `PK:${'y'.repeat(52)}`]) {
      expect(parsePartyId(text)).toBeUndefined();
    }
  });

  it('hold field elements below r only', () => {
    const r = '30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001';
    expect(parseFieldHex(r)).toBeUndefined();
    expect(parseFieldHex(`${r.slice(0, 63)}0`)).toBeDefined();
  });
});
