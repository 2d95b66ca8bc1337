// Goal: what a real chain holds of an anchor is shown offline, and one diff of it on the chain. Method: a block of a
// local chain with transactions of every type, more than 128 of them, and an anchor of each kind among them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anchorRegistryAbi } from '@atomicity/contracts/abi/anchor-registry';
import { anchorVectors } from '@atomicity/contracts/script/anchor-vectors';
import { CONTRACTS_DIRECTORY } from '@atomicity/contracts/script/compile-sources';
import { deployAnchorRegistry } from '@atomicity/contracts/script/deploy-anchor-registry';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { diffPath } from '@atomicity/kernel/state-diff/diffs-tree';
import { encodeRecord18 } from '@atomicity/kernel/state-diff/record18';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { trieRoot } from '@atomicity/rails/ethereum/evidence/build-trie';
import { EvidenceError } from '@atomicity/rails/ethereum/evidence/make-evidence';
import { encodeRpcBlock } from '@atomicity/rails/ethereum/evidence/rpc-block';
import { verifyEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { blobsMatch } from '@atomicity/rails/ethereum/kzg/verify-blob';
import { versionedHash } from '@atomicity/rails/ethereum/kzg/versioned-hash';
import { keccak256, toHex } from 'viem';
import { readContract, simulateContract } from 'viem/actions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AnchoredBlocks,
  account,
  batchOf,
  blobs,
  diffs,
  evidenceOf,
  indexOf,
  kzg,
  mineAnchoredBlocks,
  minedWith,
  OTHERS,
  payload,
  payloadHash,
  ROOT,
  request,
  spanOf,
} from './anchored-blocks.ts';

let world: AnchoredBlocks;
beforeAll(async () => {
  world = await mineAnchoredBlocks();
});
afterAll(() => world?.stop());

describe('a block of a real chain', () => {
  it('has more transactions than one byte of a key counts, of every type but blobs', () => {
    const { transactions } = world.plain.block;
    expect(transactions.length).toBe(OTHERS + 6);
    expect([...new Set(transactions.map(({ type }) => type))].sort()).toEqual([
      '0x0',
      '0x1',
      '0x2',
      '0x4',
    ]);
  });

  it.each(['external', 'blob'])('is encoded to its own hash: that with %s', (name) => {
    const { block, receipts } = minedWith(world, name);
    const { header, transactions, receipts: encoded } = encodeRpcBlock(block, receipts);
    expect(keccak256(header)).toBe(block.hash);
    expect(transactions.map((each) => keccak256(each))).toEqual(
      block.transactions.map(({ hash }) => hash),
    );
    expect(encoded.length).toBe(transactions.length);
  });

  it('has a root over canonical transactions; anvil’s is over blobs too', () => {
    const { block, receipts } = world.plain;
    expect(encodeRpcBlock(block, receipts).hasForeignTransactionsRoot).toBe(false);
    const blobBlock = encodeRpcBlock(world.withBlob.block, world.withBlob.receipts);
    expect(blobBlock.hasForeignTransactionsRoot).toBe(true);
    const root = toHex(trieRoot([hexToBytes(world.sentWithBlobs.slice(2))]));
    expect(root).toBe(world.withBlob.block.transactionsRoot);
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
    const { block, receipts } = world.plain;
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
    const evidence = evidenceOf(world, name);
    const root = hashFromBytes(hexToBytes(ROOT.slice(2)));
    const batch = hashFromBytes(hexToBytes(batchOf(name).slice(2)));
    const verdict = verifyEthereumEvidence(evidence, { root, batch });
    if (verdict.kind === 'refused') throw new Error(verdict.reason);
    const { anchor } = verdict;
    expect(anchor).toMatchObject({
      chainId: world.chainId,
      registry: world.registry.toLowerCase(),
      publisher: account(name).address.toLowerCase(),
      blockHash: minedWith(world, name).block.hash,
      blockNumber: name === 'blob' ? 3 : 2,
      from: 3,
      size: 9,
      payloadHash: payloadHash.slice(2),
      availability: name,
    });
    expect(anchor.payload).toEqual(name === 'calldata' ? payload : null);
    expect(anchor.transactionHash).toBe(
      minedWith(world, name).block.transactions[indexOf(world, name)]?.hash,
    );
    expect(blobsMatch(anchor, name === 'blob' ? blobs : [])).toBe(true);
    expect(blobsMatch(anchor, [new Uint8Array(131_072)])).toBe(false);
  });

  it('shows no transaction of another kind', () => {
    for (const name of ['legacy', 'listed', 'delegating', 'creating', 'deployer']) {
      const reason = name === 'deployer' ? 'other_registry' : 'transaction_malformed';
      expect(() => evidenceOf(world, name)).toThrow(new EvidenceError(reason));
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
      versionedHashes: world.commitments.map((each) => toHex(versionedHash(each))),
    }) as const;

  it('keeps the record of what was anchored', async () => {
    const at = { address: world.registry, abi: anchorRegistryAbi } as const;
    const kept = await readContract(world.client, {
      ...at,
      functionName: 'anchorOf',
      args: [account('blob').address, batchOf('blob')],
    });
    const record = await readContract(world.client, {
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
      return readContract(world.client, {
        address: world.registry,
        abi: anchorRegistryAbi,
        functionName: 'proveDiff',
        args: [
          account('blob').address,
          anchored(),
          {
            commitment: toHex(world.commitments[0] ?? blob),
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
    const again = simulateContract(world.client, {
      account: account('external'),
      address: world.registry,
      abi: anchorRegistryAbi,
      functionName: 'anchorExternal',
      args: spanOf('external'),
    });
    await expect(again).rejects.toThrow('AlreadyAnchored');
  });

  it('is deployed once when its address is known', async () => {
    const { client, registry } = world;
    await request(client, 'evm_setAutomine', [true]);
    const deployed = await deployAnchorRegistry({ client, known: registry });
    expect(deployed).toEqual({ chainId: 31337, registry, reused: true, gasUsed: 0n });
  });
});

describe('the vectors of the contract’s own tests', () => {
  it('are the kernel’s trees, and openings that a KZG library makes', async () => {
    const path = join(CONTRACTS_DIRECTORY, 'test/vectors/anchor-registry.json');
    expect(readFileSync(path, 'utf8')).toBe(await anchorVectors(kzg));
  });
});
