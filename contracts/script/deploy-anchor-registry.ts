import type { Address } from 'viem';
import { getChainId } from 'viem/actions';
import { compileSources, contractNamed } from './compile-sources.ts';
import { type DeployClient, deployContract } from './deploy-contract.ts';

export type DeployAnchorRegistryParameters = {
  /** A viem client with the account that deploys; it keeps no power over what it deploys. */
  readonly client: DeployClient;
  /** Address from an earlier call, which is reused where the code is the same. */
  readonly known?: Address;
};

export type AnchorRegistryDeployment = {
  readonly chainId: number;
  readonly registry: Address;
  readonly reused: boolean;
  /** 0 for one that was there already. */
  readonly gasUsed: bigint;
};

/**
 * Deploys the AnchorRegistry and compares what the chain then has with what was compiled. It has no owner, no
 * configuration and no keys: one on a chain serves everybody, each publisher in its own namespace.
 *
 * A second call deploys a second registry, unless `known` is the first one's address: then nothing is sent.
 * @throws DeployError `deployment_reverted`, `code_mismatch`; viem's errors for what the node refuses.
 */
export async function deployAnchorRegistry(
  parameters: DeployAnchorRegistryParameters,
): Promise<AnchorRegistryDeployment> {
  const { client, known } = parameters;
  const chainId = await getChainId(client);
  const contract = contractNamed(compileSources(), 'AnchorRegistry');
  const deployed = await deployContract(client, { name: 'AnchorRegistry', contract, known });
  const { address: registry, reused, gasUsed } = deployed;
  return { chainId, registry, reused, gasUsed };
}
