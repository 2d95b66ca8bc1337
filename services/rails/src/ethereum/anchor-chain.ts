/** What the rail asks of its chain's node. Answers are believed; what depends on them says so. */
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import type { Hash } from '@atomicity/kernel/units/id';
import {
  createPublicClient,
  encodeEventTopics,
  http,
  isHex,
  numberToHex,
  type PublicClient,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  zeroHash,
} from 'viem';
import { RailError } from '../port.ts';
import { ANCHOR_REGISTRY_ABI } from './anchor-registry-abi.ts';
import { orAbsent, railErrorOf, railRefused } from './chain-errors.ts';
import type { Hex, RegistryPlace } from './context.ts';
import { EvidenceError, makeEvidence } from './evidence/make-evidence.ts';
import { encodeRpcBlock } from './evidence/rpc-block.ts';
import type { SidecarBlob } from './sidecar.ts';

export type AnchorChainOptions = {
  readonly url: string;
  readonly place: RegistryPlace;
  /** Block in which the registry was deployed: its events begin there. */
  readonly fromBlock: number;
  /** Gives up on one answer of the node after so many ms. */
  readonly requestMs: number;
};

export type ChainHead = { readonly number: number; readonly timestamp: number };

/** A call of the registry that is to be signed. */
export type AnchorCallData = {
  readonly from: Hex;
  readonly data: Hex;
  readonly versionedHashes: readonly Hex[];
};

export class AnchorChain {
  readonly client: PublicClient;
  readonly #options: AnchorChainOptions;
  #isChecked = false;

  constructor(options: AnchorChainOptions) {
    this.#options = options;
    const transport = http(options.url, { timeout: options.requestMs, retryCount: 0 });
    this.client = createPublicClient({ transport, cacheTime: 0 });
  }

  head(): Promise<ChainHead> {
    return this.#ask(async () => {
      const { number, timestamp } = await this.client.getBlock({ blockTag: 'latest' });
      return { number: Number(number), timestamp: Number(timestamp) };
    });
  }

  /** Transactions of the account up to a block, or with those that wait. */
  nonce(address: Hex, at: number | 'latest' | 'pending'): Promise<number> {
    return this.#ask(() =>
      this.client.getTransactionCount(
        typeof at === 'number' ? { address, blockNumber: BigInt(at) } : { address, blockTag: at },
      ),
    );
  }

  isAnchored(publisher: Hex, batch: Hash): Promise<boolean> {
    return this.#ask(async () => {
      const record = await this.client.readContract({
        address: this.#options.place.registry,
        abi: ANCHOR_REGISTRY_ABI,
        functionName: 'anchorOf',
        args: [publisher, `0x${batch}`],
      });
      return record !== zeroHash;
    });
  }

  /** The transaction that anchored the batch, as the registry's event says; undefined when there is none. */
  anchoredBy(publisher: Hex, batch: Hash): Promise<Hex | undefined> {
    return this.#ask(async () => {
      const { place, fromBlock } = this.#options;
      const topics = encodeEventTopics({
        abi: ANCHOR_REGISTRY_ABI,
        eventName: 'Anchored',
        args: { publisher, batch: `0x${batch}` },
      });
      const logs = await this.client.request({
        method: 'eth_getLogs',
        params: [
          {
            address: place.registry,
            topics,
            fromBlock: numberToHex(fromBlock),
            toBlock: 'latest',
          },
        ],
      });
      return logs[0]?.transactionHash ?? undefined;
    });
  }

  /** True when the node has the transaction, in a block or waiting. */
  isKnown(hash: Hex): Promise<boolean> {
    return this.#ask(async () => {
      const found = await orAbsent(
        () => this.client.getTransaction({ hash }),
        TransactionNotFoundError,
      );
      return found !== undefined;
    });
  }

  receipt(hash: Hex): Promise<TransactionReceipt | undefined> {
    return this.#ask(() =>
      orAbsent(() => this.client.getTransactionReceipt({ hash }), TransactionReceiptNotFoundError),
    );
  }

  /** The block's hash in the chain as it is now; undefined above its head. */
  blockHashAt(number: number): Promise<Hex | undefined> {
    return this.#ask(async () => {
      const block = await this.client.request({
        method: 'eth_getBlockByNumber',
        params: [numberToHex(number), false],
      });
      return block?.hash ?? undefined;
    });
  }

  /** Gas that the call takes now. @throws {RailError} with the contract's reason. */
  estimate({ from, data, versionedHashes }: AnchorCallData): Promise<bigint> {
    const call = { from, to: this.#options.place.registry, data };
    return this.#ask(async () => {
      const blobs =
        versionedHashes.length === 0
          ? {}
          : { type: '0x3', blobVersionedHashes: versionedHashes, maxFeePerBlobGas: '0xffffffffff' };
      const gas: unknown = await this.client.request({
        method: 'eth_estimateGas',
        // viem's own type of a request has no blobs without their contents.
        params: [{ ...call, ...blobs } as typeof call],
      });
      if (!isHex(gas)) throw unusable('eth_estimateGas');
      return BigInt(gas);
    });
  }

  /** Hands a transaction over. What the node says against it is told, not thrown: it may be out. */
  async send(raw: Hex): Promise<RailError | undefined> {
    await this.#check();
    try {
      await this.client.request({ method: 'eth_sendRawTransaction', params: [raw] });
      return undefined;
    } catch (error) {
      const failure = railErrorOf(error, 'unknown');
      const said = `${failure.facts['answer'] ?? ''}`;
      // It has this very transaction already.
      return /already (known|imported)|known transaction/i.test(said) ? undefined : failure;
    }
  }

  /** Versioned hashes of a transaction in a block. */
  versionedHashes(hash: Hex): Promise<readonly Hex[]> {
    return this.#ask(async () => {
      const { blobVersionedHashes = [] } = await this.client.getTransaction({ hash });
      return blobVersionedHashes;
    });
  }

  /**
   * The evidence of the anchor behind a receipt. The block's hash, both its roots, the signature and the
   * registry's event are computed anew, so a node that tells them wrong is found out.
   * @throws {RailError} `rail_answer_unusable` (not_applied).
   */
  evidence(receipt: TransactionReceipt, blobs: readonly SidecarBlob[]): Promise<Uint8Array> {
    const { place } = this.#options;
    const { blockHash, gasUsed, effectiveGasPrice, blobGasUsed = 0n, blobGasPrice = 0n } = receipt;
    return this.#ask(async () => {
      const [block, receipts] = await Promise.all([
        this.client.request({ method: 'eth_getBlockByHash', params: [blockHash, true] }),
        this.#blockReceipts(blockHash),
      ]);
      const parts = {
        ...encodeRpcBlock(block, receipts),
        chainId: place.chainId,
        registry: hexToBytes(place.registry.slice(2)),
        index: receipt.transactionIndex,
        commitments: blobs.map(({ commitment }) => commitment),
        blobProofs: blobs.map(({ proof }) => proof),
        costWei: gasUsed * effectiveGasPrice + blobGasUsed * blobGasPrice,
      };
      // What it makes, the verifier accepts.
      return makeEvidence(parts);
    });
  }

  #blockReceipts(blockHash: Hex): Promise<unknown> {
    const request: unknown = { method: 'eth_getBlockReceipts', params: [blockHash] };
    // viem knows no such method.
    return this.client.request(request as Parameters<PublicClient['request']>[0]);
  }

  /** Another chain may have a contract at the same address: nothing is believed before the first check. */
  async #check(): Promise<void> {
    if (this.#isChecked) return;
    const { chainId, registry } = this.#options.place;
    const [actual, code] = await this.#question(() =>
      Promise.all([this.client.getChainId(), this.client.getCode({ address: registry })]),
    );
    if (actual !== chainId) {
      throw railRefused(`the node is on chain ${actual}, not ${chainId}`, { chainId: actual });
    }
    if (code === undefined) throw railRefused(`no contract at ${registry}`, { chainId });
    this.#isChecked = true;
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    await this.#check();
    return await this.#question(question);
  }

  /** A question changes nothing, whatever becomes of it. */
  async #question<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof EvidenceError) throw unusable(error.reason, error);
      throw railErrorOf(error, 'not_applied');
    }
  }
}

function unusable(what: string, cause?: unknown): RailError {
  return new RailError({
    code: 'rail_answer_unusable',
    outcome: 'not_applied',
    shortMessage: `the chain’s node answered with what can’t be used: ${what}`,
    cause,
  });
}
