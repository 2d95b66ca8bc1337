import { type LocalChain, startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import {
  createPublicClient,
  createTestClient,
  http,
  type PublicClient,
  parseEther,
  type TestClient,
} from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import type { DemoClock } from './demo-clock.ts';

/** Accounts of the demonstration, with keys drawn for it. */
export type Accounts = {
  readonly deployer: PrivateKeyAccount;
  readonly principal: PrivateKeyAccount;
  readonly aggregator: PrivateKeyAccount;
  /** A stranger who demands proofs. */
  readonly stranger: PrivateKeyAccount;
};

export type DemoChain = {
  readonly chain: LocalChain;
  readonly reader: PublicClient;
  /** What only a chain of one's own lets one do: move its clock, read all of its state. */
  readonly control: TestClient;
  readonly accounts: Accounts;
};

/** A local chain whose time runs with the demonstration's, and funded accounts on it. */
export async function openDemoChain(clock: DemoClock): Promise<DemoChain> {
  const chain = await startLocalChain({ genesisAt: clock.now() });
  const transport = http(chain.url, { retryCount: 0 });
  const reader: PublicClient = createPublicClient({ transport, cacheTime: 0 });
  const control: TestClient = createTestClient({ mode: 'anvil', transport });

  const draw = () => privateKeyToAccount(generatePrivateKey());

  const accounts = {
    deployer: draw(),
    principal: draw(),
    aggregator: draw(),
    stranger: draw(),
  };

  for (const { address } of Object.values(accounts)) {
    await control.setBalance({ address, value: parseEther('100') });
  }
  clock.follow(async (ms) => {
    if (ms > 0) await control.increaseTime({ seconds: Math.ceil(ms / 1000) });
    // Without transactions nothing else makes a block, and the newest one tells the chain's time.
    await control.mine({ blocks: 1 });
  });
  return { chain, reader, control, accounts };
}
