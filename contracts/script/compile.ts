// Compiles src/ and writes abi/spend-registry.ts. Run: npm run compile -w @atomicity/contracts
import { writeFileSync } from 'node:fs';
import { registryAbiSource } from './abi-source.ts';
import { compileSources } from './compile-sources.ts';

const abi = new URL('../abi/spend-registry.ts', import.meta.url);
writeFileSync(abi, registryAbiSource(compileSources()));
