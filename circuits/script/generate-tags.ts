// Writes src/tags.circom from the kernel's Poseidon tags. Run: npm run tags -w @atomicity/circuits
import { writeFileSync } from 'node:fs';
import { tagsSource } from './tags-source.ts';

writeFileSync(new URL('../src/tags.circom', import.meta.url), tagsSource());
