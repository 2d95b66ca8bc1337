// Writes test/vectors/anchor-registry.json: real openings of real blobs. Run: npm run anchor-vectors -w @atomicity/contracts
import { writeFileSync } from 'node:fs';
import { DasContextJs } from '@crate-crypto/node-eth-kzg';
import { anchorVectors } from './anchor-vectors.ts';

const library = DasContextJs.create({ usePrecomp: false });
const text = await anchorVectors({
  commit: (blob) => library.asyncBlobToKzgCommitment(blob),
  pointProof: async (blob, z) => {
    const [proof] = await library.asyncComputeKzgProof(blob, z);
    if (proof === undefined) throw new Error('the library gave no proof');
    return { proof };
  },
});
writeFileSync(new URL('../test/vectors/anchor-registry.json', import.meta.url), text);
