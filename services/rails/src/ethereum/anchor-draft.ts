/** What is signed for a batch: the call, the way its payload goes, the fees. */

import { countBytes } from '@atomicity/kernel/batch/blob-fee';
import { ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import { equalBytes, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { blobFill, toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, encodeFunctionData, keccak256 } from 'viem';
import type { BatchContent } from '../port.ts';
import type { AnchorChain } from './anchor-chain.ts';
import { CALLDATA_BYTES_MAX, type EthereumRailOptions } from './anchor-options.ts';
import { ANCHOR_REGISTRY_ABI } from './anchor-registry-abi.ts';
import { railRefused } from './chain-errors.ts';
import type { Hex } from './context.ts';
import type { AnchorForm, FeeOffer, FeeQuote, Offered } from './fee-bounds.ts';
import type { PreparedAnchor } from './prepared-anchor.ts';

/** A transaction without its fees, its nonce and its signature. */
export type AnchorDraft = {
  readonly form: AnchorForm;
  readonly data: Hex;
  readonly gas: bigint;
  readonly versionedHashes: readonly Hex[];
};

type DraftParts = {
  readonly options: EthereumRailOptions;
  readonly chain: AnchorChain;
};

const BLOBS_MAX = Number(ETHEREUM_MAINNET.blobsPerTransactionMax.value);

/** @throws {RailError} (not_applied) unless the payload is the batch's. */
export function checkPayload({ batch, payload }: BatchContent): void {
  if (!equalBytes(sha256(payload), hexToBytes(batch.payload))) {
    throw railRefused('the payload is not the one of the batch', { batch: batch.batch });
  }
}

/**
 * Which way the payload goes: the route's choice where it fits.
 * @throws {RailError} (not_applied) for a payload that fits neither way.
 */
export function chooseForm(
  { payload }: BatchContent,
  quote: FeeQuote,
  options: EthereumRailOptions,
): AnchorForm {
  const { route, blobsMax = BLOBS_MAX, calldataBytesMax = CALLDATA_BYTES_MAX } = options;
  const { blobs } = blobFill(payload.length);
  const chosen = route(countBytes(payload), quote);
  if (payload.length <= calldataBytesMax && (chosen === 'calldata' || blobs > blobsMax)) {
    return 'calldata';
  }
  if (blobs <= blobsMax) return 'blob';
  throw railRefused(`the payload takes ${blobs} blobs, of ${blobsMax} that fit`, { blobs });
}

function callOf({ batch, payload }: BatchContent, form: AnchorForm): Hex {
  const head = [
    `0x${batch.batch}`,
    `0x${batch.subject.root}`,
    BigInt(batch.from),
    BigInt(batch.subject.size),
    `0x${batch.payload}`,
  ] as const;
  const abi = ANCHOR_REGISTRY_ABI;
  return form === 'blob'
    ? encodeFunctionData({ abi, functionName: 'anchor', args: head })
    : encodeFunctionData({
        abi,
        functionName: 'anchorWithData',
        args: [...head, bytesToHex(payload)],
      });
}

/**
 * The call of a batch, its blobs archived.
 * @throws {RailError} (not_applied) when the registry would refuse it now; the archive's errors.
 */
export async function draftOf(
  content: BatchContent,
  form: AnchorForm,
  { options, chain }: DraftParts,
): Promise<AnchorDraft> {
  const { archive, blobsMax = BLOBS_MAX } = options;
  const blobs = form === 'blob' ? toBlobs(content.payload, { blobsMax }) : [];
  const kept = blobs.length === 0 ? [] : await archive.keep(content.batch.batch, blobs);
  const versionedHashes = kept.map(({ versionedHash }) => versionedHash);
  const data = callOf(content, form);
  const gas = await chain.estimate({ from: options.signer.address, data, versionedHashes });
  // A fifth more than estimated: another node may count a little differently.
  return { form, data, versionedHashes, gas: gas + gas / 5n };
}

/** @throws {RailError} (not_applied) where the operator's caps do not reach. */
export function offered(found: Offered): FeeOffer {
  if (found.kind === 'offered') return found.offer;
  throw railRefused(`the chain asks for more than the cap of ${found.fee}`, { fee: found.fee });
}

/** The signed transaction, without blobs. */
async function signed(
  draft: AnchorDraft,
  nonce: number,
  offer: FeeOffer,
  { place, signer }: EthereumRailOptions,
): Promise<Hex> {
  const { maxFeePerBlobGas, ...fees } = offer;
  const call = { chainId: place.chainId, to: place.registry, nonce, ...fees };
  const { data, gas, versionedHashes } = draft;
  return draft.form === 'calldata'
    ? await signer.signTransaction({ type: 'eip1559', ...call, data, gas })
    : await signer.signTransaction({
        type: 'eip4844',
        ...call,
        data,
        gas,
        maxFeePerBlobGas,
        blobVersionedHashes: [...versionedHashes],
      });
}

/** A transaction of the batch with this nonce and these fees; nothing leaves the node. */
export async function signAnchor(
  { batch }: BatchContent,
  draft: AnchorDraft,
  terms: Pick<PreparedAnchor, 'nonce' | 'offer' | 'previous' | 'signedAt'>,
  options: EthereumRailOptions,
): Promise<PreparedAnchor> {
  const { place } = options;
  const raw = await signed(draft, terms.nonce, terms.offer, options);
  const { form, gas, versionedHashes } = draft;
  return {
    chainId: place.chainId,
    registry: place.registry,
    publisher: publisherOf(options),
    batch: batch.batch,
    form,
    gas,
    versionedHashes,
    raw,
    hash: keccak256(raw),
    ...terms,
  };
}

/** The rail's account, in lower case as evidence has it. */
export function publisherOf({ signer }: Pick<EthereumRailOptions, 'signer'>): Hex {
  return `0x${signer.address.slice(2).toLowerCase()}`;
}

/** The very call that was signed before, to be signed with other fees. */
export function redraft(content: BatchContent, prepared: PreparedAnchor): AnchorDraft {
  const { form, gas, versionedHashes } = prepared;
  return { form, gas, versionedHashes, data: callOf(content, form) };
}
