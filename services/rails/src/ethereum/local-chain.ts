/**
 * A chain of this machine alone: anvil, as npm brings it, in a process of its own. For rehearsals and
 * tests: anybody who reaches its port can set its balances and its clock, and it forgets all when it ends.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** Source: the default chain id of anvil; deploy scripts accept development keys on it. */
export const LOCAL_CHAIN_ID = 31337;

export type LocalChain = {
  readonly url: string;
  readonly chainId: number;
  /** Resolves when the process has ended. A second call does nothing. */
  stop(): Promise<void>;
};

const START_MS = 30_000;

/** Chains that run: none may outlive this process, however it ends. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The anvil that npm chose for this platform. @throws Error when npm brought none. */
function anvilBinary(): string {
  const require = createRequire(import.meta.url);
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`;
  const from = createRequire(require.resolve('@foundry-rs/anvil/package.json'));
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil';
  try {
    return from.resolve(`${name}/bin/${file}`);
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci on this platform`, { cause });
  }
}

/**
 * Starts a local chain on a loopback port of its choice, without blocks but the first.
 * @throws Error when anvil is missing or does not listen within 30 s.
 */
export async function startLocalChain(
  options: { readonly chainId?: number; readonly genesisAt?: number } = {},
): Promise<LocalChain> {
  const { chainId = LOCAL_CHAIN_ID, genesisAt } = options;
  const argv = ['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId)];
  // Nobody's keys: accounts are funded by whoever rehearses, with keys drawn for the occasion.
  argv.push('--accounts', '0');
  if (genesisAt !== undefined) argv.push('--timestamp', String(Math.floor(genesisAt / 1000)));
  const child = spawn(anvilBinary(), argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  const ended = once(child, 'exit').then(() => running.delete(child));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    return { url: await listening(child), chainId, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address at which the chain says that it listens; everything it says later is dropped. */
async function listening(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the chain has no output');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const late = setTimeout(() => reject(new Error('anvil does not listen')), START_MS);
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`anvil ended (${code ?? signal})`)));
  // Read to the end: a full pipe would stop the chain.
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, address] = /Listening on (\S+)/.exec(line) ?? [];
    if (address !== undefined) resolve(`http://${address}`);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(late);
  }
}
