// Goal: what a real chain holds of an anchor is shown offline, and one diff of it on the chain. Method: a block of a
// local chain with transactions of every type, more than 128 of them, and an anchor of each kind among them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anchorRegistryAbi } from '@atomicity/contracts/abi/anchor-registry';
import { anchorVectors } from '@atomicity/contracts/script/anchor-vectors';
import { CONTRACTS_DIRECTORY } from '@atomicity/contracts/script/compile-sources';
import { deployAnchorRegistry } from '@atomicity/contracts/script/deploy-anchor-registry';
import { concatBytes, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { diffPath, diffsRoot } from '@atomicity/kernel/state-diff/diffs-tree';
import { toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import { encodeRecord18 } from '@atomicity/kernel/state-diff/record18';
import { signedAmount } from '@atomicity/kernel/units/amount';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { trieRoot } from '@atomicity/rails/ethereum/evidence/build-trie';
import { EvidenceError, makeEvidence } from '@atomicity/rails/ethereum/evidence/make-evidence';
import { encodeRpcBlock } from '@atomicity/rails/ethereum/evidence/rpc-block';
import { verifyEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { nodeKzg } from '@atomicity/rails/ethereum/kzg/kzg';
import { blobsMatch } from '@atomicity/rails/ethereum/kzg/verify-blob';
import { versionedHash } from '@atomicity/rails/ethereum/kzg/versioned-hash';
import { type LocalChain, startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import {
  type Address,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  publicActions,
  sha256,
  toHex,
  walletActions,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = keccak256('0x01');
const others = 130;
const funds = 10n ** 21n;
const gwei = 10n ** 9n;
const fees = { maxFeePerGas: 30n * gwei, maxPriorityFeePerGas: gwei } as const;
const noAddress = `0x${'00'.repeat(19)}07` as const;

const diffs = Array.from({ length: 5 }, (_, i) => ({
  edge: 2 * i,
  delta: signedAmount(BigInt(i) - 2n),
  moves: 1 + i,
  flags: 0,
}));
const payload = concatBytes(diffsRoot(diffs).slice(0, 31), ...diffs.map(encodeRecord18));
const payloadHash = sha256(payload);
const blobs = toBlobs(payload);
const kzg = nodeKzg();

/** A fresh account for each kind of transaction, so that nonces never wait for one another. */
const accounts = Object.fromEntries(
  ['deployer', 'blob', 'calldata', 'external', 'legacy', 'listed', 'delegating', 'creating'].map(
    (name) => [name, privateKeyToAccount(generatePrivateKey())],
  ),
);
function account(name: string) {
  const found = accounts[name];
  if (found === undefined) throw new Error(`no account ${name}`);
  return found;
}

function clientOf({ url }: LocalChain) {
  const transport = http(url);
  return createTestClient({ mode: 'anvil', transport, pollingInterval: 50 })
    .extend(publicActions)
    .extend(walletActions);
}

let chain: LocalChain;
let client: ReturnType<typeof clientOf>;
let registry: Address;
let commitments: readonly Uint8Array[];
let blobProofs: readonly Uint8Array[];

/** A block as the chain tells it. */
type Told = {
  readonly hash: Hex;
  readonly transactionsRoot: Hex;
  readonly transactions: readonly { readonly hash: Hex; readonly from: Hex; readonly type: Hex }[];
};
type Mined = { readonly block: Told; readonly receipts: readonly unknown[] };

/** All that carries no blob; and the blobs in a block of their own. */
let plain: Mined;
let withBlob: Mined;
let sentWithBlobs: Hex;
const minedWith = (name: string): Mined => (name === 'blob' ? withBlob : plain);

const batchOf = (name: string): Hex => keccak256(toHex(name));
const spanOf = (name: string) => [batchOf(name), ROOT, 3n, 9n, payloadHash] as const;

/** Signs with the account of this name, nonce 0, and sends. */
async function send(name: string, transaction: object): Promise<Hex> {
  const common = { chainId: chain.chainId, nonce: 0, gas: 500_000n, value: 0n };
  const serializedTransaction = await account(name).signTransaction({ ...common, ...transaction });
  await client.sendRawTransaction({ serializedTransaction });
  return serializedTransaction;
}

function call(functionName: 'anchor' | 'anchorExternal', name: string): Hex {
  return encodeFunctionData({ abi: anchorRegistryAbi, functionName, args: spanOf(name) });
}

async function sendBlobs(): Promise<Hex> {
  const sidecars = blobs.map((blob, i) => ({
    blob,
    commitment: commitments[i] ?? blob,
    proof: blobProofs[i] ?? blob,
  }));
  return send('blob', {
    type: 'eip4844',
    to: registry,
    data: call('anchor', 'blob'),
    ...fees,
    maxFeePerBlobGas: gwei,
    blobVersionedHashes: commitments.map((each) => toHex(versionedHash(each))),
    sidecars,
  });
}

async function sendCalls(): Promise<void> {
  const data = encodeFunctionData({
    abi: anchorRegistryAbi,
    functionName: 'anchorWithData',
    args: [...spanOf('calldata'), toHex(payload)],
  });
  await send('calldata', { type: 'eip1559', to: registry, data, ...fees });
  await send('external', {
    type: 'eip1559',
    to: registry,
    data: call('anchorExternal', 'external'),
    ...fees,
  });
}

/** Transactions of the types that carry no anchor. */
async function sendOthers(): Promise<void> {
  const gasPrice = 30n * gwei;
  await send('legacy', { type: 'legacy', to: noAddress, gasPrice });
  const accessList = [{ address: noAddress, storageKeys: [ROOT] }];
  await send('listed', { type: 'eip2930', to: noAddress, gasPrice, accessList });
  await send('creating', { type: 'eip1559', data: '0x00', ...fees });
  const delegating = account('delegating');
  const authorization = await delegating.signAuthorization({
    address: noAddress,
    chainId: chain.chainId,
    nonce: 1,
  });
  await send('delegating', {
    type: 'eip7702',
    to: noAddress,
    authorizationList: [authorization],
    accessList,
    ...fees,
  });
  // Signed, since this chain gives transactions without a signature hashes of their own.
  const first = await client.getTransactionCount({ address: account('deployer').address });
  for (let nonce = first; nonce < first + others; nonce++) {
    await send('deployer', { type: 'eip1559', to: noAddress, nonce, gas: 21_000n, ...fees });
  }
}

async function mine(): Promise<Mined> {
  await client.mine({ blocks: 1 });
  const { hash } = await client.getBlock();
  const block = await client.request<{ Method: 'eth_getBlockByHash'; ReturnType: Told }>({
    method: 'eth_getBlockByHash',
    params: [hash, true],
  } as never);
  const receipts = await client.request<{ Method: 'eth_getBlockReceipts'; ReturnType: unknown[] }>({
    method: 'eth_getBlockReceipts',
    params: [hash],
  } as never);
  return { block, receipts };
}

beforeAll(async () => {
  chain = await startLocalChain();
  client = clientOf(chain);
  for (const { address } of Object.values(accounts)) {
    await client.setBalance({ address, value: funds });
  }
  commitments = await Promise.all(blobs.map((blob) => kzg.commit(blob)));
  blobProofs = await Promise.all(
    blobs.map((blob, i) => kzg.blobProof(blob, commitments[i] ?? blob)),
  );
  const deployer = createDeployer();
  const deployed = await deployAnchorRegistry({ client: deployer });
  registry = deployed.registry;
  await client.setAutomine(false);
  await sendCalls();
  await sendOthers();
  plain = await mine();
  sentWithBlobs = await sendBlobs();
  withBlob = await mine();
});

afterAll(() => chain.stop());

function createDeployer() {
  return createTestClient({
    mode: 'anvil',
    account: account('deployer'),
    transport: http(chain.url),
    pollingInterval: 50,
  })
    .extend(publicActions)
    .extend(walletActions);
}

function indexOf(name: string): number {
  const { address } = account(name);
  const { transactions } = minedWith(name).block;
  return transactions.findIndex(({ from }) => from.toLowerCase() === address.toLowerCase());
}

function evidenceOf(name: string): Uint8Array {
  const isBlob = name === 'blob';
  const { block, receipts } = minedWith(name);
  return makeEvidence({
    ...encodeRpcBlock(block, receipts),
    chainId: chain.chainId,
    registry: hexToBytes(registry.slice(2).toLowerCase()),
    index: indexOf(name),
    commitments: isBlob ? commitments : [],
    blobProofs: isBlob ? blobProofs : [],
    costWei: 1n,
  });
}

describe('a block of a real chain', () => {
  it('has more transactions than one byte of a key counts, of every type but blobs', () => {
    const { transactions } = plain.block;
    expect(transactions.length).toBe(others + 6);
    expect([...new Set(transactions.map(({ type }) => type))].sort()).toEqual([
      '0x0',
      '0x1',
      '0x2',
      '0x4',
    ]);
  });

  it.each(['external', 'blob'])('is encoded to its own hash: that with %s', (name) => {
    const { block, receipts } = minedWith(name);
    const { header, transactions, receipts: encoded } = encodeRpcBlock(block, receipts);
    expect(keccak256(header)).toBe(block.hash);
    expect(transactions.map((each) => keccak256(each))).toEqual(
      block.transactions.map(({ hash }) => hash),
    );
    expect(encoded.length).toBe(transactions.length);
  });

  it('has a root over canonical transactions; anvil’s is over blobs too', () => {
    const { block, receipts } = plain;
    expect(encodeRpcBlock(block, receipts).hasForeignTransactionsRoot).toBe(false);
    const blobBlock = encodeRpcBlock(withBlob.block, withBlob.receipts);
    expect(blobBlock.hasForeignTransactionsRoot).toBe(true);
    const root = toHex(trieRoot([hexToBytes(sentWithBlobs.slice(2))]));
    expect(root).toBe(withBlob.block.transactionsRoot);
  });

  it.each<[string, object, unknown]>([
    ['header_hash_mismatch', { gasUsed: '0x1' }, undefined],
    ['parentHash_malformed', { parentHash: '0x1' }, undefined],
    ['number_malformed', { number: 1 }, undefined],
    ['transactions_missing', { transactions: undefined }, undefined],
    ['transactionsRoot_mismatch', { transactions: [] }, undefined],
    ['transaction_missing', { transactions: [null] }, undefined],
    ['transaction_type_unknown', { transactions: [{ type: '0x7e' }] }, undefined],
    ['transaction_hash_mismatch', { transactions: 'another nonce' }, undefined],
    ['receipts_missing', {}, null],
    ['receiptsRoot_mismatch', {}, []],
    ['status_malformed', {}, [{ logs: [] }]],
  ])('is refused when it is told otherwise: %s', (reason, changed, otherReceipts) => {
    const { block, receipts } = plain;
    const told = { ...block, ...changed };
    if ('transactions' in changed && changed.transactions === 'another nonce') {
      told.transactions = block.transactions.map((each) => ({ ...each, nonce: '0x7' }));
    }
    const encode = () =>
      encodeRpcBlock(told, otherReceipts === undefined ? receipts : otherReceipts);
    expect(encode).toThrow(new EvidenceError(reason));
  });
});

describe('evidence from a real chain', () => {
  it.each(['blob', 'calldata', 'external'])('shows an anchor: %s', (name) => {
    const evidence = evidenceOf(name);
    const root = hashFromBytes(hexToBytes(ROOT.slice(2)));
    const batch = hashFromBytes(hexToBytes(batchOf(name).slice(2)));
    const verdict = verifyEthereumEvidence(evidence, { root, batch });
    if (verdict.kind === 'refused') throw new Error(verdict.reason);
    const { anchor } = verdict;
    expect(anchor).toMatchObject({
      chainId: chain.chainId,
      registry: registry.toLowerCase(),
      publisher: account(name).address.toLowerCase(),
      blockHash: minedWith(name).block.hash,
      blockNumber: name === 'blob' ? 3 : 2,
      from: 3,
      size: 9,
      payloadHash: payloadHash.slice(2),
      availability: name,
    });
    expect(anchor.payload).toEqual(name === 'calldata' ? payload : null);
    expect(anchor.transactionHash).toBe(minedWith(name).block.transactions[indexOf(name)]?.hash);
    expect(blobsMatch(anchor, name === 'blob' ? blobs : [])).toBe(true);
    expect(blobsMatch(anchor, [new Uint8Array(131_072)])).toBe(false);
  });

  it('shows no transaction of another kind', () => {
    for (const name of ['legacy', 'listed', 'delegating', 'creating', 'deployer']) {
      const reason = name === 'deployer' ? 'other_registry' : 'transaction_malformed';
      expect(() => evidenceOf(name)).toThrow(new EvidenceError(reason));
    }
  });
});

describe('the registry on a real chain', () => {
  const anchored = () =>
    ({
      batch: batchOf('blob'),
      root: ROOT,
      from: 3n,
      size: 9n,
      payloadHash,
      blockNumber: 3n,
      versionedHashes: commitments.map((each) => toHex(versionedHash(each))),
    }) as const;

  it('keeps the record of what was anchored', async () => {
    const at = { address: registry, abi: anchorRegistryAbi } as const;
    const kept = await client.readContract({
      ...at,
      functionName: 'anchorOf',
      args: [account('blob').address, batchOf('blob')],
    });
    const record = await client.readContract({
      ...at,
      functionName: 'recordOf',
      args: [anchored()],
    });
    expect(kept).toBe(record);
  });

  it('shows that one diff is in the blob', async () => {
    const [blob = new Uint8Array()] = blobs;
    const one = hexToBytes('01'.padStart(64, '0'));
    const { proof } = await kzg.pointProof(blob, one);
    const prove = (edge: number, change: object = {}) => {
      const diff = diffs.find((each) => each.edge === edge);
      const found = diffPath(diffs, edge);
      if (diff === undefined || found === undefined) throw new Error(`no diff of ${edge}`);
      return client.readContract({
        address: registry,
        abi: anchorRegistryAbi,
        functionName: 'proveDiff',
        args: [
          account('blob').address,
          anchored(),
          {
            commitment: toHex(commitments[0] ?? blob),
            opening: toHex(proof),
            record: toHex(encodeRecord18(diff)),
            index: BigInt(found.index),
            count: BigInt(found.size),
            path: found.path.map((each) => toHex(each)),
            ...change,
          },
        ],
      });
    };
    for (const { edge } of diffs) expect(await prove(edge)).toBe(true);
    await expect(prove(4, { record: `0x${'00'.repeat(18)}` })).rejects.toThrow('DiffNotShown');
    await expect(prove(4, { index: 1n })).rejects.toThrow('DiffNotShown');
    await expect(prove(4, { count: 2n })).rejects.toThrow('WrongPath');
  });

  it('refuses a batch a second time, by name', async () => {
    const again = client.simulateContract({
      account: account('external'),
      address: registry,
      abi: anchorRegistryAbi,
      functionName: 'anchorExternal',
      args: spanOf('external'),
    });
    await expect(again).rejects.toThrow('AlreadyAnchored');
  });

  it('is deployed once when its address is known', async () => {
    await client.setAutomine(true);
    const deployed = await deployAnchorRegistry({ client: createDeployer(), known: registry });
    expect(deployed).toEqual({ chainId: 31337, registry, reused: true, gasUsed: 0n });
  });
});

describe('the vectors of the contract’s own tests', () => {
  it('are the kernel’s trees, and openings that a KZG library makes', async () => {
    const path = join(CONTRACTS_DIRECTORY, 'test/vectors/anchor-registry.json');
    expect(readFileSync(path, 'utf8')).toBe(await anchorVectors(kzg));
  });
});
