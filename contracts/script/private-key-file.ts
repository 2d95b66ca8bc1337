import { readFileSync, statSync } from 'node:fs';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { DeployError } from './deploy-error.ts';

/**
 * The key of a file that only its owner may read: it never stands in a command line.
 * @throws DeployError `private_key_refused`.
 */
export function accountOf(path: string): PrivateKeyAccount {
  const { mode } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new DeployError('private_key_refused', `others may read ${path}: chmod 600`);
  }
  const text = readFileSync(path, 'utf8').trim();
  if (!/^0x[0-9a-f]{64}$/i.test(text)) {
    throw new DeployError('private_key_refused', `${path} is not 0x and 64 hex digits`);
  }
  try {
    return privateKeyToAccount(`0x${text.slice(2)}`);
  } catch {
    // The library's message would show the key.
    throw new DeployError('private_key_refused', `${path} is no private key of secp256k1`);
  }
}
