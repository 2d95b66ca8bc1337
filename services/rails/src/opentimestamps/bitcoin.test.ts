// Goal: a proof holds against the block's true Merkle root and nothing else, in the right order.
// Method: a proof confirmed in 2015 and the genesis block's header, both known from elsewhere.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rootFromDisplay, rootToDisplay, verifyBitcoin } from './bitcoin.ts';
import { decodeProof } from './decode.ts';
import { applyOperation, evaluate } from './evaluate.ts';
import {
  HELLO_WORLD_HEIGHT as HEIGHT,
  HELLO_WORLD_PROOF,
  HELLO_WORLD_MERKLE_ROOT as ROOT,
} from './reference-proofs.ts';

const decoded = decodeProof(HELLO_WORLD_PROOF);
if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
const attested = evaluate(decoded.proof);
const turned = (digits: string) => Buffer.from(digits, 'hex').reverse().toString('hex');

describe('a confirmed proof', () => {
  it('matches the Merkle root of its block', () => {
    expect(verifyBitcoin(attested, { [HEIGHT]: ROOT })).toEqual([
      { kind: 'matches', height: HEIGHT },
    ]);
  });

  const flipped = `9${ROOT.slice(1)}`;
  it.each([
    ['no root for that height', { 1: ROOT }, { kind: 'block_not_given', height: HEIGHT }],
    ['no roots', {}, { kind: 'block_not_given', height: HEIGHT }],
    [
      'another root',
      { [HEIGHT]: flipped },
      { kind: 'other_root', height: HEIGHT, reason: 'mismatch' },
    ],
    [
      'the root in header byte order',
      { [HEIGHT]: turned(ROOT) },
      { kind: 'other_root', height: HEIGHT, reason: 'root_in_header_byte_order' },
    ],
    [
      'a root that is not hex',
      { [HEIGHT]: 'x' },
      { kind: 'other_root', height: HEIGHT, reason: 'root_not_hex' },
    ],
  ])('with %s does not match', (_name, roots, verdict) => {
    expect(verifyBitcoin(attested, roots)).toEqual([verdict]);
  });

  it('claims nothing about Bitcoin while it is pending', () => {
    const message = new Uint8Array(32);
    const pending = { message, attestation: { kind: 'pending', uri: 'a' } } as const;
    expect(verifyBitcoin([pending], { [HEIGHT]: ROOT })).toEqual([]);
  });
});

describe('byte order', () => {
  // The genesis block: its header is 80 bytes, the Merkle root stands at bytes 36 to 67.
  const header = Buffer.from(
    `01000000${'00'.repeat(32)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c`,
    'hex',
  );

  it('of explorers is the reverse of the header', () => {
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
    expect(rootToDisplay(sha256(sha256(header)))).toBe(
      '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
    );
    const root = Uint8Array.from(header.subarray(36, 68));
    const display = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';
    expect(rootToDisplay(root)).toBe(display);
    expect(rootFromDisplay(display)).toEqual(root);
  });
});

describe('operations', () => {
  const abc = new TextEncoder().encode('abc');
  it.each([
    ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['ripemd160', '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['keccak256', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
    ['reverse', '636261'],
    ['hexlify', '363136323633'],
  ] as const)('%s of "abc"', (kind, expected) => {
    expect(Buffer.from(applyOperation({ kind }, abc)).toString('hex')).toBe(expected);
  });

  it('refuses a result over 4,096 bytes', () => {
    expect(() => applyOperation({ kind: 'hexlify' }, new Uint8Array(2049))).toThrow(RangeError);
  });
});
