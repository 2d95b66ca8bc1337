// Goal: the registry is deployed as it was compiled, once, and never with keys that anyone can forge under outside
// development chains. Method: real chains of this machine, one of them with another id; the command itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spendRegistryAbi } from '@atomicity/contracts/abi/spend-registry';
import { compileSources, contractNamed } from '@atomicity/contracts/script/compile-sources';
import { deployRegistry } from '@atomicity/contracts/script/deploy-registry';
import { type LocalChain, startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import { type Address, createTestClient, type Hex, http, publicActions, walletActions } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../tidy/source-files.ts';

const CIRCUITS = ['fleet-64', 'spend-16', 'spent-at-most'] as const;
const SETTINGS = {
  bond: 10n ** 18n,
  demandDeposit: 10n ** 16n,
  challengeWindow: 3600,
  responseWindow: 600,
  circuits: CIRCUITS,
};

const folder = mkdtempSync(join(tmpdir(), 'atomicity-deploy-'));
const privateKey = generatePrivateKey();
let development: LocalChain;
let foreign: LocalChain;

function clientOf({ url }: LocalChain) {
  const account = privateKeyToAccount(privateKey);
  return createTestClient({ mode: 'anvil', account, transport: http(url), pollingInterval: 50 })
    .extend(publicActions)
    .extend(walletActions);
}

beforeAll(async () => {
  [development, foreign] = await Promise.all([
    startLocalChain(),
    startLocalChain({ chainId: 4242 }),
  ]);
  for (const chain of [development, foreign]) {
    const client = clientOf(chain);
    await client.setBalance({ address: client.account.address, value: 10n ** 20n });
  }
});

afterAll(async () => {
  await development.stop();
  await foreign.stop();
  rmSync(folder, { recursive: true });
});

function addressesOf(contracts: readonly { readonly name: string; readonly address: Address }[]) {
  return Object.fromEntries(contracts.map(({ name, address }) => [name, address]));
}

describe('deployRegistry', () => {
  it('deploys, and a second call reuses what is there', async () => {
    const client = clientOf(development);
    const first = await deployRegistry({ client, ...SETTINGS });
    expect(first.chainId).toBe(31337);
    expect(first.contracts.map(({ name }) => name)).toEqual([
      'PoseidonT3',
      'PoseidonT4',
      'PoseidonT5',
      'Fleet64Verifier',
      'Spend16Verifier',
      'SpentAtMostVerifier',
      'SpendRegistry',
    ]);
    expect(first.verifiers.map(({ development: unsafe }) => unsafe)).toEqual([true, true, true]);
    const bond = await client.readContract({
      address: first.registry,
      abi: spendRegistryAbi,
      functionName: 'bond',
    });
    expect(bond).toBe(SETTINGS.bond);

    const known = addressesOf(first.contracts);
    const nonce = await client.getTransactionCount({ address: client.account.address });
    const second = await deployRegistry({ client, ...SETTINGS, known });
    expect(second.registry).toBe(first.registry);
    expect(second.gasUsed).toBe(0n);
    expect(await client.getTransactionCount({ address: client.account.address })).toBe(nonce);

    // Another configuration is another registry over the same verifiers.
    const third = await deployRegistry({ client, ...SETTINGS, bond: 7n, known });
    expect(third.contracts.filter(({ reused }) => !reused).map(({ name }) => name)).toEqual([
      'SpendRegistry',
    ]);
  });

  it('reuses no address that has other code', async () => {
    const client = clientOf(development);
    const none: Address = '0x00000000000000000000000000000000000000aa';
    const known = { PoseidonT3: none };
    const { contracts } = await deployRegistry({ client, ...SETTINGS, circuits: [], known });
    expect(contracts.every(({ address, reused }) => !reused && address !== none)).toBe(true);
  });

  it('refuses development keys on other chains before it sends anything', async () => {
    const client = clientOf(foreign);
    await expect(deployRegistry({ client, ...SETTINGS })).rejects.toMatchObject({
      code: 'development_key_refused',
    });
    expect(await client.getTransactionCount({ address: client.account.address })).toBe(0);
  });

  it('and the verifier itself refuses there, whoever deploys it', async () => {
    const client = clientOf(foreign);
    const { bytecode } = contractNamed(compileSources(), 'Spend16Verifier');
    const hash = await client.sendTransaction({ data: bytecode, gas: 3_000_000n, chain: null });
    const receipt = await client.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe('reverted');
  });
});

async function run(name: string, argv: readonly string[]) {
  const script = join(root, 'contracts/script', name);
  const child = spawn(process.execPath, ['--conditions=source', script, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, 'exit');
  const [stdout, stderr] = await output;
  return { code, stdout, stderr };
}
const command = (...argv: readonly string[]) => run('deploy.ts', argv);

function keyFile(name: string, content: Hex | string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('the deploy command', () => {
  const prices = ['--bond', '1000', '--demand-deposit', '10'];
  const times = ['--challenge-window', '60', '--response-window', '30'];

  it('deploys with a key from a file and continues from its record', async () => {
    const file = keyFile('key', `${privateKey}\n`, 0o600);
    const record = join(folder, 'record.json');
    const argv = ['--rpc-url', development.url, '--private-key-file', file, ...prices, ...times];
    argv.push('--circuits', 'spent-at-most', '--record', record, '--json');
    const first = await command(...argv);
    expect(first.stderr).toBe('');
    const deployment = JSON.parse(first.stdout);
    expect(JSON.parse(readFileSync(record, 'utf8'))).toEqual(addressesOf(deployment.contracts));
    const second = JSON.parse((await command(...argv)).stdout);
    expect(second.registry).toBe(deployment.registry);
    expect(second.gasUsed).toBe('0');
    expect(`${first.stdout}${first.stderr}`).not.toContain(privateKey.slice(2));
  });

  it('refuses keys that others may read or that are none, options, and development keys', async () => {
    const open = keyFile('open', privateKey, 0o644);
    const short = keyFile('short', '0x12', 0o600);
    // Above the order of the group: an error of the library would show it.
    const above = keyFile('above', `0x${'f'.repeat(60)}1234`, 0o600);
    const file = keyFile('good', privateKey, 0o600);
    const rest = ['--rpc-url', foreign.url, ...prices, ...times];
    const refusals = await Promise.all([
      command('--private-key-file', open, ...rest),
      command('--private-key-file', short, ...rest),
      command('--private-key-file', above, ...rest),
      command('--private-key-file', file, ...rest, '--circuits', 'spend-17'),
      command('--private-key-file', file, '--rpc-url', foreign.url, ...prices),
      command('--private-key-file', file, ...rest),
    ]);
    expect(refusals.map(({ code, stderr }) => [code, stderr.split(':')[0]])).toEqual([
      [1, 'private_key_refused'],
      [1, 'private_key_refused'],
      [1, 'private_key_refused'],
      [1, 'option_malformed'],
      [1, 'option_malformed'],
      [1, 'development_key_refused'],
    ]);
    expect(refusals[2]?.stderr).not.toMatch(/f{60}|[0-9]{70}/);
  });
});

describe('the deploy command of anchor registries', () => {
  const deploy = (...argv: readonly string[]) => run('deploy-anchors.ts', argv);

  it('deploys on any chain, since it has no keys, and reuses what it is told of', async () => {
    const file = keyFile('anchors', privateKey, 0o600);
    const argv = ['--rpc-url', foreign.url, '--private-key-file', file, '--json'];
    const first = await deploy(...argv);
    expect(first.stderr).toBe('');
    const { chainId, registry, reused } = JSON.parse(first.stdout);
    expect({ chainId, reused }).toEqual({ chainId: 4242, reused: false });
    const second = await deploy(...argv, '--known', registry);
    expect(JSON.parse(second.stdout)).toEqual({
      chainId: 4242,
      registry,
      reused: true,
      gasUsed: '0',
    });
  });

  it('refuses keys that others may read, and options', async () => {
    const file = keyFile('anchors-open', privateKey, 0o644);
    const rest = ['--rpc-url', foreign.url];
    const refusals = await Promise.all([
      deploy('--private-key-file', file, ...rest),
      deploy('--private-key-file', file, ...rest, '--known', '0x12'),
      deploy(...rest),
    ]);
    expect(refusals.map(({ code, stderr }) => [code, stderr.split(':')[0]])).toEqual([
      [1, 'private_key_refused'],
      [1, 'option_malformed'],
      [1, 'option_malformed'],
    ]);
  });
});
