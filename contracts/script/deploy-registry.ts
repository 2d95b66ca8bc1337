import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CircuitName } from '@atomicity/prover/artifacts/circuits';
import { type Address, type Hex, isAddressEqual, parseAbi } from 'viem';
import { getChainId, readContract } from 'viem/actions';
import { spendRegistryAbi } from '../abi/spend-registry.ts';
import { CONTRACTS_DIRECTORY, compileSources, contractNamed } from './compile-sources.ts';
import { type DeployClient, type DeployedContract, deployContract } from './deploy-contract.ts';
import { DeployError } from './deploy-error.ts';
import { VERIFIER_CIRCUITS } from './verifier-circuits.ts';
import { circuitIdOf, verifierName } from './verifier-source.ts';

/** Chains on which keys with published secrets may be used: Foundry's and Geth's development chains. */
export const DEVELOPMENT_CHAIN_IDS: readonly number[] = [31337, 1337];

export type DeployRegistryParameters = {
  /** A viem client with the account that deploys; it keeps no power over what it deploys. */
  readonly client: DeployClient;
  /** Wei that settling a cycle locks, above 0. */
  readonly bond: bigint;
  /** Wei that a demand locks, above 0: at least what an answer costs in gas. */
  readonly demandDeposit: bigint;
  /** Seconds in which proofs may be demanded after a settlement, above 0. */
  readonly challengeWindow: number;
  /** Seconds in which a demand may be answered, above 0. */
  readonly responseWindow: number;
  /** Whose verifiers the registry knows; by default every circuit that has a generated one. */
  readonly circuits?: readonly CircuitName[];
  /** Addresses by contract name from an earlier call, which are reused where the code is the same. */
  readonly known?: Readonly<Record<string, Address>>;
  /** After each contract, so that a caller can keep what is there already. */
  readonly onDeployed?: (deployed: DeployedContract) => void;
};

export type RegistryDeployment = {
  readonly chainId: number;
  readonly registry: Address;
  /** In the order of deployment, the registry last. */
  readonly contracts: readonly DeployedContract[];
  readonly verifiers: readonly {
    readonly circuit: CircuitName;
    readonly circuitId: Hex;
    readonly address: Address;
    /** As in artifacts.lock and trust files, 64 hex digits. */
    readonly verificationKeyHash: string;
    readonly development: boolean;
  }[];
  /** Of all transactions of this call. */
  readonly gasUsed: bigint;
};

const verifierAbi = parseAbi([
  'function verificationKeyHash() view returns (bytes32)',
  'function isDevelopment() view returns (bool)',
]);

function generatedSource(circuit: CircuitName): string {
  const name = `${verifierName(circuit)}.sol`;
  return readFileSync(join(CONTRACTS_DIRECTORY, 'src/verifiers/generated', name), 'utf8');
}

function isDevelopment(circuit: CircuitName): boolean {
  return /^contract \w+ is DevelopmentVerifier \{$/m.test(generatedSource(circuit));
}

async function refuseDevelopmentKeys(chainId: number, circuits: readonly CircuitName[]) {
  if (DEVELOPMENT_CHAIN_IDS.includes(chainId)) return;
  const unsafe = circuits.filter(isDevelopment);
  if (unsafe.length === 0) return;
  throw new DeployError(
    'development_key_refused',
    `chain ${chainId} is not for development, and anyone can forge under the keys of ${unsafe.join(', ')}`,
  );
}

/** What the chain says of a verifier, held against its source and the registry. */
async function checkVerifier(
  client: DeployClient,
  registry: Address,
  circuit: CircuitName,
  address: Address,
) {
  const circuitId = circuitIdOf(circuit);
  const at = { address, abi: verifierAbi } as const;
  const hash = await readContract(client, { ...at, functionName: 'verificationKeyHash' });
  const development = await readContract(client, { ...at, functionName: 'isDevelopment' });
  const wired = await readContract(client, {
    address: registry,
    abi: spendRegistryAbi,
    functionName: 'verifierOf',
    args: [circuitId],
  });
  const source = generatedSource(circuit);
  if (
    !isAddressEqual(wired, address) ||
    !source.includes(hash) ||
    development !== isDevelopment(circuit)
  ) {
    throw new DeployError('wiring_mismatch', `the registry's verifier of ${circuit} is another`);
  }
  return { circuit, circuitId, address, verificationKeyHash: hash.slice(2), development };
}

/**
 * Deploys the Poseidon contracts, one verifier for each circuit and the registry, and compares what the chain
 * then has with what was compiled. The registry has no owner: the deployer keeps no power over it.
 *
 * Refused before anything is sent: keys whose secrets are published on a chain id other than 31337 and 1337
 * (the verifiers' constructors refuse it too).
 * A second call deploys a second registry, unless `known` names the contracts of the first: those with equal
 * code and configuration are reused, without a transaction.
 * @throws DeployError `development_key_refused`, `deployment_reverted`, `code_mismatch`, `wiring_mismatch`.
 */
export async function deployRegistry(
  parameters: DeployRegistryParameters,
): Promise<RegistryDeployment> {
  const { client, circuits = VERIFIER_CIRCUITS, known = {}, onDeployed = () => {} } = parameters;
  const chainId = await getChainId(client);
  await refuseDevelopmentKeys(chainId, circuits);
  const compiled = compileSources();
  const deployed: DeployedContract[] = [];
  const deploy = async (name: string, args: readonly unknown[] = []): Promise<Address> => {
    const contract = contractNamed(compiled, name);
    const each = await deployContract(client, { name, contract, args, known: known[name] });
    deployed.push(each);
    onDeployed(each);
    return each.address;
  };
  const poseidonT3 = await deploy('PoseidonT3');
  const poseidonT4 = await deploy('PoseidonT4');
  const poseidonT5 = await deploy('PoseidonT5');
  const verifiers: { readonly circuit: CircuitName; readonly address: Address }[] = [];
  for (const circuit of circuits) {
    verifiers.push({ circuit, address: await deploy(verifierName(circuit)) });
  }
  const { bond, demandDeposit, challengeWindow, responseWindow } = parameters;
  const times = { challengeWindow, responseWindow };
  const registry = await deploy('SpendRegistry', [
    { bond, demandDeposit, ...times, poseidonT3, poseidonT4, poseidonT5 },
    verifiers.map(({ circuit, address }) => ({
      circuitId: circuitIdOf(circuit),
      verifier: address,
    })),
  ]);
  const checked: RegistryDeployment['verifiers'][number][] = [];
  for (const { circuit, address } of verifiers) {
    checked.push(await checkVerifier(client, registry, circuit, address));
  }
  const gasUsed = deployed.reduce((sum, each) => sum + each.gasUsed, 0n);
  return { chainId, registry, contracts: deployed, verifiers: checked, gasUsed };
}
