// Goal: transactions of type 2 and 3 are read as viem writes them, with their signer; nothing else is read.
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  fromRlp,
  type Hex,
  keccak256,
  serializeTransaction,
  type TransactionSerializable,
  toRlp,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { readTransaction, signerOf } from './transaction.ts';

const account = privateKeyToAccount(`0x${'42'.repeat(32)}`);
const to = `0x${'ab'.repeat(20)}` as const;
const accessList = [{ address: to, storageKeys: [`0x${'11'.repeat(32)}`] }] as const;
const versionedHash = `0x01${'22'.repeat(31)}` as const;

const common = {
  chainId: 11155111,
  nonce: 0,
  gas: 90_000n,
  to,
  value: 0n,
  data: '0xc0ffee',
  accessList,
  maxFeePerGas: 20n,
  maxPriorityFeePerGas: 0n,
} as const;
const feeMarket = { ...common, type: 'eip1559' } as const;
const blobs = {
  ...common,
  type: 'eip4844',
  maxFeePerBlobGas: 1n,
  blobVersionedHashes: [versionedHash, versionedHash],
} as const;

const sign = async (transaction: TransactionSerializable): Promise<Hex> =>
  account.signTransaction(transaction);
const read = (raw: Hex) => readTransaction(hexToBytes(raw.slice(2)));

/** The transaction with one field of its list replaced. */
function withField(raw: Hex, place: number, value: Hex | readonly Hex[] | readonly Hex[][]): Hex {
  const fields = fromRlp(`0x${raw.slice(4)}`, 'hex');
  if (typeof fields === 'string') throw new Error('a transaction is a list');
  const changed = [...fields];
  changed[place] = value as Hex;
  return `0x${raw.slice(2, 4)}${toRlp(changed).slice(2)}`;
}

describe('a transaction', () => {
  it.each([
    ['2', feeMarket, []],
    ['3', blobs, [versionedHash, versionedHash]],
  ] as const)('of type %s is read, and its signer', async (_, transaction, hashes) => {
    const raw = await sign(transaction);
    const found = read(raw);
    if (found === undefined) throw new Error('not read');
    expect(`0x${bytesToHex(signerOf(found) ?? new Uint8Array())}`).toBe(
      account.address.toLowerCase(),
    );
    expect(`0x${bytesToHex(found.hash)}`).toBe(keccak256(raw));
    expect(`0x${bytesToHex(found.signingHash)}`).toBe(keccak256(serializeTransaction(transaction)));
    expect(found.versionedHashes.map((each) => `0x${bytesToHex(each)}`)).toEqual(hashes);
    const { type, chainId, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas } = found;
    expect({ type, chainId, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas }).toEqual({
      type: transaction.type === 'eip4844' ? 3 : 2,
      chainId: 11155111,
      nonce: 0,
      gasLimit: 90_000,
      maxFeePerGas: 20n,
      maxPriorityFeePerGas: 0n,
    });
    expect(`0x${bytesToHex(found.to)}${bytesToHex(found.data)}`).toBe(`${to}c0ffee`);
  });

  it('of another type is none', async () => {
    const { accessList: _, maxFeePerGas, maxPriorityFeePerGas, ...legacy } = common;
    const raws = [
      await sign({ ...legacy, type: 'legacy', gasPrice: maxFeePerGas + maxPriorityFeePerGas }),
      await sign({ ...legacy, type: 'eip2930', gasPrice: 1n }),
      await sign({ ...common, type: 'eip7702', authorizationList: [] }),
    ];
    expect(raws.map(read)).toEqual([undefined, undefined, undefined]);
  });

  it('with its blobs beside it is none: a block has it without', async () => {
    const raw = await sign(blobs);
    const body = fromRlp(`0x${raw.slice(4)}`, 'hex');
    const wrapped = toRlp([body as Hex, [], [], []]);
    expect(read(`0x03${wrapped.slice(2)}`)).toBeUndefined();
  });

  it('with a field more or less is none', async () => {
    for (const transaction of [feeMarket, blobs]) {
      const raw = await sign(transaction);
      const fields = fromRlp(`0x${raw.slice(4)}`, 'hex');
      if (typeof fields === 'string') throw new Error('a transaction is a list');
      const encode = (changed: readonly unknown[]): Hex =>
        `0x${raw.slice(2, 4)}${toRlp(changed as Hex[]).slice(2)}`;
      const place = fields.length - 3;
      expect(read(encode(fields.toSpliced(place, 0, '0x')))).toBeUndefined();
      expect(read(encode(fields.slice(0, -1)))).toBeUndefined();
      expect(read(encode(fields))).toBeDefined();
    }
  });

  it.each<[string, number, Hex | readonly Hex[] | readonly Hex[][]]>([
    ['a chain id with a leading zero', 0, '0x0001'],
    ['a chain id beyond 2^53', 0, '0x20000000000001'],
    ['a nonce that is a list', 1, []],
    ['a fee of 33 bytes', 3, `0x${'ff'.repeat(33)}`],
    ['no recipient', 5, '0x'],
    ['data that is a list', 7, []],
    ['an access list that is a text', 8, '0x'],
    ['an entry of it without keys', 8, [[to]]],
    ['no blobs', 10, []],
    ['a versioned hash of another version', 10, [`0x02${'22'.repeat(31)}`]],
    ['a versioned hash of 31 bytes', 10, [`0x01${'22'.repeat(30)}`]],
    ['seventeen blobs', 10, new Array<Hex>(17).fill(versionedHash)],
    ['a parity of 2', 11, '0x02'],
    ['an r of 33 bytes', 12, `0x${'11'.repeat(33)}`],
  ])('with %s is none', async (_, place, value) => {
    expect(read(withField(await sign(blobs), place, value))).toBeUndefined();
  });

  it.each<[string, number, Hex]>([
    ['r of 0', 12, '0x'],
    ['s of 0', 13, '0x'],
    [
      'r that is the order',
      12,
      '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
    ],
    ['r that is the x of no point', 12, '0x05'],
    [
      's in the upper half',
      13,
      '0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1',
    ],
  ])('with %s was signed by nobody', async (_, place, value) => {
    const found = read(withField(await sign(blobs), place, value));
    if (found === undefined) throw new Error('not read');
    expect(signerOf(found)).toBeUndefined();
  });
});
