// Goal: only a private key that nobody else knows signs on a real chain. Method: key files of every wrong kind;
// the published accounts from their published words.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, expect, it } from 'vitest';
import { PUBLISHED_ACCOUNTS, readAccountKey } from './account-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WORDS = 'test test test test test test test test test test test junk';
const published = mnemonicToAccount(WORDS, { addressIndex: 0 });
const publishedKey = `0x${bytesToHex(published.getHdKey().privateKey ?? new Uint8Array())}`;

function keyFile(text: string, mode = 0o600): string {
  const file = join(folder, 'key');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

it('signs with the key of the file', () => {
  const key = generatePrivateKey();
  const { address } = readAccountKey(keyFile(`${key}\n`), 1);
  expect(address).toBe(privateKeyToAccount(key).address);
});

it.each<[string, string, number | undefined]>([
  ['must be 0x and 64 hex digits', 'not a key', undefined],
  ['must be 0x and 64 hex digits', `0x${'1'.repeat(63)}`, undefined],
  ['is no private key of secp256k1', `0x${'0'.repeat(64)}`, undefined],
  ['is no private key of secp256k1', `0x${'f'.repeat(64)}`, undefined],
  ['must not be readable by others', `0x${'1'.repeat(64)}`, 0o640],
  ['everybody knows this key, and chain 1 is real', publishedKey, undefined],
])('%s', (rule, text, mode) => {
  const file = keyFile(text, mode);
  expect(() => readAccountKey(file, 1)).toThrow(`${file}: ${rule}`);
});

it('takes a published key on a development chain, and no file that is not there', () => {
  expect(readAccountKey(keyFile(publishedKey), 31_337).address).toBe(published.address);
  expect(() => readAccountKey(join(folder, 'none'), 1)).toThrow('no such key');
});

it('knows the accounts of the published words', () => {
  const accounts = PUBLISHED_ACCOUNTS.map((_, addressIndex) =>
    mnemonicToAccount(WORDS, { addressIndex }).address.toLowerCase(),
  );
  expect(PUBLISHED_ACCOUNTS).toEqual(accounts);
});
