/**
 * KZG commitments and proofs of blobs, on this machine. The library works outside the thread of the caller;
 * only loading its trusted setup, once and about two processor seconds, holds it up.
 * Source: EIP-4844; EIP-7594 for cell proofs; consensus specifications, polynomial-commitments.
 */
import type { DasContextJs } from '@crate-crypto/node-eth-kzg';

/** A proof that the polynomial of a blob has `value` at a point. */
export type PointProof = { readonly proof: Uint8Array; readonly value: Uint8Array };

/** All blobs have 131,072 bytes, and every element of them is below the modulus. */
export interface Kzg {
  /** Loads the trusted setup now, so that the first batch does not. A second call does nothing. */
  load(): Promise<void>;
  /** 48 bytes. @throws Error for what is no blob. */
  commit(blob: Uint8Array): Promise<Uint8Array>;
  /** 48 bytes: the blob's proof in a sidecar before EIP-7594. */
  blobProof(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array>;
  /** 128 proofs of 48 bytes: the blob's proofs in a sidecar since EIP-7594. */
  cellProofs(blob: Uint8Array): Promise<readonly Uint8Array[]>;
  /** False for another blob, and for bytes that are no point. */
  verifyBlob(blob: Uint8Array, commitment: Uint8Array, proof: Uint8Array): Promise<boolean>;
  /** `z`: 32 bytes, big-endian, below the modulus. */
  pointProof(blob: Uint8Array, z: Uint8Array): Promise<PointProof>;
}

/** Without the precomputed tables: they take another second and as much memory, and save a third of a cell proof. */
const OPTIONS = { usePrecomp: false };

class NodeKzg implements Kzg {
  #context: Promise<DasContextJs> | undefined;

  async load(): Promise<void> {
    await this.#loaded();
  }

  async commit(blob: Uint8Array): Promise<Uint8Array> {
    return await (await this.#loaded()).asyncBlobToKzgCommitment(blob);
  }

  async blobProof(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array> {
    return await (await this.#loaded()).asyncComputeBlobKzgProof(blob, commitment);
  }

  async cellProofs(blob: Uint8Array): Promise<readonly Uint8Array[]> {
    return (await (await this.#loaded()).asyncComputeCellsAndKzgProofs(blob)).proofs;
  }

  async verifyBlob(blob: Uint8Array, commitment: Uint8Array, proof: Uint8Array): Promise<boolean> {
    const context = await this.#loaded();
    try {
      return await context.asyncVerifyBlobKzgProof(blob, commitment, proof);
    } catch {
      return false;
    }
  }

  async pointProof(blob: Uint8Array, z: Uint8Array): Promise<PointProof> {
    const [proof, value] = await (await this.#loaded()).asyncComputeKzgProof(blob, z);
    if (proof === undefined || value === undefined) throw new Error('the library gave no proof');
    return { proof, value };
  }

  #loaded(): Promise<DasContextJs> {
    this.#context ??= import('@crate-crypto/node-eth-kzg').then(({ DasContextJs }) =>
      DasContextJs.create(OPTIONS),
    );
    return this.#context;
  }
}

/** KZG with the setup of Ethereum's ceremony. Nothing is loaded before the first use. */
export function nodeKzg(): Kzg {
  return new NodeKzg();
}
