// Goal: a header is hashed, read and weighed as Bitcoin does. Method: headers that everybody knows.
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { describe, expect, it } from 'vitest';
import { rootToDisplay } from './bitcoin.ts';
import {
  judgeWork,
  MAIN_NETWORK_EASIEST_BITS,
  REGTEST_EASIEST_BITS,
  readBlockHeader,
  targetOf,
} from './block-header.ts';
import { LocalBitcoin } from './local-bitcoin.ts';
import { BLOCK_1 } from './reference-proofs.ts';

describe('a header', () => {
  it('of block 1 is read in the right byte order', () => {
    const header = readBlockHeader(BLOCK_1);
    expect(rootToDisplay(header.hash)).toBe(
      '00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048',
    );
    expect(rootToDisplay(header.previousHash)).toBe(
      '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
    );
    expect(rootToDisplay(header.merkleRoot)).toBe(
      '0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098',
    );
    expect(header.timeSeconds).toBe(1_231_469_665);
    expect(header.bits).toBe(0x1d00ffff);
    expect(judgeWork(header, MAIN_NETWORK_EASIEST_BITS)).toBe('enough');
  });

  it('of regtest is too easy for the main network', () => {
    const first = new LocalBitcoin().blockAt(0);
    expect(first?.hash).toBe('0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206');
    const header = readBlockHeader(first?.header ?? BLOCK_1);
    expect(judgeWork(header, REGTEST_EASIEST_BITS)).toBe('enough');
    expect(judgeWork(header, MAIN_NETWORK_EASIEST_BITS)).toBe('target_too_easy');
  });

  it('without its work is refused, whatever it asks for', () => {
    for (let at = 0; at < 72; at += 9) {
      const forged = BLOCK_1.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(judgeWork(readBlockHeader(forged), MAIN_NETWORK_EASIEST_BITS)).toBe('work_missing');
    }
  });

  it.each([0, 79, 81])('of %i bytes is refused', (size) => {
    expect(() => readBlockHeader(new Uint8Array(size))).toThrow('80 bytes');
  });
});

// Source: Bitcoin Core, src/test/arith_uint256_tests.cpp, bignum_SetCompact.
describe('the compact form of a target', () => {
  it.each([
    [0x01003456, undefined],
    [0x02008000, 0x80n],
    [0x01123456, 0x12n],
    [0x05009234, 0x92340000n],
    [0x04123456, 0x12345600n],
    [0x20123456, 0x123456n << 232n],
    [0x1d00ffff, 0xffffn << 208n],
    [0x01fedcba, undefined],
    [0x04923456, undefined],
    [0xff123456, undefined],
    [0x00123456, undefined],
    [0, undefined],
  ])('%i', (bits, target) => {
    expect(targetOf(bits)).toBe(target);
  });
});

describe('the stand-in chain', () => {
  it('is made anew in the same bytes, says what it is, and keeps branches that were left', () => {
    const mined = (chain: LocalBitcoin) => chain.mine(1_700_000_000, [new Uint8Array(32)]);
    const chain = new LocalBitcoin();
    const block = mined(chain);
    expect(mined(new LocalBitcoin())).toEqual(block);
    const said = Buffer.from(block.transactions[0]?.bytes ?? []).toString('latin1');
    expect(said).toContain('local stand-in for Bitcoin: proves nothing to outsiders');
    chain.reorganise(1, 1_700_000_600);
    expect(chain.height).toBe(2);
    expect(chain.isInChain(block)).toBe(false);
    expect(chain.blockOf(block.hash)).toBe(block);
    expect(() => chain.pathOf(block, new Uint8Array(32).fill(1))).toThrow(RangeError);
    expect(() => chain.reorganise(3, 0)).toThrow('depth');
  });

  it('has a tree of several transactions', () => {
    const { transactions, header } = new LocalBitcoin().mine(1, [new Uint8Array(32)]);
    expect(transactions).toHaveLength(5);
    expect(bytesToHex(header)).toHaveLength(160);
  });
});
