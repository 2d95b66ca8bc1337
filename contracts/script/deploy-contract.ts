import {
  type Account,
  type Address,
  type Chain,
  type Client,
  concatHex,
  encodeAbiParameters,
  type Hex,
  type Transport,
} from 'viem';
import { call, getCode, sendTransaction, waitForTransactionReceipt } from 'viem/actions';
import type { CompiledContract } from './compile-sources.ts';
import { DeployError } from './deploy-error.ts';

/** A viem client with the account that pays. */
export type DeployClient = Client<Transport, Chain | undefined, Account>;

export type DeployedContract = {
  readonly name: string;
  readonly address: Address;
  /** 0 for a contract that was there already. */
  readonly gasUsed: bigint;
  readonly reused: boolean;
};

type Deployment = {
  readonly name: string;
  readonly contract: CompiledContract;
  /** Values of the constructor's parameters, in order. */
  readonly args?: readonly unknown[];
  /** Where an earlier call put it. */
  readonly known?: Address | undefined;
};

function initCode({ contract, args = [] }: Deployment): Hex {
  const inputs = contract.abi.find(({ type }) => type === 'constructor')?.inputs ?? [];
  return concatHex([contract.bytecode, encodeAbiParameters(inputs, args)]);
}

/** The code with zeros where the constructor fills something in. */
function withoutImmutables(code: Hex, contract: CompiledContract): Hex {
  const bytes = Buffer.from(code.slice(2), 'hex');
  for (const { start, length } of contract.immutables) bytes.fill(0, start, start + length);
  return `0x${bytes.toString('hex')}`;
}

/** What the constructor would leave on this chain, by a call that changes nothing. */
async function expectedCode(client: DeployClient, data: Hex): Promise<Hex | undefined> {
  const { data: code } = await call(client, { data, account: client.account });
  return code;
}

/**
 * Deploys one contract and compares the code on the chain with the compiled one.
 *
 * A contract that an earlier call left at `known`, with the very same code and immutables, is taken as it is:
 * no transaction. When it resolves, the deployment is in a block (one confirmation).
 * @throws DeployError `deployment_reverted`, `code_mismatch`; viem's errors for what the node refuses.
 */
export async function deployContract(
  client: DeployClient,
  deployment: Deployment,
): Promise<DeployedContract> {
  const { name, contract, known } = deployment;
  const data = initCode(deployment);
  const expected = await expectedCode(client, data);
  if (known !== undefined && expected !== undefined) {
    const there = await getCode(client, { address: known });
    if (there === expected) return { name, address: known, gasUsed: 0n, reused: true };
  }
  const hash = await sendTransaction(client, { data, chain: client.chain ?? null });
  const receipt = await waitForTransactionReceipt(client, { hash, pollingInterval: 50 });
  if (receipt.status !== 'success' || receipt.contractAddress == null) {
    throw new DeployError('deployment_reverted', `the deployment of ${name} was reverted`);
  }
  const address = receipt.contractAddress;
  const code = (await getCode(client, { address })) ?? '0x';
  if (withoutImmutables(code, contract) !== contract.deployedBytecode || code !== expected) {
    throw new DeployError('code_mismatch', `the chain has other code for ${name} at ${address}`);
  }
  return { name, address, gasUsed: receipt.gasUsed, reused: false };
}
