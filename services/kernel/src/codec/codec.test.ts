// Goal: codecs agree with values published elsewhere. Method: fixed values, each with its source.
import { describe, expect, it } from 'vitest';
import { bytesToHex, integerFromBytes, textFromUtf8, utf8 } from './bytes.ts';
import { canonicalJson, exceedsBytes, parseCanonicalJson } from './canonical-json.ts';
import { FIELD_ORDER, field248, fieldToHex } from './field.ts';
import { isTier, merkleRoot16 } from './merkle-16.ts';
import { poseidon, poseidonFrom, poseidonTag } from './poseidon.ts';
import { taggedHash, taggedTextHash } from './tagged-hash.ts';
import { words } from './words.ts';
import { decodeZBase32Key, encodeZBase32Key, isZBase32Key } from './z-base-32.ts';

describe('canonical JSON', () => {
  it('orders members by UTF-16 code units (RFC 8785 §3.2.3)', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map(([, name]) => name);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('escapes no more than RFC 8785 §3.2.2.2 asks for', () => {
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/')).toBe(
      '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    );
  });

  it.each([[1.5], [2 ** 53], [Number.NaN], ['\ud800'], [['\udc00']]])('refuses %j', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('refuses values that are no JSON', () => {
    for (const value of [undefined, 1n, () => 0, [undefined]]) {
      expect(() => canonicalJson(value as never)).toThrow(TypeError);
    }
  });

  it('counts bytes, not characters', () => {
    expect(exceedsBytes('é'.repeat(10), 20)).toBe(false);
    expect(exceedsBytes('é'.repeat(10), 19)).toBe(true);
    expect(exceedsBytes('😀'.repeat(10), 40)).toBe(false);
    expect(exceedsBytes('😀'.repeat(10), 39)).toBe(true);
    expect(parseCanonicalJson('"€€"', 7)).toEqual({ ok: false, reason: 'object_too_large' });
  });

  it('reads nesting up to 32 levels', () => {
    expect(parseCanonicalJson(`${'['.repeat(32)}${']'.repeat(32)}`).ok).toBe(true);
    expect(parseCanonicalJson(`${'['.repeat(33)}${']'.repeat(33)}`)).toEqual({
      ok: false,
      reason: 'too_deep',
    });
  });
});

describe('bytes', () => {
  it('are read as UTF-8 strictly', () => {
    expect(textFromUtf8(Uint8Array.of(0xff))).toBeUndefined();
    expect(textFromUtf8(Uint8Array.of(0xc0, 0x80))).toBeUndefined();
    expect(textFromUtf8(utf8('\ufeffé😀'))).toBe('\ufeffé😀');
    expect(integerFromBytes(new Uint8Array())).toBe(0n);
  });
});

describe('z-base-32', () => {
  it('writes keys as Pkarr does', () => {
    expect(encodeZBase32Key(new Uint8Array(32))).toBe('y'.repeat(52));
    expect(encodeZBase32Key(new Uint8Array(32).fill(255))).toBe(`${'9'.repeat(51)}o`);
  });

  it('refuses a set bit after the 256th, capitals, and other lengths', () => {
    for (const last of ['b', 'n', 'd', 'r', 'e']) {
      expect(isZBase32Key('y'.repeat(51) + last)).toBe(false);
    }
    expect(isZBase32Key(`${'y'.repeat(51)}o`)).toBe(true);
    expect(isZBase32Key('Y'.repeat(52))).toBe(false);
    expect(isZBase32Key('y'.repeat(53))).toBe(false);
    expect(() => decodeZBase32Key('l'.repeat(52))).toThrow(RangeError);
  });
});

describe('hashes', () => {
  it('separate domains by a tag and a zero byte', () => {
    // Source: printf 'atomicity/Test/v1\\0abc' | sha256sum
    expect(taggedTextHash('Test', 'abc')).toBe(
      '17629ded471518267256404b7cbaa311ae123b4af9c66af87540705cd95050cc',
    );
    expect(bytesToHex(taggedHash('Test', utf8('a'), utf8('bc')))).toBe(
      taggedTextHash('Test', 'abc'),
    );
    expect(taggedTextHash('Test', 'abc')).not.toBe(taggedTextHash('Tes', 'tabc'));
  });

  it('enter the field by their first 248 bits', () => {
    expect(field248(new Uint8Array(32).fill(255))).toBe(2n ** 248n - 1n);
    expect(() => fieldToHex(FIELD_ORDER)).toThrow(RangeError);
    expect(() => fieldToHex(-1n)).toThrow(RangeError);
  });
});

describe('poseidon', () => {
  it('equals circomlib from a zero state (circomlib, test/poseidoncircuit.js)', () => {
    expect(poseidonFrom(0n, [1n, 2n])).toBe(
      7853200120776062878684798364095072458815029376092732009249414926327459813530n,
    );
    expect(poseidonFrom(0n, [1n, 2n, 0n, 0n, 0n])).toBe(
      1018317224307729531995786483840663576608797660851238720571059489595066344487n,
    );
  });

  it('takes 1 to 16 field elements', () => {
    expect(() => poseidon('leaves', [])).toThrow(RangeError);
    expect(() => poseidon('leaves', new Array<bigint>(17).fill(0n))).toThrow(RangeError);
    expect(() => poseidon('leaves', [FIELD_ORDER])).toThrow(RangeError);
    expect(() => poseidon('leaves', [-1n])).toThrow(RangeError);
    expect(poseidonTag('leaves')).not.toBe(poseidonTag('tokens'));
  });
});

describe('the 16-ary tree', () => {
  const zeros = new Array<bigint>(16).fill(0n);
  const node = (children: readonly bigint[]) => poseidon('leaves', children);

  it('has the shape of its tier', () => {
    const empty = node(zeros);
    expect(merkleRoot16('leaves', [], 16)).toBe(empty);
    const top64 = node([...new Array<bigint>(4).fill(empty), ...zeros.slice(4)]);
    expect(merkleRoot16('leaves', [], 64)).toBe(top64);
    const level256 = node(new Array<bigint>(16).fill(empty));
    expect(merkleRoot16('leaves', [], 256)).toBe(level256);
    const top1024 = node([...new Array<bigint>(4).fill(level256), ...zeros.slice(4)]);
    expect(merkleRoot16('leaves', [], 1024)).toBe(top1024);
  });

  it('refuses more leaves than its tier', () => {
    expect(() => merkleRoot16('leaves', new Array<bigint>(17).fill(1n), 16)).toThrow(RangeError);
    expect([16, 64, 256, 1024].every(isTier)).toBe(true);
    expect(isTier(32)).toBe(false);
  });
});

describe('words', () => {
  it('hold 3, 3 and 2 values of 64 bits', () => {
    expect(words([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n])).toEqual([
      1n + (2n << 64n) + (3n << 128n),
      4n + (5n << 64n) + (6n << 128n),
      7n + (8n << 64n),
    ]);
    expect(words([])).toEqual([0n, 0n, 0n]);
    expect(() => words([2n ** 64n])).toThrow(RangeError);
    expect(() => words(new Array<bigint>(9).fill(0n))).toThrow(RangeError);
  });
});
