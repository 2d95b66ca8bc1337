/** The network form of a blob transaction: the signed transaction with its blobs, commitments and proofs. */
import { bytesToHex, fromRlp, type Hex, toRlp } from 'viem';
import type { Kzg } from './kzg/kzg.ts';

/**
 * 0: one proof a blob (EIP-4844). 1: 128 cell proofs a blob (EIP-7594); nodes refuse the other version from
 * the fork on.
 */
export type SidecarVersion = 0 | 1;

export type SidecarBlob = {
  readonly blob: Uint8Array;
  readonly commitment: Uint8Array;
  readonly proof: Uint8Array;
};

/**
 * The version that a chain takes at a time. `v1From`: Unix seconds of its Osaka fork; every public chain has
 * had it since 2025-12-03, so 0 fits all but older private ones.
 */
export function sidecarVersion(seconds: number, v1From: number): SidecarVersion {
  return seconds >= v1From ? 1 : 0;
}

/**
 * What `eth_sendRawTransaction` takes. Its hash is that of the signed transaction alone.
 * Source: EIP-4844 and EIP-7594, "Networking".
 * @throws RangeError when `signed` is no blob transaction in its canonical form.
 */
export async function withSidecar(
  signed: Hex,
  blobs: readonly SidecarBlob[],
  version: SidecarVersion,
  kzg: Pick<Kzg, 'cellProofs'>,
): Promise<Hex> {
  if (!signed.startsWith('0x03')) throw new RangeError('no blob transaction');
  const body = fromRlp(`0x${signed.slice(4)}`, 'hex');
  const hexOf = (bytes: readonly Uint8Array[]) => bytes.map((each) => bytesToHex(each));
  const contents = hexOf(blobs.map(({ blob }) => blob));
  const commitments = hexOf(blobs.map(({ commitment }) => commitment));
  if (version === 0) {
    const proofs = hexOf(blobs.map(({ proof }) => proof));
    return `0x03${toRlp([body, contents, commitments, proofs]).slice(2)}`;
  }
  const proofs: Hex[] = [];
  // One after another: each already uses the library's own threads.
  for (const { blob } of blobs) proofs.push(...hexOf(await kzg.cellProofs(blob)));
  return `0x03${toRlp([body, '0x01', contents, commitments, proofs]).slice(2)}`;
}
