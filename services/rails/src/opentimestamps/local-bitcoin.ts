/**
 * A stand-in for Bitcoin: a chain of this process alone, for rehearsals and tests.
 *
 * Headers, Merkle trees and transactions have Bitcoin's own forms, and the work is real: as little of it as
 * regtest asks for, two hashes a block. So whoever checks it checks it as if it were Bitcoin, and learns
 * nothing: anybody makes such a chain in a moment. It says what it is in every coinbase.
 */

import { concatBytes } from '@noble/hashes/utils.js';
import { rootToDisplay } from './bitcoin.ts';
import { judgeWork, REGTEST_EASIEST_BITS, readBlockHeader } from './block-header.ts';
import { bitcoinPath, bitcoinRoot, SHA256 } from './merkle-steps.ts';
import type { Operation } from './proof.ts';
import {
  coinbase,
  commitmentTransaction,
  type StandInTransaction,
  transfer,
  u32,
} from './stand-in-transaction.ts';

/** What it is called wherever it shows. */
export const LOCAL_BITCOIN_LABEL = 'local stand-in for Bitcoin: proves nothing to outsiders';

/** The first block of regtest, so that the chain is recognised for what it is. Source: chainparams.cpp. */
const REGTEST_GENESIS_HEADER = concatBytes(
  u32(1),
  new Uint8Array(32),
  Uint8Array.from(
    '3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a'.match(/../g) ?? [],
    (pair) => Number.parseInt(pair, 16),
  ),
  u32(1_296_688_602),
  u32(REGTEST_EASIEST_BITS),
  u32(2),
);
const GENESIS_HEIGHT = 0;
const BLOCK_VERSION = 0x20000000;
const COMMITMENT_FEE_SATS = 1_000n;
const COINBASE_SATS = 5_000_000_000n;
/** With the coinbase and a commitment that makes five leaves: an odd number on two levels of the tree. */
const OTHER_TRANSACTIONS = 3;

export type LocalBlock = {
  readonly height: number;
  /** As explorers would print it, had it been a block. */
  readonly hash: string;
  readonly merkleRoot: string;
  readonly header: Uint8Array;
  readonly transactions: readonly StandInTransaction[];
};

/** What a block holds of a commitment: from the 32 bytes to the block's Merkle root. */
export type CommitmentPath = { readonly height: number; readonly operations: readonly Operation[] };

function headerOver(previousHash: Uint8Array, merkleRoot: Uint8Array, seconds: number): Uint8Array {
  for (let nonce = 0; ; nonce += 1) {
    const header = concatBytes(
      u32(BLOCK_VERSION),
      previousHash,
      merkleRoot,
      u32(seconds),
      u32(REGTEST_EASIEST_BITS),
      u32(nonce),
    );
    const work = judgeWork(readBlockHeader(header), REGTEST_EASIEST_BITS);
    if (work === 'enough') return header;
  }
}

function blockOf(
  height: number,
  header: Uint8Array,
  transactions: readonly StandInTransaction[],
): LocalBlock {
  const { hash, merkleRoot } = readBlockHeader(header);
  const printed = { hash: rootToDisplay(hash), merkleRoot: rootToDisplay(merkleRoot) };
  return { height, ...printed, header, transactions };
}

/** Bytes before and after a commitment in its transaction. */
function around(bytes: Uint8Array, commitment: Uint8Array) {
  const at = Buffer.from(bytes).indexOf(commitment);
  return [bytes.subarray(0, at), bytes.subarray(at + commitment.length)] as const;
}

export class LocalBitcoin {
  readonly #best: LocalBlock[] = [blockOf(GENESIS_HEIGHT, REGTEST_GENESIS_HEADER, [])];
  /** Every block there ever was, by hash: servers keep those of branches that were left. */
  readonly #known = new Map(this.#best.map((block) => [block.hash, block]));
  #branch = 0;

  /** Height of the last block; 0 when only regtest's first block is there. */
  get height(): number {
    return this.#best.length - 1;
  }

  /** The block at a height of the best chain. */
  blockAt(height: number): LocalBlock | undefined {
    return this.#best[height];
  }

  /** A block of any branch, by its hash as printed. */
  blockOf(hash: string): LocalBlock | undefined {
    return this.#known.get(hash);
  }

  /**
   * Adds a block with a transaction for each commitment of 32 bytes, and some others.
   *
   * @param seconds time of the block, since the epoch.
   */
  mine(seconds: number, commitments: readonly Uint8Array[] = []): LocalBlock {
    const height = this.height + 1;
    const first = coinbase(height, `${LOCAL_BITCOIN_LABEL} #${this.#branch}`);
    const transactions = [first];
    let spent = first;
    for (
      let sats = COINBASE_SATS - COMMITMENT_FEE_SATS;
      transactions.length <= OTHER_TRANSACTIONS;
    ) {
      spent = transfer(spent, sats);
      transactions.push(spent);
      sats -= COMMITMENT_FEE_SATS;
    }
    for (const commitment of commitments) {
      spent = commitmentTransaction(spent, commitment, COMMITMENT_FEE_SATS);
      transactions.push(spent);
    }
    const root = bitcoinRoot(transactions.map(({ id }) => id));
    const previous = readBlockHeader(this.#best.at(-1)?.header ?? REGTEST_GENESIS_HEADER).hash;
    const block = blockOf(height, headerOver(previous, root, seconds), transactions);
    this.#best.push(block);
    this.#known.set(block.hash, block);
    return block;
  }

  /** Adds so many blocks without commitments, ten minutes after one another. */
  mineMore(count: number, seconds: number): void {
    for (let index = 0; index < count; index += 1) this.mine(seconds + index * 600);
  }

  /**
   * Leaves the last `depth` blocks for a longer branch without any of their commitments.
   *
   * @throws {RangeError} if the chain has not so many blocks after its first.
   */
  reorganise(depth: number, seconds: number): void {
    if (!Number.isInteger(depth) || depth < 1 || depth > this.height) {
      throw new RangeError('depth: 1 … height');
    }
    this.#best.length -= depth;
    this.#branch += 1;
    this.mineMore(depth + 1, seconds);
  }

  /** True while a block is in the best chain. */
  isInChain({ height, hash }: LocalBlock): boolean {
    return this.#best[height]?.hash === hash;
  }

  /** How a block's tree leads from a commitment to its root. @throws {RangeError} if it is not in there. */
  pathOf(block: LocalBlock, commitment: Uint8Array): CommitmentPath {
    const ids = block.transactions.map(({ id }) => id);
    const index = block.transactions.findIndex(
      ({ bytes }) => Buffer.from(bytes).indexOf(commitment) >= 0,
    );
    const found = block.transactions[index];
    if (found === undefined) {
      throw new RangeError('the block has no transaction with this commitment');
    }
    const [before, after] = around(found.bytes, commitment);
    return {
      height: block.height,
      operations: [
        { kind: 'prepend', argument: before },
        { kind: 'append', argument: after },
        SHA256,
        SHA256,
        ...bitcoinPath(ids, index),
      ],
    };
  }
}
