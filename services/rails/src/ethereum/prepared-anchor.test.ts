// Goal: what was prepared is read back as it was, and nothing else is. Method: one of each form, and every member
// changed.
import { textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson, type JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { testHash } from '@atomicity/kernel/testing/keys';
import { keccak256 } from 'viem';
import { describe, expect, it } from 'vitest';
import {
  decodePrepared,
  encodePrepared,
  PREPARED_BYTES_MAX,
  type PreparedAnchor,
} from './prepared-anchor.ts';

const raw = '0x03c0ffee';
const prepared: PreparedAnchor = {
  chainId: 1,
  registry: `0x${'a'.repeat(40)}`,
  publisher: `0x${'b'.repeat(40)}`,
  batch: testHash('batch'),
  form: 'blob',
  nonce: 0,
  gas: 60_000n,
  offer: { maxFeePerGas: 2n ** 70n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 3n },
  versionedHashes: [`0x01${'c'.repeat(62)}`],
  raw,
  hash: keccak256(raw),
  previous: [`0x${'d'.repeat(64)}`],
  signedAt: 12,
};
const members: JsonObject = JSON.parse(textFromUtf8(encodePrepared(prepared)) ?? '');

describe('what is prepared', () => {
  it('is read as it was written', () => {
    expect(decodePrepared(encodePrepared(prepared))).toEqual(prepared);
    const calldata: PreparedAnchor = { ...prepared, form: 'calldata', versionedHashes: [] };
    expect(decodePrepared(encodePrepared(calldata))).toEqual(calldata);
  });

  it('fits an event, or is refused', () => {
    const large = { ...prepared, raw: `0x02${'11'.repeat(40_000)}` as const };
    expect(() => encodePrepared(large)).toThrow(`at most ${PREPARED_BYTES_MAX} bytes`);
  });

  it.each<[string, JsonObject]>([
    ['version', { v: 2 }],
    ['rail', { rail: 'lightning' }],
    ['chain', { chainId: -1 }],
    ['registry', { registry: `0x${'A'.repeat(40)}` }],
    ['publisher', { publisher: '0x' }],
    ['batch', { batch: 'ab' }],
    ['form', { form: 'external' }],
    ['nonce', { nonce: '0' }],
    ['gas', { gas: '0x1' }],
    ['offer', { offer: { maxFeePerGas: '1' } }],
    ['offered fee', { offer: { ...(members['offer'] as JsonObject), maxFeePerGas: '01' } }],
    ['blobs', { versionedHashes: ['0x01'] }],
    ['list of what it replaces', { previous: Array(65).fill(`0x${'d'.repeat(64)}`) }],
    ['transaction', { raw: '0x03c0ffef' }],
    ['hash', { hash: `0x${'e'.repeat(64)}` }],
    ['moment', { signedAt: null }],
    ['other member', { extra: 1 }],
  ])('is refused with another %s', (_name, change) => {
    expect(decodePrepared(utf8(canonicalJson({ ...members, ...change })))).toBeUndefined();
  });

  it('is refused in any other bytes', () => {
    const bytes = encodePrepared(prepared);
    expect(decodePrepared(bytes.subarray(1))).toBeUndefined();
    expect(decodePrepared(Uint8Array.of(...bytes, 10))).toBeUndefined();
    expect(decodePrepared(new Uint8Array(PREPARED_BYTES_MAX + 1))).toBeUndefined();
    expect(decodePrepared(Uint8Array.of(255))).toBeUndefined();
  });
});
