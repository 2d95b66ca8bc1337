/**
 * KZG that keeps what it computed in a folder. A settler process that is killed every second would otherwise
 * spend most of the demonstration loading the trusted setup: the batches of the drill hold the same blob.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kzg, nodeKzg } from '@atomicity/rails/ethereum/kzg/kzg';
import { verifyBlob } from '@atomicity/rails/ethereum/kzg/verify-blob';

export function keptKzg(folder: string): Kzg {
  const kzg = nodeKzg();
  const kept = async (what: string, blob: Uint8Array, make: () => Promise<Uint8Array>) => {
    const file = join(folder, `${createHash('sha256').update(blob).digest('hex')}.${what}`);
    try {
      return new Uint8Array(readFileSync(file));
    } catch {
      const bytes = await make();
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const part = `${file}.${randomBytes(4).toString('hex')}`;
      writeFileSync(part, bytes);
      // Whole or not at all: the process may be killed here.
      renameSync(part, file);
      return bytes;
    }
  };
  const CELL_PROOF_BYTES = 48;
  return {
    load: async () => undefined,
    commit: (blob) => kept('commitment', blob, () => kzg.commit(blob)),
    blobProof: (blob, commitment) => kept('proof', blob, () => kzg.blobProof(blob, commitment)),
    cellProofs: async (blob) => {
      const joined = await kept('cells', blob, async () =>
        Buffer.concat(await kzg.cellProofs(blob)),
      );
      return Array.from({ length: joined.length / CELL_PROOF_BYTES }, (_, i) =>
        joined.subarray(i * CELL_PROOF_BYTES, (i + 1) * CELL_PROOF_BYTES),
      );
    },
    verifyBlob: async (blob, commitment, proof) => verifyBlob(blob, commitment, proof),
    pointProof: (blob, z) => kzg.pointProof(blob, z),
  };
}
