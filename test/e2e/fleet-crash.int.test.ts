// Goal: a transaction takes effect once, wherever the process that sends it dies. Method: SIGKILL before each
// request of the desk to a real chain's node, then a process that goes on from the journal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deployRegistry } from '@atomicity/contracts/script/deploy-registry';
import type { Hash } from '@atomicity/kernel/units/id';
import { type LocalChain, startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import { createClient, createPublicClient, createTestClient, http, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetCrashOrder } from './fleet-crash-child.ts';

const CHILD = fileURLToPath(new URL('fleet-crash-child.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'atomicity-fleet-crash-'));
const key = generatePrivateKey();
const principal = privateKeyToAccount(key);
let chain: LocalChain;
let place: Pick<FleetCrashOrder, 'url' | 'chainId' | 'registry' | 'key'>;

beforeAll(async () => {
  chain = await startLocalChain();
  const transport = http(chain.url);
  const control = createTestClient({ mode: 'anvil', transport });
  await control.setBalance({ address: principal.address, value: parseEther('100') });
  const { chainId, registry } = await deployRegistry({
    client: createClient({ account: principal, transport }),
    bond: 1n,
    demandDeposit: 1n,
    challengeWindow: 60,
    responseWindow: 60,
    circuits: ['spend-16', 'fleet-64', 'spent-at-most'],
  });
  place = { url: chain.url, chainId, registry, key };
});

afterAll(async () => {
  await chain.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a child to its end; undefined when it was killed. */
async function run(order: Pick<FleetCrashOrder, 'journal' | 'fleet' | 'dieAt'>) {
  const argv = ['--conditions=source', CHILD, JSON.stringify({ ...place, ...order })];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece;
  });
  const [code, signal] = await once(child, 'close');
  if (signal === 'SIGKILL') return undefined;
  expect(code).toBe(0);
  return JSON.parse(stdout) as { readonly asked: number; readonly hash: string | null };
}

it('registers once, killed before any of its requests', async () => {
  const reader = createPublicClient({ transport: http(chain.url), cacheTime: 0 });
  const sent = () => reader.getTransactionCount({ address: principal.address });
  const orderOf = (name: string, dieAt: number) => ({
    journal: join(folder, `${name}.db`),
    fleet: `${dieAt}`.padStart(4, '0').padEnd(64, 'c') as Hash,
    dieAt,
  });
  const undisturbed = await run(orderOf('undisturbed', 0));
  const requests = undisturbed?.asked ?? 0;
  expect(requests).toBeGreaterThan(8);
  for (let dieAt = 1; dieAt <= requests; dieAt++) {
    const order = orderOf(`killed-${dieAt}`, dieAt);
    const before = await sent();
    expect([dieAt, await run(order)]).toEqual([dieAt, undefined]);
    const after = await run({ ...order, dieAt: 0 });
    expect([dieAt, after?.hash]).toEqual([dieAt, expect.stringMatching(/^0x[0-9a-f]{64}$/)]);
    expect([dieAt, (await sent()) - before]).toEqual([dieAt, 1]);
  }
});
