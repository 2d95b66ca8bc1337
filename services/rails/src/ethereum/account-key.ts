/** The key of an account on an EVM chain, from its file. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { privateKeyToAccount } from 'viem/accounts';
import type { Hex } from './context.ts';
import type { ChainSigner } from './spend-registry.ts';

/** A key file that is not used. The message names the file and the rule, never the key. */
export class AccountKeyError extends Error {
  override readonly name = 'AccountKeyError';
}

/** Chains on which keys that everybody knows may sign: Foundry's and Geth's development chains. */
const DEVELOPMENT_CHAIN_IDS: readonly number[] = [31337, 1337];

/**
 * Accounts whose keys are published: whatever they hold elsewhere is gone at once.
 * Source: the first ten of the mnemonic "test test … junk" of anvil and hardhat.
 */
export const PUBLISHED_ACCOUNTS: readonly Hex[] = [
  '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
  '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
  '0x90f79bf6eb2c4f870365e785982e1f101e93b906',
  '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65',
  '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc',
  '0x976ea74026e726554db657fa54763abd0c3a0aa9',
  '0x14dc79964da2c08b23698b3d3cc7ca32193d9955',
  '0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f',
  '0xa0ee7a142d267c1f36714e4a8f75612f20a79720',
];

/**
 * The signer of a key file: `0x` and 64 hex digits, readable by its owner only.
 * @throws AccountKeyError naming the file and the rule; also for a published key outside development chains.
 */
export function readAccountKey(file: string, chainId: number): ChainSigner {
  if (!existsSync(file)) throw new AccountKeyError(`${file}: no such key`);
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new AccountKeyError(`${file}: must not be readable by others`);
  }
  const [, digits] = /^0x([0-9a-f]{64})\n?$/i.exec(readFileSync(file, 'utf8')) ?? [];
  if (digits === undefined) throw new AccountKeyError(`${file}: must be 0x and 64 hex digits`);
  const account = accountOf(digits);
  if (account === undefined) {
    throw new AccountKeyError(`${file}: is no private key of secp256k1`);
  }
  const isPublished = PUBLISHED_ACCOUNTS.some((each) => each === account.address.toLowerCase());
  if (isPublished && !DEVELOPMENT_CHAIN_IDS.includes(chainId)) {
    throw new AccountKeyError(`${file}: everybody knows this key, and chain ${chainId} is real`);
  }
  return account;
}

function accountOf(digits: string) {
  try {
    return privateKeyToAccount(`0x${digits}`);
  } catch {
    // The library's message would show the key.
    return undefined;
  }
}
