/** The Ethereum rail on a local chain with the real registry, behind a line that can fail. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployAnchorRegistry } from '@atomicity/contracts/script/deploy-anchor-registry';
import { batchId } from '@atomicity/kernel/anchor/event-codec';
import type { Batch } from '@atomicity/kernel/anchor/events';
import { blobRetentionMs, ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { testHash } from '@atomicity/kernel/testing/keys';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { EthereumRailOptions } from '@atomicity/rails/ethereum/anchor-options';
import { ethereumRail } from '@atomicity/rails/ethereum/anchor-rail';
import { ANCHOR_REGISTRY_ABI } from '@atomicity/rails/ethereum/anchor-registry-abi';
import { beaconBlobs } from '@atomicity/rails/ethereum/beacon-blobs';
import { type BlobArchive, openBlobArchive } from '@atomicity/rails/ethereum/blob-archive';
import type { RegistryPlace } from '@atomicity/rails/ethereum/context';
import { verifyEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { nodeKzg } from '@atomicity/rails/ethereum/kzg/kzg';
import { type LocalChain, startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import { decodePrepared } from '@atomicity/rails/ethereum/prepared-anchor';
import type { AnchorRail, LookUp, Submission } from '@atomicity/rails/port';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  createClient,
  createTestClient,
  http,
  type PublicActions,
  parseEther,
  publicActions,
  type TestClient,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect } from 'vitest';
import { type FaultyRpc, startFaultyRpc } from './faulty-rpc.ts';

export const NEVER = new AbortController().signal;

const GWEI = 10n ** 9n;
/** One trusted setup for all of a test file. */
export const kzg = nodeKzg();

/** Blocks that a batch of the tests waits for. */
export const DEPTH = 3;

/** Mines, forgets and reorganises; and asks. */
export type ChainControl = TestClient<'anvil'> & PublicActions;

function controlOf(url: string): ChainControl {
  return createTestClient({ mode: 'anvil', transport: http(url) }).extend(publicActions);
}

function payloadOf(seed: string, bytes: number): Uint8Array {
  const digest = hexToBytes(testHash(`payload of ${seed}`));
  return Uint8Array.from({ length: bytes }, (_, i) => (digest[i % 32] ?? 0) ^ (i >> 5));
}

/** One batch as the settler hands it to a rail, with a payload of so many bytes or with this one. */
export function submissionOf(seed: string, of: number | Uint8Array = 500): Submission {
  const payload = typeof of === 'number' ? payloadOf(seed, of) : of;
  const root = testHash(`root of ${seed}`);
  const body: Omit<Batch, 'batch'> = {
    subject: { origin: 'log.example/rails', size: 9, root },
    from: 2,
    payload: hashFromBytes(sha256(payload)),
    diffs: 20,
    values: [],
    rails: ['ethereum'],
    settles: null,
  };
  return {
    root: hexToBytes(root),
    content: { batch: { ...body, batch: batchId(body) }, payload },
    idempotencyKey: hexToBytes(testHash(`key of ${seed}`)),
  };
}

export const batchOf = ({ content }: Submission) => content?.batch ?? expect.fail('no batch');
export const preparedOf = ({ prepared }: Submission) =>
  decodePrepared(prepared ?? new Uint8Array()) ?? expect.fail('nothing prepared');

/** What evidence shows of a submission. */
export function shown(bytes: Uint8Array, submission: Submission) {
  const { batch } = batchOf(submission);
  const verdict = verifyEthereumEvidence(bytes, { root: hashFromBytes(submission.root), batch });
  return verdict.kind === 'shown' ? verdict.anchor : expect.fail(verdict.reason);
}

export function applied(found: LookUp, submission: Submission) {
  return found.kind === 'applied'
    ? shown(found.evidence.bytes, submission)
    : expect.fail(`${found.kind} ${'code' in found ? found.code : ''}`);
}

export class AnchorWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'atomicity-anchors-'));
  readonly chain: LocalChain;
  readonly line: FaultyRpc;
  readonly place: RegistryPlace;
  readonly control: ChainControl;
  readonly archive: BlobArchive;
  readonly archiveFolder: string;
  #accounts = 0;

  private constructor(
    parts: Pick<AnchorWorld, 'chain' | 'line' | 'place' | 'archive' | 'archiveFolder'>,
  ) {
    this.archiveFolder = parts.archiveFolder;
    this.chain = parts.chain;
    this.line = parts.line;
    this.place = parts.place;
    this.archive = parts.archive;
    this.control = controlOf(parts.chain.url);
  }

  static async start(): Promise<AnchorWorld> {
    const chain = await startLocalChain();
    const transport = http(chain.url);
    const account = privateKeyToAccount(generatePrivateKey());
    await controlOf(chain.url).setBalance({ address: account.address, value: parseEther('10') });
    const { registry } = await deployAnchorRegistry({
      client: createClient({ account, transport }),
    });
    const place: RegistryPlace = {
      chainId: chain.chainId,
      registry: `0x${registry.slice(2).toLowerCase()}`,
    };
    const archiveFolder = mkdtempSync(join(tmpdir(), 'atomicity-blobs-'));
    const archive = await openBlobArchive({
      folder: archiveFolder,
      kzg,
      retention: { retentionMs: blobRetentionMs(ETHEREUM_MAINNET), alarmMs: 86_400_000 },
      now: () => unixMs(Date.now()),
    });
    const line = await startFaultyRpc(chain.url);
    return new AnchorWorld({ chain, line, place, archive, archiveFolder });
  }

  /** A rail with an account of its own. */
  async account() {
    this.#accounts += 1;
    const signer = privateKeyToAccount(generatePrivateKey());
    await this.control.setBalance({ address: signer.address, value: parseEther('10') });
    return signer;
  }

  async rail(change: Partial<EthereumRailOptions> = {}): Promise<AnchorRail> {
    return await ethereumRail({
      url: this.line.url,
      place: this.place,
      signer: change.signer ?? (await this.account()),
      folder: join(this.folder, `${this.#accounts}`),
      archive: this.archive,
      kzg,
      route: () => 'calldata',
      depth: () => DEPTH,
      caps: {
        maxFeePerGas: 100n * GWEI,
        maxPriorityFeePerGas: 5n * GWEI,
        maxFeePerBlobGas: 100n * GWEI,
      },
      beacon: beaconBlobs({ url: this.chain.url, blockId: { kind: 'block_number' } }),
      // The first blob of a chain takes its node long: it loads its trusted setup.
      requestMs: 120_000,
      inclusionMs: 0,
      pollMs: 10,
      stuckBlocks: 4,
      ...change,
    });
  }

  /** A submission with what a rail prepared for it. */
  async prepared(rail: AnchorRail, seed: string, of?: number | Uint8Array): Promise<Submission> {
    const submission = submissionOf(seed, of);
    return { ...submission, prepared: await prepare(rail, submission) };
  }

  /** How often the batch is in the registry's log. */
  async count(submission: Submission): Promise<number> {
    const logs = await this.control.getContractEvents({
      address: this.place.registry,
      abi: ANCHOR_REGISTRY_ABI,
      eventName: 'Anchored',
      args: { batch: `0x${batchOf(submission).batch}` },
      fromBlock: 0n,
    });
    return logs.length;
  }

  async stop(): Promise<void> {
    await this.line.stop();
    await this.chain.stop();
    for (const folder of [this.folder, this.archiveFolder]) rmSync(folder, { recursive: true });
  }
}

export async function prepare(rail: AnchorRail, submission: Submission): Promise<Uint8Array> {
  if (rail.prepare === undefined) throw new Error('the rail prepares');
  return await rail.prepare(submission, NEVER);
}
