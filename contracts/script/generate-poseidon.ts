// Writes src/poseidon from the kernel's tags and the Grain constants. Run: npm run poseidon -w @atomicity/contracts
import { writeFileSync } from 'node:fs';
import { poseidonSource, poseidonTagsSource } from './poseidon-source.ts';

const write = (name: string, text: string): void =>
  writeFileSync(new URL(`../src/poseidon/${name}.sol`, import.meta.url), text);

for (const width of [3, 4, 5] as const) write(`PoseidonT${width}`, poseidonSource(width));
write('PoseidonTags', poseidonTagsSource());
