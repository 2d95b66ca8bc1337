// Writes test/vectors/anchor-registry.json: real openings of real blobs. Run: npm run anchor-vectors -w @atomicity/contracts
import { writeFileSync } from 'node:fs';
import { anchorVectors } from './anchor-vectors.ts';

writeFileSync(new URL('../test/vectors/anchor-registry.json', import.meta.url), anchorVectors());
