/**
 * Two blocks of a local chain with anchors in them, as the chain tells them: one with transactions of every type but
 * blobs, more than 128 of them, and one with blobs.
 */
import { anchorRegistryAbi } from '@atomicity/contracts/abi/anchor-registry';
import { deployAnchorRegistry } from '@atomicity/contracts/script/deploy-anchor-registry';
import type { DeployClient } from '@atomicity/contracts/script/deploy-contract';
import { concatBytes, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { diffsRoot } from '@atomicity/kernel/state-diff/diffs-tree';
import { toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import { encodeRecord18 } from '@atomicity/kernel/state-diff/record18';
import { signedAmount } from '@atomicity/kernel/units/amount';
import { makeEvidence } from '@atomicity/rails/ethereum/evidence/make-evidence';
import { encodeRpcBlock } from '@atomicity/rails/ethereum/evidence/rpc-block';
import { nodeKzg } from '@atomicity/rails/ethereum/kzg/kzg';
import { versionedHash } from '@atomicity/rails/ethereum/kzg/versioned-hash';
import { startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import {
  type Address,
  createClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  sha256,
  toHex,
} from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { getBlock, getTransactionCount, sendRawTransaction } from 'viem/actions';

export const ROOT = keccak256('0x01');
/** Transactions that only fill the block. */
export const OTHERS = 130;
const FUNDS = 10n ** 21n;
const GWEI = 10n ** 9n;
const FEES = { maxFeePerGas: 30n * GWEI, maxPriorityFeePerGas: GWEI } as const;
const NOBODY = `0x${'00'.repeat(19)}07` as const;

export const diffs = Array.from({ length: 5 }, (_, i) => ({
  edge: 2 * i,
  delta: signedAmount(BigInt(i) - 2n),
  moves: 1 + i,
  flags: 0,
}));
export const payload = concatBytes(diffsRoot(diffs).slice(0, 31), ...diffs.map(encodeRecord18));
export const payloadHash = sha256(payload);
export const blobs = toBlobs(payload);
export const kzg = nodeKzg();

/** A block as the chain tells it. */
type Told = {
  readonly hash: Hex;
  readonly transactionsRoot: Hex;
  readonly transactions: readonly { readonly hash: Hex; readonly from: Hex; readonly type: Hex }[];
};
export type Mined = { readonly block: Told; readonly receipts: readonly unknown[] };

/** A fresh account for each kind of transaction, so that nonces never wait for one another. */
const accounts = Object.fromEntries(
  ['deployer', 'blob', 'calldata', 'external', 'legacy', 'listed', 'delegating', 'creating'].map(
    (name) => [name, privateKeyToAccount(generatePrivateKey())],
  ),
);

export function account(name: string): PrivateKeyAccount {
  const found = accounts[name];
  if (found === undefined) throw new Error(`no account ${name}`);
  return found;
}

/** One of the chain's own methods, those of anvil among them. */
export function request<T = unknown>(
  client: DeployClient,
  method: string,
  params: readonly unknown[] = [],
): Promise<T> {
  return client.request<{ Method: string; Parameters: readonly unknown[]; ReturnType: T }>({
    method,
    params,
  });
}

/** What an anchor's transaction is made of. */
type Place = {
  readonly client: DeployClient;
  readonly chainId: number;
  readonly registry: Address;
};

export const batchOf = (name: string): Hex => keccak256(toHex(name));
export const spanOf = (name: string) => [batchOf(name), ROOT, 3n, 9n, payloadHash] as const;

/** Signs with the account of this name, by default with nonce 0, and sends. */
async function send({ client, chainId }: Place, name: string, transaction: object): Promise<Hex> {
  const common = { chainId, nonce: 0, gas: 500_000n, value: 0n };
  const serializedTransaction = await account(name).signTransaction({ ...common, ...transaction });
  await sendRawTransaction(client, { serializedTransaction });
  return serializedTransaction;
}

function callOf(functionName: 'anchor' | 'anchorExternal', name: string): Hex {
  return encodeFunctionData({ abi: anchorRegistryAbi, functionName, args: spanOf(name) });
}

type Proven = {
  readonly commitments: readonly Uint8Array[];
  readonly blobProofs: readonly Uint8Array[];
};

async function proveBlobs(): Promise<Proven> {
  const commitments = await Promise.all(blobs.map((blob) => kzg.commit(blob)));
  const blobProofs = await Promise.all(
    blobs.map((blob, i) => kzg.blobProof(blob, commitments[i] ?? blob)),
  );
  return { commitments, blobProofs };
}

async function sendBlobs(place: Place, { commitments, blobProofs }: Proven): Promise<Hex> {
  const sidecars = blobs.map((blob, i) => ({
    blob,
    commitment: commitments[i] ?? blob,
    proof: blobProofs[i] ?? blob,
  }));
  return send(place, 'blob', {
    type: 'eip4844',
    to: place.registry,
    data: callOf('anchor', 'blob'),
    ...FEES,
    maxFeePerBlobGas: GWEI,
    blobVersionedHashes: commitments.map((each) => toHex(versionedHash(each))),
    sidecars,
  });
}

async function sendCalls(place: Place): Promise<void> {
  const common = { type: 'eip1559', to: place.registry, ...FEES };
  const data = encodeFunctionData({
    abi: anchorRegistryAbi,
    functionName: 'anchorWithData',
    args: [...spanOf('calldata'), toHex(payload)],
  });
  await send(place, 'calldata', { ...common, data });
  await send(place, 'external', { ...common, data: callOf('anchorExternal', 'external') });
}

/** Transactions of the types that carry no anchor. */
async function sendOthers(place: Place): Promise<void> {
  const gasPrice = 30n * GWEI;
  await send(place, 'legacy', { type: 'legacy', to: NOBODY, gasPrice });
  const accessList = [{ address: NOBODY, storageKeys: [ROOT] }];
  await send(place, 'listed', { type: 'eip2930', to: NOBODY, gasPrice, accessList });
  await send(place, 'creating', { type: 'eip1559', data: '0x00', ...FEES });
  const { chainId } = place;
  const authorization = await account('delegating').signAuthorization({
    address: NOBODY,
    chainId,
    nonce: 1,
  });
  const authorizationList = [authorization];
  const delegation = { type: 'eip7702', to: NOBODY, authorizationList, accessList };
  await send(place, 'delegating', { ...delegation, ...FEES });
  // Signed, since this chain gives transactions without a signature hashes of their own.
  const { address } = account('deployer');
  const first = await getTransactionCount(place.client, { address });
  for (let nonce = first; nonce < first + OTHERS; nonce++) {
    await send(place, 'deployer', { type: 'eip1559', to: NOBODY, nonce, gas: 21_000n, ...FEES });
  }
}

async function mine(client: DeployClient): Promise<Mined> {
  await request(client, 'evm_mine');
  const { hash } = await getBlock(client);
  return {
    block: await request<Told>(client, 'eth_getBlockByHash', [hash, true]),
    receipts: await request<readonly unknown[]>(client, 'eth_getBlockReceipts', [hash]),
  };
}

export type AnchoredBlocks = Place &
  Proven & {
    /** All that carries no blob; and the blobs in a block of their own. */
    readonly plain: Mined;
    readonly withBlob: Mined;
    /** The blob transaction as it was sent, with its blobs. */
    readonly sentWithBlobs: Hex;
    stop(): Promise<void>;
  };

/** Deploys the registry in block 1 and mines the two blocks after it; nothing is mined by itself then. */
export async function mineAnchoredBlocks(): Promise<AnchoredBlocks> {
  const chain = await startLocalChain();
  const client: DeployClient = createClient({
    account: account('deployer'),
    // The first blobs make anvil load its trusted setup: seconds of a core.
    transport: http(chain.url, { timeout: 120_000, retryCount: 0 }),
    pollingInterval: 50,
  });
  for (const { address } of Object.values(accounts)) {
    await request(client, 'anvil_setBalance', [address, toHex(FUNDS)]);
  }
  const { registry } = await deployAnchorRegistry({ client });
  const place = { client, chainId: chain.chainId, registry };
  await request(client, 'evm_setAutomine', [false]);
  await sendCalls(place);
  await sendOthers(place);
  const plain = await mine(client);
  const proven = await proveBlobs();
  const sentWithBlobs = await sendBlobs(place, proven);
  const withBlob = await mine(client);
  return { ...place, ...proven, plain, withBlob, sentWithBlobs, stop: () => chain.stop() };
}

export function minedWith({ plain, withBlob }: AnchoredBlocks, name: string): Mined {
  return name === 'blob' ? withBlob : plain;
}

/** Where the transaction of this name's account is in its block. */
export function indexOf(world: AnchoredBlocks, name: string): number {
  const { address } = account(name);
  const { transactions } = minedWith(world, name).block;
  return transactions.findIndex(({ from }) => from.toLowerCase() === address.toLowerCase());
}

/** Evidence of this name's transaction, by the maker. */
export function evidenceOf(world: AnchoredBlocks, name: string): Uint8Array {
  const isBlob = name === 'blob';
  const { block, receipts } = minedWith(world, name);
  return makeEvidence({
    ...encodeRpcBlock(block, receipts),
    chainId: world.chainId,
    registry: hexToBytes(world.registry.slice(2).toLowerCase()),
    index: indexOf(world, name),
    commitments: isBlob ? world.commitments : [],
    blobProofs: isBlob ? world.blobProofs : [],
    costWei: 1n,
  });
}
