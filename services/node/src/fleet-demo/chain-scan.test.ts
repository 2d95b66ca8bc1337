// Goal: the search finds a secret in whatever encoding it was let slip, and nothing where nothing is.
// Method: hide each secret in random bytes in one encoding after another.
import { createHash, randomBytes } from 'node:crypto';
import { keyOfPartyId, partyIdFromKey } from '@atomicity/kernel/units/id';
import { keccak256, numberToHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { findSecrets, type Secret } from './chain-scan.ts';

const party = partyIdFromKey(new Uint8Array(32).fill(7));
const units = 12_345_678_901n;
const secrets: readonly Secret[] = [
  { kind: 'party', what: 'a provider', party },
  { kind: 'amount', what: 'a payment', units },
  { kind: 'text', what: 'a task', text: 'render tile 7' },
];

/** The bytes somewhere in noise. */
const hidden = (bytes: Uint8Array) =>
  Buffer.concat([randomBytes(4_096), bytes, randomBytes(4_096)]);

const found = (bytes: Uint8Array) => findSecrets(hidden(bytes), secrets).map(({ what }) => what);

const raw = Buffer.from(keyOfPartyId(party));
const word = Buffer.from(numberToHex(units, { size: 32 }).slice(2), 'hex');
const little = Buffer.alloc(8);
little.writeBigUInt64LE(units);

describe('the search', () => {
  it.each([
    ['the text of a party', Buffer.from(party), 'a provider'],
    ['its key', raw, 'a provider'],
    [
      'its key as a field element',
      Buffer.concat([Buffer.alloc(1), raw.subarray(0, 31)]),
      'a provider',
    ],
    ['its key reversed', Buffer.from(raw).reverse(), 'a provider'],
    ['its key in hex', Buffer.from(raw.toString('hex')), 'a provider'],
    ['its key in base64', Buffer.from(raw.toString('base64')), 'a provider'],
    ['its hash', createHash('sha256').update(party).digest(), 'a provider'],
    ['its keccak', Buffer.from(keccak256(raw).slice(2), 'hex'), 'a provider'],
    ['an amount as a word', word, 'a payment'],
    ['an amount as eight bytes', word.subarray(24), 'a payment'],
    ['an amount as little-endian bytes', little, 'a payment'],
    ['an amount in digits', Buffer.from(`${units}`), 'a payment'],
    ['an amount with commas', Buffer.from('12,345,678,901'), 'a payment'],
    ['a task', Buffer.from('render tile 7'), 'a task'],
    ['a task in UTF-16', Buffer.from('render tile 7', 'utf16le'), 'a task'],
    ['a task hashed', createHash('sha256').update('render tile 7').digest(), 'a task'],
  ])('finds %s', (_name, bytes, what) => {
    expect(found(bytes)).toEqual([what]);
  });

  it('finds nothing in noise', () => {
    expect(found(randomBytes(65_536))).toEqual([]);
  });

  it('refuses an amount that noise would contain', () => {
    const small: Secret = { kind: 'amount', what: 'a small one', units: 4_294_967_295n };
    expect(() => findSecrets(Buffer.alloc(8), [small])).toThrow('too small to look for');
  });
});
