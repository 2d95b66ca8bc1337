// Writes src/poseidon and its test vectors from the kernel's tags and the Grain constants.
// Run: npm run poseidon -w @atomicity/contracts
import { writeFileSync } from 'node:fs';
import { poseidonSource, poseidonTagsSource } from './poseidon-source.ts';
import { poseidonVectors } from './poseidon-vectors.ts';

const write = (path: string, text: string): void =>
  writeFileSync(new URL(`../${path}`, import.meta.url), text);

for (const width of [3, 4, 5] as const) {
  write(`src/poseidon/PoseidonT${width}.sol`, poseidonSource(width));
}
write('src/poseidon/PoseidonTags.sol', poseidonTagsSource());
write('test/vectors/poseidon.json', poseidonVectors());
