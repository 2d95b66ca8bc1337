// Goal: codecs are bijections onto their canonical forms. Method: random values, both directions.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  exceedsBytes,
  type JsonValue,
  parseCanonicalJson,
} from './canonical-json.ts';
import { hasDuplicateKey } from './duplicate-keys.ts';
import { decodeZBase32Key, encodeZBase32Key, isZBase32Key } from './z-base-32.ts';

const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('canonical JSON', () => {
  it('reads what it writes, and writes that again', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        const parsed = parseCanonicalJson(text);
        expect(parsed.ok).toBe(true);
        if (parsed.ok) expect(canonicalJson(parsed.value)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses every other text of the same value', () => {
    fc.assert(
      fc.property(json, fc.nat(), (value, at) => {
        const text = canonicalJson(value);
        const spaced = `${text.slice(0, at % (text.length + 1))} ${text.slice(at % (text.length + 1))}`;
        const parsed = parseCanonicalJson(spaced);
        // Inside a text the space makes another value, which is canonical itself.
        if (parsed.ok) expect(canonicalJson(parsed.value)).not.toBe(text);
      }),
    );
  });

  it('accepts only texts that it would write, whatever they are', () => {
    fc.assert(
      fc.property(
        json,
        fc.nat(),
        fc.string({ unit: 'grapheme', maxLength: 2 }),
        (value, at, mark) => {
          const text = canonicalJson(value);
          const changed =
            text.slice(0, at % text.length) + mark + text.slice((at % text.length) + 1);
          const parsed = parseCanonicalJson(changed);
          if (parsed.ok) expect(canonicalJson(parsed.value)).toBe(changed);
        },
      ),
    );
  });

  it('finds a repeated key in any object, and none in canonical text', () => {
    fc.assert(
      fc.property(json, fc.string({ unit: 'binary', maxLength: 4 }), (value, key) => {
        const [name, inner] = [JSON.stringify(key), canonicalJson(value)];
        expect(hasDuplicateKey(inner)).toBe(false);
        const twice = `[{"a":${inner},"o":{${name}:${inner},${name}:0}}]`;
        expect(hasDuplicateKey(twice)).toBe(true);
        expect(parseCanonicalJson(twice).ok).toBe(false);
      }),
    );
  });

  it('counts the bytes of UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(64), (text, limit) => {
        expect(exceedsBytes(text, limit)).toBe(new TextEncoder().encode(text).length > limit);
      }),
    );
  });
});

describe('z-base-32', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

  it('is a bijection between 32 bytes and its texts', () => {
    fc.assert(
      fc.property(bytes, (key) => {
        const text = encodeZBase32Key(key);
        expect(isZBase32Key(text)).toBe(true);
        expect(decodeZBase32Key(text)).toEqual(key);
      }),
    );
  });

  it('reads no second text for the same bytes', () => {
    fc.assert(
      fc.property(bytes, fc.nat(51), fc.constantFrom(...'abyz09vl'), (key, at, character) => {
        const text = encodeZBase32Key(key);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        if (changed !== text && isZBase32Key(changed)) {
          expect(decodeZBase32Key(changed)).not.toEqual(key);
        }
      }),
    );
  });
});
