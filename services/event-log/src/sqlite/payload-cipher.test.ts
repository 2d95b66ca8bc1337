/** Goal: payload keys are HKDF-SHA256 as OpenSSL computes it, and tampering is seen. */
import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decryptPayload, encryptPayload, payloadKey } from './payload-cipher.ts';

const SEED = 20261121;
console.log(`payload-cipher: seed ${SEED}`);
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('the key is HKDF-SHA256(salt, info = label and commitment)', () => {
  const law = fc.property(bytes32, bytes32, (salt, commitment) => {
    const info = Buffer.concat([Buffer.from('atomicity/payload-key/v1\0'), commitment]);
    const expected = Buffer.from(hkdfSync('sha256', salt, Buffer.alloc(0), info, 32));
    expect(payloadKey(salt, commitment)).toEqual(expected);
  });
  fc.assert(law, { seed: SEED });
});

test('decrypting gives the text back; any changed byte or another key is refused', () => {
  const law = fc.property(bytes32, bytes32, fc.string(), fc.nat(), (salt, other, text, at) => {
    const payload = text.toWellFormed();
    const key = payloadKey(salt, other);
    const sealed = encryptPayload(key, payload);
    expect(decryptPayload(key, sealed)).toBe(payload);
    expect(() => decryptPayload(payloadKey(other, salt).fill(1, 0, 1), sealed)).toThrow();
    sealed[at % sealed.length] = (sealed[at % sealed.length] ?? 0) ^ 1;
    expect(() => decryptPayload(key, sealed)).toThrow();
  });
  fc.assert(law, { seed: SEED });
});
