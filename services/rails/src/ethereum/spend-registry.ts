/**
 * The registry port over an EVM node's JSON-RPC. Signing is apart from sending: a prepared call has its
 * hash and nonce before any node has seen it. Private keys stay behind the signers; none is logged, and
 * none is part of an error.
 */

import { setTimeout as pause } from 'node:timers/promises';
import {
  createPublicClient,
  type Hex,
  http,
  keccak256,
  type LocalAccount,
  type PublicClient,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem';
import { RailError } from '../port.ts';
import { orAbsent, railErrorOf, railRefused } from './chain-errors.ts';
import type { RegistryPlace } from './context.ts';
import { encodeCall } from './registry-calls.ts';
import type {
  CallFate,
  CallReceipt,
  CycleRef,
  PreparedCall,
  RegistryCall,
  SlotRef,
  SpendProof,
  SpendRegistry,
} from './registry-port.ts';
import { RegistryState } from './registry-state.ts';

/** Signs transactions of one account; the key is held elsewhere. */
export type ChainSigner = Pick<LocalAccount, 'address' | 'signTransaction'>;

/** Who signs what. A desk without the principal's signer opens no cycle; it can do all the rest. */
export type ChainSigners = {
  readonly principal?: ChainSigner | undefined;
  readonly aggregator?: ChainSigner | undefined;
  /** Demands proofs and rolls back; anybody may. */
  readonly challenger?: ChainSigner | undefined;
};

export type SpendRegistryOptions = {
  readonly url: string;
  readonly place: RegistryPlace;
  readonly signers: ChainSigners;
  /** Blocks from a transaction's own to the newest before it counts, 1 … 1000; default 1. */
  readonly confirmations?: number;
  /** Block in which the registry was deployed: its events begin there; default 0. */
  readonly fromBlock?: number;
  /** Gives up on one answer of the node after so many ms; default 10,000. */
  readonly requestMs?: number;
  /** Gives up on a receipt after so many ms; default 120,000. */
  readonly receiptMs?: number;
  /** Asks for a receipt so often, ms; default 500. */
  readonly pollMs?: number;
};

const SIGNER_OF: Readonly<Record<RegistryCall['kind'], keyof ChainSigners>> = {
  register_fleet: 'principal',
  open_cycle: 'principal',
  settle_cycle: 'aggregator',
  finalize: 'aggregator',
  answer_demand: 'aggregator',
  release_late: 'aggregator',
  claim_release: 'aggregator',
  demand_proof: 'challenger',
  rollback: 'challenger',
};

/** How often the present base fee a transaction outlives. */
const FEE_ROOM = 4n;

class EthereumSpendRegistry implements SpendRegistry {
  readonly #options: SpendRegistryOptions;
  readonly #client: PublicClient;
  readonly #state: RegistryState;
  #isChecked = false;

  constructor(options: SpendRegistryOptions) {
    this.#options = options;
    const { url, place, requestMs = 10_000, fromBlock = 0 } = options;
    this.#client = createPublicClient({
      transport: http(url, { timeout: requestMs, retryCount: 0 }),
      cacheTime: 0,
    });
    this.#state = new RegistryState(this.#client, place, BigInt(fromBlock));
  }

  get place(): RegistryPlace {
    return this.#options.place;
  }

  /** @throws RailError `rail_refused` when the node is on another chain or has no contract there. */
  async check(): Promise<void> {
    const { chainId, registry } = this.place;
    const [actual, code] = await this.#question(() =>
      Promise.all([this.#client.getChainId(), this.#client.getCode({ address: registry })]),
    );
    if (actual !== chainId) {
      throw railRefused(`the node is on chain ${actual}, not ${chainId}`, { chainId: actual });
    }
    if (code === undefined) throw railRefused(`no contract at ${registry}`, { chainId });
    this.#isChecked = true;
  }

  async prepare(call: RegistryCall): Promise<PreparedCall> {
    const signer = this.#signer(call);
    const { address: from } = signer;
    const { chainId, registry: to } = this.place;
    const data = encodeCall(call);
    return await this.#ask(async () => {
      const value = await this.#state.valueOf(call);
      // The reason of a refusal comes from a call: an estimate says only that it fails.
      await this.#client.call({ account: from, to, data, value });
      const [gas, nonce, fees] = await Promise.all([
        this.#client.estimateGas({ account: from, to, data, value }),
        this.#client.getTransactionCount({ address: from, blockTag: 'pending' }),
        this.#client.estimateFeesPerGas(),
      ]);
      const raw = await signer.signTransaction({
        type: 'eip1559',
        chainId,
        to,
        data,
        value,
        nonce,
        // A fifth more than estimated: the state may have moved by then.
        gas: gas + gas / 5n,
        // What is not needed is not paid, and a transaction that waits for a lower fee misses its deadline.
        maxFeePerGas: FEE_ROOM * fees.maxFeePerGas,
        maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
      });
      return { hash: keccak256(raw), raw, from, nonce };
    });
  }

  async send(prepared: PreparedCall, signal: AbortSignal): Promise<CallReceipt> {
    const refusal = await this.#broadcast(prepared);
    const { receiptMs = 120_000, pollMs = 500 } = this.#options;
    const until = performance.now() + receiptMs;
    for (;;) {
      const fate = await this.lookUp(prepared).catch((error: unknown) => {
        // It may be out: whatever fails from here on leaves its fate open.
        throw asUnknown(error);
      });
      if (fate.kind === 'applied') return fate.receipt;
      if (fate.kind === 'reverted') {
        const facts = { hash: prepared.hash, block: fate.receipt.block };
        throw railRefused('the transaction reverted', facts);
      }
      if (fate.kind === 'displaced') {
        throw railRefused('another transaction took the nonce', { nonce: prepared.nonce });
      }
      // Nobody has it and the node says why: it was never taken.
      if (fate.kind === 'absent' && refusal !== undefined) throw refusal;
      if (performance.now() > until) throw notSeen(prepared);
      await pause(pollMs, undefined, { signal }).catch(() => {
        throw notSeen(prepared);
      });
    }
  }

  async lookUp(prepared: PreparedCall): Promise<CallFate> {
    const { hash, from, nonce } = prepared;
    return await this.#ask(async () => {
      const receipt = await orAbsent(
        () => this.#client.getTransactionReceipt({ hash }),
        TransactionReceiptNotFoundError,
      );
      if (receipt !== undefined) return await this.#fateOf(receipt);
      const known = await orAbsent(
        () => this.#client.getTransaction({ hash }),
        TransactionNotFoundError,
      );
      if (known !== undefined) return { kind: 'waiting' };
      const used = await this.#client.getTransactionCount({ address: from, blockTag: 'latest' });
      return { kind: used > nonce ? 'displaced' : 'absent' };
    });
  }

  hasEffect(call: RegistryCall): Promise<boolean> {
    const { principal } = this.#options.signers;
    return this.#ask(() => this.#state.hasEffect(call, principal?.address));
  }

  accepts(spend: SpendProof) {
    return this.#ask(() => this.#state.accepts(spend));
  }

  cycle(ref: CycleRef) {
    return this.#ask(() => this.#state.cycle(ref));
  }

  available(fleet: CycleRef['fleet']) {
    return this.#ask(() => this.#state.available(fleet));
  }

  openDemands(ref: CycleRef) {
    return this.#ask(() => this.#state.openDemands(ref));
  }

  rolledBack(ref: CycleRef) {
    return this.#ask(() => this.#state.rolledBack(ref));
  }

  claimableAfter(ref: SlotRef) {
    return this.#ask(() => this.#state.claimableAfter(ref));
  }

  now() {
    return this.#ask(() => this.#state.now());
  }

  #signer({ kind }: RegistryCall): ChainSigner {
    const role = SIGNER_OF[kind];
    const { signers } = this.#options;
    const signer = signers[role] ?? (role === 'challenger' ? signers.aggregator : undefined);
    if (signer === undefined) throw new RangeError(`${kind} needs the key of the ${role}`);
    return signer;
  }

  /** Hands the transaction over. What the node says against it is told, not thrown: it may be out. */
  async #broadcast({ raw }: PreparedCall): Promise<RailError | undefined> {
    try {
      await this.#client.sendRawTransaction({ serializedTransaction: raw });
      return undefined;
    } catch (error) {
      const failure = railErrorOf(error, 'unknown');
      if (failure.outcome === 'unknown') throw failure;
      return failure;
    }
  }

  async #fateOf(receipt: TransactionReceipt): Promise<CallFate> {
    const { transactionHash: hash, blockNumber, gasUsed, status } = receipt;
    const { confirmations = 1 } = this.#options;
    const newest = await this.#client.getBlockNumber();
    if (newest - blockNumber + 1n < BigInt(confirmations)) return { kind: 'waiting' };
    const shown = { hash, block: Number(blockNumber), gasUsed };
    return { kind: status === 'success' ? 'applied' : 'reverted', receipt: shown };
  }

  /** Another chain may have a contract at the same address: nothing is believed before the first check. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this.#isChecked) await this.check();
    return await this.#question(question);
  }

  /** A question changes nothing, whatever becomes of it. */
  async #question<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof RangeError) throw error;
      throw railErrorOf(error, 'not_applied');
    }
  }
}

function notSeen({ hash, nonce }: PreparedCall): RailError {
  return new RailError({
    code: 'rail_timeout',
    outcome: 'unknown',
    shortMessage: 'no receipt was seen in time',
    facts: { hash, nonce },
  });
}

function asUnknown(error: unknown): RailError {
  const { code, shortMessage, facts } = railErrorOf(error, 'unknown');
  return new RailError({ code, shortMessage, facts, outcome: 'unknown', cause: error });
}

/**
 * Opens the registry at its place. Asks the node once, for its chain and the contract's code.
 *
 * @throws {RailError} (not_applied) when the node is on another chain, when no contract is there, or when
 * the node does not answer. @throws {RangeError} for an option out of range.
 */
export async function openSpendRegistry(options: SpendRegistryOptions): Promise<SpendRegistry> {
  const registry = spendRegistry(options);
  await registry.check();
  return registry;
}

/**
 * The registry at its place, without asking: for a node that must start while its chain is away. Chain and
 * contract are checked before the first answer is believed; what is signed is bound to the chain id.
 *
 * @throws {RangeError} for an option out of range.
 */
export function spendRegistry(
  options: SpendRegistryOptions,
): SpendRegistry & { check(): Promise<void> } {
  const { confirmations = 1 } = options;
  if (!Number.isInteger(confirmations) || confirmations < 1 || confirmations > 1000) {
    throw new RangeError(`confirmations: 1 … 1000, not ${confirmations}`);
  }
  return new EthereumSpendRegistry(options);
}

/** An address as a period's digest binds it: 40 lower-case hex digits. */
export function registryDigits(registry: Hex): string {
  return registry.slice(2).toLowerCase();
}
